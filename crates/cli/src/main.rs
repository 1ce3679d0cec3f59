//! The command `dyn53`: Args as typed -> Settings as meant -> running.

mod args;
mod configuration;
mod credentials;
mod first_run;
mod router;
mod secret;
mod serve;
mod settings;
mod wrong;
mod zones;

use anyhow::Result;
use args::{Args, Command};
use clap::Parser;
use std::io::{self, Write};
use std::process::ExitCode;
use wrong::Wrong;

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _nobody_to_tell = writeln!(io::stderr(), "dyn53: {error}");
            ExitCode::from(if error.is::<Wrong>() { 2 } else { 1 })
        }
    }
}

fn run(args: Args) -> Result<()> {
    match args.command {
        Command::Serve(args) => serve::serve(&args),
        Command::Secret => secret::print(),
        Command::Router(args) => router::print(&args),
    }
}
