//! Faults: what an error answer of Route 53 means.

use super::answer;
use dyn53_aws::{Fault, Remedy, common};
use dyn53_core::{ZoneError, ZoneErrorKind};

/// A fault as the zone says it, after this many calls.
pub(crate) fn zone_error(fault: Fault, calls: u32) -> ZoneError {
    let kind = if fault.remedy == Remedy::Renew {
        ZoneErrorKind::KeysExpired
    } else {
        ZoneErrorKind::Failed
    };
    ZoneError {
        kind,
        ..ZoneError::new(fault.sentence, calls)
    }
}

/// The fault that an error answer speaks of.
pub(crate) fn of_answer(status: u16, body: &str, zone_id: &str) -> Fault {
    let complaint = answer::read_complaint(body).unwrap_or_default();
    let (code, message) = (complaint.code.as_str(), excerpt(&complaint.message));
    let (remedy, advice) = advice(status, code);
    let code = if code.is_empty() { "no code" } else { code };
    Fault::new(
        remedy,
        format!("Route 53 answered {status} {code} for hosted zone {zone_id}: {message} {advice}"),
    )
}

/// What to do about an error of Route 53
/// (<https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html>).
fn advice(status: u16, code: &str) -> (Remedy, &'static str) {
    match code {
        "PriorRequestNotComplete" => (
            Remedy::TryAgain,
            "(another change of this zone is still being processed)",
        ),
        "InvalidChangeBatch" => (Remedy::Look, "(look at the record in the Route 53 console)"),
        "NoSuchHostedZone" => (
            Remedy::Operator,
            "(check the hosted zone id and that the keys belong to its account)",
        ),
        code => match common(status, code) {
            (Remedy::Split, _) => (
                Remedy::Split,
                "(allow route53:ListResourceRecordSets and route53:ChangeResourceRecordSets for this zone and these names)",
            ),
            common => common,
        },
    }
}

/// The message in one line of bounded length.
fn excerpt(message: &str) -> String {
    const SHOWN: usize = 500;
    let one_line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    match one_line.char_indices().nth(SHOWN) {
        Some((end, _)) => one_line.get(..end).unwrap_or_default().to_owned() + "…",
        None => one_line,
    }
}
