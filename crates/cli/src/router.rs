//! `dyn53 router`: what to paste into a router or client.

use crate::args::Router;
use crate::wrong::Wrong;
use anyhow::{Context, Result};
use dyn53_setup::{Values, device, devices};
use std::io::{self, Read, Write};
use std::path::Path;

/// Stands where the secret belongs if none is given.
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
    for device in devices() {
        writeln!(io::stdout(), "{:width$}  {}", device.name, device.title)?;
    }
    Ok(())
}

fn text(name: &str, args: &Router) -> Result<()> {
    let unknown = || {
        Wrong(format!(
            "no router is called {name}: `dyn53 router` lists all"
        ))
    };
    let device = device(name).ok_or_else(unknown)?;
    let secret = match &args.secret_file {
        Some(file) => read_secret(file)?,
        None => PLACEHOLDER.to_owned(),
    };
    let values = Values {
        url: args.url.clone().unwrap_or_default(),
        host: args.host.clone().unwrap_or_default(),
        secret,
    };
    let filled = device
        .fill(&values)
        .map_err(|error| Wrong(error.to_string()))?;
    writeln!(io::stdout(), "{}", filled.trim_end())?;
    if args.secret_file.is_none() {
        writeln!(
            io::stderr(),
            "\nPut the secret in the place of {PLACEHOLDER}, or let --secret-file read it."
        )?;
    }
    Ok(())
}

fn read_secret(file: &Path) -> Result<String> {
    let mut secret = String::new();
    match file.to_str() {
        Some("-") => io::stdin().read_to_string(&mut secret).map(|_| ()),
        _ => std::fs::read_to_string(file).map(|text| secret = text),
    }
    .with_context(|| format!("the secret cannot be read from {}", file.display()))?;
    Ok(secret.trim().to_owned())
}
