//! TCP: connections, and the questions on them (RFC 7766).

use super::Protocol;
use super::answer::Answers;
use crate::connections::{Admission, Connections};
use crate::limits::Limits;
use crate::listening::{Listeners, PAUSE};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Answers the questions of all connections until the task is dropped.
pub(super) async fn answer(listeners: Listeners, answers: Arc<Answers>, limits: Limits) {
    let open = Connections::new(limits.dns_connections, limits.dns_connections_per_address);
    loop {
        let Ok((stream, from)) = listeners.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        if let Some(place) = open.enter(from.ip(), false) {
            let answers = Arc::clone(&answers);
            tokio::spawn(converse(stream, from, answers, limits.dns_idle, place));
        }
    }
}

async fn converse(
    stream: TcpStream,
    from: SocketAddr,
    answers: Arc<Answers>,
    idle: Duration,
    place: Admission,
) {
    tokio::select! {
        _closed = answer_stream(stream, from, &answers, idle, &place) => {}
        () = place.evicted() => {}
    }
}

async fn answer_stream(
    mut stream: TcpStream,
    from: SocketAddr,
    answers: &Answers,
    idle: Duration,
    place: &Admission,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let message = timeout(idle, read_message(&mut stream)).await??;
        // Where there is no room left, the connection that asked last is closed last (RFC 7766 section 6.2.3).
        place.waiting();
        let Some(reply) = answers.reply(&message, from, Protocol::Tcp) else {
            return Ok(());
        };
        let length = u16::try_from(reply.len()).unwrap_or_default().to_be_bytes();
        let framed = [&length, reply.as_slice()].concat();
        timeout(idle, stream.write_all(&framed)).await??;
    }
}

/// The next message, however long it is: its length is 16 bits (RFC 1035 section 4.2.2).
async fn read_message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = usize::from(stream.read_u16().await?);
    let mut message = Vec::new();
    let taken = stream.take(length as u64).read_to_end(&mut message).await?;
    if taken < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(message)
}
