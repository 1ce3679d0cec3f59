//! ChangeResourceRecordSets: what AWS accepts, and the texts with which it refuses the rest.

use super::change::{Action, Asked, Refused, cost};
use super::contents::{Contents, Record, escaped};
use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Makes all changes in their order, or none. A refusal names `named` of the bad records.
pub(crate) fn apply(zone: &mut Contents, asked: &[Asked], named: usize) -> Result<(), Refused> {
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
    let mut seen = HashMap::new();
    for asked in asked {
        let record = &asked.record;
        let key = (&record.name, &record.kind, &record.identifier);
        let may_follow = match seen.insert(key, asked.action) {
            None => true,
            Some(before) => (before, asked.action) == (Action::Delete, Action::Create),
        };
        if !may_follow {
            messages.push(twice(record));
        } else if let Err(message) = check(zone, asked) {
            messages.push(message);
        } else {
            changed.push((record.clone(), zone.same_key(record).cloned()));
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
    if named == 0 {
        return Err(invalid(&["Something is wrong".to_owned()]));
    }
    messages.truncate(named);
    Err(invalid(&messages))
}

/// One set is in a batch once, or as DELETE and then CREATE: the exchange of its values. AWS documents
/// that it refuses a set that is deleted twice; the other pairs are refused to be on the safe side.
fn twice(record: &Record) -> String {
    let (kind, name) = (&record.kind, escaped(&record.name));
    format!(
        "The request contains an invalid set of changes for a resource record set '{kind} {name}'"
    )
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
        (Action::Delete, Some(set)) if is_as_stated(set, record) => return Ok(()),
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

/// Name and type are the same already. Whether the values may come in another order is not documented.
fn is_as_stated(set: &Record, stated: &Record) -> bool {
    set.ttl == stated.ttl && set.values == stated.values && set.alias == stated.alias
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
    if name.len() <= 255 && name.split('.').all(short) {
        Ok(())
    } else {
        Err(format!(
            "FATAL problem: DomainLabelTooLong (Domain label is too long) encountered with '{name}'"
        ))
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
