//! Left over: records of hosts that no credential has any more. Nobody can change them, and they are served
//! until somebody takes them out.

use dyn53_core::{Credential, Host, RecordSet, challenge_name};
use std::collections::BTreeSet;

/// Hosts that are named in the sentence.
const SHOWN: usize = 5;

/// The names that a credential may change.
fn names(credential: &Credential) -> impl Iterator<Item = Host> {
    let hosts = credential.hosts.iter().map(|granted| &granted.host);
    let proved = hosts.clone().filter(|_| credential.certificates);
    hosts.cloned().chain(proved.filter_map(challenge_name))
}

/// What the operator is told about the records of one zone, if there is something to say.
pub(crate) fn sentence(
    apex: &Host,
    sets: &[RecordSet],
    credentials: &[Credential],
) -> Option<String> {
    let own: BTreeSet<Host> = credentials.iter().flat_map(names).collect();
    let held: BTreeSet<&Host> = sets.iter().map(|set| &set.host).collect();
    let left = held.into_iter().filter(|host| !own.contains(host));
    let left: Vec<&str> = left.map(Host::as_str).collect();
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
