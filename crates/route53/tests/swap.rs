//! Other writers and lost answers at the worst moments of a compare-and-swap: what the client is told,
//! what the zone then holds, and that nothing of another writer is written over unseen.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod shared;

use dyn53_core::{Credential, Credentials, GrantedHost, Reply, Request, SecretHash, Service};
use dyn53_route53::Route53Zone;
use dyn53_testkit::contract;
use dyn53_testkit::route53::{Accepted, Action, Edit, Record, Route53, Trouble, Writer};
use rstest::rstest;
use shared::{HOME, ZONE, soon, standin};

const OLD: &str = "192.0.2.1";
const NEW: &str = "192.0.2.2";

fn service(standin: &Route53) -> Service<Route53Zone> {
    let own = GrantedHost {
        host: contract::host(HOME),
        ttl: 60,
        interface_id: None,
    };
    let credential = Credential {
        name: None,
        secrets: vec![SecretHash::of("s3cret")],
        hosts: vec![own],
        allow_offline: true,
        certificates: true,
    };
    let credentials = Credentials::new(vec![credential], false);
    Service::new(credentials, shared::zone(standin), || Reply::text(200, ""))
}

/// The word that the client hears, and the reason in the log.
fn ask(service: &Service<Route53Zone>, asked: &str) -> (String, String) {
    let request = Request {
        path: "/nic/update".into(),
        query: format!("hostname={HOME}&password=s3cret&{asked}"),
        ..Request::bare([203, 0, 113, 5].into())
    };
    let answered = service.answer(&request, soon());
    let word = answered.reply.body.split_whitespace().next();
    let reason = answered.log.reason.unwrap_or_default().to_string();
    (word.unwrap_or("good").to_owned(), reason)
}

fn simple(value: &str) -> Record {
    Record::simple(HOME, "A", 60, &[value])
}

fn alias() -> Record {
    Record::alias(HOME, "A", "d1.cloudfront.net.")
}

fn cname() -> Record {
    Record::simple(HOME, "CNAME", 60, &["elsewhere.example.org."])
}

fn put(record: Record) -> Edit {
    Edit::Put(record)
}

fn gone() -> Edit {
    Edit::Remove(HOME.into(), "A".into())
}

/// Another writer comes just before the call.
fn meanwhile(edits: impl Into<Vec<Edit>>) -> Trouble {
    Trouble::Meanwhile(ZONE.into(), edits.into())
}

/// The changes that this program's batches made, as action and values.
fn own_changes(standin: &Route53) -> Vec<(Action, String)> {
    let journal = standin.journal().into_iter();
    let own = journal.filter(|batch: &Accepted| batch.by == Writer::Caller);
    own.flat_map(|batch| batch.changes)
        .map(|(action, record)| (action, record.values.join(",")))
        .collect()
}

fn swap(old: &str, new: &str) -> Vec<(Action, String)> {
    vec![
        (Action::Delete, old.to_owned()),
        (Action::Create, new.to_owned()),
    ]
}

#[test]
fn a_swap_whose_answer_was_lost_is_done_once() {
    let standin = standin();
    standin.put(ZONE, simple(OLD));
    standin.change_trouble([Trouble::LostAnswer]);
    assert_eq!(ask(&service(&standin), "myip=192.0.2.2").0, "good");
    assert_eq!(standin.records(ZONE), [simple(NEW)]);
    assert_eq!(own_changes(&standin), swap(OLD, NEW));
}

#[test]
fn a_swap_whose_answer_was_lost_twice_is_done_once() {
    let standin = standin();
    standin.put(ZONE, simple(OLD));
    standin.change_trouble([Trouble::LostAnswer]);
    standin.list_trouble([Trouble::None, Trouble::Reset]);
    assert_eq!(ask(&service(&standin), "myip=192.0.2.2").0, "good");
    assert_eq!(own_changes(&standin), swap(OLD, NEW));
}

#[test]
fn a_lost_answer_and_another_writer_is_no_false_success() {
    let standin = standin();
    standin.put(ZONE, simple(OLD));
    standin.change_trouble([Trouble::LostAnswer, meanwhile([gone(), put(alias())])]);
    let (word, reason) = ask(&service(&standin), "myip=192.0.2.2");
    assert_eq!(word, "911");
    assert!(reason.contains("an alias"), "{reason}");
    assert_eq!(standin.records(ZONE), [alias()]);
}

