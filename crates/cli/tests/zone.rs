//! `dyn53 zone`, and the files of a zone as an operator meets them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Running, dyn53, run, text};
use std::fs;
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::{Path, PathBuf};

const HOME: &str = "home.example.test";

/// A server of the first run, and the target that gives home.example.test its address.
fn first_run(folder: &Path) -> (Running, String) {
    let running = Running::start(dyn53(folder).arg("serve"));
    let target = running.target();
    (running, target)
}

fn zone(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = run(dyn53(folder).arg("zone").args(arguments));
    let (said, complained) = (text(&output.stdout), text(&output.stderr));
    (output.status.code(), said, complained)
}

fn files(folder: &Path) -> [PathBuf; 2] {
    ["example.test.zone", "example.test.zone.copy"].map(|name| folder.join("dyn53-data").join(name))
}

fn replace(path: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{text}");
    fs::write(path, text.replace(old, new)).unwrap();
}

#[test]
fn out_and_in_again() {
    let folder = tempfile::tempdir().unwrap();
    let (running, target) = first_run(folder.path());
    assert_eq!(running.get(&target), "OK");
    let (code, exported, complained) = zone(folder.path(), &["export", "example.test"]);
    assert_eq!((code, complained.as_str()), (Some(0), ""));
    assert!(
        exported.contains("\nhome.example.test. 60 IN A 203.0.113.7\n"),
        "{exported}"
    );
    let edited =
        exported.replace("113.7", "113.9") + "@ NS ns1.example.test.\n_a.home TXT \"b c\"\n";
    let file = folder.path().join("edited");
    fs::write(&file, edited).unwrap();

    let import = ["import", "example.test", "edited"];
    let (code, _, complained) = zone(folder.path(), &import);
    assert_eq!(code, Some(1), "a server runs");
    assert!(
        complained.starts_with("dyn53: another dyn53 uses the data folder"),
        "{complained}"
    );
    running.terminate();
    let (code, said, complained) = zone(folder.path(), &import);
    assert_eq!(code, Some(0), "{complained}");
    assert!(
        said.starts_with("The zone example.test holds 2 record sets now.\n"),
        "{said}"
    );
    assert!(
        complained.contains("example.test. NS is left out"),
        "{complained}"
    );
    let kept = folder
        .path()
        .join("dyn53-data/example.test.zone.replaced-1");
    assert!(fs::read_to_string(kept).unwrap().contains("203.0.113.7"));

    let running = Running::start(dyn53(folder.path()).arg("serve"));
    assert_eq!(running.look_up(HOME), Some([203, 0, 113, 9]));
    let (_, log) = running.terminate();
    assert!(!log.contains(".zone"), "{log}");
    let (_, again, _) = zone(folder.path(), &["export", "example.test"]);
    assert!(
        again.contains("_a.home.example.test. 60 IN TXT \"b c\"\n"),
        "{again}"
    );
    let serial = |text: &str| {
        let number = text.split("serial ").nth(1).unwrap().split('.').next();
        number.unwrap().parse::<u32>().unwrap()
    };
    assert!(serial(&again) > serial(&exported));
}

#[test]
fn wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    first_run(folder.path()).0.terminate();
    let (code, _, complained) = zone(folder.path(), &["export", "example.org"]);
    assert_eq!(code, Some(2));
    assert_eq!(
        complained,
        "dyn53: no embedded zone of dyn53-data/dyn53.toml is called example.org: choose one of these: example.test\n"
    );
    let (code, _, complained) = zone(folder.path(), &["import", "example.test", "absent"]);
    assert_eq!(code, Some(2));
    assert!(
        complained.starts_with("dyn53: absent cannot be read: "),
        "{complained}"
    );
    fs::write(
        folder.path().join("mail"),
        "@ 60 MX 10 mail\nhome 60 A 192.0.2.1\n",
    )
    .unwrap();
    let before = fs::read(&files(folder.path())[0]).unwrap();
    let (code, _, complained) = zone(folder.path(), &["import", "example.test", "mail"]);
    assert_eq!(code, Some(2));
    assert!(
        complained.starts_with("dyn53: mail: an embedded zone holds A, AAAA and TXT "),
        "{complained}"
    );
    assert!(
        complained.ends_with("remove example.test. MX\n"),
        "{complained}"
    );
    assert_eq!(fs::read(&files(folder.path())[0]).unwrap(), before);
}

