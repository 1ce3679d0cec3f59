//! `dyn53 serve`: the first run, the second, what is left after `kill -9`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Running, dyn53, run, text};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

const HOME: &str = "home.example.test";

#[test]
fn first_run_second_run() {
    let folder = tempfile::tempdir().unwrap();
    let first = Running::start(dyn53(folder.path()).arg("serve"));
    let target = first.target();
    assert!(target.ends_with("&newip=203.0.113.7"));
    assert_eq!(first.look_up(HOME), None);
    assert_eq!(first.get(&target), "OK");
    assert_eq!(first.look_up(HOME), Some([203, 0, 113, 7]));
    assert!(
        first
            .said("dig @127.0.0.1 -p ")
            .unwrap()
            .ends_with(" home.example.test A +short")
    );
    let secret = target
        .strip_prefix("/?secret=")
        .unwrap()
        .split('&')
        .next()
        .unwrap()
        .to_owned();
    first.kill();

    let data = folder.path().join("dyn53-data");
    let configuration = data.join("dyn53.toml");
    assert!(
        !fs::read_to_string(&configuration)
            .unwrap()
            .contains(&secret)
    );
    assert_eq!(
        fs::metadata(&configuration).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        fs::metadata(&data).unwrap().permissions().mode() & 0o777,
        0o700
    );

    let second = Running::start(dyn53(folder.path()).arg("serve"));
    assert_eq!(second.look_up(HOME), Some([203, 0, 113, 7]));
    assert!(!second.said.join("\n").contains(&secret));
    assert!(second.said("For a new secret: `dyn53 secret`").is_some());
    assert_eq!(second.get(&target), "OK");
    let (code, log) = second.terminate();
    assert_eq!(code, Some(0));
    assert!(log.contains("SIGTERM") && log.contains("stopped"), "{log}");
    assert!(!log.contains(&secret));
}

#[test]
fn every_acknowledged_update_survives_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut last = None;
    let mut target = String::new();
    let mut serial = 0;
    for round in 0..5 {
        let running = Running::start(dyn53(folder.path()).arg("serve"));
        if round == 0 {
            target = running.target().replace("203.0.113.7", "203.0.113.");
        }
        assert_eq!(
            running.look_up(HOME),
            last.map(|last| [203, 0, 113, last]),
            "round {round}"
        );
        for host in 1..=20 {
            let host = round * 20 + host;
            assert_eq!(running.get(&format!("{target}{host}")), "OK");
            last = Some(host);
        }
        running.kill();
        let file = fs::read_to_string(folder.path().join("dyn53-data/example.test.zone")).unwrap();
        let commit = file.lines().last().unwrap();
        let serial_on = commit.split("\"serial\":").nth(1).unwrap();
        let now: u32 = serial_on.split(',').next().unwrap().parse().unwrap();
        assert!(now >= serial + 20, "the serial went from {serial} to {now}");
        serial = now;
    }
}

#[test]
fn a_torn_last_line_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(dyn53(folder.path()).arg("serve"));
    let target = running.target();
    assert_eq!(running.get(&target), "OK");
    running.kill();
    let file = folder.path().join("dyn53-data/example.test.zone");
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{whole}{{\"serial\":9,\"se")).unwrap();
    let running = Running::start(dyn53(folder.path()).arg("serve"));
    assert_eq!(running.look_up(HOME), Some([203, 0, 113, 7]));
    assert_eq!(running.get(&target.replace("113.7", "113.8")), "OK");
    running.kill();
    assert!(
        fs::read_to_string(&file)
            .unwrap()
            .lines()
            .all(|line| line.ends_with('}'))
    );
    let running = Running::start(dyn53(folder.path()).arg("serve"));
    assert_eq!(running.look_up(HOME), Some([203, 0, 113, 8]));
}

