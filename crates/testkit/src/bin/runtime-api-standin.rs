//! The Lambda Runtime API stand-in as a program: prints its address, hands out events one after the other to
//! the program under test, prints a JSON line about each, and ends.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use clap::Parser;
use dyn53_testkit::RuntimeApi;
use dyn53_testkit::runtime_api::Posted;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// A stand-in for the Lambda Runtime API on this machine.
#[derive(Parser)]
struct Args {
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// Events, one a line.
    #[arg(long, value_name = "FILE", required_unless_present = "event")]
    events: Option<PathBuf>,
    /// One event, handed out again and again.
    #[arg(long, value_name = "FILE", conflicts_with = "events")]
    event: Option<PathBuf>,
    /// How often.
    #[arg(long, default_value_t = 1)]
    count: usize,
}

fn main() {
    let args = Args::parse();
    let api = RuntimeApi::listen(&args.listen).unwrap();
    println!("{}", json!({"address": api.address()}));
    let text = |file: &Option<PathBuf>| file.as_ref().map(|file| fs::read_to_string(file).unwrap());
    let events = text(&args.events).unwrap_or_default();
    let event = text(&args.event);
    let again = event
        .iter()
        .flat_map(|event| std::iter::repeat_n(event.as_str(), args.count));
    for event in events.lines().chain(again) {
        let told = api.invoke(event);
        let (kind, body) = match told.posted {
            Posted::Reply(body) => ("reply", body),
            Posted::Error(_, body) => ("error", body),
        };
        let body: Value = serde_json::from_str(&body).unwrap();
        let us = u64::try_from(told.latency.as_micros()).unwrap();
        println!("{}", json!({"id": told.id, "microseconds": us, kind: body}));
    }
}
