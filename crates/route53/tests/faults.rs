//! Every fault at every call, through the whole path: what the client is told, what the zone then
//! holds, and that the same request works once the fault is over.
//!
//! `DYN53_TORTURE=full` plays all situations, each way to run, and pairs of faults as well.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

mod gate;
mod shared;

use dyn53_core::{
    Applied, Credential, Credentials, GrantedHost, Plan, Reading, Reply, Request, SecretHash,
    Service, Wanted, Zone, ZoneError,
};
use dyn53_route53::{Endpoint, NameServers, Roots, Route53Zone, Settings};
use dyn53_testkit::contract;
use dyn53_testkit::route53::{Authority, Edit, Lie, Options, Record, Route53, Trouble, Writer};
use gate::Gate;
use shared::{HOME, ZONE, settings};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// What a request may take.
const TIME: Duration = Duration::from_secs(4);
/// What a busy machine may add to it.
const SLACK: Duration = Duration::from_secs(2);
/// A stall that no call waits out.
const FOREVER: Duration = Duration::from_secs(60);
/// How many cases run side by side; nearly all of their time they wait.
const WORKERS: usize = 24;

/// Where a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    List,
    Change,
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Often {
    Once,
    Always,
}

/// What goes wrong.
#[derive(Clone, Debug)]
enum Fault {
    /// With an answer of the API.
    Trouble(Trouble),
    /// Other writers edit the zone: one before each of the next changes, one before each of the next lists.
    Others {
        changes: Vec<Edit>,
        lists: Vec<Edit>,
    },
    /// Nobody listens.
    Refused,
    /// The connection ends before TLS is spoken.
    Cut,
    /// Something else than TLS is spoken.
    NotTls,
    /// A certificate for another name.
    OtherName,
    /// A certificate of an authority that is not trusted.
    OtherAuthority,
    /// A certificate that is out of date.
    OldCertificate,
    /// This machine's clock is an hour late.
    Clock,
    /// The name server is slow, or worse; the fault of no call.
    NameServer(Lie, Duration),
}

/// What has to come of a fault that strikes once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cure {
    /// Another try.
    Again,
    /// None: the operator has to do something, so no call is wasted.
    Operator,
    /// None within this request.
    Late,
    /// None is needed.
    Harmless,
}

#[derive(Clone, Debug)]
struct Kind {
    name: &'static str,
    fault: Fault,
    cure: Cure,
}