/// Nobody reads the log, and the pipe is full: requests are answered, and the end comes.
#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = Running::start(dyn53(folder.path()).arg("serve"));
    // A pipe holds 64 KiB; a line has more than 200 bytes.
    for _ in 0..1000 {
        assert_eq!(running.get("/myip"), "127.0.0.1");
    }
    let pid = running.child.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(sent.unwrap().success());
    let limit = Instant::now() + Duration::from_secs(60);
    while running.child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < limit, "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_level_of_the_log() {
    let lines = |level: Option<&str>| {
        let folder = tempfile::tempdir().unwrap();
        let mut command = dyn53(folder.path());
        command.arg("serve");
        if let Some(level) = level {
            command.env("DYN53_LOG", level);
        }
        let running = Running::start(&mut command);
        assert_eq!(running.get("/?secret=wr0ng"), "badauth");
        assert_eq!(running.get("/myip"), "127.0.0.1");
        let (code, log) = running.terminate();
        assert_eq!(code, Some(0));
        let levels = log.lines().map(|line| {
            let level = line.split("\"level\":\"").nth(1).unwrap();
            level.split('"').next().unwrap().to_owned()
        });
        levels.collect::<Vec<String>>()
    };
    for level in [None, Some(""), Some("info")] {
        let all = lines(level);
        assert_eq!(all.iter().filter(|level| *level == "WARN").count(), 1);
        assert!(all.iter().filter(|level| *level == "INFO").count() >= 4);
    }
    assert_eq!(lines(Some("warn")), ["WARN"]);
    assert!(lines(Some("error")).is_empty());
}

#[test]
fn a_second_server_on_the_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Running::start(dyn53(folder.path()).arg("serve"));
    let second =
        run(dyn53(folder.path()).args(["serve", "--http", "127.0.0.1:0", "--dns", "127.0.0.1:0"]));
    assert_eq!(second.status.code(), Some(1));
    assert_eq!(
        text(&second.stderr),
        "dyn53: another dyn53 uses the data folder dyn53-data: stop it, or choose another one with --data\n"
    );
}

#[test]
fn a_taken_address_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output =
        run(dyn53(folder.path()).args(["serve", "--dns", "127.0.0.1:0", "--http", &address]));
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(
        error.starts_with(&format!("dyn53: http cannot listen on {address}: ")),
        "{error}"
    );
    assert!(
        error.ends_with("; choose another address with --http\n"),
        "{error}"
    );
}

/// Somebody who starts again, with another port, must see a secret.
#[test]
fn a_first_run_that_fails_tells_no_secret_and_leaves_no_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for wrong in [address.as_str(), "no-address"] {
        let output =
            run(dyn53(folder.path()).args(["serve", "--dns", "127.0.0.1:0", "--http", wrong]));
        assert_ne!(output.status.code(), Some(0));
        assert_eq!(text(&output.stdout), "");
        assert!(!folder.path().join("dyn53-data/dyn53.toml").exists());
    }
    let started = Running::start(dyn53(folder.path()).arg("serve"));
    assert!(
        started
            .said("The secret of the user router, shown only this once: ")
            .is_some()
    );
    assert_eq!(started.get(&started.target()), "OK");
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    Running::start(dyn53(folder.path()).args(["serve", "--data", "made"])).kill();
    let configuration = folder.path().join("made/dyn53.toml");
    let written = fs::read_to_string(&configuration).unwrap();
    fs::write(
        &configuration,
        written.replace("127.0.0.1:8053", "192.0.2.1:1"),
    )
    .unwrap();
    let mut command = dyn53(folder.path());
    command.args(["serve", "--http", "127.0.0.1:0", "--dns", "127.0.0.1:0"]);
    command
        .env("DYN53_HTTP", "198.51.100.1:1")
        .env("DYN53_DATA", "elsewhere")
        .env("DYN53_CONFIG", &configuration);
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let http = lines
        .by_ref()
        .map(Result::unwrap)
        .find(|line| line.starts_with("http "));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(http.unwrap().starts_with("http 127.0.0.1:"));
    assert!(folder.path().join("elsewhere/lock").exists());
}

