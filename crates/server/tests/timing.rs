//! Whether time tells anything about a secret: many interleaved rounds, compared pair by pair, and the
//! same statistic on a comparison that does leak, to show that it would be noticed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use dyn53_core::{
    Credential, Credentials, GrantedHost, Login, Reply, Request, SecretHash, Service,
};
use dyn53_testkit::{MemoryZone, contract};
use std::hint::black_box;
use std::time::{Duration, Instant};

const SECRET: &str = "kR7vQ2mX9tLw4ZsB8nYc3HdJ6fGp5AeU";

/// Rounds, each of which times both secrets once, in changing order.
const ROUNDS: usize = 1200;
/// How often each is tried in a round.
const TRIES: u32 = 40;
/// A difference counts if it is that many standard deviations from a fair coin (one in ten million)…
const SURE: f64 = 5.4;
/// … and this share of the whole time: alignment and caches alone come to one or two hundredths.
const LARGE: f64 = 0.04;

/// What the rounds say about two secrets.
#[derive(Clone, Copy, Debug)]
struct Difference {
    /// Standard deviations of the sign test.
    sigma: f64,
    /// The median difference as a share of the median time.
    share: f64,
}

impl Difference {
    fn tells(self) -> bool {
        self.sigma.abs() > SURE && self.share.abs() > LARGE
    }
}

/// Times `check` on both secrets.
fn compare(mut check: impl FnMut(&str), one: &str, other: &str) -> Difference {
    let mut time = |secret: &str| {
        // In a buffer of its own each time, so that its place in memory tells nothing.
        let secret = secret.to_owned();
        let start = Instant::now();
        for _ in 0..TRIES {
            check(black_box(&secret));
        }
        start.elapsed().as_secs_f64()
    };
    for secret in [one, other] {
        time(secret);
    }
    let (mut differences, mut times) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (first, second) = if in_order(round) {
            (one, other)
        } else {
            (other, one)
        };
        let (first, second) = (time(first), time(second));
        let (of_one, of_other) = if in_order(round) {
            (first, second)
        } else {
            (second, first)
        };
        differences.push(of_other - of_one);
        times.push(of_one);
    }
    let larger = differences.iter().filter(|one| **one > 0.0).count() as f64;
    let rounds = ROUNDS as f64;
    Difference {
        sigma: (larger - rounds / 2.0) / (rounds.sqrt() / 2.0),
        share: median(differences) / median(times),
    }
}

/// The parity of a number's bits: neither order is preferred, nor any period (Thue and Morse).
fn in_order(round: usize) -> bool {
    round.count_ones().is_multiple_of(2)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The right secret but for its last characters: as long, with so many right at the beginning.
fn right_up_to(length: usize) -> String {
    let rest = "!".repeat(SECRET.len() - length);
    SECRET[..length].to_owned() + &rest
}

fn credentials() -> Credentials {
    let of = |name: &str, secrets: &[&str]| Credential {
        name: Some(name.to_owned()),
        secrets: secrets
            .iter()
            .map(|secret| SecretHash::of(secret))
            .collect(),
        hosts: vec![GrantedHost {
            host: contract::host(&format!("{name}.example.net")),
            ttl: 60,
            interface_id: None,
        }],
        allow_offline: false,
    };
    let all = vec![
        of("nas", &["another-secret"]),
        of("router", &["an-older-secret", SECRET]),
        of("cam", &["a-third-secret"]),
    ];
    Credentials::new(all, false)
}

fn login(secret: &str) -> Login {
    Login {
        name: Some("router".to_owned()),
        secret: secret.to_owned(),
    }
}

/// Compares as it should not be done: it hashes too, but then goes through the secret itself, up to
/// the first character that is wrong.
fn leaky(login: &Login) -> bool {
    black_box(SecretHash::of(&login.secret));
    let mut pairs = SECRET.bytes().zip(login.secret.bytes());
    pairs.all(|(own, sent)| black_box(own) == black_box(sent))
}

#[test]
fn time_does_not_tell_how_much_of_a_secret_is_right() {
    let credentials = credentials();
    let find = |secret: &str| {
        black_box(credentials.find(&login(secret)));
    };
    let none = right_up_to(0);
    for length in [1, 16, SECRET.len() - 1] {
        let difference = compare(find, &none, &right_up_to(length));
        println!(
            "{length} of {} characters right: {difference:.3?}",
            SECRET.len()
        );
        assert!(!difference.tells(), "{length} characters: {difference:?}");
    }
}

#[test]
fn a_comparison_that_leaks_would_be_noticed() {
    let find = |secret: &str| {
        black_box(leaky(&login(secret)));
    };
    let none = right_up_to(0);
    for length in [16, SECRET.len() - 1, SECRET.len()] {
        let difference = compare(find, &none, &right_up_to(length));
        println!(
            "leaky, {length} of {} right: {difference:.3?}",
            SECRET.len()
        );
        assert!(difference.tells(), "{length} characters: {difference:?}");
    }
}

#[test]
fn time_does_not_tell_on_the_whole_way_of_a_request() {
    let service = Service::new(credentials(), MemoryZone::default(), || {
        Reply::text(200, "")
    });
    let answer = |secret: &str| {
        let request = Request {
            method: "GET".into(),
            path: "/nic/update".into(),
            query: format!("hostname=router.example.net&username=router&password={secret}"),
            form: String::new(),
            authorization: None,
            caller: "203.0.113.5".parse().unwrap(),
        };
        let answered = service.answer(&request, Instant::now() + Duration::from_secs(5));
        assert_eq!(answered.reply.status, 401);
    };
    let difference = compare(answer, &right_up_to(0), &right_up_to(SECRET.len() - 1));
    println!("whole way: {difference:.3?}");
    assert!(!difference.tells(), "{difference:?}");
}