fn kinds() -> Vec<Kind> {
    let kind = |name, fault, cure| Kind { name, fault, cure };
    let trouble = |name, trouble, cure| kind(name, Fault::Trouble(trouble), cure);
    let error = |name, status, code, cure| {
        let message = "As AWS says it.";
        let answer = Trouble::Answer {
            status,
            code,
            message,
        };
        trouble(name, answer, cure)
    };
    let others = |name, changes, lists| kind(name, Fault::Others { changes, lists }, Cure::Again);
    let put = |value| Edit::Put(Record::simple(HOME, "A", 60, &[value]));
    let (one, two) = ("198.51.100.1", "198.51.100.2");
    let gone = || Edit::Remove(HOME.into(), "A".into());
    use Cure::{Again, Harmless, Late, Operator};
    vec![
        others("refused once", vec![put(one)], vec![]),
        others("refused twice", vec![put(one), put(two)], vec![]),
        others("gone before the swap", vec![gone()], vec![]),
        others("refused and then gone", vec![put(one)], vec![gone()]),
        kind("connection refused", Fault::Refused, Again),
        trouble("closed without an answer", Trouble::Closed, Again),
        trouble("reset before the head", Trouble::Reset, Again),
        trouble("reset in the head", Trouble::ResetInHead, Again),
        trouble("reset in the body", Trouble::ResetInBody, Again),
        trouble("carried out, answer lost", Trouble::LostAnswer, Again),
        trouble(
            "stall of 300 ms",
            Trouble::Stall(Duration::from_millis(300)),
            Again,
        ),
        trouble("stall beyond the deadline", Trouble::Stall(FOREVER), Late),
        kind("cut before TLS", Fault::Cut, Again),
        kind("not TLS", Fault::NotTls, Operator),
        kind("certificate for another name", Fault::OtherName, Operator),
        kind(
            "certificate of another authority",
            Fault::OtherAuthority,
            Operator,
        ),
        kind("certificate out of date", Fault::OldCertificate, Operator),
        trouble("400 Throttling", Trouble::THROTTLING, Again),
        trouble("400 PriorRequestNotComplete", Trouble::PRIOR_REQUEST, Again),
        error("403 AccessDenied", 403, "AccessDenied", Operator),
        error("403 ExpiredToken", 403, "ExpiredToken", Operator),
        error("404 NoSuchHostedZone", 404, "NoSuchHostedZone", Operator),
        error("500 InternalError", 500, "InternalError", Again),
        error("503 ServiceUnavailable", 503, "ServiceUnavailable", Again),
        trouble("404 without XML", Trouble::Body(404, "not here"), Operator),
        trouble("302 elsewhere", Trouble::Body(302, ""), Operator),
        trouble("200 without XML", Trouble::Body(200, "OK"), Again),
        trouble("200 and empty", Trouble::Body(200, ""), Again),
        trouble("cut XML", Trouble::CutXml, Again),
        trouble("XML bomb", Trouble::XmlBomb, Again),
        trouble("10 MB", Trouble::Huge(10_000_000), Operator),
        trouble("not HTTP", Trouble::NotHttp, Again),
        kind("clock an hour late", Fault::Clock, Operator),
        kind(
            "silent name server",
            Fault::NameServer(Lie::Silence, Duration::ZERO),
            Harmless,
        ),
        kind(
            "name server slow by 2 s",
            Fault::NameServer(Lie::None, Duration::from_secs(2)),
            Harmless,
        ),
        kind(
            "name server without sense",
            Fault::NameServer(Lie::Garbage, Duration::ZERO),
            Harmless,
        ),
        kind(
            "name server with trouble",
            Fault::NameServer(Lie::ServFail, Duration::ZERO),
            Harmless,
        ),
    ]
}

impl Fault {
    /// Whether it lies in the connection, so that a gate stands before the stand-in.
    fn of_connection(&self) -> bool {
        use Fault::{Cut, NotTls, OldCertificate, OtherAuthority, OtherName, Refused};
        let wrong = matches!(self, OtherName | OtherAuthority | OldCertificate);
        wrong || matches!(self, Refused | Cut | NotTls)
    }
}

/// A zone before, a request, the zone after.
#[derive(Clone, Copy, Debug)]
struct Situation {
    before: &'static [(&'static str, &'static str)],
    asked: &'static str,
    after: &'static [(&'static str, &'static str)],
}

const OLD: (&str, &str) = ("A", "192.0.2.1");
const NEW: (&str, &str) = ("A", "192.0.2.2");
const V6: (&str, &str) = ("AAAA", "2001:db8::2");

const SITUATIONS: [Situation; 4] = [
    Situation {
        before: &[OLD],
        asked: "myip=192.0.2.2",
        after: &[NEW],
    },
    Situation {
        before: &[OLD, V6],
        asked: "offline=YES",
        after: &[],
    },
    Situation {
        before: &[],
        asked: "myip=192.0.2.2,2001:db8::2",
        after: &[NEW, V6],
    },
    Situation {
        before: &[OLD, V6],
        asked: "myip=192.0.2.2",
        after: &[NEW, V6],
    },
];

/// One case: faults strike one after the other at one call of one situation.
#[derive(Clone, Debug)]
struct Case {
    kinds: Vec<Kind>,
    at: At,
    often: Often,
    situation: Situation,
    glance: bool,
}

