//! The Route 53 stand-in as a program, for benchmarks and tests in other languages. Prints its addresses, then
//! serves until it is ended. `GET /standin/calls`, `/standin/records?zone=ID` and `/standin/journal?zone=ID&from=NUMBER` show what
//! it saw, what a zone holds, and all changes that it took, in order.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

use clap::Parser;
use dyn53_testkit::route53::{Authority, Key, Options, Route53, Throttle};
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

/// A stand-in for Amazon Route 53 on this machine.
#[derive(Parser)]
struct Args {
    /// Where the API listens.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where the name server listens, over UDP.
    #[arg(long, default_value = "127.0.0.1:0")]
    dns: SocketAddr,
    /// A hosted zone, as NAME=ID; may be repeated.
    #[arg(long, value_parser = pair, default_value = "example.net=Z0123456789ABC")]
    zone: Vec<(String, String)>,
    /// An access key, as ID=SECRET; may be repeated.
    #[arg(long, value_parser = pair, default_value = "AKIDEXAMPLE=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")]
    key: Vec<(String, String)>,
    /// The session token that must come with the keys.
    #[arg(long)]
    token: Option<String>,
    /// Take any signature, or none.
    #[arg(long)]
    any_signature: bool,
    /// The region that calls are signed for.
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// TLS with this certificate chain and key, PEM files.
    #[arg(long, num_args = 2, value_names = ["CERT", "KEY"])]
    tls: Vec<PathBuf>,
    /// TLS with a certificate of a new authority, whose own is written to FOLDER/ca.pem.
    #[arg(long, value_name = "FOLDER", conflicts_with = "tls")]
    new_ca: Option<PathBuf>,
    /// Throttle calls as AWS does: a burst of 50, ten a second.
    #[arg(long)]
    throttle: bool,
    /// Throttle changes to this burst and rate, in elements a second.
    #[arg(long, num_args = 2, value_names = ["BURST", "RATE"])]
    change_throttle: Vec<f64>,
    /// How long a change is processed; another one is refused meanwhile.
    #[arg(long, default_value_t = 0)]
    processing_ms: u64,
    /// How long each answer of the API is on its way.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// How long each answer of the name server is on its way.
    #[arg(long, default_value_t = 0)]
    dns_latency_ms: u64,
    /// How much later the name server knows of a change.
    #[arg(long, default_value_t = 0)]
    propagation_ms: u64,
    /// How many of the bad records the refusal of a batch names [else: all].
    #[arg(long, value_name = "COUNT")]
    named: Option<usize>,
}

fn main() {
    let args = Args::parse();
    let keys = args.key.iter().filter(|_| !args.any_signature);
    let keys = keys.map(|(id, secret)| Key {
        id: id.clone(),
        secret: secret.clone(),
        token: args.token.clone(),
    });
    let change_throttle = match args.change_throttle.as_slice() {
        [burst, refill] => Some(Throttle {
            burst: *burst,
            refill: *refill,
        }),
        _ => None,
    };
    let standin = Route53::start(Options {
        keys: keys.collect(),
        tls: certificate(&args),
        zones: args.zone,
        region: args.region,
        listen: args.listen,
        dns: args.dns,
        throttle: args.throttle.then_some(Throttle::ACCOUNT),
        change_throttle,
        processing: Duration::from_millis(args.processing_ms),
        latency: Duration::from_millis(args.latency_ms),
        dns_latency: Duration::from_millis(args.dns_latency_ms),
        propagation: Duration::from_millis(args.propagation_ms),
        named: args.named.unwrap_or(usize::MAX),
    });
    println!("api {}", standin.url());
    println!("dns {}", standin.name_server());
    loop {
        thread::park();
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it looks like NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn certificate(args: &Args) -> Option<(Vec<u8>, Vec<u8>)> {
    if let [chain, key] = args.tls.as_slice() {
        return Some((fs::read(chain).unwrap(), fs::read(key).unwrap()));
    }
    let folder = args.new_ca.as_ref()?;
    let authority = Authority::new();
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    Some(authority.issue(&["localhost", "127.0.0.1"]))
}
