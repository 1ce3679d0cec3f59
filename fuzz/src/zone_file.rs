//! The files of an embedded zone.

use dyn53_core::{Plan, SecretHash, Zone};
use dyn53_server::embedded::Notice;
use dyn53_server::{EmbeddedSettings, EmbeddedZone, NameServer};
use dyn53_testkit::contract;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Between the bytes of the two files; it never stands in one that the server wrote.
const BETWEEN: u8 = 0xff;
/// A line that ends with it gets a right checksum, or fuzzing would never get past a wrong one.
const SEAL: u8 = b'~';

/// Two files that are opened, changed and opened again: what was read and what was changed is there, and
/// damaged files were kept.
pub fn zone_file(data: &[u8]) {
    let folder = tempfile::tempdir_in(memory()).unwrap();
    let mut parts = data.splitn(2, |byte| *byte == BETWEEN).map(sealed);
    let files = ["example.net.zone", "example.net.zone.copy"].map(|name| folder.path().join(name));
    let written: Vec<(&PathBuf, Vec<u8>)> = files.iter().zip(parts.by_ref()).collect();
    for (path, bytes) in &written {
        fs::write(path, bytes).unwrap();
    }
    let Some((zone, notices)) = open(folder.path()) else {
        for (path, bytes) in &written {
            assert_eq!(
                &fs::read(path).unwrap(),
                bytes,
                "a refused file was changed"
            );
        }
        return;
    };
    for (path, bytes) in &written {
        let name = format!("{} ", path.display());
        let is_damaged = |notice: &Notice| notice.is_error && notice.text.starts_with(&name);
        if notices.iter().any(is_damaged) {
            let kept = path.with_added_extension("damaged-1");
            assert_eq!(
                &fs::read(kept).unwrap(),
                bytes,
                "a damaged file was not kept"
            );
        }
    }
    changed_and_opened_again(zone, folder.path());
}

fn changed_and_opened_again(zone: EmbeddedZone, folder: &Path) {
    let (before, serial) = (zone.contents(), zone.serial());
    let grant = contract::grant(&["home.example.net"], &["192.0.2.77"]);
    let deadline = Instant::now() + Duration::from_secs(5);
    let plan = Plan::new(&grant, &zone.read(grant.wanted(), deadline).unwrap());
    zone.apply(&plan, deadline).unwrap();
    let after = zone.contents();
    assert!(after.len() <= before.len() + plan.changes().count());
    assert!(zone.serial() >= serial || serial == u32::MAX);
    drop(zone);
    let (again, notices) = open(folder).expect("our own files are refused");
    assert_eq!(notices, [], "our own files are damaged");
    assert_eq!(again.contents(), after);
}

/// The lines, some of them with their checksum.
fn sealed(text: &[u8]) -> Vec<u8> {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let lines = lines.map(|line| {
        let (body, end) = match line.strip_suffix(b"\n") {
            Some(body) => (body, "\n"),
            None => (line, ""),
        };
        let Some(body) = body.strip_suffix(&[b'}', SEAL]) else {
            return line.to_vec();
        };
        let hash = SecretHash::of(&String::from_utf8_lossy(body)).to_hex();
        let sum = hash.get(..16).unwrap();
        [body, format!(",\"sum\":\"{sum}\"}}{end}").as_bytes()].concat()
    });
    lines.collect::<Vec<_>>().concat()
}

fn open(folder: &Path) -> Option<(EmbeddedZone, Vec<Notice>)> {
    let settings = EmbeddedSettings {
        apex: contract::host("example.net"),
        ttl: 60,
        name_servers: vec![NameServer {
            host: contract::host("ns1.example.net"),
            addresses: vec!["192.0.2.53".parse().unwrap()],
        }],
        below: vec![],
        fixed: Vec::new(),
    };
    EmbeddedZone::open(folder, settings).ok()
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
