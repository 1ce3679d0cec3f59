//! Left over: records of hosts that no credential has any more. Nobody can change them, and they are served
//! until somebody takes them out.

use dyn53_core::{Credential, Host, RecordSet};
use std::collections::BTreeSet;

/// Hosts that are named in the sentence.
const SHOWN: usize = 5;

/// What the operator is told about the records of one zone, if there is something to say.
pub(crate) fn sentence(
    apex: &Host,
    sets: &[RecordSet],
    credentials: &[Credential],
) -> Option<String> {
    let own = credentials.iter().flat_map(|credential| &credential.hosts);
    let own: BTreeSet<&Host> = own.map(|granted| &granted.host).collect();
    let held: BTreeSet<&Host> = sets.iter().map(|set| &set.host).collect();
    let left: Vec<&str> = held.difference(&own).map(|host| host.as_str()).collect();
    let shown = left
        .iter()
        .take(SHOWN)
        .copied()
        .collect::<Vec<_>>()
        .join(" ");
    let more = match left.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" ({more} more: `dyn53 zone export {apex}` prints all)"),
    };
    (!left.is_empty()).then(|| {
        format!(
            "the zone {apex} still answers for hosts that no credential has: to take them out, stop the server and type `dyn53 zone remove {apex} {shown}`{more}"
        )
    })
}
