//! The zone against ministack, a server that this project did not write, with signatures and policies in
//! force. It checks no values and knows no limits: that is what the stand-in is for.
#![allow(clippy::unwrap_used, clippy::panic)]

mod shared;

use dyn53_core::Zone;
use dyn53_route53::{AccessKey, Endpoint, NameServers, Roots, Route53Zone, Settings};
use dyn53_testkit::contract::{self, APEX, TTL, set};
use shared::{HOME, soon, update, wanted};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// ministack on a free port, in a process group of its own; ended with all its children when dropped.
struct Ministack {
    child: Child,
    port: u16,
}

fn venv(program: &str) -> PathBuf {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.venv/bin");
    let path = PathBuf::from(root).join(program);
    assert!(
        path.exists(),
        "{} is not there: run ./script/test, which installs it",
        path.display()
    );
    path
}

impl Ministack {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new(venv("ministack"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", std::env::temp_dir())
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("AUTH", "true")
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut started = Self { child, port };
        let limit = Instant::now() + Duration::from_secs(60);
        while !started.is_healthy() {
            assert!(
                Instant::now() < limit,
                "ministack did not start within a minute"
            );
            let ended = started.child.try_wait().unwrap();
            assert!(ended.is_none(), "ministack ended: {ended:?}");
            thread::sleep(Duration::from_millis(50));
        }
        started
    }

    fn is_healthy(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return false;
        };
        let request =
            "GET /_ministack/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        let mut answer = String::new();
        stream.write_all(request.as_bytes()).is_ok()
            && stream.read_to_string(&mut answer).is_ok()
            && answer.starts_with("HTTP/1.1 200")
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A zone `example.net` and a key that may change it.
    fn prepare(&self) -> (String, AccessKey) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/prepare_ministack.py");
        let output = Command::new(venv("python"))
            .arg(script)
            .env("AWS_ENDPOINT_URL", self.url())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "prepare_ministack.py failed: {said}"
        );
        let lines = String::from_utf8(output.stdout).unwrap();
        let [zone_id, id, secret] = lines.lines().collect::<Vec<_>>()[..] else {
            panic!("three lines, not {lines}");
        };
        let key = AccessKey {
            id: id.into(),
            secret: secret.into(),
            session_token: None,
        };
        (zone_id.into(), key)
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        // The group has the number of its first process.
        let group = format!("-{}", self.child.id());
        let _already_ended = Command::new("kill").args(["-TERM", "--", &group]).status();
        let _already_ended = self.child.wait();
    }
}

#[test]
fn a_real_client_of_a_server_of_others() {
    let ministack = Ministack::start();
    let (zone_id, key) = ministack.prepare();
    let zone_with = |zone_id: &str, key: AccessKey| {
        let settings = Settings {
            zone_id: zone_id.into(),
            endpoint: Endpoint::at(&ministack.url(), "us-east-1"),
            keys: Arc::new(key),
            roots: Roots::Amazon,
            name_servers: NameServers::None,
            clock: SystemTime::now,
        };
        Route53Zone::new(settings).unwrap()
    };
    let zone = zone_with(&zone_id, key.clone());

    // Create, leave alone, replace one family, replace both.
    assert_eq!(update(&zone, HOME, &["192.0.2.1", "2001:db8::1"]), Ok(2));
    assert_eq!(update(&zone, HOME, &["192.0.2.1", "2001:db8::1"]), Ok(1));
    assert_eq!(update(&zone, HOME, &["192.0.2.2"]), Ok(1));
    let expected = [set(HOME, TTL, "192.0.2.2"), set(HOME, TTL, "2001:db8::1")];
    assert_eq!(contract::contents(&zone, &[HOME]), expected);

    // Other names: a wildcard, the apex with its NS and SOA, many at once; then offline.
    for name in ["*.home.example.net", APEX] {
        assert_eq!(update(&zone, name, &["192.0.2.3"]), Ok(2));
        assert_eq!(update(&zone, name, &["192.0.2.3"]), Ok(1));
    }
    assert_eq!(
        contract::update(&zone, &contract::offline(&[HOME]))
            .changes()
            .count(),
        2
    );
    assert_eq!(contract::contents(&zone, &[HOME]), []);

    // A wrong secret, an unknown zone, a zone that the policy does not allow.
    let wrong = AccessKey {
        secret: "wrong".into(),
        ..key.clone()
    };
    for refused in [
        zone_with(&zone_id, wrong).read(&wanted(HOME, &["192.0.2.1"]), soon()),
        zone_with("Z0000000000000", key).read(&wanted(HOME, &["192.0.2.1"]), soon()),
    ] {
        let refused = refused.unwrap_err();
        assert_eq!(refused.calls, 1, "{refused}");
    }
}