#[test]
fn damage_is_named_and_mended_once() {
    let folder = tempfile::tempdir().unwrap();
    let (running, target) = first_run(folder.path());
    assert_eq!(running.get(&target), "OK");
    running.kill();
    let [main, _] = files(folder.path());
    replace(&main, "203.0.113.7", "203.0.113.6");
    let damaged = fs::read(&main).unwrap();
    let running = Running::start(dyn53(folder.path()).arg("serve"));
    assert_eq!(running.look_up(HOME), Some([203, 0, 113, 7]));
    let (_, log) = running.terminate();
    assert!(
        log.contains("dyn53-data/example.test.zone line 2 (byte "),
        "{log}"
    );
    assert!(
        log.contains("the damaged file is kept as dyn53-data/example.test.zone.damaged-1"),
        "{log}"
    );
    let kept = main.with_added_extension("damaged-1");
    assert_eq!(fs::read(kept).unwrap(), damaged);
    let running = Running::start(dyn53(folder.path()).arg("serve"));
    assert_eq!(running.look_up(HOME), Some([203, 0, 113, 7]));
    let (_, log) = running.terminate();
    assert!(!log.contains("damaged"), "{log}");
}

#[test]
fn too_much_damage_is_a_refusal_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let (running, target) = first_run(folder.path());
    assert_eq!(running.get(&target), "OK");
    assert_eq!(running.get(&target.replace("113.7", "113.8")), "OK");
    running.kill();
    for file in files(folder.path()) {
        replace(&file, "203.0.113.7", "203.0.113.6");
    }
    let before = files(folder.path()).map(|file| fs::read(file).unwrap());
    let refused =
        run(dyn53(folder.path()).args(["serve", "--http", "127.0.0.1:0", "--dns", "127.0.0.1:0"]));
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        text(&refused.stderr),
        "dyn53: dyn53-data/example.test.zone and its copy are damaged: line 2 is lost in both, and any record before it may be an old one; `dyn53 zone export --salvage example.test` prints what can be read, `dyn53 zone import example.test FILE` puts a checked zone file or a backup in their place\n"
    );
    assert_eq!(
        files(folder.path()).map(|file| fs::read(file).unwrap()),
        before
    );
    assert_eq!(zone(folder.path(), &["export", "example.test"]).0, Some(1));
    let (code, salvaged, complained) =
        zone(folder.path(), &["export", "--salvage", "example.test"]);
    assert_eq!(code, Some(0));
    assert!(
        complained.contains("line 2 is lost in both files"),
        "{complained}"
    );
    fs::write(folder.path().join("salvaged"), salvaged).unwrap();
    let (code, ..) = zone(folder.path(), &["import", "example.test", "salvaged"]);
    assert_eq!(code, Some(0));
    let running = Running::start(dyn53(folder.path()).arg("serve"));
    assert_eq!(running.look_up(HOME), Some([203, 0, 113, 8]));
}

#[test]
fn a_second_server_is_refused_without_the_lock_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let (_first, _) = first_run(folder.path());
    fs::remove_file(folder.path().join("dyn53-data/lock")).unwrap();
    let second =
        run(dyn53(folder.path()).args(["serve", "--http", "127.0.0.1:0", "--dns", "127.0.0.1:0"]));
    assert_eq!(second.status.code(), Some(1));
    assert!(
        text(&second.stderr).starts_with("dyn53: another dyn53 uses the data folder dyn53-data: ")
    );
}

#[test]
fn two_folders_that_lead_to_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let (_first, _) = first_run(folder.path());
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    let [main, _] = files(folder.path());
    symlink(&main, other.join("example.test.zone")).unwrap();
    fs::copy(
        folder.path().join("dyn53-data/dyn53.toml"),
        other.join("dyn53.toml"),
    )
    .unwrap();
    let second = run(dyn53(folder.path()).args([
        "serve",
        "--data",
        "other",
        "--http",
        "127.0.0.1:0",
        "--dns",
        "127.0.0.1:0",
    ]));
    assert_eq!(second.status.code(), Some(1));
    assert!(
        text(&second.stderr).starts_with("dyn53: another dyn53 uses other/example.test.zone: "),
        "{}",
        text(&second.stderr)
    );
}