impl Case {
    fn has_others(&self) -> bool {
        let mut faults = self.kinds.iter().map(|kind| &kind.fault);
        faults.any(|fault| matches!(fault, Fault::Others { .. }))
    }
}

/// What came of it.
struct Told {
    case: Case,
    reply: Reply,
    calls: u32,
    time: Duration,
    held: Vec<Record>,
    /// Batches of ours that the zone took.
    taken: usize,
}

thread_local! {
    static LATE: Cell<bool> = const { Cell::new(false) };
}

fn clock() -> SystemTime {
    let late = LATE.with(Cell::get);
    SystemTime::now() - Duration::from_secs(if late { 3600 } else { 0 })
}

/// The stand-ins of a case, and what makes them go wrong.
struct Stage {
    right: Route53,
    wrong: Option<Route53>,
    gate: Option<Gate>,
    roots: Roots,
}

impl Stage {
    fn of(case: &Case) -> Self {
        let fault = &case.kinds[0].fault;
        let (ours, theirs) = (Authority::new(), Authority::new());
        let dns_latency = match fault {
            Fault::NameServer(_, latency) => *latency,
            _ => Duration::ZERO,
        };
        let start = |tls| {
            Route53::start(Options {
                tls,
                dns_latency,
                ..Options::default()
            })
        };
        let tls = fault.of_connection() && !matches!(fault, Fault::Refused);
        let right = start(tls.then(|| ours.issue(&["localhost"])));
        let wrong = match fault {
            Fault::OtherName => Some(start(Some(ours.issue(&["route53.example.org"])))),
            Fault::OtherAuthority => Some(start(Some(theirs.issue(&["localhost"])))),
            Fault::OldCertificate => Some(start(Some(ours.issue_expired(&["localhost"])))),
            _ => None,
        };
        for (kind, value) in case.situation.before {
            right.put(ZONE, Record::simple(HOME, kind, 60, &[value]));
        }
        Self {
            gate: fault.of_connection().then(|| Gate::to(right.address())),
            roots: Roots::Pem(ours.pem().into()),
            right,
            wrong,
        }
    }

    fn zone(&self, case: &Case) -> Route53Zone {
        let own = settings(&self.right);
        let url = self.right.url();
        let url = match &self.gate {
            Some(gate) => url.replace(
                &self.right.address().port().to_string(),
                &gate.address.port().to_string(),
            ),
            None => url,
        };
        Route53Zone::new(Settings {
            endpoint: Endpoint::at(&url, "us-east-1"),
            roots: self.roots.clone(),
            clock,
            name_servers: if case.glance {
                shared::glance(&self.right)
            } else {
                NameServers::None
            },
            ..own
        })
        .unwrap()
    }

    fn strike(&self, case: &Case) {
        for kind in &case.kinds {
            match (&kind.fault, case.often) {
                (Fault::Trouble(trouble), Often::Once) => self.right.trouble([trouble.clone()]),
                (Fault::Trouble(trouble), Often::Always) => {
                    self.right.steady_trouble(Some(trouble.clone()));
                }
                (Fault::Others { changes, lists }, _) => {
                    let meanwhile =
                        |edit: &Edit| Trouble::Meanwhile(ZONE.into(), vec![edit.clone()]);
                    self.right.change_trouble(changes.iter().map(meanwhile));
                    self.right.list_trouble(lists.iter().map(meanwhile));
                }
                (Fault::Clock, _) => LATE.with(|late| late.set(true)),
                (Fault::NameServer(lie, _), _) => self.right.steady_lie(Some(lie.clone())),
                (of_connection, often) => self.strike_connection(of_connection, often),
            }
        }
    }

    fn strike_connection(&self, fault: &Fault, often: Often) {
        let gate = self.gate.as_ref().unwrap();
        match fault {
            Fault::Refused => gate.refuse(),
            Fault::Cut => gate.cut(match often {
                Often::Once => 1,
                Often::Always => usize::MAX,
            }),
            Fault::NotTls => gate.speak_clear(true),
            _ => gate.lead_to(self.wrong.as_ref().unwrap().address()),
        }
        if let (Fault::Refused, Often::Once) = (fault, often) {
            gate.admit_after(Duration::from_millis(250));
        }
    }

