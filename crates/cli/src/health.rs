//! `dyn53 health`: one request to a running server. An image without a shell has nothing else to check itself with.

use crate::args::Health;
use crate::given;
use crate::serve::reachable;
use crate::wrong::Wrong;
use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Where `dyn53 serve` listens unless told otherwise.
const HTTP: &str = "127.0.0.1:8053";
/// A server under load has this long, each for the connection and for every part of the reply.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than the server's reply, less than a stranger could fill the memory with.
const LONGEST: u64 = 4096;

/// Asks `/health`.
///
/// # Errors
/// Nobody listens, or what answers is not a healthy dyn53.
pub(crate) fn ask(args: &Health) -> Result<()> {
    let address = reachable(address(args)?);
    let failed = || format!("no server answers at {address}: is `dyn53 serve` running there?");
    let reply = request(address).with_context(failed)?;
    if !(reply.starts_with("HTTP/1.1 200 ") && reply.ends_with("\r\n\r\nok")) {
        bail!("what answers at {address} is not a healthy dyn53");
    }
    Ok(())
}

fn address(args: &Health) -> Result<SocketAddr, Wrong> {
    let text = given::text(args.http.as_ref(), "http")?.unwrap_or(HTTP);
    let first = text.split(',').next().unwrap_or_default().trim();
    first.parse().map_err(|_| {
        let what = format!("`{first}` is no address with a port: write it like {HTTP}");
        given::wrong("http", &what)
    })
}

fn request(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // In one piece: another program may close the connection after the first.
    let request = format!("GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut reply = String::new();
    stream.take(LONGEST).read_to_string(&mut reply)?;
    Ok(reply)
}
