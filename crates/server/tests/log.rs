//! The log: JSON lines, whose reader can delay nobody.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use dyn53_server::Log;
use dyn53_server::log::Level;
use rstest::rstest;
use serde_json::Value;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// A reader that takes nothing until `gate` is closed.
struct Reader {
    gate: Option<Receiver<()>>,
    read: Arc<Mutex<Vec<u8>>>,
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(gate) = self.gate.take() {
            let _closed = gate.recv();
        }
        self.read.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn log(level: Level) -> (Log, Sender<()>, Arc<Mutex<Vec<u8>>>) {
    let (open, gate) = channel();
    let read = Arc::<Mutex<Vec<u8>>>::default();
    let reader = Reader {
        gate: Some(gate),
        read: Arc::clone(&read),
    };
    (Log::to(reader, level), open, read)
}

fn lines(read: &Mutex<Vec<u8>>) -> Vec<Value> {
    let text = String::from_utf8(read.lock().unwrap().clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[rstest]
#[case(Level::INFO, &["INFO", "WARN", "ERROR"])]
#[case(Level::WARN, &["WARN", "ERROR"])]
#[case(Level::ERROR, &["ERROR"])]
fn levels(#[case] level: Level, #[case] expected: &[&str]) {
    let (log, open, read) = log(level);
    drop(open);
    log.info("a \"quoted\"\nmessage");
    log.warn("a \"quoted\"\nmessage");
    log.error("a \"quoted\"\nmessage");
    log.flush();
    let lines = lines(&read);
    let levels: Vec<&str> = lines.iter().map(|l| l["level"].as_str().unwrap()).collect();
    assert_eq!(levels, expected);
    for line in lines {
        assert_eq!(line["message"], "a \"quoted\"\nmessage");
        let timestamp = line["timestamp"].as_str().unwrap();
        assert!(
            timestamp.starts_with("20") && timestamp.ends_with('Z'),
            "{timestamp}"
        );
        assert_eq!(line.as_object().unwrap().len(), 3);
    }
}

/// Whoever logs never waits; what there was no room for is counted and told once there is.
#[test]
fn what_nobody_reads_is_counted() {
    const SENT: usize = 40_000;
    let (log, open, read) = log(Level::INFO);
    for number in 0..SENT {
        log.info(&format!("number {number}"));
    }
    drop(open);
    // Until the thread has made room, further lines are lost as well.
    let mut more = 0;
    while lines(&read).is_empty() {
        std::thread::yield_now();
    }
    let told = loop {
        log.info("more");
        more += 1;
        std::thread::yield_now();
        let warned = lines(&read)
            .into_iter()
            .find(|line| line["level"] == "WARN");
        if let Some(warned) = warned {
            break warned["message"].as_str().unwrap().to_owned();
        }
    };
    log.flush();
    let lost: usize = told.split(' ').next().unwrap().parse().unwrap();
    assert!(
        told.contains("log lines were lost since the start"),
        "{told}"
    );
    let lines = lines(&read).into_iter();
    let taken = lines.filter(|line| line["level"] == "INFO").count();
    assert_eq!(taken + lost, SENT + more);
}

/// The end does not wait for a reader that never reads.
#[test]
fn the_end_comes_though_nobody_reads() {
    let (log, open, read) = log(Level::INFO);
    for number in 0..40_000 {
        log.info(&format!("number {number}"));
    }
    log.flush();
    assert!(lines(&read).is_empty());
    drop(open);
}