    fn relent(&self) {
        self.right.steady_trouble(None);
        self.right.steady_lie(None);
        LATE.with(|late| late.set(false));
        if let Some(gate) = &self.gate {
            gate.lead_to(self.right.address());
            gate.cut(0);
            gate.speak_clear(false);
            gate.admit();
        }
    }
}

/// Lets the fault strike just before the zone is read, or just before it is changed.
struct Struck<'a> {
    zone: Route53Zone,
    stage: &'a Stage,
    case: &'a Case,
    struck: Cell<bool>,
}

impl Struck<'_> {
    fn pass(&self, at: At) {
        if at == self.case.at && !self.struck.replace(true) {
            self.stage.strike(self.case);
        }
    }
}

impl Zone for Struck<'_> {
    fn read(&self, wanted: &[Wanted], deadline: Instant) -> Result<Reading, ZoneError> {
        self.pass(At::List);
        self.zone.read(wanted, deadline)
    }

    fn apply(&self, plan: &Plan, deadline: Instant) -> Result<Applied, ZoneError> {
        self.pass(At::Change);
        self.zone.apply(plan, deadline)
    }
}

fn credentials() -> Credentials {
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
    Credentials::new(vec![credential], false)
}

fn play(case: &Case) -> Told {
    let stage = Stage::of(case);
    let struck = Struck {
        zone: stage.zone(case),
        stage: &stage,
        case,
        struck: Cell::new(false),
    };
    let service = Service::new(credentials(), struck, || Reply::text(200, ""));
    let request = Request {
        path: "/nic/update".into(),
        query: format!("hostname={HOME}&password=s3cret&{}", case.situation.asked),
        ..Request::bare([203, 0, 113, 5].into())
    };
    let start = Instant::now();
    let answered = service.answer(&request, start + TIME);
    let told = Told {
        case: case.clone(),
        time: start.elapsed(),
        calls: answered.log.calls,
        reply: answered.reply,
        held: stage.right.records(ZONE),
        taken: ours_of(&stage.right),
    };
    check(&told);
    stage.relent();
    let again = service.answer(&request, Instant::now() + 5 * TIME);
    assert_eq!(
        again.reply.status, 200,
        "after {case:?}: {:?}",
        again.log.reason
    );
    assert_eq!(stage.right.records(ZONE), records(case.situation.after));
    // Absence is never glanced at.
    if case.glance && !case.situation.after.is_empty() {
        assert!(stage.right.calls().questions > 0, "nobody glanced");
    }
    told
}

fn ours_of(standin: &Route53) -> usize {
    let journal = standin.journal();
    let ours = journal.iter().filter(|batch| batch.by == Writer::Caller);
    ours.count()
}

fn records(of: &[(&str, &str)]) -> Vec<Record> {
    let records = of.iter();
    records
        .map(|(kind, value)| Record::simple(HOME, kind, 60, &[value]))
        .collect()
}

impl Told {
    fn done(&self) -> bool {
        self.reply.status == 200
    }

    fn holds(&self) -> &'static str {
        let Situation { before, after, .. } = self.case.situation;
        match &self.held {
            held if *held == records(after) => "as wanted",
            held if *held == records(before) => "as before",
            _ if self.case.has_others() && self.taken == 0 => "as another left it",
            _ => "WRONG",
        }
    }

    fn says(&self) -> &str {
        self.reply.body.split_whitespace().next().unwrap_or("good")
    }
}

