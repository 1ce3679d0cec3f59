//! Damaged files: whatever is damaged in one of the two files of a zone, no wrong address is served,
//! no record is missing, each damage is named, and the second start is clean. `DYN53_TORTURE=full`
//! tries 1,000 files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod common;

use common::embedded_settings;
use dyn53_core::RecordSet;
use dyn53_server::EmbeddedZone;
use dyn53_testkit::contract::{APEX, grant, update};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const FILES: [&str; 2] = ["example.net.zone", "example.net.zone.copy"];

/// A random sequence that is the same in each run (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }
}

#[derive(Debug, Default)]
struct Told {
    files: usize,
    refused: usize,
    wrong: usize,
    missing: usize,
    unnamed: usize,
    unclean_second: usize,
    serial_back: usize,
}

/// A zone that was killed: a snapshot, then commits that change most hosts again.
fn killed() -> (tempfile::TempDir, Vec<RecordSet>, u32) {
    let folder = tempfile::tempdir_in(memory()).unwrap();
    let (zone, _) = open(folder.path()).unwrap();
    let mut chance = Chance(53);
    for last in 0..250 {
        let name = format!("h{}.{APEX}", chance.below(60));
        let addresses = [format!("203.0.113.{last}"), format!("2001:db8::{last:x}")];
        let count = 1 + chance.below(2);
        let addresses: Vec<&str> = addresses.iter().take(count).map(String::as_str).collect();
        update(&zone, &grant(&[&name], &addresses));
    }
    let now = tempfile::tempdir_in(memory()).unwrap();
    for file in FILES {
        fs::copy(folder.path().join(file), now.path().join(file)).unwrap();
    }
    let serial = zone.serial();
    (now, zone.contents(), serial)
}

fn open(folder: &Path) -> Result<(EmbeddedZone, Vec<String>), String> {
    let opened = EmbeddedZone::open(folder, embedded_settings(APEX));
    let opened = opened.map_err(|error| error.to_string());
    opened.map(|(zone, notices)| (zone, notices.into_iter().map(|n| n.text).collect()))
}

/// A folder without a disk, where there is one.
fn memory() -> PathBuf {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() {
        shared.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// A bit flip, a cut, a block of zeros or a doubled tail.
fn damage(bytes: &mut Vec<u8>, chance: &mut Chance) -> String {
    let at = chance.below(bytes.len());
    match chance.below(4) {
        0 => {
            bytes[at] ^= 1 << chance.below(8);
            format!("bit flip at {at}")
        }
        1 => {
            bytes.truncate(at);
            format!("cut at {at}")
        }
        2 => {
            let end = (at + 1 + chance.below(4096)).min(bytes.len());
            bytes[at..end].fill(0);
            format!("zeros at {at} to {end}")
        }
        _ => {
            let tail = bytes[at..].to_vec();
            bytes.extend(tail);
            format!("doubled from {at}")
        }
    }
}

fn judge(told: &mut Told, truth: &[RecordSet], held: &[RecordSet], what: &str) {
    let held: BTreeMap<_, _> = held.iter().map(|set| (set.key(), set)).collect();
    let missing = truth.iter().filter(|set| !held.contains_key(&set.key()));
    let missing = missing.count();
    let right = truth.iter().filter(|set| held.get(&set.key()) == Some(set));
    let wrong = held.len() - right.count();
    if wrong + missing > 0 {
        println!("{what}: {wrong} wrong, {missing} missing");
    }
    told.wrong += wrong;
    told.missing += missing;
}

/// Damages the files that `which` says, `times` times; starts twice each time.
fn run(times: usize, which: &[&str]) -> Told {
    let (clean, truth, serial) = killed();
    let mut chance = Chance(1035);
    let mut told = Told::default();
    for _ in 0..times {
        let folder = tempfile::tempdir_in(memory()).unwrap();
        let chosen = which[chance.below(which.len())];
        let mut what = String::new();
        for file in FILES {
            let mut bytes = fs::read(clean.path().join(file)).unwrap();
            if file == chosen {
                what = damage(&mut bytes, &mut chance);
            }
            fs::write(folder.path().join(file), bytes).unwrap();
        }
        told.files += 1;
        let (zone, notices) = match open(folder.path()) {
            Ok(opened) => opened,
            Err(error) => {
                println!("{chosen} {what}: {error}");
                told.refused += 1;
                continue;
            }
        };
        judge(
            &mut told,
            &truth,
            &zone.contents(),
            &format!("{chosen} {what}"),
        );
        told.serial_back += usize::from(zone.serial() < serial);
        let path = folder.path().join(chosen).display().to_string();
        let is_named = notices.iter().any(|notice| notice.starts_with(&path));
        // A block of zeros may fall on nothing but zeros only in theory: there are none.
        told.unnamed += usize::from(!is_named);
        if !is_named {
            println!("{chosen} {what}: not named: {notices:?}");
        }
        drop(zone);
        let (zone, notices) = open(folder.path()).unwrap();
        judge(
            &mut told,
            &truth,
            &zone.contents(),
            &format!("second start, {chosen} {what}"),
        );
        told.unclean_second += usize::from(!notices.is_empty());
    }
    told
}

fn times() -> usize {
    let is_full = std::env::var("DYN53_TORTURE").is_ok_and(|size| size == "full");
    if is_full { 1000 } else { 100 }
}

#[test]
fn one_damaged_file() {
    let told = run(times(), &FILES);
    println!("| damaged files, two starts each | {told:?} |");
    let Told { files, .. } = told;
    let expected = Told {
        files,
        ..Told::default()
    };
    assert_eq!(format!("{told:?}"), format!("{expected:?}"));
}
