//! The refresh with sources that hang and fail. Real sources over HTTP are in the tests of the command.

use super::refresh::{Answer, Refresh, Unavailable};
use aws_credential_types::Credentials;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// Keys that end after `life`; the number of the answer is their id.
fn keys(number: usize, life: Option<Duration>) -> Credentials {
    let end = life.map(|life| SystemTime::now() + life);
    Credentials::new(number.to_string(), "secret", None, end, "test")
}

/// A refresh whose source is asked through `answer`, and how often it was.
fn refresh(answer: fn(usize) -> Answer) -> (Refresh, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let ask = move || answer(counter.fetch_add(1, Ordering::SeqCst) + 1);
    (Refresh::new(Box::new(ask), SystemTime::now).unwrap(), asked)
}

#[test]
fn many_requests_at_once_ask_the_source_once() {
    let (refresh, asked) = refresh(|number| Box::pin(async move { Ok(keys(number, None)) }));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let key = refresh.current(SystemTime::now(), soon()).unwrap();
                assert_eq!(key.id, "1");
            });
        }
    });
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn a_request_leaves_a_hanging_source_at_its_own_deadline() {
    let (refresh, asked) = refresh(|_| Box::pin(std::future::pending()));
    for time in [0, 300] {
        let deadline = Instant::now() + Duration::from_millis(time);
        let error = refresh.current(SystemTime::now(), deadline).unwrap_err();
        assert!(matches!(error, Unavailable::Late), "{error}");
        assert!(Instant::now() >= deadline);
    }
    // The source still has its first question: it may take ten seconds.
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn valid_keys_go_out_while_the_source_hangs() {
    let (refresh, asked) = refresh(|number| match number {
        // Half a life of one second from now, the source is asked again; it never answers.
        1 => Box::pin(async { Ok(keys(1, Some(Duration::from_secs(2)))) }),
        _ => Box::pin(std::future::pending()),
    });
    let now = SystemTime::now();
    refresh.current(now, soon()).unwrap();
    while asked.load(Ordering::SeqCst) < 2 {
        thread::sleep(Duration::from_millis(20));
    }
    // At a time at which the old keys are valid nobody waits, however little time there is.
    assert_eq!(refresh.current(now, Instant::now()).unwrap().id, "1");
    let after = now + Duration::from_secs(3600);
    let error = refresh.current(after, Instant::now()).unwrap_err();
    assert!(matches!(error, Unavailable::Late), "{error}");
}

#[test]
fn requests_do_not_wake_a_failing_source_from_its_pause() {
    let (refresh, asked) = refresh(|_| Box::pin(async { Err("no luck".to_owned()) }));
    let begin = Instant::now();
    let mut answers = 0;
    while asked.load(Ordering::SeqCst) < 3 {
        let error = refresh.current(SystemTime::now(), soon()).unwrap_err();
        assert!(error.to_string().contains("no luck"), "{error}");
        answers += 1;
        thread::sleep(Duration::from_millis(5));
    }
    // The pauses were one second and two.
    assert!(begin.elapsed() >= Duration::from_secs(3));
    assert!(answers > 3);
}

#[test]
fn new_keys_end_a_failure() {
    let (refresh, _) = refresh(|number| match number {
        1 => Box::pin(async { Err("no luck".to_owned()) }),
        _ => Box::pin(async { Ok(keys(2, None)) }),
    });
    let key = loop {
        if let Ok(key) = refresh.current(SystemTime::now(), soon()) {
            break key;
        }
        thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(key.id, "2");
}

#[test]
fn the_keys_are_in_no_error() {
    let (refresh, _) = refresh(|_| Box::pin(async { Ok(keys(1, Some(Duration::ZERO))) }));
    let later = SystemTime::now() + Duration::from_secs(60);
    let deadline = Instant::now() + Duration::from_millis(50);
    let error = refresh.current(later, deadline).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"));
}
