//! `dyn53 serve`: runs the server until a signal, and tells a person what to try.

use crate::args::Serve;
use crate::configuration::Source;
use crate::first_run::{self, FirstRun};
use crate::reload::Reloading;
use crate::say::say;
use crate::settle::{Location, Settled, level, place, settle};
use crate::signals::Signals;
use anyhow::{Context, Result};
use dyn53_server::log::Level;
use dyn53_server::{Limits, Log, Server};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// Runs the server until SIGTERM or SIGINT.
pub(crate) fn serve(args: &Serve) -> Result<()> {
    let place = place(args);
    let level = level(args)?;
    let first = if place.named || place.file.exists() {
        None
    } else {
        Some(first_run::make(&place.file)?)
    };
    let mut settled = settle(args, &place, &Source::read(&place.file)?)?;
    settled.settings.limits = Limits::default().within(open_files());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(settled.settings.limits.threads + 16)
        .build()
        .context("the runtime cannot be started")?;
    let served = runtime.block_on(run(args, settled, place, first, level));
    // All requests are finished; a list of a zone that is under way is not waited for.
    runtime.shutdown_background();
    served
}

async fn run(
    args: &Serve,
    settled: Settled,
    place: Location,
    first: Option<FirstRun>,
    level: Level,
) -> Result<()> {
    let signals = Signals::new()?;
    let log = Arc::new(Log::stderr(level));
    for warning in &settled.warnings {
        log.warn(warning);
    }
    let credentials = &settled.settings.access.credentials;
    let hosts = credentials.iter().flat_map(|c| &c.hosts);
    let host = hosts.map(|granted| granted.host.to_string()).next();
    let server = Server::bind(settled.settings, Arc::clone(&log)).await?;
    let (http, dns) = (server.http()?, server.dns()?);
    // Not before the addresses are ours: the secret is told once, so nothing may fail behind it.
    let secret = first.map(FirstRun::tell).transpose()?;
    let secret = secret.as_deref();
    tell(&introduction(&place, secret));
    let version = env!("CARGO_PKG_VERSION");
    log.info(&format!("dyn53 {version} serves {}", place.file.display()));
    tell(&addresses(&http, &dns));
    tell(&to_try(&http, &dns, host.as_deref(), secret));
    let reloading = Arc::new(Reloading {
        args: args.clone(),
        place,
        fixed: settled.fixed,
        server: server.reload(),
        log: Arc::clone(&log),
    });
    server.run(signals.until_stop(reloading)).await;
    log.info("stopped");
    log.flush();
    Ok(())
}

fn introduction(place: &Location, secret: Option<&str>) -> String {
    let file = place.file.display();
    match secret {
        Some(secret) => format!(
            "First run: the configuration is {file}.\nThe secret of the user router, shown only this once: {secret}\n"
        ),
        None => format!("The configuration is {file}.\n"),
    }
}

/// The lines that scripts look for.
fn addresses(http: &[SocketAddr], dns: &[SocketAddr]) -> String {
    let http = http.iter().map(|address| format!("http {address}\n"));
    let dns = dns.iter().map(|address| format!("dns {address}\n"));
    http.chain(dns).collect()
}

fn to_try(
    http: &[SocketAddr],
    dns: &[SocketAddr],
    host: Option<&str>,
    secret: Option<&str>,
) -> String {
    let http = http.first().copied().map(reachable);
    let http = http.map_or_else(String::new, |address| address.to_string());
    let curl = match secret {
        Some(secret) => format!("Try it:\ncurl 'http://{http}/?secret={secret}&newip=203.0.113.7' -w '\\n'\n"),
        None => "For a new secret: `dyn53 secret` prints one, its hash goes into the configuration as secret_sha256.\n".to_owned(),
    };
    let dig = dns.first().zip(host).map(|(dns, host)| {
        let dns = reachable(*dns);
        format!("dig @{} -p {} {host} A +short\n", dns.ip(), dns.port())
    });
    format!(
        "{curl}{}The setup page: http://{http}/setup\n",
        dig.unwrap_or_default()
    )
}

/// An address to connect to in place of one that means all.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// How many files may be open, after asking for as many as the system gives.
fn open_files() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let limit = match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => getrlimit(Resource::Nofile),
        Err(_) => limit,
    };
    limit.current.map_or(usize::MAX, |files| {
        usize::try_from(files).unwrap_or(usize::MAX)
    })
}

/// An output that cannot be written is no reason not to serve.
fn tell(text: &str) {
    let _nobody_reads = say(text);
}
