//! A long line on the loopback: passes TCP and UDP on after half the round trip, and counts.
//!
//! `far tcp|udp TARGET ROUND_TRIP_MS` prints its address. Each line on its standard input prints
//! one JSON line of what passed since the last one; it ends when its standard input does.
//!
//! A TCP connection also pays the round trip of its handshake: what the client writes before that
//! counts as written then. Not modelled: loss, bandwidth, slow start.

use serde_json::json;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

#[derive(Default)]
struct Passed {
    connections: AtomicU64,
    datagrams: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("an argument is missing");
    let (kind, target) = (next(), next().parse().expect("an address and port"));
    let trip = Duration::from_millis(next().parse().expect("milliseconds"));
    let passed = Arc::new(Passed::default());
    let address = match kind.as_str() {
        "tcp" => tcp(target, trip, passed.clone()).await,
        _ => udp(target, trip, passed.clone()).await,
    };
    println!("{address}");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(_)) = lines.next_line().await {
        println!("{}", passed.take());
    }
}

impl Passed {
    fn take(&self) -> serde_json::Value {
        json!({
            "connections": self.connections.swap(0, Relaxed),
            "datagrams": self.datagrams.swap(0, Relaxed),
            "up": self.up.swap(0, Relaxed),
            "down": self.down.swap(0, Relaxed),
        })
    }
}

async fn tcp(target: SocketAddr, trip: Duration, passed: Arc<Passed>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let open = Instant::now() + trip;
            passed.connections.fetch_add(1, Relaxed);
            let Ok(far) = TcpStream::connect(target).await else {
                continue;
            };
            let _ = (near.set_nodelay(true), far.set_nodelay(true));
            let (near_in, near_out) = near.into_split();
            let (far_in, far_out) = far.into_split();
            tokio::spawn(pass(
                near_in,
                far_out,
                open,
                trip / 2,
                passed.clone(),
                |p| &p.up,
            ));
            tokio::spawn(pass(
                far_in,
                near_out,
                open,
                trip / 2,
                passed.clone(),
                |p| &p.down,
            ));
        }
    });
    address
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin + Send + 'static,
    open: Instant,
    delay: Duration,
    passed: Arc<Passed>,
    count: fn(&Passed) -> &AtomicU64,
) {
    let (sender, mut line) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        while let Some((due, bytes)) = line.recv().await {
            sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    });
    let mut buffer = vec![0; 65_536];
    while let Ok(length) = from.read(&mut buffer).await {
        let bytes = buffer[..length].to_vec();
        let due = Instant::now().max(open) + delay;
        if length == 0 || sender.send((due, bytes)).is_err() {
            return;
        }
        count(&passed).fetch_add(length as u64, Relaxed);
    }
}

async fn udp(target: SocketAddr, trip: Duration, passed: Arc<Passed>) -> SocketAddr {
    let near = Arc::new(UdpSocket::bind("127.0.0.1:0").await.expect("a free port"));
    let address = near.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut lines: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
        let mut buffer = [0; 65_536];
        while let Ok((length, client)) = near.recv_from(&mut buffer).await {
            passed.datagrams.fetch_add(1, Relaxed);
            passed.up.fetch_add(length as u64, Relaxed);
            let far = match lines.get(&client) {
                Some(far) => far.clone(),
                None => {
                    let far = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
                    far.connect(target).await.expect("the target");
                    let far = Arc::new(far);
                    let back = (far.clone(), near.clone(), passed.clone());
                    tokio::spawn(answers(back, client, trip / 2));
                    lines.insert(client, far.clone());
                    far
                }
            };
            let bytes = buffer[..length].to_vec();
            tokio::spawn(async move {
                tokio::time::sleep(trip / 2).await;
                let _ = far.send(&bytes).await;
            });
        }
    });
    address
}

async fn answers(
    (far, near, passed): (Arc<UdpSocket>, Arc<UdpSocket>, Arc<Passed>),
    client: SocketAddr,
    delay: Duration,
) {
    let mut buffer = [0; 65_536];
    while let Ok(length) = far.recv(&mut buffer).await {
        passed.datagrams.fetch_add(1, Relaxed);
        passed.down.fetch_add(length as u64, Relaxed);
        let (near, bytes) = (near.clone(), buffer[..length].to_vec());
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let _ = near.send_to(&bytes, client).await;
        });
    }
}
