//! A Lambda Runtime API with a clock: starts a function, sends it events one after another, and
//! prints one JSON line: milliseconds of the start, of each call, and the peak of resident memory.
//!
//! `lambda-clock EVENT CALLS FIRST STEP CAP PROGRAM [ARGUMENT]...`
//!
//! `@ADDRESS@` in the event becomes the documentation address number FIRST, and STEP further with
//! each call: 0 sends the same address every time. From its first event on, the function runs in
//! the control group CAP (a folder; `-`: none), as Lambda starts a function at full speed.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::mpsc;

const BOUND: Duration = Duration::from_secs(60);

struct Clock {
    event: String,
    calls: usize,
    first: usize,
    step: usize,
    cap: String,
    times: Mutex<Times>,
    done: mpsc::Sender<Result<(), String>>,
}

#[derive(Default)]
struct Times {
    pid: Option<u32>,
    spawned: Option<Instant>,
    ready: Option<Duration>,
    sent: Vec<Instant>,
    answered: Vec<Instant>,
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("an argument is missing");
    let event = std::fs::read_to_string(next()).expect("the event can be read");
    let (done, mut ended) = mpsc::channel(1);
    let clock = Arc::new(Clock {
        event,
        calls: number(next()),
        first: number(next()),
        step: number(next()),
        cap: next(),
        times: Mutex::default(),
        done,
    });
    let program = next();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let api = "/2018-06-01/runtime";
    let routes = Router::new()
        .route(&format!("{api}/invocation/next"), get(send))
        .route(&format!("{api}/invocation/{{id}}/response"), post(answered))
        .route(&format!("{api}/invocation/{{id}}/error"), post(failed))
        .route(&format!("{api}/init/error"), post(failed))
        .with_state(clock.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });

    clock.times.lock().unwrap().spawned = Some(Instant::now());
    let mut child = Command::new(program)
        .args(arguments)
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the function starts");
    clock.times.lock().unwrap().pid = child.id();
    let outcome = tokio::select! {
        outcome = ended.recv() => outcome.unwrap_or_else(|| Err("no clock".into())),
        status = child.wait() => Err(format!("the function ended by itself: {status:?}")),
        () = tokio::time::sleep(BOUND) => Err(format!("no answer within {BOUND:?}")),
    };
    if let Err(reason) = outcome {
        eprintln!("lambda-clock: {reason}");
        std::process::exit(1);
    }
    let memory = peak_memory(child.id().expect("it runs"));
    child.kill().await.expect("it ends");
    println!("{}", report(&clock.times.lock().unwrap(), memory));
}

fn number(text: String) -> usize {
    text.parse().expect("a number")
}

/// One event; after the last one the function waits, as it would in Lambda.
async fn send(State(clock): State<Arc<Clock>>) -> Response {
    let index = {
        let mut times = clock.times.lock().unwrap();
        if times.ready.is_none() {
            times.ready = times.spawned.map(|spawned| spawned.elapsed());
            confine(&clock.cap, times.pid);
        }
        if times.sent.len() < clock.calls {
            times.sent.push(Instant::now());
        }
        (times.answered.len() < clock.calls).then_some(times.answered.len())
    };
    let Some(index) = index else {
        return std::future::pending().await;
    };
    let deadline = SystemTime::now() + Duration::from_secs(30);
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap().as_millis();
    let headers = [
        ("content-type", "application/json".to_owned()),
        (
            "lambda-runtime-aws-request-id",
            format!("5d31f5a8-0000-4000-8000-{index:012}"),
        ),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:123456789012:function:bench".to_owned(),
        ),
        (
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700".to_owned(),
        ),
    ];
    let host = (clock.first + index * clock.step) % 254 + 1;
    let event = clock
        .event
        .replace("@ADDRESS@", &format!("198.51.100.{host}"));
    (headers, event).into_response()
}

/// Only `200` and `OK` count.
async fn answered(State(clock): State<Arc<Clock>>, body: Bytes) -> StatusCode {
    let now = Instant::now();
    let reply: Value = serde_json::from_slice(&body).unwrap_or_default();
    if reply["statusCode"] != 200 || reply["body"].as_str().map(str::trim) != Some("OK") {
        let _ = clock
            .done
            .try_send(Err(format!("the function answered {reply}")));
    }
    let mut times = clock.times.lock().unwrap();
    times.answered.push(now);
    if times.answered.len() == clock.calls {
        let _ = clock.done.try_send(Ok(()));
    }
    StatusCode::ACCEPTED
}

async fn failed(State(clock): State<Arc<Clock>>, body: Bytes) -> StatusCode {
    let _ = clock
        .done
        .try_send(Err(String::from_utf8_lossy(&body).into_owned()));
    StatusCode::ACCEPTED
}

fn confine(cap: &str, pid: Option<u32>) {
    if let (true, Some(pid)) = (cap != "-", pid) {
        std::fs::write(format!("{cap}/cgroup.procs"), pid.to_string()).expect("the group takes it");
    }
}

/// `VmHWM` of proc(5): the peak of resident memory, in KiB.
fn peak_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let digits = line.and_then(|line| line.split_whitespace().nth(1));
    digits
        .and_then(|digits| digits.parse().ok())
        .expect("VmHWM")
}

fn report(times: &Times, memory: u64) -> Value {
    let spawned = times.spawned.expect("spawned");
    let calls = times.sent.iter().zip(&times.answered);
    let calls: Vec<f64> = calls
        .map(|(sent, end)| millis(end.duration_since(*sent)))
        .collect();
    json!({
        "ready": times.ready.map(millis),
        "cold": millis(times.answered[0].duration_since(spawned)),
        "calls": calls,
        "memory": memory,
    })
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
