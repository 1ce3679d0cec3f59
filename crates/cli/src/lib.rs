//! The command `dyn53`: Args as typed -> Settings as meant -> running.

mod addresses;
mod args;
mod configuration;
mod credential;
mod credentials;
mod environment;
mod first_run;
mod given;
mod health;
mod lasting_proof;
mod master_file;
mod name_servers;
mod overlaps;
mod owner;
mod reload;
mod router;
mod say;
mod secret;
mod serve;
mod settle;
mod signals;
mod wrong;
mod zone;
mod zone_tables;

use anyhow::Result;
use args::{Args, CheckConfig, Command, CredentialCommand, Serve};
use clap::{CommandFactory, Parser};
use configuration::Source;
use dyn53_server::Settings;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use wrong::Wrong;

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _nobody_to_tell = writeln!(io::stderr(), "dyn53: {error}");
            ExitCode::from(if error.is::<Wrong>() { 2 } else { 1 })
        }
    }
}

/// The command line as clap knows it, for the manual pages and the completions of shells.
#[must_use]
pub fn command() -> clap::Command {
    Args::command()
}

/// What the text of a configuration means, as the file `name`.
///
/// # Errors
/// One sentence: what is wrong, where, and what to do.
pub fn settings(name: &Path, text: &str) -> Result<Settings, String> {
    let place = settle::Location {
        file: name.to_owned(),
        named: true,
    };
    let source = Source::of(name, text);
    let settled = settle::settle(&Serve::default(), &place, &source);
    settled
        .map(|settled| settled.settings)
        .map_err(|wrong| wrong.to_string())
}

fn run(args: Args) -> Result<()> {
    match args.command {
        Command::Serve(args) => serve::serve(&args),
        Command::CheckConfig(args) => check_config(args),
        Command::Credential(CredentialCommand::Add(args)) => credential::add(&args),
        Command::Secret => secret::print(),
        Command::Router(args) => router::print(&args),
        Command::Zone(command) => zone::run(&command),
        Command::Health(args) => health::ask(&args),
    }
}

/// Reads the configuration as `serve` would, and starts nothing.
fn check_config(args: CheckConfig) -> Result<()> {
    let serve = Serve {
        config: args.file.or(args.serve.config),
        ..args.serve
    };
    let place = settle::place(&serve);
    settle::level(&serve)?;
    settle::settle(&serve, &place, &Source::read(&place.file)?)?;
    Ok(())
}
