//! The files of an embedded zone: old ones, damaged ones, and what cannot be mended.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::embedded_settings;
use dyn53_core::RecordSet;
use dyn53_server::EmbeddedZone;
use dyn53_testkit::contract::{APEX, grant, set, update};
use rstest::rstest;
use std::fs;
use std::path::{Path, PathBuf};

const HEAD1: &str = "{\"format\":\"dyn53 zone\",\"version\":1,\"zone\":\"example.net\"}\n";

fn main_file(folder: &Path) -> PathBuf {
    folder.join("example.net.zone")
}

fn copy_file(folder: &Path) -> PathBuf {
    folder.join("example.net.zone.copy")
}

fn open(folder: &Path) -> Result<(EmbeddedZone, Vec<String>), String> {
    let opened = EmbeddedZone::open(folder, embedded_settings(APEX));
    let opened = opened.map_err(|error| error.to_string());
    opened.map(|(zone, notices)| (zone, notices.into_iter().map(|n| n.text).collect()))
}

fn host(number: usize) -> String {
    format!("h{number}.{APEX}")
}

fn held(number: usize) -> RecordSet {
    set(&host(number), 60, &format!("203.0.113.{number}"))
}

/// A commit of version 1.
fn line1(serial: usize, numbers: &[usize]) -> String {
    let sets: Vec<String> = numbers
        .iter()
        .map(|number| {
            let name = host(*number);
            format!(r#"{{"host":"{name}","type":"A","ttl":60,"values":["203.0.113.{number}"]}}"#)
        })
        .collect();
    format!("{{\"serial\":{serial},\"sets\":[{}]}}\n", sets.join(","))
}

/// The first start finds `expected` and names each of `places`; the second one the same, and nothing to name.
fn starts_twice(folder: &Path, expected: &[usize], places: &[&str]) {
    let (zone, notices) = open(folder).unwrap();
    let mut wanted: Vec<RecordSet> = expected.iter().map(|number| held(*number)).collect();
    wanted.sort_by_key(RecordSet::key);
    assert_eq!(zone.contents(), wanted);
    assert_eq!(notices.len(), places.len(), "{notices:?}");
    for (notice, place) in notices.iter().zip(places) {
        assert!(notice.contains(place), "{notice}");
    }
    let serial = zone.serial();
    drop(zone);
    let (zone, notices) = open(folder).unwrap();
    assert_eq!((zone.contents(), notices), (wanted, vec![]));
    assert!(zone.serial() >= serial);
}

#[test]
fn version_1_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{HEAD1}{}{}", line1(5, &[1, 2]), line1(6, &[3]));
    fs::write(main_file(folder.path()), text).unwrap();
    let (zone, notices) = open(folder.path()).unwrap();
    assert_eq!((zone.serial(), notices), (6, vec![]));
    drop(zone);
    for file in [main_file(folder.path()), copy_file(folder.path())] {
        let text = fs::read_to_string(file).unwrap();
        assert!(
            text.starts_with("{\"format\":\"dyn53 zone\",\"version\":2,"),
            "{text}"
        );
    }
    starts_twice(folder.path(), &[1, 2, 3], &[]);
}

#[test]
fn a_damaged_line_of_version_1_costs_one_host_at_both_starts() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = HEAD1.to_owned();
    for number in 1..=50 {
        text += &line1(number, &[number]);
    }
    let text = text.replace("203.0.113.17\"", "203.0.113.17#");
    fs::write(main_file(folder.path()), &text).unwrap();
    let others: Vec<usize> = (1..=50).filter(|number| *number != 17).collect();
    starts_twice(folder.path(), &others, &["example.net.zone line 18 (byte "]);
    let kept = folder.path().join("example.net.zone.damaged-1");
    assert_eq!(fs::read_to_string(kept).unwrap(), text);
}

#[rstest]
#[case::half_a_line("", "{\"serial\":9,\"se", &["line 4 (byte 314) has no end, as after a kill"], &[1, 2, 3])]
#[case::one_set_of_a_snapshot("h2.", "h\0.", &["line 2 (byte 57) is damaged; what could be read in it counts"], &[1, 3])]
#[case::another_family("203.0.113.2\"", "2001:db8::2\"", &["line 2 (byte 57) holds a record that cannot be used"], &[1, 3])]
#[case::another_zone("h2.example.net", "h2.example.org", &["line 2 (byte 57) holds a record that cannot be used"], &[1, 3])]
#[case::the_first_line("dyn53 zone", "dyn53 zonf", &["line 1 (byte 0) cannot be read"], &[1, 2, 3])]
#[case::a_serial("\"serial\":6", "\"serial\":4", &["line 3 (byte 221) repeats an earlier line"], &[1, 2])]
fn damage_of_version_1(
    #[case] old: &str,
    #[case] new: &str,
    #[case] places: &[&str],
    #[case] expected: &[usize],
) {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{HEAD1}{}{}", line1(5, &[1, 2]), line1(6, &[3]));
    let text = if old.is_empty() {
        text + new
    } else {
        text.replacen(old, new, 1)
    };
    fs::write(main_file(folder.path()), text).unwrap();
    starts_twice(folder.path(), expected, places);
}

const UNREADABLE: &str = "and its copy are damaged, and no record can be read in them: `dyn53 zone import example.net FILE` puts a backup in their place, or move both away to begin with an empty zone";
const NEWER: &str = "is of file version 3 and this program reads up to version 2: start the newer dyn53 that wrote it, or move the file away";
const OTHER: &str = "belongs to the zone example.org: give the file its own name back";

