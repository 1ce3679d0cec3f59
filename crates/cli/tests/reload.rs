//! The configuration changes while the server runs: SIGHUP, `dyn53 credential add`, `dyn53 check-config`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Running, dyn53, run, text};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

const SECRET: &str = "s3cret-of-the-router";
const GUEST: &str = "s3cret-of-the-guest0";

/// Guests with one host and public addresses, or with two and private ones.
fn configuration(open: bool) -> String {
    let hosts = if open {
        r#""one.example.net", "two.example.net""#
    } else {
        r#""one.example.net""#
    };
    format!(
        r#"# Mine.
allow_private = {open}

[[zone]]
name = "example.net" # the zone

[[credential]]
name = "router"
secret = "{SECRET}"
hosts = ["home.example.net"]

[[credential]]
name = "guest"
secret = "{GUEST}"
hosts = [{hosts}]
"#
    )
}

/// As an editor or `dyn53 credential add` does.
fn write(folder: &Path, configuration: &str) {
    fs::write(folder.join("new"), configuration).unwrap();
    fs::rename(folder.join("new"), folder.join("dyn53.toml")).unwrap();
}

struct Server {
    running: Running,
    messages: Receiver<String>,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut running = Running::start(dyn53(folder).args(["serve", "--config", "dyn53.toml"]));
        let log = BufReader::new(running.child.stderr.take().unwrap());
        let (tell, messages) = channel();
        thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                let _the_test_has_ended = tell.send(line);
            }
        });
        Self { running, messages }
    }

    /// Sends SIGHUP; returns the log up to what it says of that.
    fn reload(&self) -> String {
        let pid = self.running.child.id().to_string();
        let sent = Command::new("kill").args(["-HUP", &pid]).status();
        assert!(sent.unwrap().success());
        let mut said = String::new();
        loop {
            let line = self.messages.recv_timeout(Duration::from_secs(30)).unwrap();
            // The lines of the load are many.
            if !line.contains("\"dialect\"") {
                said += &line;
            }
            if line.contains("reloaded") {
                return said;
            }
        }
    }

    fn get(&self, name: &str, secret: &str, hosts: &str, address: &str) -> String {
        self.running.get(&target(name, secret, hosts, address))
    }
}

fn target(name: &str, secret: &str, hosts: &str, address: &str) -> String {
    format!("/nic/update?username={name}&password={secret}&hostname={hosts}&myip={address}")
}

/// Ends the load also where the test fails, which would wait for it otherwise.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Counts the replies to a request that is sent again and again, one connection each or one for many.
fn load(address: &str, target: &str, stop: &AtomicBool) -> BTreeMap<String, u32> {
    let mut replies = BTreeMap::new();
    while !stop.load(Ordering::Relaxed) {
        let mut stream = TcpStream::connect(address).unwrap();
        let limit = Some(Duration::from_secs(30));
        stream.set_read_timeout(limit).unwrap();
        let asked: String = (0..20)
            .map(|number| {
                let last = if number == 19 {
                    "Connection: close\r\n"
                } else {
                    ""
                };
                format!("GET {target} HTTP/1.1\r\nHost: x\r\n{last}\r\n")
            })
            .collect();
        stream.write_all(asked.as_bytes()).unwrap();
        let mut all = String::new();
        stream.read_to_string(&mut all).unwrap();
        let parts: Vec<&str> = all.split("HTTP/1.1 ").skip(1).collect();
        assert_eq!(parts.len(), 20, "a request without a reply");
        for part in parts {
            let (head, body) = part.split_once("\r\n\r\n").unwrap();
            *replies.entry(format!("{} {body}", &head[..3])).or_default() += 1;
        }
    }
    replies
}

