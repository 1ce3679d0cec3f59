//! ChangeResourceRecordSets: what AWS accepts, and the texts with which it refuses the rest.

use super::contents::{Contents, Record, escaped, unescaped};
use super::xml::{NAMESPACE, Node};
use std::collections::HashSet;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A refusal: status, code, message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) u16, pub(crate) &'static str, pub(crate) String);

/// One change of a batch.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) action: Action,
    pub(crate) record: Record,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Create,
    Upsert,
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

const ORDER: [&str; 14] = [
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
    let action = match node.text_of("Action").filter(|_| ordered) {
        Some("CREATE") => Action::Create,
        Some("UPSERT") => Action::Upsert,
        Some("DELETE") => Action::Delete,
        _ => {
            return Err(input(
                "Member must satisfy enum value set: [CREATE, DELETE, UPSERT]",
            ));
        }
    };
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
    match whole != record.alias.is_some() && (record.ttl.is_some() == whole) {
        true => Ok(Asked { action, record }),
        false => Err(input(
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]",
        )),
    }
}

fn ttl(text: &str) -> Result<u32, Refused> {
    let ttl = text.parse().ok().filter(|ttl| *ttl <= 2_147_483_647_u32);
    ttl.ok_or_else(|| input("Member must have value less than or equal to 2147483647"))
}

/// The elements and the characters of values, counted as AWS counts them: twice for UPSERT.
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

/// Makes all changes or none.
pub(crate) fn apply(zone: &mut Contents, asked: &[Asked]) -> Result<(), Refused> {
    let (elements, characters) = cost(asked);
    let mut messages = Vec::new();
    if elements > 1_000 {
        messages.push("Number of records limit of 1000 exceeded.".to_owned());
    }
    if characters > 32_000 {
        messages.push("RDATA character limit of 32000 exceeded.".to_owned());
    }
    if !messages.is_empty() {
        return Err(invalid(&messages));
    }
    let mut changed = Vec::new();
    let mut seen = HashSet::new();
    for asked in asked {
        let Record {
            name,
            kind,
            identifier,
            ..
        } = &asked.record;
        if !seen.insert((name, kind, identifier)) {
            messages.push(format!("The request contains an invalid set of changes for a resource record set '{kind} {}'", escaped(name)));
        } else if let Err(message) = check(zone, asked) {
            messages.push(message);
        } else {
            changed.push((asked.record.clone(), zone.same_key(&asked.record).cloned()));
            perform(zone, asked);
        }
    }
    if messages.is_empty() {
        return Ok(());
    }
    for (record, before) in changed.into_iter().rev() {
        match before {
            Some(before) => zone.put(before),
            None => drop(zone.remove(&record)),
        }
    }
    Err(invalid(&messages))
}

fn perform(zone: &mut Contents, Asked { action, record }: &Asked) {
    match action {
        Action::Delete => drop(zone.remove(record)),
        Action::Create | Action::Upsert => zone.put(record.clone()),
    }
}

fn invalid(messages: &[String]) -> Refused {
    Refused(
        400,
        "InvalidChangeBatch",
        format!("[{}]", messages.join(", ")),
    )
}

fn check(zone: &Contents, Asked { action, record }: &Asked) -> Result<(), String> {
    let (name, kind) = (escaped(&record.name), &record.kind);
    let apex = escaped(&zone.apex);
    let existing = zone.same_key(record);
    if !zone.covers(&record.name) {
        return Err(format!(
            "RRSet with DNS name {name} is not permitted in zone {apex}"
        ));
    }
    if let Some(comment) = existing.and_then(|set| set.protection.as_ref()) {
        return Err(format!(
            "The resource record set [name='{name}', type='{kind}'] is protected: {comment}"
        ));
    }
    let tried =
        |what: &str| format!("Tried to {what} resource record set [name='{name}', type='{kind}']");
    match (action, existing) {
        (Action::Delete, None) => return Err(tried("delete") + " but it was not found"),
        (Action::Delete, Some(set)) if set.values == record.values && set.ttl == record.ttl => {
            return Ok(());
        }
        (Action::Delete, Some(_)) => {
            return Err(
                tried("delete") + " but the values provided do not match the current values"
            );
        }
        (Action::Create, Some(_)) => return Err(tried("create") + " but it already exists"),
        _ => {}
    }
    check_name(&record.name)?;
    values(record)?;
    neighbours(zone, record, &name, &apex)
}

fn neighbours(zone: &Contents, record: &Record, name: &str, apex: &str) -> Result<(), String> {
    let kind = &record.kind;
    if kind == "CNAME" && record.name == zone.apex {
        return Err(format!(
            "RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {apex}"
        ));
    }
    for other in zone.at(&record.name) {
        let conflict = (kind == "CNAME") != (other.kind == "CNAME");
        if conflict {
            return Err(format!(
                "RRSet of type {kind} with DNS name {name} is not permitted because a conflicting RRSet of type {} with the same DNS name already exists in zone {apex}",
                other.kind
            ));
        }
        if other.kind != *kind {
            continue;
        }
        match (&record.identifier, &other.identifier) {
            (None, Some(_)) => {
                return Err(format!(
                    "RRSet with DNS name {name}, type {kind} cannot be created as other RRSets exist with the same name and type."
                ));
            }
            (Some(own), None) => {
                return Err(format!(
                    "RRSet with DNS name {name}, type {kind}, SetIdentifier {own} cannot be created as a non-weighted set exists with the same name and type."
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), String> {
    let short = |label: &str| (1..=63).contains(&label.len());
    match name.len() <= 255 && name.split('.').all(short) {
        true => Ok(()),
        false => Err(format!(
            "FATAL problem: DomainLabelTooLong (Domain label is too long) encountered with '{name}'"
        )),
    }
}

fn values(record: &Record) -> Result<(), String> {
    let problem = |problem: &str, value: &str| {
        Err(format!(
            "Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}''"
        ))
    };
    let mut seen = HashSet::new();
    for value in &record.values {
        if !seen.insert(value) {
            return Err(format!("Duplicate Resource Record: '{value}'"));
        }
        match record.kind.as_str() {
            "A" if value.parse::<Ipv4Addr>().is_err() => {
                return problem(
                    "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)",
                    value,
                );
            }
            "AAAA" if value.parse::<Ipv6Addr>().is_err() => {
                return problem(
                    "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)",
                    value,
                );
            }
            "TXT" | "SPF" if !quoted(value) => {
                return problem(
                    "InvalidCharacterString (Value should be enclosed in quotation marks)",
                    value,
                );
            }
            "A" | "AAAA" | "TXT" | "SPF" | "CNAME" | "NS" | "SOA" | "MX" | "SRV" | "CAA"
            | "PTR" | "DS" | "NAPTR" | "TLSA" | "SSHFP" | "SVCB" | "HTTPS" => {}
            other => return Err(format!("Unknown type {other}")),
        }
    }
    Ok(())
}

fn quoted(value: &str) -> bool {
    let strings = value
        .split("\" \"")
        .all(|string| string.trim_matches('"').len() <= 255);
    value.len() >= 2 && value.starts_with('"') && value.ends_with('"') && strings
}
