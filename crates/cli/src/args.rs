//! Args: the command line as typed.

use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Dynamic DNS: one HTTP request from a router, and the record follows.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer updates over HTTP, and the embedded zones over DNS
    Serve(Serve),
    /// Print a new secret and its SHA-256
    Secret,
    /// List the routers and clients, or print what to paste into one
    Router(Router),
}

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Serve {
    /// The configuration file [environment: `DYN53_CONFIG`; else dyn53.toml in the data folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The folder of the embedded zones [environment: `DYN53_DATA`; else dyn53-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Where to listen for HTTP, several with commas [environment: `DYN53_HTTP`; else 127.0.0.1:8053]
    #[arg(long, value_name = "ADDR", value_delimiter = ',')]
    pub(crate) http: Vec<SocketAddr>,
    /// Where to answer DNS, UDP and TCP, several with commas [environment: `DYN53_DNS`; else 127.0.0.1:5053]
    #[arg(long, value_name = "ADDR", value_delimiter = ',')]
    pub(crate) dns: Vec<SocketAddr>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Router {
    /// Its name, as the list shows it
    #[arg(requires_all = ["url", "host"])]
    pub(crate) name: Option<String>,
    /// The server's base URL, as in <https://ddns.example.com>
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// The host to keep up to date, as in home.example.com
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// A file with the secret; without it or with - it is read from a standard input that is no terminal
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
}
