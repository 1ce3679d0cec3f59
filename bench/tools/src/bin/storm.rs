//! Ten thousand routers that get a new address in the same ten seconds, in front of `dyn53 serve`.
//!
//! `storm TARGET FLEET WITHIN PAUSE BOUND`: FLEET is a file with a line `host authorization address`
//! for each router. Each opens a connection of its own at its moment, evenly spread over WITHIN
//! seconds, and sends one DynDNS2 update; one that is refused comes again after PAUSE seconds, until
//! BOUND. Prints one JSON line.

use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

struct Storm {
    target: SocketAddr,
    start: Instant,
    pause: Duration,
    end: Instant,
}

#[derive(Default)]
struct Told {
    waited: Option<Duration>,
    done: Option<Duration>,
    tries: u32,
    last: String,
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("an argument is missing");
    let target = next().parse().expect("an address and port");
    let fleet = std::fs::read_to_string(next()).expect("the fleet can be read");
    let mut seconds = || Duration::from_secs(next().parse().expect("seconds"));
    let (within, pause, bound) = (seconds(), seconds(), seconds());
    let start = Instant::now();
    let storm = Arc::new(Storm {
        target,
        start,
        pause,
        end: start + bound,
    });

    let routers: Vec<String> = fleet.lines().map(str::to_owned).collect();
    let count = u32::try_from(routers.len()).expect("a fleet");
    let routers = routers.into_iter().zip(0..).map(|(router, index)| {
        let moment = start + within * index / count;
        tokio::spawn(live(storm.clone(), router, moment))
    });
    let mut told = Vec::new();
    for router in routers.collect::<Vec<_>>() {
        told.push(router.await.expect("a router"));
    }
    println!("{}", report(&told));
}

async fn live(storm: Arc<Storm>, router: String, moment: Instant) -> Told {
    let mut told = Told::default();
    sleep_until(moment).await;
    while Instant::now() < storm.end {
        let sent = Instant::now();
        told.tries += 1;
        told.last = match timeout_at(storm.end, update(storm.target, &router)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer".to_owned(),
        };
        if told.last.starts_with("good ") || told.last.starts_with("nochg ") {
            told.waited = Some(sent.elapsed());
            told.done = Some(storm.start.elapsed());
            break;
        }
        sleep(storm.pause).await;
    }
    told
}

async fn update(target: SocketAddr, router: &str) -> std::io::Result<String> {
    let mut words = router.split(' ');
    let mut next = || words.next().unwrap_or_default();
    let (host, authorization, address) = (next(), next(), next());
    let request = format!(
        "GET /nic/update?hostname={host}&myip={address} HTTP/1.1\r\nHost: storm\r\n\
         User-Agent: storm\r\nAuthorization: Basic {authorization}\r\nConnection: close\r\n\r\n"
    );
    let mut stream = TcpStream::connect(target).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await?;
    let (head, body) = reply.split_once("\r\n\r\n").unwrap_or((&reply, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    Ok(if status == "200" {
        body.to_owned()
    } else {
        format!("{status} {body}")
    })
}

fn report(told: &[Told]) -> serde_json::Value {
    let mut done: Vec<Duration> = told.iter().filter_map(|router| router.done).collect();
    let mut waited: Vec<Duration> = told.iter().filter_map(|router| router.waited).collect();
    done.sort();
    waited.sort();
    let failed = told.iter().filter(|router| router.done.is_none());
    json!({
        "done": done.len(),
        "last": done.last().map(Duration::as_secs_f64),
        "waited_median": waited.get(waited.len() / 2).map(Duration::as_secs_f64),
        "waited_longest": waited.last().map(Duration::as_secs_f64),
        "tries": told.iter().map(|router| router.tries).sum::<u32>(),
        "failed": failed.clone().count(),
        "last_words": failed.map(|router| router.last.trim()).next(),
    })
}