/// `DYN53_RELOADS` says how often.
#[test]
fn under_load_no_request_fails_and_none_sees_half_a_file() {
    let reloads = std::env::var("DYN53_RELOADS").map_or(12, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &configuration(false));
    let server = Server::start(folder.path());
    let address = server.running.said("http ").unwrap().to_owned();
    let stop = AtomicBool::new(false);
    let steady = target("router", SECRET, "home.example.net", "203.0.113.7");
    let mixed = target(
        "guest",
        GUEST,
        "one.example.net,two.example.net",
        "10.0.0.7",
    );
    let (steady, mixed) = thread::scope(|scope| {
        let steady = scope.spawn(|| load(&address, &steady, &stop));
        let mixed = scope.spawn(|| load(&address, &mixed, &stop));
        let ending = Ending(&stop);
        for number in 0..reloads {
            let open = number % 2 == 0;
            let whole = configuration(open);
            // A file that is only half there leads to nothing.
            write(folder.path(), &whole[..whole.len() * 2 / 3]);
            assert!(server.reload().contains("not reloaded"));
            write(folder.path(), &whole);
            let said = server.reload();
            assert!(
                said.contains("reloaded dyn53.toml: 2 credentials"),
                "{said}"
            );
            let allowed = server.get("guest", GUEST, "two.example.net", "10.0.0.7");
            assert_eq!(allowed.contains("10.0.0.7"), open, "{allowed}");
        }
        drop(ending);
        (steady.join().unwrap(), mixed.join().unwrap())
    });
    let count = |replies: &BTreeMap<String, u32>| replies.values().sum::<u32>();
    println!("{reloads} x 2 reloads: {steady:?} {mixed:?}");
    assert!(count(&steady) >= 200 && count(&mixed) >= 200);
    let known = ["200 good 203.0.113.7\n", "200 nochg 203.0.113.7\n"];
    assert!(
        steady.keys().all(|reply| known.contains(&reply.as_str())),
        "{steady:?}"
    );
    let old = mixed.keys().filter(|reply| !reply.starts_with("200"));
    let old: Vec<&String> = old.collect();
    assert_eq!(old.len(), 1, "{mixed:?}");
    let new = [
        "200 good 10.0.0.7\ngood 10.0.0.7\n",
        "200 nochg 10.0.0.7\ngood 10.0.0.7\n",
        "200 good 10.0.0.7\nnochg 10.0.0.7\n",
        "200 nochg 10.0.0.7\nnochg 10.0.0.7\n",
    ];
    let seen = mixed
        .keys()
        .filter(|reply| new.contains(&reply.as_str()))
        .count();
    assert_eq!(seen, mixed.len() - 1, "{mixed:?}");
    assert!(seen > 0, "the load saw no file with two hosts");
}

#[test]
fn what_takes_a_restart_is_named_and_nothing_of_the_file_is_used() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &configuration(false));
    let server = Server::start(folder.path());
    let changed = configuration(true)
        .replace("# the zone", "\nttl = 30")
        .replace("# Mine.", "data = \"elsewhere\"");
    write(folder.path(), &changed);
    assert!(server.reload().contains(
        "not reloaded, the server goes on as before: dyn53.toml: these cannot change while the server runs: data, zone; restart it, or put back what stood there"
    ));
    let guest = server.get("guest", GUEST, "two.example.net", "198.51.100.7");
    assert_eq!(guest, "nohost\n");
    write(
        folder.path(),
        &configuration(true).replace("two.example.net", "two.example.org"),
    );
    assert!(
        server
            .reload()
            .contains("dyn53.toml:15: two.example.org lies in no configured zone")
    );
    let router = server.get("router", SECRET, "home.example.net", "198.51.100.7");
    assert_eq!(router, "good 198.51.100.7\n");
}

#[test]
fn who_may_read_the_metrics_changes_too() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &configuration(false));
    let server = Server::start(folder.path());
    assert_eq!(server.running.get("/metrics"), "notfound");
    let allowed = configuration(false) + "[metrics]\nallow = [\"127.0.0.1\"]\n";
    write(folder.path(), &allowed);
    assert!(server.reload().contains("reloaded dyn53.toml"));
    server.get("guest", GUEST, "one.example.net", "198.51.100.7");
    let guest = "host=\"one.example.net\"";
    let text = server.running.get("/metrics");
    assert_eq!(text.matches(guest).count(), 2, "{text}");
    let without = allowed.replace("one.example.net", "two.example.net");
    write(folder.path(), &without);
    assert!(server.reload().contains("reloaded dyn53.toml"));
    let text = server.running.get("/metrics");
    assert!(
        text.contains("dyn53_requests_total{") && !text.contains(guest),
        "{text}"
    );
    write(folder.path(), &allowed.replace("127.0.0.1", "192.0.2.0/24"));
    assert!(server.reload().contains("reloaded dyn53.toml"));
    assert_eq!(server.running.get("/metrics"), "notfound");
}

