//! ListResourceRecordSets.

use super::change::Refused;
use super::contents::{Contents, Record, escaped, unescaped};
use super::http::Received;
use super::xml::{document, element};

/// The most items of a page.
const MOST: usize = 300;

pub(crate) fn page(zone: &Contents, request: &Received) -> Result<String, Refused> {
    let parameter = |name: &str| request.parameter(name).unwrap_or_default();
    let invalid = |message: &str| Err(Refused(400, "InvalidInput", message.to_owned()));
    let (name, kind, identifier) = (
        parameter("name"),
        parameter("type"),
        parameter("identifier"),
    );
    if name.is_empty() && !kind.is_empty() {
        return invalid("The input is not valid: type is specified without name");
    }
    if kind.is_empty() && !identifier.is_empty() {
        return invalid("The input is not valid: identifier is specified without type");
    }
    let items = match parameter("maxitems").as_str() {
        "" => MOST,
        text => match text.parse::<usize>() {
            Ok(items) if items > 0 => items.min(MOST),
            _ => return invalid("The maxitems parameter is not a positive number"),
        },
    };
    let mut rest = zone.from(&unescaped(&name), &kind, &identifier);
    let shown: String = rest.by_ref().take(items).map(record_set).collect();
    let next = rest.next();
    let mut inner = format!("<ResourceRecordSets>{shown}</ResourceRecordSets>");
    inner += &element("IsTruncated", if next.is_some() { "true" } else { "false" });
    if let Some(next) = next {
        inner += &element("NextRecordName", &escaped(&next.name));
        inner += &element("NextRecordType", &next.kind);
        if let Some(identifier) = &next.identifier {
            inner += &element("NextRecordIdentifier", identifier);
        }
    }
    inner += &element("MaxItems", &items.to_string());
    Ok(document("ListResourceRecordSetsResponse", &inner))
}

fn record_set(record: &Record) -> String {
    let mut inner = element("Name", &escaped(&record.name)) + &element("Type", &record.kind);
    if let Some(identifier) = &record.identifier {
        inner += &element("SetIdentifier", identifier);
    }
    if let Some((name, text)) = &record.policy {
        inner += &element(name, text);
    }
    if let Some(ttl) = record.ttl {
        let values = record.values.iter().map(|value| element("Value", value));
        let values = values.map(|value| format!("<ResourceRecord>{value}</ResourceRecord>"));
        inner += &element("TTL", &ttl.to_string());
        inner += &format!(
            "<ResourceRecords>{}</ResourceRecords>",
            values.collect::<String>()
        );
    }
    if let Some(target) = &record.alias {
        let target = element("HostedZoneId", "Z2FDTNDATAQYW2") + &element("DNSName", target);
        inner += &format!(
            "<AliasTarget>{target}<EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>"
        );
    }
    format!("<ResourceRecordSet>{inner}</ResourceRecordSet>")
}
