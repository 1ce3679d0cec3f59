//! Dynamic updates over DNS (RFC 2136), as `nsupdate` sends them, to a name server beside `dyn53 serve`.
//!
//! `updates TARGET ZONE HOSTS CLIENTS SECONDS`: HOSTS is a file with a name a line. Each of CLIENTS sends
//! one update after another over UDP, each with the next address for the next host, and waits for each
//! answer. Prints one JSON line.

use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout};

/// Types and classes of RFC 1035 and RFC 2136 section 2.5.
const A: u16 = 1;
const SOA: u16 = 6;
const IN: u16 = 1;
const ANY: u16 = 255;

struct Plan {
    target: SocketAddr,
    zone: String,
    hosts: Vec<String>,
    clients: u32,
    end: Instant,
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("an argument is missing");
    let target = next().parse().expect("an address and port");
    let zone = next();
    let hosts = std::fs::read_to_string(next()).expect("the hosts can be read");
    let hosts = hosts.lines().map(str::to_owned).collect();
    let clients = next().parse().expect("a number of clients");
    let time = Duration::from_secs(next().parse().expect("seconds"));
    let start = Instant::now();
    let end = start + time;
    let plan = Arc::new(Plan {
        target,
        zone,
        hosts,
        clients,
        end,
    });
    let clients: Vec<_> = (0..clients)
        .map(|number| tokio::spawn(client(plan.clone(), number)))
        .collect();
    let mut done = 0;
    for client in clients {
        done += client.await.expect("a client");
    }
    let rate = f64::from(done) / start.elapsed().as_secs_f64();
    println!("{}", json!({ "done": done, "rate": rate }));
}

/// How many updates one client had carried out.
async fn client(plan: Arc<Plan>, number: u32) -> u32 {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    socket.connect(plan.target).await.expect("a route");
    let mut done = 0;
    while Instant::now() < plan.end {
        let turn = done * plan.clients + number;
        let host = usize::try_from(turn).expect("a count") % plan.hosts.len();
        let message = update(&plan.zone, &plan.hosts[host], turn);
        socket.send(&message).await.expect("it is sent");
        let mut reply = [0; 512];
        let length = timeout(Duration::from_secs(10), socket.recv(&mut reply));
        let length = length.await.expect("an answer in time").expect("an answer");
        let same = length >= 12 && reply[..2] == message[..2];
        assert!(
            same && reply[3] & 0x0f == 0,
            "refused: {:?}",
            &reply[..length]
        );
        done += 1;
    }
    done
}

/// Replaces the A records of `host` by one with an address made of `turn`.
fn update(zone: &str, host: &str, turn: u32) -> Vec<u8> {
    let [.., high, low] = turn.to_be_bytes();
    let mut message = vec![high, low, 0x28, 0, 0, 1, 0, 0, 0, 2, 0, 0];
    put(&mut message, zone, SOA, IN);
    put(&mut message, host, A, ANY);
    message.extend([0, 0, 0, 0, 0, 0]);
    put(&mut message, host, A, IN);
    message.extend([0, 0, 0, 60, 0, 4, 198, 51, high, low]);
    message
}

fn put(message: &mut Vec<u8>, name: &str, kind: u16, class: u16) {
    for label in name.split('.') {
        message.push(u8::try_from(label.len()).expect("a label"));
        message.extend(label.as_bytes());
    }
    message.push(0);
    message.extend(kind.to_be_bytes());
    message.extend(class.to_be_bytes());
}