#[rstest]
#[case("", UNREADABLE)]
#[case("\0\0\0\0", UNREADABLE)]
#[case(
    "{\"format\":\"dyn53 zone\",\"version\":1,\"zone\":\"example.net\"}\n{\"serial\":1,\"se#\n",
    UNREADABLE
)]
#[case(
    "{\"format\":\"dyn53 zone\",\"version\":3,\"zone\":\"example.net\",\"sum\":\"d48a953af11c9863\"}\n",
    NEWER
)]
#[case(
    "{\"format\":\"dyn53 zone\",\"version\":1,\"zone\":\"example.org\"}\n",
    OTHER
)]
fn what_is_refused_stays(#[case] text: &str, #[case] reason: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = main_file(folder.path());
    fs::write(&path, text).unwrap();
    let error = open(folder.path()).err().unwrap();
    assert_eq!(error, format!("{} {reason}", path.display()));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert!(!copy_file(folder.path()).exists());
}

/// A zone with a snapshot of hosts 1 to 3 and a commit each for 4 and 5, killed.
fn killed() -> tempfile::TempDir {
    let (folder, now) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for numbers in [1..=3, 4..=5] {
        let (zone, _) = open(folder.path()).unwrap();
        for number in numbers {
            let address = format!("203.0.113.{number}");
            update(&zone, &grant(&[&host(number)], &[&address]));
        }
        for path in [main_file, copy_file] {
            fs::copy(path(folder.path()), path(now.path())).unwrap();
        }
    }
    now
}

/// Damages the line of a host.
fn spoil(file: &Path, number: usize) {
    let text = fs::read_to_string(file).unwrap();
    let old = format!("203.0.113.{number}\"");
    assert!(text.contains(&old), "{text}");
    fs::write(
        file,
        text.replace(&old, &format!("203.0.113.{}\"", number + 1)),
    )
    .unwrap();
}

#[test]
fn both_files_may_be_damaged_in_different_lines() {
    let folder = killed();
    spoil(&main_file(folder.path()), 2);
    spoil(&main_file(folder.path()), 5);
    spoil(&copy_file(folder.path()), 1);
    spoil(&copy_file(folder.path()), 4);
    let places = [
        ".zone line 3 (byte ",
        ".zone line 6 (byte ",
        ".zone ends with line 5 of 6",
        ".zone.copy line 2 (byte ",
        ".zone.copy line 5 (byte ",
    ];
    starts_twice(folder.path(), &[1, 2, 3, 4, 5], &places);
}

#[test]
fn a_record_of_the_snapshot_that_is_lost_in_both_files_is_named_and_missing() {
    let folder = killed();
    spoil(&main_file(folder.path()), 2);
    spoil(&copy_file(folder.path()), 2);
    let places = [
        ".zone line 3 (byte ",
        ".zone.copy line 3 (byte ",
        "line 3 is lost in both files",
    ];
    let (zone, notices) = open(folder.path()).unwrap();
    assert_eq!(zone.contents(), [1, 3, 4, 5].map(held));
    for place in places {
        assert!(
            notices.iter().any(|notice| notice.contains(place)),
            "{notices:?}"
        );
    }
}

#[test]
fn a_commit_that_is_lost_in_both_files_is_a_refusal() {
    let folder = killed();
    spoil(&main_file(folder.path()), 4);
    spoil(&copy_file(folder.path()), 4);
    let before = [main_file, copy_file].map(|path| fs::read(path(folder.path())).unwrap());
    let error = open(folder.path()).err().unwrap();
    assert!(
        error.contains("line 5 is lost in both, and any record before it may be an old one"),
        "{error}"
    );
    assert_eq!(
        [main_file, copy_file].map(|path| fs::read(path(folder.path())).unwrap()),
        before
    );
}

#[rstest]
#[case::main(main_file, "example.net.zone is missing")]
#[case::copy(copy_file, "example.net.zone.copy is missing")]
fn one_file_is_enough(#[case] gone: fn(&Path) -> PathBuf, #[case] place: &str) {
    let folder = killed();
    fs::remove_file(gone(folder.path())).unwrap();
    starts_twice(folder.path(), &[1, 2, 3, 4, 5], &[place]);
}

#[test]
fn an_old_backup_of_one_file_does_not_win() {
    let folder = killed();
    let backup = fs::read(main_file(folder.path())).unwrap();
    let (zone, _) = open(folder.path()).unwrap();
    update(&zone, &grant(&[&host(1)], &["203.0.113.99"]));
    drop(zone);
    fs::write(main_file(folder.path()), backup).unwrap();
    let (zone, notices) = open(folder.path()).unwrap();
    assert!(
        notices[0].contains(".zone is older than the other file of the zone"),
        "{notices:?}"
    );
    assert!(zone.contents().contains(&set(&host(1), 60, "203.0.113.99")));
}

#[test]
fn a_zone_that_is_closed_leaves_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let (zone, _) = open(folder.path()).unwrap();
    for number in [1, 2, 1, 2] {
        update(
            &zone,
            &grant(&[&host(number)], &[&format!("203.0.113.{number}")]),
        );
        update(&zone, &grant(&[&host(number)], &["203.0.113.99"]));
    }
    drop(zone);
    let text = fs::read_to_string(main_file(folder.path())).unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
}