#[test]
fn a_symbolic_link_stays_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("dyn53-data");
    let disk = folder.path().join("disk");
    fs::create_dir_all(&data).unwrap();
    fs::create_dir(&disk).unwrap();
    let [main, _] = files(folder.path());
    symlink("../disk/zone", &main).unwrap();
    let (running, target) = first_run(folder.path());
    assert_eq!(running.get(&target), "OK");
    running.kill();
    let running = Running::start(dyn53(folder.path()).arg("serve"));
    assert_eq!(running.get(&target.replace("113.7", "113.8")), "OK");
    running.kill();
    assert_eq!(fs::read_link(&main).unwrap(), Path::new("../disk/zone"));
    assert!(
        fs::read_to_string(disk.join("zone"))
            .unwrap()
            .contains("203.0.113.8")
    );
}

/// A host that is taken out of the configuration would be served for ever.
#[test]
fn a_host_that_nobody_has_is_told_of_and_can_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (running, target) = first_run(folder.path());
    assert_eq!(running.get(&target), "OK");
    let (_, log) = running.terminate();
    assert!(!log.contains("still answers"), "{log}");
    let configuration = folder.path().join("dyn53-data/dyn53.toml");
    replace(&configuration, HOME, "other.example.test");

    let running = Running::start(dyn53(folder.path()).arg("serve"));
    assert_eq!(running.look_up(HOME), Some([203, 0, 113, 7]));
    let remove = ["remove", "example.test", HOME];
    let (code, _, complained) = zone(folder.path(), &remove);
    assert_eq!(code, Some(1), "{complained}");
    let (_, log) = running.terminate();
    let told = "the zone example.test still answers for hosts that no credential has: to take them out, stop the server and type `dyn53 zone remove example.test home.example.test`";
    assert!(log.contains(told), "{log}");

    let unknown = ["remove", "example.test", "nobody.example.test"];
    let (code, _, complained) = zone(folder.path(), &unknown);
    assert_eq!(
        (code, complained.as_str()),
        (
            Some(2),
            "dyn53: the zone example.test has no records of nobody.example.test: `dyn53 zone export example.test` prints what it has\n"
        )
    );
    let (code, said, complained) = zone(folder.path(), &remove);
    assert_eq!((code, complained.as_str()), (Some(0), ""));
    assert!(
        said.starts_with("The zone example.test has no records of home.example.test any more.\n"),
        "{said}"
    );
    let running = Running::start(dyn53(folder.path()).arg("serve"));
    assert_eq!(running.look_up(HOME), None);
    let (_, log) = running.terminate();
    assert!(!log.contains("still answers"), "{log}");
}

/// As `serve` does, so that a service's environment counts for both.
#[test]
fn the_environment_says_where_the_zone_is() {
    let folder = tempfile::tempdir().unwrap();
    let serve = || {
        let mut command = dyn53(folder.path());
        command.env("DYN53_DATA", "elsewhere");
        command
    };
    Running::start(serve().arg("serve")).kill();
    let output = run(serve().args(["zone", "export", "example.test"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

/// Only root can give files away, so for another user there is nothing to see here.
#[test]
fn what_root_imports_belongs_to_the_owner_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (running, target) = first_run(folder.path());
    assert_eq!(running.get(&target), "OK");
    running.terminate();
    let data = folder.path().join("dyn53-data");
    let (uid, gid) = (Some(1234), Some(4321));
    if chown(&data, uid, gid).is_err() {
        return;
    }
    let foreign = folder.path().join("foreign");
    fs::write(&foreign, "root's own").unwrap();
    symlink(&foreign, data.join("link")).unwrap();
    fs::hard_link(&foreign, data.join("second-name")).unwrap();

    let (_, exported, _) = zone(folder.path(), &["export", "example.test"]);
    fs::write(folder.path().join("file"), exported).unwrap();
    let (code, _, complained) = zone(folder.path(), &["import", "example.test", "file"]);
    assert_eq!(code, Some(0), "{complained}");
    let owner = |path: &Path| {
        let found = fs::metadata(path).unwrap();
        (found.uid(), found.gid())
    };
    for file in files(folder.path()) {
        assert_eq!(owner(&file), (1234, 4321), "{}", file.display());
    }
    assert_eq!(owner(&data.join("lock")), (1234, 4321));
    assert_eq!(owner(&foreign), (0, 0));
}