/// What holds for every fault, and what this one has to come to.
fn check(told: &Told) {
    let case = &told.case;
    let Told { reply, time, .. } = told;
    let words = (reply.status, told.says());
    if told.done() {
        assert!(
            words == (200, "good") && told.holds() == "as wanted",
            "{case:?}: {words:?}"
        );
    } else {
        assert_eq!(words, (503, "911"), "{case:?}");
        assert_eq!(reply.body, "911\n", "{case:?}");
        let after = reply
            .headers
            .iter()
            .find(|(name, _)| *name == "retry-after");
        assert!(after.is_some(), "{case:?}");
    }
    assert_ne!(told.holds(), "WRONG", "{case:?}: {:?}", told.held);
    assert!(*time < TIME + SLACK, "{case:?} took {time:?}");
    if let [kind] = &case.kinds[..] {
        check_cure(told, kind);
    }
}

fn check_cure(told: &Told, kind: &Kind) {
    let case = &told.case;
    let lost = matches!(kind.fault, Fault::Trouble(Trouble::LostAnswer));
    let once = case.often == Often::Once;
    // Without a glance the zone is listed first.
    let undisturbed = if case.at == At::List || case.glance {
        0
    } else {
        1
    };
    let least = match kind.fault {
        Fault::Others { .. } => 1,
        _ if case.glance => 2,
        _ => 3,
    };
    match kind.cure {
        Cure::Harmless => assert!(told.done() && told.calls == 2, "{case:?}: {}", told.calls),
        Cure::Again if once => {
            assert!(
                told.done(),
                "{case:?}: {:?} after {} calls",
                told.reply,
                told.calls
            );
            assert!(
                (least..=6).contains(&told.calls),
                "{case:?}: {} calls",
                told.calls
            );
        }
        Cure::Again => {
            assert!(
                !told.done() && told.calls >= undisturbed + 2,
                "{case:?}: {}",
                told.calls
            );
            assert!(told.calls <= undisturbed + 11, "{case:?}: {}", told.calls);
        }
        Cure::Operator => {
            assert!(!told.done(), "{case:?}");
            assert_eq!(told.calls, undisturbed + 1, "{case:?}");
            assert!(told.time < TIME / 2, "{case:?} took {:?}", told.time);
        }
        Cure::Late => assert!(!told.done() && told.calls == undisturbed + 1, "{case:?}"),
    }
    let unknown = lost && (case.at == At::Change || case.glance);
    if !told.done() && !unknown {
        assert_eq!(told.holds(), "as before", "{case:?}");
    }
}

/// Each fault, at each call, once and for good.
fn single(situations: &[Situation], ways: &[bool]) -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in kinds() {
        for at in [At::List, At::Change] {
            for often in [Often::Once, Often::Always] {
                for situation in situations {
                    for glance in ways {
                        let of_name_server = kind.cure == Cure::Harmless;
                        if of_name_server && (at, often) != (At::List, Often::Always) {
                            continue;
                        }
                        let of_others = matches!(kind.fault, Fault::Others { .. });
                        if of_others && (at, often) != (At::Change, Often::Once) {
                            continue;
                        }
                        cases.push(Case {
                            kinds: vec![kind.clone()],
                            at,
                            often,
                            situation: *situation,
                            glance: *glance || of_name_server,
                        });
                    }
                }
            }
        }
    }
    cases
}

/// Each two faults of the API in a row.
fn pairs() -> Vec<Case> {
    let kinds = kinds();
    let of_api = |kind: &&Kind| matches!(kind.fault, Fault::Trouble(_) | Fault::Others { .. });
    let of_answer = |kind: &&Kind| matches!(kind.fault, Fault::Trouble(_));
    // The first one has to lead to another call.
    let passing = |kind: &&Kind| kind.cure == Cure::Again;
    let mut cases = Vec::new();
    for first in kinds.iter().filter(of_api).filter(passing) {
        for second in kinds.iter().filter(of_answer) {
            let of_others = matches!(first.fault, Fault::Others { .. });
            for at in [At::List, At::Change] {
                // Who comes after the reading of a record that is not there comes after the update.
                if of_others && at == At::List {
                    continue;
                }
                for situation in &SITUATIONS[..2] {
                    cases.push(Case {
                        kinds: vec![first.clone(), second.clone()],
                        at,
                        often: Often::Once,
                        situation: *situation,
                        glance: false,
                    });
                }
            }
        }
    }
    cases
}