#[rstest]
#[case::once(1)]
#[case::twice(2)]
#[case::three_times(3)]
fn a_guess_that_was_overtaken_is_made_again(#[case] times: usize) {
    let standin = standin();
    standin.put(ZONE, simple(OLD));
    let others: Vec<String> = (0..times).map(|n| format!("198.51.100.{n}")).collect();
    standin.change_trouble(others.iter().map(|value| meanwhile([put(simple(value))])));
    assert_eq!(ask(&service(&standin), "myip=192.0.2.2").0, "good");
    assert_eq!(standin.records(ZONE), [simple(NEW)]);
    assert_eq!(own_changes(&standin), swap(&others[times - 1], NEW));
}

#[test]
fn who_is_overtaken_again_and_again_gives_up() {
    let standin = standin();
    standin.put(ZONE, simple(OLD));
    let others = (0..200).map(|n| meanwhile([put(simple(&format!("198.51.100.{n}")))]));
    standin.change_trouble(others);
    let (word, reason) = ask(&service(&standin), "myip=192.0.2.2");
    assert_eq!(word, "911", "{reason}");
    assert!(own_changes(&standin).is_empty());
    assert!(standin.calls().all() <= 40, "{:?}", standin.calls());
}

#[test]
fn what_was_refused_and_then_is_gone_is_created() {
    let standin = standin();
    standin.put(ZONE, simple(OLD));
    standin.change_trouble([meanwhile([put(simple("198.51.100.1"))])]);
    standin.list_trouble([Trouble::None, meanwhile([gone()])]);
    assert_eq!(ask(&service(&standin), "myip=192.0.2.2").0, "good");
    assert_eq!(own_changes(&standin), [(Action::Create, NEW.to_owned())]);
}

#[test]
fn what_is_gone_before_the_swap_is_created() {
    let standin = standin();
    standin.put(ZONE, simple(OLD));
    standin.change_trouble([meanwhile([gone()])]);
    assert_eq!(ask(&service(&standin), "myip=192.0.2.2").0, "good");
    assert_eq!(own_changes(&standin), [(Action::Create, NEW.to_owned())]);
}

#[test]
fn what_was_gone_and_comes_back_as_an_alias_is_left_alone() {
    let standin = standin();
    standin.put(ZONE, simple(OLD));
    standin.change_trouble([meanwhile([gone()]), meanwhile([put(alias())])]);
    let (word, reason) = ask(&service(&standin), "myip=192.0.2.2");
    assert_eq!(word, "911");
    assert!(reason.contains("an alias"), "{reason}");
    assert!(own_changes(&standin).is_empty());
}

#[rstest]
#[case::alias(alias(), "an alias")]
#[case::cname(cname(), "CNAME")]
#[case::weighted(simple("198.51.100.1").one_of("blue", "Weight", "10"), "weighted")]
fn what_comes_between_is_left_alone(
    #[case] obstacle: Record,
    #[case] word: &str,
    #[values(false, true)] there_before: bool,
) {
    let standin = standin();
    if there_before {
        standin.put(ZONE, simple(OLD));
    }
    standin.change_trouble([meanwhile([gone(), put(obstacle.clone())])]);
    let (said, reason) = ask(&service(&standin), "myip=192.0.2.2");
    assert_eq!(said, "911");
    assert!(reason.contains(word), "{reason}");
    assert_eq!(standin.records(ZONE), [obstacle]);
    assert!(own_changes(&standin).is_empty());
}

#[test]
fn offline_of_what_another_writer_has_removed_is_done() {
    let standin = standin();
    standin.put(ZONE, simple(OLD));
    standin.change_trouble([meanwhile([gone()])]);
    assert_eq!(ask(&service(&standin), "offline=YES").0, "nochg");
    assert!(standin.records(ZONE).is_empty());
    assert!(own_changes(&standin).is_empty());
}

#[test]
fn offline_removes_what_another_writer_has_put() {
    let standin = standin();
    standin.put(ZONE, simple(OLD));
    standin.change_trouble([meanwhile([put(simple("198.51.100.1"))])]);
    assert_eq!(ask(&service(&standin), "offline=YES").0, "good");
    assert!(standin.records(ZONE).is_empty());
    let removed = (Action::Delete, "198.51.100.1".to_owned());
    assert_eq!(own_changes(&standin), [removed]);
}

#[test]
fn what_another_writer_wanted_too_is_done() {
    let standin = standin();
    standin.put(ZONE, simple(OLD));
    standin.change_trouble([meanwhile([put(simple(NEW))])]);
    assert_eq!(ask(&service(&standin), "myip=192.0.2.2").0, "nochg");
    assert_eq!(standin.records(ZONE), [simple(NEW)]);
    assert!(own_changes(&standin).is_empty());
}
