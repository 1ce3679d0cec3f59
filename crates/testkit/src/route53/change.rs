//! ChangeResourceRecordSets: the form of a request, and what it costs.

use super::contents::{Record, unescaped};
use super::xml::{NAMESPACE, Node};
use serde::{Deserialize, Serialize};

/// A refusal: status, code, message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) u16, pub(crate) &'static str, pub(crate) String);

/// One change of a batch.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) action: Action,
    pub(crate) record: Record,
}

/// What a change does to a record set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Action {
    /// Nothing may be there.
    Create,
    /// What is there is written over.
    Upsert,
    /// This must be there.
    Delete,
}

/// The comment and the changes of a request; the form of it is checked, not the sense.
pub(crate) fn parse(body: &str) -> Result<(String, Vec<Asked>), Refused> {
    let malformed = || Refused(400, "MalformedInput", "Unexpected element".to_owned());
    let root = Node::parse(body).ok_or_else(malformed)?;
    let known = root.name == "ChangeResourceRecordSetsRequest"
        && root.namespace.as_deref() == Some(NAMESPACE)
        && root.is_in_order(&["ChangeBatch"]);
    let batch = root
        .child("ChangeBatch")
        .filter(|_| known)
        .ok_or_else(malformed)?;
    let ordered = batch.is_in_order(&["Comment", "Changes"]);
    let changes = batch
        .child("Changes")
        .filter(|_| ordered)
        .ok_or_else(malformed)?;
    let asked = changes
        .children
        .iter()
        .map(change)
        .collect::<Result<Vec<_>, _>>()?;
    if asked.is_empty() {
        return Err(input(
            "1 validation error detected: Value '[]' at 'changeBatch.changes' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ));
    }
    Ok((
        batch.text_of("Comment").unwrap_or_default().to_owned(),
        asked,
    ))
}

fn input(message: &str) -> Refused {
    Refused(400, "InvalidInput", message.to_owned())
}

const ORDER: [&str; 15] = [
    "Name",
    "Type",
    "SetIdentifier",
    "Weight",
    "Region",
    "GeoLocation",
    "Failover",
    "MultiValueAnswer",
    "TTL",
    "ResourceRecords",
    "AliasTarget",
    "HealthCheckId",
    "TrafficPolicyInstanceId",
    "CidrRoutingConfig",
    "GeoProximityLocation",
];

const POLICIES: [&str; 5] = [
    "Weight",
    "Region",
    "GeoLocation",
    "Failover",
    "MultiValueAnswer",
];

fn change(node: &Node) -> Result<Asked, Refused> {
    let ordered = node.is_in_order(&["Action", "ResourceRecordSet"]);
    let action = node.text_of("Action").filter(|_| ordered).map(action);
    let action = action
        .flatten()
        .ok_or_else(|| input("Member must satisfy enum value set of ChangeAction"))?;
    let set = node
        .child("ResourceRecordSet")
        .filter(|set| set.is_in_order(&ORDER));
    let set = set.ok_or_else(|| Refused(400, "MalformedInput", "Unexpected element".to_owned()))?;
    let (Some(name), Some(kind)) = (set.text_of("Name"), set.text_of("Type")) else {
        return Err(input("Member must not be null"));
    };
    let records = set.child("ResourceRecords");
    let values = records.iter().flat_map(|records| &records.children);
    let values = values.map(|record| record.text_of("Value").unwrap_or_default().to_owned());
    let alias = set
        .child("AliasTarget")
        .and_then(|alias| alias.text_of("DNSName"));
    let policy = POLICIES
        .iter()
        .find_map(|policy| Some((policy, set.child(policy)?)));
    let record = Record {
        name: unescaped(name),
        kind: kind.to_owned(),
        ttl: set.text_of("TTL").map(ttl).transpose()?,
        values: values.collect(),
        alias: alias.map(str::to_owned),
        identifier: set.text_of("SetIdentifier").map(str::to_owned),
        policy: policy.map(|(name, node)| ((*name).to_owned(), node.text.clone())),
        protection: None,
    };
    let whole = record.ttl.is_some() && !record.values.is_empty();
    if whole != record.alias.is_some() && (record.ttl.is_some() == whole) {
        Ok(Asked { action, record })
    } else {
        Err(input(
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]",
        ))
    }
}

fn action(text: &str) -> Option<Action> {
    serde_json::from_value(text.into()).ok()
}

fn ttl(text: &str) -> Result<u32, Refused> {
    let ttl = text.parse().ok().filter(|ttl| *ttl <= 2_147_483_647_u32);
    ttl.ok_or_else(|| input("Member must have value less than or equal to 2147483647"))
}

/// The elements and the characters of values, counted as AWS counts them: twice for what is
/// written over.
pub(crate) fn cost(asked: &[Asked]) -> (usize, usize) {
    let mut cost = (0, 0);
    for Asked { action, record } in asked {
        let times = if *action == Action::Upsert { 2 } else { 1 };
        cost.0 += times * record.values.len().max(1);
        cost.1 += times
            * record
                .values
                .iter()
                .map(|value| value.chars().count())
                .sum::<usize>();
    }
    cost
}