/// Plays all cases, some side by side.
fn play_all(cases: &[Case]) -> Vec<Told> {
    let next = AtomicUsize::new(0);
    let told = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let one = play(case);
                    told.lock().unwrap().push(one);
                }
            });
        }
    });
    told.into_inner().unwrap()
}

/// One line a fault and call: how many cases, what was said, calls, the longest time, the zone.
fn print(told: &[Told]) {
    println!("| fault | at | cases | reply | calls | slowest ms | zone |");
    println!("|---|---|---|---|---|---|---|");
    let mut lines = BTreeMap::<_, Vec<&Told>>::new();
    let order: Vec<&str> = kinds().iter().map(|kind| kind.name).collect();
    for one in told {
        let name = one.case.kinds[0].name;
        let place = order.iter().position(|other| *other == name);
        let often = format!("{:?}", one.case.often).to_lowercase();
        let at = format!("{:?}, {often}", one.case.at).to_lowercase();
        let single = one.case.kinds.len() == 1;
        lines.entry((!single, place, at)).or_default().push(one);
    }
    for ((pair, _, at), group) in lines {
        let name = group[0].case.kinds[0].name;
        let name = if pair {
            format!("{name}, then another")
        } else {
            name.to_owned()
        };
        let set = |of: &dyn Fn(&Told) -> String| {
            let mut all: Vec<String> = group.iter().map(|one| of(one)).collect();
            all.sort();
            all.dedup();
            all.join(" / ")
        };
        let reply = set(&|one| format!("{} {}", one.reply.status, one.says()));
        let calls = group.iter().map(|one| one.calls);
        let (least, most) = (calls.clone().min().unwrap(), calls.max().unwrap());
        let calls = if least == most {
            least.to_string()
        } else {
            format!("{least} to {most}")
        };
        let slowest = group.iter().map(|one| one.time.as_millis()).max().unwrap();
        let zone = set(&|one| one.holds().to_owned());
        println!(
            "| {name} | {at} | {} | {reply} | {calls} | {slowest} | {zone} |",
            group.len()
        );
    }
}

#[test]
fn every_fault_at_every_call() {
    let full = std::env::var("DYN53_TORTURE").is_ok_and(|size| size == "full");
    let cases = if full {
        [single(&SITUATIONS, &[false, true]), pairs()].concat()
    } else {
        single(&SITUATIONS[..2], &[false])
    };
    let told = play_all(&cases);
    assert_eq!(told.len(), cases.len());
    print(&told);
    let count = |of: &dyn Fn(&Told) -> bool| told.iter().filter(|one| of(one)).count();
    println!(
        "\nfaults at each call: cases {}, done all the same {}, refused {}, late {}, false success {}, zone otherwise {}\n",
        told.len(),
        count(&Told::done),
        count(&|one| !one.done()),
        count(&|one| one.time >= TIME + SLACK),
        count(&|one| one.done() && one.holds() != "as wanted"),
        count(&|one| one.holds() == "WRONG"),
    );
}

/// While the change is not accepted yet, nobody is told that it is.
#[test]
fn no_success_before_acceptance() {
    let standin = Route53::start(Options {
        processing: Duration::from_millis(400),
        ..Options::default()
    });
    let standin = Arc::new(standin);
    let zone = Route53Zone::new(settings(&standin)).unwrap();
    let start = Instant::now();
    assert_eq!(shared::update(&zone, HOME, &["192.0.2.2"]), Ok(2));
    assert!(start.elapsed() >= Duration::from_millis(400));
    assert_eq!(standin.records(ZONE), records(&[NEW]));
}
