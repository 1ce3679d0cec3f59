//! Trouble with the API: what is tried again, what is said, and that time and truth are kept.

#![allow(clippy::panic)]

mod shared;

use dyn53_core::Applied;
use dyn53_core::ZoneError;
use dyn53_route53::{Endpoint, Keys, KeysError, Route53Zone, Settings};
use dyn53_testkit::contract;
use dyn53_testkit::route53::{Options, Record, Route53, Throttle, Trouble};
use rstest::rstest;
use shared::{HOME, ZONE, addresses, settings, standin, update, update_within, within, zone};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

const STALL: Trouble = Trouble::Stall(Duration::from_secs(60));

fn answer(status: u16, code: &'static str) -> Trouble {
    Trouble::Answer {
        status,
        code,
        message: "said by AWS",
    }
}

/// The first call of each kind fails once; the update succeeds nevertheless.
#[rstest]
#[case::throttling(Trouble::THROTTLING)]
#[case::throttling_exception(answer(400, "ThrottlingException"))]
#[case::prior_request(Trouble::PRIOR_REQUEST)]
#[case::internal(answer(500, "InternalFailure"))]
#[case::unavailable(answer(503, "ServiceUnavailable"))]
#[case::gateway(Trouble::Body(502, "<html>Bad Gateway</html>"))]
#[case::reset(Trouble::Reset)]
#[case::reset_in_the_head(Trouble::ResetInHead)]
#[case::reset_in_the_body(Trouble::ResetInBody)]
#[case::closed(Trouble::Closed)]
#[case::cut(Trouble::CutXml)]
#[case::not_http(Trouble::NotHttp)]
fn what_passes_is_tried_again(#[case] trouble: Trouble) {
    let standin = standin();
    let zone = zone(&standin);
    standin.trouble([trouble.clone()]);
    let calls = update(&zone, HOME, &["192.0.2.1"]);
    assert_eq!(calls, Ok(3), "list twice, change once");
    let grant = contract::grant(&[HOME], &["192.0.2.2"]);
    let current = dyn53_core::Zone::read(&zone, grant.wanted(), shared::soon()).unwrap();
    standin.trouble([trouble]);
    let plan = dyn53_core::Plan::new(&grant, &current);
    let calls = dyn53_core::Zone::apply(&zone, &plan, shared::soon());
    assert_eq!(calls, Ok(Applied::Done { calls: 2 }), "change twice");
    assert_eq!(addresses(&standin)[0], (HOME.into(), "192.0.2.2".into()));
}

/// What does not pass is said at once, and in words that help.
#[rstest]
#[case(answer(403, "AccessDenied"), "allow route53:ListResourceRecordSets")]
#[case(answer(403, "ExpiredToken"), "out of date")]
#[case(answer(403, "SignatureDoesNotMatch"), "clock")]
#[case(answer(403, "InvalidClientTokenId"), "access key id")]
#[case(answer(404, "NoSuchHostedZone"), "hosted zone id")]
#[case(answer(400, "InvalidInput"), "InvalidInput")]
#[case(
    Trouble::Body(200, "<html>Welcome to the hotel</html>"),
    "AWS_ENDPOINT_URL"
)]
#[case(Trouble::Body(301, ""), "AWS_ENDPOINT_URL")]
#[case(Trouble::Body(418, "no XML"), "418")]
#[case(Trouble::XmlBomb, "AWS_ENDPOINT_URL")]
#[case(Trouble::Huge(10_000_000), "1048576 bytes")]
fn what_does_not_pass_is_said(#[case] trouble: Trouble, #[case] word: &str) {
    let standin = standin();
    standin.steady_trouble(Some(trouble));
    let started = Instant::now();
    let deadline = within(Duration::from_millis(1500));
    let refused = update_within(&zone(&standin), HOME, &["192.0.2.1"], deadline).unwrap_err();
    assert!(started.elapsed() < Duration::from_millis(1500));
    assert!(refused.reason.contains(word), "{refused}");
    assert_eq!(refused.reason.lines().count(), 1);
    assert_eq!(addresses(&standin), []);
}

/// However long trouble lasts: the time is kept, and the sentence says what was last.
#[rstest]
#[case(Trouble::THROTTLING, "Rate exceeded")]
#[case(Trouble::PRIOR_REQUEST, "prior request")]
#[case(answer(503, "ServiceUnavailable"), "503")]
#[case(Trouble::Reset, "connection")]
#[case(STALL, "in time")]
fn the_time_is_kept(#[case] trouble: Trouble, #[case] word: &str) {
    let standin = standin();
    standin.steady_trouble(Some(trouble));
    let started = Instant::now();
    let deadline = within(Duration::from_secs(1));
    let refused = update_within(&zone(&standin), HOME, &["192.0.2.1"], deadline).unwrap_err();
    assert!(
        started.elapsed() < Duration::from_millis(1100),
        "{:?}",
        started.elapsed()
    );
    assert!(refused.reason.contains(word), "{refused}");
    assert!(refused.calls >= 1);
}

#[test]
fn a_deadline_that_is_over_costs_no_call() {
    let standin = standin();
    let refused = update_within(&zone(&standin), HOME, &["192.0.2.1"], Instant::now()).unwrap_err();
    assert_eq!((refused.calls, standin.calls().all()), (0, 0));
}

