//! The same storm in front of the usual way: one API call for each request, with the SDK's own retries.
//!
//! `usual-storm FLEET WITHIN PAUSE BOUND`: FLEET is a file with a line `host authorization address` for
//! each router. Each comes at its moment, evenly spread over WITHIN seconds; one whose call fails comes
//! again after PAUSE seconds, until BOUND. Prints one JSON line.

use aws_config::BehaviorVersion;
use aws_sdk_route53::Client;
use aws_sdk_route53::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType,
};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("an argument is missing");
    let fleet = std::fs::read_to_string(next()).expect("the fleet can be read");
    let mut seconds = || Duration::from_secs(next().parse().expect("seconds"));
    let (within, pause, bound) = (seconds(), seconds(), seconds());
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let start = Instant::now();

    let count = u32::try_from(fleet.lines().count()).expect("a fleet");
    let routers = fleet.lines().zip(0..).map(|(router, index)| {
        let moment = start + within * index / count;
        let (client, router) = (client.clone(), router.to_owned());
        tokio::spawn(live(client, router, moment, pause, start + bound))
    });
    let (mut done, mut words) = (Vec::new(), BTreeMap::<String, u32>::new());
    for router in routers.collect::<Vec<_>>() {
        match router.await.expect("a router") {
            Ok(moment) => done.push(moment.duration_since(start).as_secs_f64()),
            Err(reason) => *words.entry(reason).or_default() += 1,
        }
    }
    let last = done.iter().copied().fold(0.0, f64::max);
    let failed: u32 = words.values().sum();
    eprintln!("usual-storm: not changed: {words:?}");
    println!(
        r#"{{"done": {}, "last": {last}, "failed": {failed}}}"#,
        done.len()
    );
}

async fn live(
    client: Client,
    router: String,
    moment: Instant,
    pause: Duration,
    end: Instant,
) -> Result<Instant, String> {
    let mut words = router.split(' ');
    let (host, address) = (
        words.next().unwrap_or_default(),
        words.nth(1).unwrap_or_default(),
    );
    let mut last = "it never came".to_owned();
    sleep_until(moment).await;
    while Instant::now() < end {
        match timeout_at(end, upsert(&client, host, address)).await {
            Ok(Ok(())) => return Ok(Instant::now()),
            Ok(Err(reason)) => last = reason,
            Err(_) => last = "no answer".to_owned(),
        }
        sleep(pause).await;
    }
    Err(last)
}

async fn upsert(client: &Client, host: &str, address: &str) -> Result<(), String> {
    let record = ResourceRecord::builder().value(address).build();
    let set = ResourceRecordSet::builder()
        .name(host)
        .r#type(RrType::A)
        .ttl(60);
    let set = set
        .resource_records(record.map_err(|e| e.to_string())?)
        .build();
    let change = Change::builder()
        .action(ChangeAction::Upsert)
        .resource_record_set(set.map_err(|e| e.to_string())?)
        .build();
    let batch = ChangeBatch::builder()
        .changes(change.map_err(|e| e.to_string())?)
        .build();
    let request = client
        .change_resource_record_sets()
        .hosted_zone_id(std::env::var("HOSTED_ZONE_ID").unwrap_or_default())
        .change_batch(batch.map_err(|e| e.to_string())?);
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.code() {
            Some(code) => code.to_owned(),
            None => DisplayErrorContext(&error)
                .to_string()
                .chars()
                .take(80)
                .collect(),
        }),
    }
}
