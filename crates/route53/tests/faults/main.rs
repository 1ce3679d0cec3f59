//! Every fault at every call, through the whole path: what the client is told, what the zone then
//! holds, and that the same request works once the fault is over.
//!
//! `DYN53_TORTURE=full` plays all situations, each way to run, and pairs of faults as well.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "../gate/mod.rs"]
mod gate;
mod kinds;
#[path = "../shared/mod.rs"]
mod shared;
mod stage;
mod verdicts;

use dyn53_core::{
    Applied, Credential, Credentials, GrantedHost, Plan, Reading, Reply, Request, SecretHash,
    Service, Wanted, Zone, ZoneError,
};
use dyn53_route53::{Endpoint, NameServers, Roots, Route53Zone, Settings};
use dyn53_testkit::contract;
use dyn53_testkit::route53::{Authority, Edit, Lie, Options, Record, Route53, Trouble, Writer};
use gate::Gate;
use kinds::*;
use shared::{HOME, ZONE, settings};
use stage::*;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use verdicts::*;

/// What a request may take.
const TIME: Duration = Duration::from_secs(4);
/// What a busy machine may add to it.
const SLACK: Duration = Duration::from_secs(2);
/// A stall that no call waits out.
const FOREVER: Duration = Duration::from_secs(60);
/// How many cases run side by side; nearly all of their time they wait.
const WORKERS: usize = 24;

/// Each fault, at each call, once and for good.
fn single(situations: &[Situation], ways: &[bool]) -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in kinds() {
        for at in [At::List, At::Change] {
            for often in [Often::Once, Often::Always] {
                for situation in situations {
                    for glance in ways {
                        let of_name_server = kind.cure == Cure::Harmless;
                        if of_name_server && (at, often) != (At::List, Often::Always) {
                            continue;
                        }
                        let of_others = matches!(kind.fault, Fault::Others { .. });
                        if of_others && (at, often) != (At::Change, Often::Once) {
                            continue;
                        }
                        cases.push(Case {
                            kinds: vec![kind.clone()],
                            at,
                            often,
                            situation: *situation,
                            glance: *glance || of_name_server,
                        });
                    }
                }
            }
        }
    }
    cases
}

/// Each two faults of the API in a row.
fn pairs() -> Vec<Case> {
    let kinds = kinds();
    let of_api = |kind: &&Kind| matches!(kind.fault, Fault::Trouble(_) | Fault::Others { .. });
    let of_answer = |kind: &&Kind| matches!(kind.fault, Fault::Trouble(_));
    // The first one has to lead to another call.
    let passing = |kind: &&Kind| kind.cure == Cure::Again;
    let mut cases = Vec::new();
    for first in kinds.iter().filter(of_api).filter(passing) {
        for second in kinds.iter().filter(of_answer) {
            let of_others = matches!(first.fault, Fault::Others { .. });
            for at in [At::List, At::Change] {
                // Who comes after the reading of a record that is not there comes after the update.
                if of_others && at == At::List {
                    continue;
                }
                for situation in &SITUATIONS[..2] {
                    cases.push(Case {
                        kinds: vec![first.clone(), second.clone()],
                        at,
                        often: Often::Once,
                        situation: *situation,
                        glance: false,
                    });
                }
            }
        }
    }
    cases
}

/// Plays all cases, some side by side.
fn play_all(cases: &[Case]) -> Vec<Told> {
    let next = AtomicUsize::new(0);
    let told = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let one = play(case);
                    told.lock().unwrap().push(one);
                }
            });
        }
    });
    told.into_inner().unwrap()
}

/// One line a fault and call: how many cases, what was said, calls, the longest time, the zone.
fn print(told: &[Told]) {
    println!("| fault | at | cases | reply | calls | slowest ms | zone |");
    println!("|---|---|---|---|---|---|---|");
    let mut lines = BTreeMap::<_, Vec<&Told>>::new();
    let order: Vec<&str> = kinds().iter().map(|kind| kind.name).collect();
    for one in told {
        let name = one.case.kinds[0].name;
        let place = order.iter().position(|other| *other == name);
        let often = format!("{:?}", one.case.often).to_lowercase();
        let at = format!("{:?}, {often}", one.case.at).to_lowercase();
        let single = one.case.kinds.len() == 1;
        lines.entry((!single, place, at)).or_default().push(one);
    }
    for ((pair, _, at), group) in lines {
        let name = group[0].case.kinds[0].name;
        let name = if pair {
            format!("{name}, then another")
        } else {
            name.to_owned()
        };
        let set = |of: &dyn Fn(&Told) -> String| {
            let mut all: Vec<String> = group.iter().map(|one| of(one)).collect();
            all.sort();
            all.dedup();
            all.join(" / ")
        };
        let reply = set(&|one| format!("{} {}", one.reply.status, one.says()));
        let calls = group.iter().map(|one| one.calls);
        let (least, most) = (calls.clone().min().unwrap(), calls.max().unwrap());
        let calls = if least == most {
            least.to_string()
        } else {
            format!("{least} to {most}")
        };
        let slowest = group.iter().map(|one| one.time.as_millis()).max().unwrap();
        let zone = set(&|one| one.holds().to_owned());
        println!(
            "| {name} | {at} | {} | {reply} | {calls} | {slowest} | {zone} |",
            group.len()
        );
    }
}

#[test]
fn every_fault_at_every_call() {
    let full = std::env::var("DYN53_TORTURE").is_ok_and(|size| size == "full");
    let cases = if full {
        [single(&SITUATIONS, &[false, true]), pairs()].concat()
    } else {
        single(&SITUATIONS[..2], &[false])
    };
    let told = play_all(&cases);
    assert_eq!(told.len(), cases.len());
    print(&told);
    let count = |of: &dyn Fn(&Told) -> bool| told.iter().filter(|one| of(one)).count();
    println!(
        "\nfaults at each call: cases {}, done all the same {}, refused {}, late {}, false success {}, zone otherwise {}\n",
        told.len(),
        count(&Told::done),
        count(&|one| !one.done()),
        count(&|one| one.time >= TIME + SLACK),
        count(&|one| one.done() && one.holds() != "as wanted"),
        count(&|one| one.holds() == "WRONG"),
    );
}

/// While the change is not accepted yet, nobody is told that it is.
#[test]
fn no_success_before_acceptance() {
    let standin = Route53::start(Options {
        processing: Duration::from_millis(400),
        ..Options::default()
    });
    let standin = Arc::new(standin);
    let zone = Route53Zone::new(settings(&standin)).unwrap();
    let start = Instant::now();
    assert_eq!(shared::update(&zone, HOME, &["192.0.2.2"]), Ok(2));
    assert!(start.elapsed() >= Duration::from_millis(400));
    assert_eq!(standin.records(ZONE), records(&[NEW]));
}
