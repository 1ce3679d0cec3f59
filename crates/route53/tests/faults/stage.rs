//! One case: the stand-ins, what makes them go wrong, and what came of it.

use super::*;

/// A zone before, a request, the zone after.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Situation {
    pub(crate) before: &'static [(&'static str, &'static str)],
    pub(crate) asked: &'static str,
    pub(crate) after: &'static [(&'static str, &'static str)],
}

pub(crate) const OLD: (&str, &str) = ("A", "192.0.2.1");
pub(crate) const NEW: (&str, &str) = ("A", "192.0.2.2");
pub(crate) const V6: (&str, &str) = ("AAAA", "2001:db8::2");

pub(crate) const SITUATIONS: [Situation; 4] = [
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
pub(crate) struct Case {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) at: At,
    pub(crate) often: Often,
    pub(crate) situation: Situation,
    pub(crate) glance: bool,
}

impl Case {
    pub(crate) fn has_others(&self) -> bool {
        let mut faults = self.kinds.iter().map(|kind| &kind.fault);
        faults.any(|fault| matches!(fault, Fault::Others { .. }))
    }
}

/// What came of it.
pub(crate) struct Told {
    pub(crate) case: Case,
    pub(crate) reply: Reply,
    pub(crate) calls: u32,
    pub(crate) time: Duration,
    pub(crate) held: Vec<Record>,
    /// Batches of ours that the zone took.
    pub(crate) taken: usize,
}

thread_local! {
    static LATE: Cell<bool> = const { Cell::new(false) };
}

pub(crate) fn clock() -> SystemTime {
    let late = LATE.with(Cell::get);
    SystemTime::now() - Duration::from_secs(if late { 3600 } else { 0 })
}

/// The stand-ins of a case, and what makes them go wrong.
pub(crate) struct Stage {
    pub(crate) right: Route53,
    pub(crate) wrong: Option<Route53>,
    pub(crate) gate: Option<Gate>,
    pub(crate) roots: Roots,
}

impl Stage {
    pub(crate) fn of(case: &Case) -> Self {
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

    pub(crate) fn zone(&self, case: &Case) -> Route53Zone {
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

    pub(crate) fn strike(&self, case: &Case) {
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

    pub(crate) fn strike_connection(&self, fault: &Fault, often: Often) {
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

    pub(crate) fn relent(&self) {
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
pub(crate) struct Struck<'a> {
    pub(crate) zone: Route53Zone,
    pub(crate) stage: &'a Stage,
    pub(crate) case: &'a Case,
    pub(crate) struck: Cell<bool>,
}

impl Struck<'_> {
    pub(crate) fn pass(&self, at: At) {
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

pub(crate) fn credentials() -> Credentials {
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

pub(crate) fn play(case: &Case) -> Told {
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

pub(crate) fn ours_of(standin: &Route53) -> usize {
    let journal = standin.journal();
    let ours = journal.iter().filter(|batch| batch.by == Writer::Caller);
    ours.count()
}

pub(crate) fn records(of: &[(&str, &str)]) -> Vec<Record> {
    let records = of.iter();
    records
        .map(|(kind, value)| Record::simple(HOME, kind, 60, &[value]))
        .collect()
}
