//! The file of an embedded zone.

use dyn53_core::{Plan, Zone};
use dyn53_server::{EmbeddedSettings, EmbeddedZone, NameServer};
use dyn53_testkit::contract;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A file that is opened, changed and opened again: what was read and what was changed is there, and a
/// damaged file was kept.
pub fn zone_file(data: &[u8]) {
    let folder = tempfile::tempdir_in(memory()).unwrap();
    let file = folder.path().join("example.net.zone");
    fs::write(&file, data).unwrap();
    let Some((zone, damaged)) = open(folder.path()) else {
        assert_eq!(fs::read(&file).unwrap(), data, "a refused file was changed");
        return;
    };
    if let Some(kept) = damaged {
        assert_eq!(fs::read(kept).unwrap(), data, "a damaged file was not kept");
    }
    let before = zone.contents();
    let grant = contract::grant(&["home.example.net"], &["192.0.2.77"]);
    let deadline = Instant::now() + Duration::from_secs(5);
    let plan = Plan::new(&grant, &zone.read(grant.wanted(), deadline).unwrap());
    zone.apply(&plan, deadline).unwrap();
    let after = zone.contents();
    drop(zone);
    let (again, damaged) = open(folder.path()).expect("our own file is refused");
    assert_eq!(damaged, None, "our own file is damaged");
    // Without a change nothing was written, and a last line that is not whole is still there.
    assert_eq!(again.contents(), after);
    let changed = plan.changes().count();
    assert!(after.len() <= before.len() + changed);
}

fn open(folder: &Path) -> Option<(EmbeddedZone, Option<PathBuf>)> {
    let settings = EmbeddedSettings {
        apex: contract::host("example.net"),
        ttl: 60,
        name_servers: vec![NameServer {
            host: contract::host("ns1.example.net"),
            addresses: vec!["192.0.2.53".parse().unwrap()],
        }],
        below: vec![],
    };
    let (zone, damaged) = EmbeddedZone::open(folder, settings).ok()?;
    Some((zone, damaged.map(|damaged| damaged.kept)))
}

/// A folder without a disk, where there is one.
fn memory() -> PathBuf {
    let shared = Path::new("/dev/shm");
    match shared.is_dir() {
        true => shared.to_owned(),
        false => std::env::temp_dir(),
    }
}
