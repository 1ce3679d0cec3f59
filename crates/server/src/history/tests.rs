use super::*;
use crate::log::Level;
use dyn53_core::RecordType;
use std::fs;
use std::io;

fn change(host: &str, new: &str) -> Change {
    Change {
        at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_764_000_000_123),
        host: host.to_owned(),
        r#type: "A".to_owned(),
        old: String::new(),
        new: new.to_owned(),
        caller: Some([198, 51, 100, 1].into()),
        dialect: "plain".to_owned(),
    }
}

fn open(folder: &Path, entries: usize) -> History {
    let log = Arc::new(Log::to(io::sink(), Level::INFO));
    History::open(Some(folder), entries, &log)
}

fn news(history: &History, host: &str) -> Vec<String> {
    history.finish();
    history
        .of(host)
        .into_iter()
        .map(|change| change.new)
        .collect()
}

#[test]
fn a_line_is_read_as_it_is_written() {
    let line = change("home.example.net", "203.0.113.7").line();
    assert_eq!(
        line,
        "{\"at\":\"2025-11-24T16:00:00.123Z\",\"host\":\"home.example.net\",\"type\":\"A\",\"old\":\"\",\"new\":\"203.0.113.7\",\"caller\":\"198.51.100.1\",\"dialect\":\"plain\"}\n"
    );
    let read: Change = serde_json::from_str(&line).unwrap();
    assert_eq!(read, change("home.example.net", "203.0.113.7"));
}

/// The newest of each host survive, in the file as in memory, and the file does not grow for ever.
#[test]
fn rings() {
    let folder = tempfile::tempdir().unwrap();
    let history = open(folder.path(), 3);
    history.note(change("quiet.example.net", "203.0.113.1"));
    for number in 0..2_500 {
        history.note(change("home.example.net", &number.to_string()));
        if number % 500 == 0 {
            history.finish();
        }
    }
    assert_eq!(news(&history, "home.example.net"), ["2497", "2498", "2499"]);
    let lines = fs::read_to_string(folder.path().join("history.jsonl")).unwrap();
    assert!(lines.lines().count() <= 1_001, "{}", lines.lines().count());
    drop(history);
    let again = open(folder.path(), 3);
    assert_eq!(news(&again, "home.example.net"), ["2497", "2498", "2499"]);
    assert_eq!(news(&again, "quiet.example.net"), ["203.0.113.1"]);
}

/// The file is cut at each byte, as by a kill or a full disk: whole lines stay, and new ones are whole.
#[test]
fn cut_at_each_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.jsonl");
    let lines = [
        change("home.example.net", "1").line(),
        change("home.example.net", "2").line(),
    ];
    let text = lines.concat();
    for cut in 0..=text.len() {
        fs::write(&path, &text[..cut]).unwrap();
        let history = open(folder.path(), 9);
        history.note(change("home.example.net", "3"));
        let whole = text[..cut].matches('\n').count();
        let expected = [&["1", "2"][..whole], &["3"]].concat();
        assert_eq!(news(&history, "home.example.net"), expected, "cut at {cut}");
        drop(history);
        assert_eq!(news(&open(folder.path(), 9), "home.example.net"), expected);
    }
}

#[test]
fn what_is_damaged_is_named_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.jsonl");
    let (one, two) = (
        change("home.example.net", "1").line(),
        change("home.example.net", "2").line(),
    );
    let text = format!("{one}{}\n{two}", "\u{fffd}");
    fs::write(&path, &text).unwrap();
    let history = open(folder.path(), 9);
    assert_eq!(news(&history, "home.example.net"), ["1", "2"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), one + &two);
    let kept = folder.path().join("history.jsonl.damaged");
    assert_eq!(fs::read_to_string(kept).unwrap(), text);
}

/// Where the zone holds something else, the history says so from now on.
#[test]
fn a_zone_that_differs() {
    let apex = Host::parse("example.net").unwrap();
    let set = |host: &str, address: &str| {
        let (host, data) = (
            Host::parse(host).unwrap(),
            address.parse::<std::net::IpAddr>().unwrap().into(),
        );
        RecordSet::new(host, RecordType::A, 60, vec![data]).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let history = open(folder.path(), 9);
    for host in [
        "same.example.net",
        "other.example.net",
        "gone.example.net",
        "gone.example.org",
    ] {
        history.note(change(host, "203.0.113.1"));
    }
    history.finish();
    let zone = [
        ("same.example.net", "203.0.113.1"),
        ("other.example.net", "203.0.113.2"),
        ("new.example.net", "203.0.113.3"),
    ];
    let zone = zone.map(|(host, address)| set(host, address));
    history.compare(&apex, &zone);
    assert_eq!(news(&history, "same.example.net"), ["203.0.113.1"]);
    assert_eq!(
        news(&history, "other.example.net"),
        ["203.0.113.1", "203.0.113.2"]
    );
    assert_eq!(news(&history, "new.example.net"), ["203.0.113.3"]);
    assert_eq!(news(&history, "gone.example.net"), ["203.0.113.1", ""]);
    assert_eq!(news(&history, "gone.example.org"), ["203.0.113.1"]);
}

/// A disk that hangs: changes wait up to a limit, are counted beyond it, and nobody waits.
#[test]
fn nobody_waits_for_the_writer() {
    let log = Arc::new(Log::to(io::sink(), Level::INFO));
    let history = History::open(None, 9, &log);
    let rings = Arc::clone(&history.rings);
    let hanging = locked(&rings);
    for number in 0..WAITING + 7 {
        history.note(change("home.example.net", &number.to_string()));
    }
    history.wait();
    assert!(
        !history.behind.load(Ordering::Relaxed),
        "a full queue is not waited for"
    );
    let lost = history.lost.load(Ordering::Relaxed);
    assert!((6..=7).contains(&lost), "{lost}");
    drop(hanging);
}

/// A disk that hangs keeps one update for a moment, and no further one until it has caught up.
#[test]
fn one_update_waits_for_a_writer_that_hangs() {
    let log = Arc::new(Log::to(io::sink(), Level::INFO));
    let history = History::open(None, 9, &log);
    let rings = Arc::clone(&history.rings);
    let hanging = locked(&rings);
    history.note(change("home.example.net", "1"));
    history.wait();
    assert!(history.behind.load(Ordering::Relaxed));
    drop(hanging);
    assert_eq!(news(&history, "home.example.net"), ["1"]);
    assert!(!history.behind.load(Ordering::Relaxed));
}