#[test]
fn a_login_that_is_taken_out_is_refused_and_its_records_are_named() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &configuration(false));
    let server = Server::start(folder.path());
    let ask = || server.get("guest", GUEST, "one.example.net", "198.51.100.7");
    assert_eq!(ask(), "good 198.51.100.7\n");
    let file = configuration(false);
    let guest = file.rfind("[[credential]]").unwrap();
    write(folder.path(), &file[..guest]);
    let said = server.reload();
    assert!(said.contains("1 credentials"));
    assert!(
        said.contains("dyn53 zone remove example.net one.example.net"),
        "{said}"
    );
    assert_eq!(ask(), "badauth\n");
}

#[test]
fn a_login_is_added_to_the_file_and_to_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let before = configuration(false);
    write(&folder.path().join(""), &before);
    let real = folder.path().join("real.toml");
    let file = folder.path().join("dyn53.toml");
    fs::rename(&file, &real).unwrap();
    symlink("real.toml", &file).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    let server = Server::start(folder.path());
    let add = [
        "credential",
        "add",
        "--config",
        "dyn53.toml",
        "nas",
        "nas.example.net",
        "b.example.net",
    ];
    let done = run(dyn53(folder.path()).args(add));
    assert!(done.status.success(), "{}", text(&done.stderr));
    let said = text(&done.stdout);
    let secret = said.strip_prefix("secret ").unwrap().trim_end();
    assert!(!text(&done.stderr).contains(secret));
    let after = fs::read_to_string(&real).unwrap();
    let added = after.strip_prefix(&before).expect("what stood there stays");
    assert!(added.starts_with("\n[[credential]]\nname = \"nas\"\nsecret_sha256 = \""));
    assert!(added.ends_with("hosts = [\"nas.example.net\", \"b.example.net\"]\n"));
    assert!(!after.contains(secret));
    assert!(file.is_symlink());
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);

    assert!(server.reload().contains("3 credentials"));
    let reply = server.get("nas", secret, "nas.example.net", "203.0.113.9");
    assert_eq!(reply, "good 203.0.113.9\n");

    let again = run(dyn53(folder.path()).args(add));
    assert_eq!(again.status.code(), Some(2));
    let line = after.matches('\n').count() + 3;
    assert_eq!(
        text(&again.stderr),
        format!("dyn53: dyn53.toml:{line}: the name nas is listed twice: choose another one\n")
    );
    assert_eq!(text(&again.stdout), "");
    assert_eq!(fs::read_to_string(&real).unwrap(), after);
}

/// Eight commands at the same time: each of them is in the file at the end.
#[test]
fn no_added_login_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &configuration(false));
    let commands: Vec<_> = (0..8)
        .map(|number| {
            let (name, host) = (format!("n{number}"), format!("h{number}.example.net"));
            let add = ["credential", "add", "--config", "dyn53.toml", &name, &host];
            dyn53(folder.path())
                .args(add)
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut command in commands {
        assert!(command.wait().unwrap().success());
    }
    let file = fs::read_to_string(folder.path().join("dyn53.toml")).unwrap();
    assert_eq!(file.matches("[[credential]]").count(), 10);
}

#[test]
fn check_config_is_silent_or_says_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &configuration(false));
    let check = |words: &[&str]| run(dyn53(folder.path()).arg("check-config").args(words));
    for words in [&["dyn53.toml"][..], &["--config", "dyn53.toml"]] {
        let done = check(words);
        assert_eq!(
            (done.status.code(), done.stdout, done.stderr),
            (Some(0), vec![], vec![])
        );
    }
    fs::write(folder.path().join("wrong.toml"), "htp = 1\n").unwrap();
    let done = check(&["wrong.toml"]);
    assert_eq!(done.status.code(), Some(2));
    let said = text(&done.stderr);
    assert!(
        said.starts_with("dyn53: wrong.toml:1: unknown field `htp`"),
        "{said}"
    );
    assert_eq!(said.matches('\n').count(), 1);
    let done = check(&[]);
    assert_eq!(done.status.code(), Some(2));
    assert!(text(&done.stderr).contains("dyn53-data/dyn53.toml cannot be read"));
    assert!(!folder.path().join("dyn53-data").exists());
}
