//! The faults, and what has to come of each.

use super::*;

/// Where a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    List,
    Change,
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Often {
    Once,
    Always,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
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
pub(crate) enum Cure {
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
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) fault: Fault,
    pub(crate) cure: Cure,
}

pub(crate) fn kinds() -> Vec<Kind> {
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
    pub(crate) fn of_connection(&self) -> bool {
        use Fault::{Cut, NotTls, OldCertificate, OtherAuthority, OtherName, Refused};
        let wrong = matches!(self, OtherName | OtherAuthority | OldCertificate);
        wrong || matches!(self, Refused | Cut | NotTls)
    }
}