#[test]
fn secrets_and_their_hashes() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(dyn53(folder.path()).arg("secret"));
    let said = text(&output.stdout);
    let (secret, hash) = said.trim_end().split_once('\n').unwrap();
    let secret = secret.strip_prefix("secret ").unwrap();
    let hash = hash.strip_prefix("sha256 ").unwrap();
    assert_eq!(dyn53_core::SecretHash::of(secret).to_hex(), hash);
}

#[test]
fn routers() {
    let folder = tempfile::tempdir().unwrap();
    let list = text(&run(dyn53(folder.path()).arg("router")).stdout);
    let names: Vec<_> = list
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .collect();
    let (name, last) = (names[0], names[names.len() - 1]);
    assert!(list.starts_with("To keep a name on an address:\n  mikrotik "));
    let (_, certificates) = list
        .split_once("\n\nTo get certificates for it:\n")
        .unwrap();
    assert!(certificates.starts_with("  lego ") && certificates.contains(last));
    let file = folder.path().join("secret");
    fs::write(&file, "s3cret-of-the-router\n").unwrap();
    let known = [
        "router",
        name,
        "--url",
        "https://ddns.example.com",
        "--host",
        HOME,
    ];
    let filled = text(
        &run(dyn53(folder.path())
            .args(known)
            .arg("--secret-file")
            .arg(&file))
        .stdout,
    );
    assert!(
        filled.contains("s3cret-of-the-router") && filled.contains("ddns.example.com"),
        "{filled}"
    );
    let placeholder = text(&run(dyn53(folder.path()).args(known)).stdout);
    assert!(placeholder.contains("YOUR-SECRET"), "{placeholder}");
    for more in [
        &[] as &[&str],
        &["--url", "https://x.example", "--host", HOME],
    ] {
        let unknown = run(dyn53(folder.path()).args(["router", "toaster"]).args(more));
        assert_eq!(unknown.status.code(), Some(2));
        assert_eq!(
            text(&unknown.stderr),
            "dyn53: no router is called toaster: `dyn53 router` lists all\n"
        );
    }
    let bare = run(dyn53(folder.path()).args(["router", name, "--host", HOME]));
    assert_eq!(bare.status.code(), Some(2));
    assert_eq!(
        text(&bare.stderr),
        format!(
            "dyn53: dyn53 router {name} needs to know where to send and what to keep up to date: add --url https://ddns.example.com --host home.example.com, with your own\n"
        )
    );
}

/// The text is on stdout alone, so that it can be kept in a file.
#[test]
fn a_url_that_is_not_for_routers_is_warned_about() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "s3cret-of-the-router\n").unwrap();
    let warnings = |url| {
        let output = run(dyn53(folder.path())
            .args([
                "router",
                "cron",
                "--url",
                url,
                "--host",
                HOME,
                "--secret-file",
            ])
            .arg(&secret));
        assert_eq!(output.status.code(), Some(0));
        assert!(!text(&output.stdout).contains("Warning"));
        text(&output.stderr)
    };
    assert_eq!(warnings("https://ddns.example.com"), "");
    let unencrypted = warnings("http://ddns.example.com");
    assert!(unencrypted.contains("Warning: the URL begins with http://"));
    let local = warnings("http://127.0.0.1:8053");
    assert!(
        local.contains("Warning: the URL means the machine itself"),
        "{local}"
    );
}

/// There is nothing to fill in.
#[test]
fn a_text_without_values_asks_for_none() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(dyn53(folder.path()).args(["router", "mikrotik-uninstall"]));
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("/system scheduler remove"));
    assert!(output.stderr.is_empty());
}

/// As `dyn53 router | head -1` does.
#[test]
fn a_reader_that_stops_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        &["router"] as &[&str],
        &["router", "mikrotik-uninstall"],
        &["secret"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = dyn53(folder.path())
            .args(words)
            .stdout(writer)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(!text(&output.stderr).contains("pipe"));
    }
}
