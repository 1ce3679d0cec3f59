//! The embedded zone: many at once, and nothing seen that is not on the disk.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::embedded_settings;
use dyn53_core::Zone;
use dyn53_server::EmbeddedZone;
use dyn53_testkit::contract::{contents, grant, set, update};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn changes_at_the_same_time_all_last() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        EmbeddedZone::open(folder.path(), embedded_settings("example.net"))
            .unwrap()
            .0
    };
    let zone = open();
    thread::scope(|scope| {
        for host in 0..8 {
            let zone = &zone;
            scope.spawn(move || {
                for last in 1..=50 {
                    let name = format!("h{host}.example.net");
                    update(zone, &grant(&[&name], &[&format!("203.0.113.{last}")]));
                    assert_eq!(
                        contents(zone, &[&name]),
                        [set(&name, 60, &format!("203.0.113.{last}"))]
                    );
                }
            });
        }
    });
    let expected: Vec<_> = (0..8)
        .map(|host| set(&format!("h{host}.example.net"), 60, "203.0.113.50"))
        .collect();
    assert_eq!(zone.contents(), expected);
    drop(zone);
    assert_eq!(open().contents(), expected);
}

#[test]
fn what_cannot_be_written_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (zone, _) = EmbeddedZone::open(folder.path(), embedded_settings("example.net")).unwrap();
    std::fs::remove_dir_all(folder.path()).unwrap();
    let grant = grant(&["home.example.net"], &["203.0.113.7"]);
    let reading = zone.read(grant.wanted(), soon()).unwrap();
    let plan = dyn53_core::Plan::new(&grant, &reading);
    let error = zone.apply(&plan, soon()).unwrap_err();
    assert!(
        error
            .reason
            .starts_with("the file of the zone example.net cannot be written: "),
        "{error}"
    );
    assert!(
        error
            .reason
            .ends_with("; make room or check the data folder"),
        "{error}"
    );
    assert_eq!(zone.contents(), []);
    std::fs::create_dir(folder.path()).unwrap();
    zone.apply(&plan, soon()).unwrap();
    assert_eq!(
        zone.contents(),
        [set("home.example.net", 60, "203.0.113.7")]
    );
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}
