//! Args: the command line as typed.

use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// The version, with the commit where the build knew it.
const VERSION: &str = env!("DYN53_VERSION");

/// Dynamic DNS: one HTTP request from a router, and the record follows.
#[derive(Debug, Parser)]
#[command(name = "dyn53", version = VERSION)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer updates over HTTP, and the embedded zones over DNS
    Serve(Serve),
    /// Read the configuration as `serve` would; silent and 0, or one sentence and 2
    CheckConfig(CheckConfig),
    /// Add a login to the configuration
    #[command(subcommand)]
    Credential(CredentialCommand),
    /// Print a new secret and its SHA-256
    Secret,
    /// List the routers and clients, or print what to paste into one
    Router(Router),
    /// Write what an embedded zone holds to a plain zone file, or read it from one
    #[command(subcommand)]
    Zone(ZoneCommand),
    /// Ask a running server whether it is up; silent and 0 if it is, for health checks of containers
    Health(Health),
}

#[derive(Debug, clap::Args)]
pub(crate) struct CheckConfig {
    #[command(flatten)]
    pub(crate) serve: Serve,
    /// The file, in place of --config
    pub(crate) file: Option<OsString>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CredentialCommand {
    /// Write a login and its hosts into the file, and print its secret, which is shown only this once
    Add(AddCredential),
}

#[derive(Debug, clap::Args)]
pub(crate) struct AddCredential {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The user name that the device sends
    pub(crate) name: String,
    /// The hosts that it may change
    #[arg(required = true, value_name = "HOST")]
    pub(crate) hosts: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ZoneCommand {
    /// Print the zone as a plain zone file (RFC 1035); a server may run meanwhile
    Export(Export),
    /// Make the zone hold what a plain zone file says and nothing else; the server has to be stopped
    Import(Import),
    /// Take the records of hosts out of the zone; the server has to be stopped
    Remove(Remove),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The zone's name, as in the configuration
    pub(crate) zone: String,
    /// Print what can be read, also where it may be outdated
    #[arg(long)]
    pub(crate) salvage: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The zone's name, as in the configuration
    pub(crate) zone: String,
    /// The zone file; - is the standard input
    pub(crate) file: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Remove {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The zone's name, as in the configuration
    pub(crate) zone: String,
    /// The hosts to forget
    #[arg(required = true)]
    pub(crate) hosts: Vec<String>,
}

/// Where the configuration and the data are.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// The configuration file [else dyn53.toml in the data folder]
    #[arg(long, env = "DYN53_CONFIG", value_name = "FILE")]
    config: Option<OsString>,
    /// The folder of the embedded zones [else as the file says, or dyn53-data]
    #[arg(long, env = "DYN53_DATA", value_name = "DIR")]
    data: Option<OsString>,
}

impl Place {
    /// As `serve` takes it.
    pub(crate) fn serve(&self) -> Serve {
        Serve {
            config: self.config.clone(),
            data: self.data.clone(),
            ..Serve::default()
        }
    }
}

/// As typed, or as in the environment; an empty value counts as none.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Serve {
    /// The configuration file [else dyn53.toml in the data folder]
    #[arg(long, env = "DYN53_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<OsString>,
    /// The folder of the embedded zones [else as the file says, or dyn53-data]
    #[arg(long, env = "DYN53_DATA", value_name = "DIR")]
    pub(crate) data: Option<OsString>,
    /// Where to listen for HTTP, several with commas [else as the file says, or 127.0.0.1:8053]
    #[arg(long, env = "DYN53_HTTP", value_name = "ADDR")]
    pub(crate) http: Option<OsString>,
    /// Where to answer DNS, UDP and TCP, several with commas [else as the file says, or 127.0.0.1:5053]
    #[arg(long, env = "DYN53_DNS", value_name = "ADDR")]
    pub(crate) dns: Option<OsString>,
    /// What to log: error, warn or info [else info]
    #[arg(long, env = "DYN53_LOG", value_name = "LEVEL")]
    pub(crate) log: Option<OsString>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Router {
    /// Its name, as the list shows it
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

#[derive(Debug, clap::Args)]
pub(crate) struct Health {
    /// Where the server listens for HTTP; of several with commas the first [else 127.0.0.1:8053]
    #[arg(long, env = "DYN53_HTTP", value_name = "ADDR")]
    pub(crate) http: Option<OsString>,
}
