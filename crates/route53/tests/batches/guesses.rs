//! Guesses, right and wrong, and who comes after whom.

use super::*;

/// What we wrote is the guess for the next change. That nothing is to do is looked up: another writer may
/// have come since.
#[test]
fn what_was_written_lately_is_a_guess() {
    let standin = standin();
    let zone = zone(&standin);
    assert_eq!(update(&zone, HOME, &["192.0.2.1"]), Ok(2), "look, create");
    assert_eq!(update(&zone, HOME, &["192.0.2.2"]), Ok(1), "swap");
    assert_eq!(update(&zone, HOME, &["192.0.2.2"]), Ok(1), "look");
    standin.put(ZONE, Record::simple(HOME, "A", 60, &["192.0.2.9"]));
    assert_eq!(update(&zone, HOME, &["192.0.2.2"]), Ok(2), "look, swap");
    assert_eq!(addresses(&standin), [(HOME.into(), "192.0.2.2".into())]);
}

/// A wrong guess costs a refusal and a look, and overwrites nothing unseen.
#[test]
fn a_wrong_guess_is_refused_and_planned_again() {
    let standin = standin();
    let zone = zone(&standin);
    update(&zone, HOME, &["192.0.2.1"]).unwrap();
    standin.put(ZONE, Record::simple(HOME, "A", 300, &["192.0.2.9"]));
    let calls = update(&zone, HOME, &["192.0.2.2"]);
    assert_eq!(calls, Ok(3), "refused, looked up, swapped");
    assert_eq!(addresses(&standin), [(HOME.into(), "192.0.2.2".into())]);
}

/// An alias that somebody made a moment after our write is never lost.
#[test]
fn an_alias_made_after_our_write_stays() {
    let standin = standin();
    let zone = zone(&standin);
    update(&zone, HOME, &["192.0.2.1"]).unwrap();
    let alias = Record::alias(HOME, "A", "lb.example.org.");
    standin.put(ZONE, alias.clone());
    let refused = update(&zone, HOME, &["192.0.2.2"]).unwrap_err();
    assert!(refused.reason.contains("an alias"), "{refused}");
    assert_eq!(standin.records(ZONE), [alias]);
}

/// After a restart of others hundreds of guesses are wrong at once: they are not looked up one by one.
#[test]
fn many_wrong_guesses_cost_one_list() {
    let standin = standin();
    let zone = zone(&standin);
    at_once(&zone, 300, |zone, number| {
        create(zone, number, "192.0.2.1").unwrap()
    });
    for number in 0..300 {
        standin.put(ZONE, Record::simple(&name(number), "A", 60, &["192.0.2.9"]));
    }
    let before = standin.calls().all();
    let verdicts = at_once(&zone, 300, |zone, number| {
        update(zone, &name(number), &["198.51.100.1"])
    });
    assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
    let calls = standin.calls().all() - before;
    assert!(calls <= 20, "{calls} calls: {:?}", standin.calls());
}

/// Two requests for the same removal at the same time: both succeed.
#[test]
fn two_go_offline_side_by_side() {
    let standin = Route53::start(Options {
        processing: Duration::from_millis(100),
        ..Options::default()
    });
    standin.put(ZONE, Record::simple(HOME, "A", 60, &["192.0.2.1"]));
    for writers in [1, 2] {
        let zones: Vec<Route53Zone> = (0..writers).map(|_| zone(&standin)).collect();
        at_once(&zones[0], 2, |_, number| {
            contract::update(&zones[number % writers], &contract::offline(&[HOME]))
        });
        assert_eq!(addresses(&standin), []);
        standin.put(ZONE, Record::simple(HOME, "A", 60, &["192.0.2.1"]));
    }
}

/// An older update that has to be planned again does not undo a newer one.
#[test]
fn an_older_update_never_comes_after_a_newer_one() {
    let standin = standin();
    let zone = zone(&standin);
    let planned = |address| {
        let grant = contract::grant(&[HOME], &[address]);
        let current = zone.read(grant.wanted(), soon()).unwrap();
        (Plan::new(&grant, &current), grant)
    };
    let (older, older_grant) = planned("192.0.2.1");
    let (newer, _) = planned("192.0.2.2");
    assert!(matches!(
        zone.apply(&newer, soon()),
        Ok(Applied::Done { .. })
    ));
    let mut applied = zone.apply(&older, soon()).unwrap();
    while let Applied::Stale { now, .. } = applied {
        applied = zone.apply(&Plan::new(&older_grant, &now), soon()).unwrap();
    }
    assert_eq!(addresses(&standin), [(HOME.into(), "192.0.2.2".into())]);
    assert_eq!(standin.calls().change, 1);
}

/// After a change that failed, nothing is taken for known.
#[test]
fn a_failed_change_is_forgotten() {
    let standin = standin();
    let zone = zone(&standin);
    update(&zone, HOME, &["192.0.2.1"]).unwrap();
    standin.put(ZONE, Record::alias(HOME, "A", "lb.example.org."));
    standin.put(
        ZONE,
        Record::alias(HOME, "A", "lb.example.org.").protected("kept"),
    );
    assert!(update(&zone, HOME, &["192.0.2.2"]).is_err());
    let refused = update(&zone, HOME, &["192.0.2.2"]).unwrap_err();
    assert!(refused.reason.contains("an alias"), "{refused}");
}