#[test]
fn a_stalled_call_leaves_time_for_another() {
    let standin = standin();
    standin.trouble([STALL]);
    let calls = update_within(
        &zone(&standin),
        HOME,
        &["192.0.2.1"],
        within(Duration::from_secs(12)),
    );
    assert_eq!(calls, Ok(3));
}

/// The change is made, its answer is lost: it is sent again, refused, looked up and found as wanted.
#[test]
fn a_creation_whose_answer_was_lost_is_done() {
    let standin = standin();
    let zone = zone(&standin);
    standin.trouble([Trouble::Body(200, EMPTY_LIST), Trouble::LostAnswer]);
    assert_eq!(update(&zone, HOME, &["192.0.2.1"]), Ok(4));
    assert_eq!(addresses(&standin), [(HOME.into(), "192.0.2.1".into())]);
}

/// A DELETE cannot be sent twice: that the set is gone is looked up.
#[test]
fn a_delete_whose_answer_was_lost_is_done() {
    let standin = standin();
    standin.put(ZONE, Record::simple(HOME, "A", 60, &["192.0.2.1"]));
    let zone = zone(&standin);
    let grant = contract::offline(&[HOME]);
    let current = dyn53_core::Zone::read(&zone, grant.wanted(), shared::soon()).unwrap();
    standin.trouble([Trouble::LostAnswer]);
    let plan = dyn53_core::Plan::new(&grant, &current);
    let calls = dyn53_core::Zone::apply(&zone, &plan, shared::soon());
    assert_eq!(
        calls,
        Ok(Applied::Done { calls: 3 }),
        "two deletes, one list"
    );
    assert_eq!(addresses(&standin), []);
}

/// But a DELETE that is refused without such a loss is stale.
#[test]
fn a_delete_of_a_set_that_someone_else_changed_is_stale() {
    let standin = standin();
    standin.put(ZONE, Record::simple(HOME, "A", 60, &["192.0.2.1"]));
    let zone = zone(&standin);
    let grant = contract::offline(&[HOME]);
    let current = dyn53_core::Zone::read(&zone, grant.wanted(), shared::soon()).unwrap();
    standin.put(ZONE, Record::simple(HOME, "A", 60, &["192.0.2.7"]));
    let plan = dyn53_core::Plan::new(&grant, &current);
    let applied = dyn53_core::Zone::apply(&zone, &plan, shared::soon()).unwrap();
    let Applied::Stale { now, .. } = applied else {
        panic!("{applied:?}");
    };
    assert_eq!(now.sets, [contract::set(HOME, 60, "192.0.2.7")]);
    assert_eq!(now.calls, 2, "a delete and a list");
    assert_eq!(addresses(&standin), [(HOME.into(), "192.0.2.7".into())]);
}

const EMPTY_LIST: &str = "<ListResourceRecordSetsResponse><ResourceRecordSets/><IsTruncated>false\
    </IsTruncated></ListResourceRecordSetsResponse>";

#[test]
fn nobody_there() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let standin = standin();
    let endpoint = Endpoint::at(&format!("http://{closed}"), "us-east-1");
    let zone = Route53Zone::new(Settings {
        endpoint,
        ..settings(&standin)
    })
    .unwrap();
    let deadline = within(Duration::from_millis(500));
    let refused = update_within(&zone, HOME, &["192.0.2.1"], deadline).unwrap_err();
    assert!(
        refused.reason.contains("refused the connection"),
        "{refused}"
    );
}

#[test]
fn a_clock_that_is_wrong_is_named() {
    let standin = standin();
    let clock = || SystemTime::now() - Duration::from_secs(3600);
    let zone = Route53Zone::new(Settings {
        clock,
        ..settings(&standin)
    })
    .unwrap();
    let refused = update(&zone, HOME, &["192.0.2.1"]).unwrap_err();
    assert!(refused.reason.contains("clock"), "{refused}");
    assert_eq!(refused.calls, 1);
}

#[test]
fn no_keys_are_said_in_their_own_words() {
    struct NoKeys;
    impl Keys for NoKeys {
        fn current(
            &self,
            _: SystemTime,
            _: Instant,
        ) -> Result<dyn53_route53::AccessKey, KeysError> {
            Err(KeysError(
                "no AWS keys were found: run aws configure".into(),
            ))
        }
    }
    let standin = standin();
    let keys = Arc::new(NoKeys);
    let zone = Route53Zone::new(Settings {
        keys,
        ..settings(&standin)
    })
    .unwrap();
    let refused = update(&zone, HOME, &["192.0.2.1"]);
    assert_eq!(
        refused,
        Err(ZoneError::new(
            "no AWS keys were found: run aws configure",
            0
        ))
    );
}

/// Real throttling, as AWS publishes it, and real serialisation: one caller after another gets through.
#[test]
fn an_empty_bucket_is_waited_for() {
    let throttle = Some(Throttle {
        burst: 1.0,
        refill: 20.0,
    });
    let standin = Route53::start(Options {
        throttle,
        ..Options::default()
    });
    let zone = zone(&standin);
    for last in 1..4 {
        update(&zone, HOME, &[&format!("192.0.2.{last}")]).unwrap();
    }
    assert!(standin.calls().refused["Throttling"] > 0);
}
