//! `dyn53 router`: what to paste into a router or client.

use crate::args::Router;
use crate::say::say;
use crate::wrong::Wrong;
use anyhow::{Context, Result};
use dyn53_setup::{Values, device, devices};
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;

/// In the place of the secret if none is given.
const PLACEHOLDER: &str = "YOUR-SECRET";

/// Prints the list, or one router's text.
pub(crate) fn print(args: &Router) -> Result<()> {
    match &args.name {
        None => list(),
        Some(name) => text(name, args),
    }
}

fn list() -> Result<()> {
    let width = devices().iter().map(|device| device.name.len()).max();
    let width = width.unwrap_or_default();
    let lines = |certificates: bool| {
        devices()
            .iter()
            .filter(|device| device.certificates == certificates)
            .map(|device| format!("  {:width$}  {}\n", device.name, device.title))
            .collect::<String>()
    };
    let (addresses, certificates) = (lines(false), lines(true));
    Ok(say(&format!(
        "To keep a name on an address:\n{addresses}\nTo get certificates for it:\n{certificates}"
    ))?)
}

fn text(name: &str, args: &Router) -> Result<()> {
    let unknown = || {
        Wrong(format!(
            "no router is called {name}: `dyn53 router` lists all"
        ))
    };
    let device = device(name).ok_or_else(unknown)?;
    if !device.has_values() {
        return Ok(say(&format!("{}\n", device.text().trim_end()))?);
    }
    let (Some(url), Some(host)) = (&args.url, &args.host) else {
        let what = "needs to know where to send and what to keep up to date: add --url https://ddns.example.com --host home.example.com, with your own";
        return Err(Wrong(format!("dyn53 router {name} {what}")).into());
    };
    let secret = sent_secret(args.secret_file.as_deref())?;
    let given = !secret.is_empty();
    let values = Values {
        url: url.clone(),
        host: host.clone(),
        secret: if given {
            secret
        } else {
            PLACEHOLDER.to_owned()
        },
    };
    let filled = device
        .fill(&values)
        .map_err(|error| Wrong(error.to_string()))?;
    say(&format!("{}\n", filled.trim_end()))?;
    for warning in values.warnings() {
        writeln!(io::stderr(), "\nWarning: {warning}.")?;
    }
    if !given {
        writeln!(
            io::stderr(),
            "\nPut the secret in the place of {PLACEHOLDER}, or give it on standard input or with --secret-file."
        )?;
    }
    Ok(())
}

/// From the file, else from a standard input that is no terminal; empty if there is none.
fn sent_secret(file: Option<&Path>) -> Result<String> {
    let mut secret = String::new();
    match file {
        Some(file) if file != Path::new("-") => std::fs::read_to_string(file)
            .map(|text| secret = text)
            .with_context(|| format!("the secret cannot be read from {}", file.display()))?,
        None if io::stdin().is_terminal() => {}
        _ => io::stdin()
            .read_to_string(&mut secret)
            .map(|_| ())
            .context("the secret cannot be read from standard input")?,
    }
    Ok(secret.trim().to_owned())
}
