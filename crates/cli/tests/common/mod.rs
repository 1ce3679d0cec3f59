//! The command as a person runs it, on free ports of the loopback.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::zombie_processes
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// The command in a folder, without any of this machine's settings.
pub fn dyn53(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dyn53"));
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("DYN53_") || text.starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command
}

/// Longer than any command takes here.
const LONGEST: Duration = Duration::from_secs(60);

/// Runs a command to its end. One that does not end by itself, as a server that takes a wrong
/// configuration, is killed; then it has no exit code.
pub fn run(command: &mut Command) -> Output {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let pid = child.id().to_string();
    let (ended, end) = mpsc::channel::<()>();
    let watch = thread::spawn(move || {
        if end.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
            Command::new("kill").args(["-KILL", &pid]).status().unwrap();
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    watch.join().unwrap();
    output
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A server that runs until it is stopped or dropped.
pub struct Running {
    pub child: Child,
    /// What it printed up to its last line of the beginning.
    pub said: Vec<String>,
    out: BufReader<std::process::ChildStdout>,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .args(["--http", "127.0.0.1:0", "--dns", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = Vec::new();
        loop {
            let mut line = String::new();
            assert_ne!(
                out.read_line(&mut line).unwrap(),
                0,
                "it has ended: {said:?}"
            );
            let last = line.starts_with("The setup page");
            said.push(line.trim_end().to_owned());
            if last {
                return Self { child, said, out };
            }
        }
    }

    pub fn said(&self, start: &str) -> Option<&str> {
        self.said.iter().find_map(|line| line.strip_prefix(start))
    }

    /// The target of the `curl` line: it gives home.example.test the address 203.0.113.7.
    pub fn target(&self) -> String {
        let curl = self.said("curl 'http://").unwrap();
        let path = curl.split_once('/').unwrap().1;
        // What curl prints after the reply, so that the next prompt begins a line of its own.
        format!("/{}", path.strip_suffix(r"' -w '\n'").unwrap())
    }

    /// The body of the reply to `GET target`.
    pub fn get(&self, target: &str) -> String {
        let mut stream = TcpStream::connect(self.said("http ").unwrap()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        write!(
            stream,
            "GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// The last four bytes of the reply to `home.example.test A`: its address.
    pub fn look_up(&self, name: &str) -> Option<[u8; 4]> {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        let mut question = vec![0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            question.push(u8::try_from(label.len()).unwrap());
            question.extend(label.bytes());
        }
        question.extend([0, 0, 1, 0, 1]);
        socket
            .send_to(&question, self.said("dns ").unwrap())
            .unwrap();
        let mut reply = [0; 512];
        let length = socket.recv(&mut reply).unwrap();
        let answers = u16::from_be_bytes([reply[6], reply[7]]);
        let last = reply[..length].last_chunk::<4>().copied();
        last.filter(|_| answers == 1)
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as a service manager does; returns its log.
    pub fn terminate(mut self) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        let mut log = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _already_ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
