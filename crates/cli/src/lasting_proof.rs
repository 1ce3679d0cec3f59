//! Lasting proofs: what `validation_persist` of a `[[zone]]` means.
//!
//! One TXT record that lets an account of a certificate authority have certificates for a name as long as it
//! stands (DNS-PERSIST-01, draft-ietf-acme-dns-persist). The server only answers it, nobody can change it.

use crate::configuration::{LastingProof, Source, Store, Zone};
use crate::wrong::Wrong;
use dyn53_core::{Host, RecordData, RecordSet, RecordType};
use std::collections::HashSet;
use toml::Spanned;

/// Time to live of these records in seconds: they hardly ever change.
const TTL: u32 = 3600;

/// The records of the zone `apex`.
pub(crate) fn read(source: &Source, zone: &Zone, apex: &Host) -> Result<Vec<RecordSet>, Wrong> {
    let mut sets: Vec<RecordSet> = Vec::new();
    for entry in zone.validation_persist.iter().flatten() {
        let set = record_set(entry, apex).map_err(|what| source.wrong(entry, &what))?;
        if sets.iter().any(|other| other.host == set.host) {
            let what = "this name has a lasting proof already: remove one of the two";
            return Err(source.wrong(entry, what));
        }
        sets.push(set);
    }
    match zone.validation_persist.iter().flatten().next() {
        Some(entry) if zone.store == Store::Route53 => {
            let what = "validation_persist is for embedded zones: in Route 53 add the TXT record _validation-persist yourself";
            Err(source.wrong(entry, what))
        }
        _ => Ok(sets),
    }
}

fn record_set(entry: &Spanned<LastingProof>, apex: &Host) -> Result<RecordSet, String> {
    let LastingProof { name, value } = entry.get_ref();
    let host = Host::parse(name).map_err(|error| error.to_string())?;
    if !host.is_within(apex) || host.first_label() == "*" {
        return Err(format!(
            "{host} is not a name of the zone {apex}: write one, without *; the value says whether wildcards count"
        ));
    }
    let record = Host::parse(&format!("_validation-persist.{host}"));
    let record = record.map_err(|error| error.to_string())?;
    let data = RecordData::parse(RecordType::Txt, value).filter(|_| is_proof(value));
    let set = data.and_then(|data| RecordSet::new(record, RecordType::Txt, TTL, vec![data]));
    set.ok_or_else(|| "the value is not like \"letsencrypt.org; accounturi=https://...\", perhaps with \"; policy=wildcard\" after it: copy it from your client".to_owned())
}

/// The domain of an authority, then parameters: each once, none empty, an HTTPS URL as `accounturi` among them.
fn is_proof(value: &str) -> bool {
    let mut parts = value.split("; ");
    let authority = parts.next().and_then(|domain| Host::parse(domain).ok());
    let mut tags = HashSet::new();
    let mut has_account = false;
    let fits = parts.all(|part| {
        let Some((tag, text)) = part.split_once('=') else {
            return false;
        };
        has_account |= tag == "accounturi" && text.starts_with("https://");
        let is_word = |byte: u8| byte.is_ascii_graphic() && !b";\"\\".contains(&byte);
        let named = !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphabetic());
        named && !text.is_empty() && text.bytes().all(is_word) && tags.insert(tag)
    });
    authority.is_some() && fits && has_account
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("letsencrypt.org; accounturi=https://acme.example/acct/1", true)]
    #[case(
        "ca.example; accounturi=https://a.example/1; policy=wildcard; persistUntil=1790000000",
        true
    )]
    #[case("letsencrypt.org", false)]
    #[case("letsencrypt.org; policy=wildcard", false)]
    #[case("letsencrypt.org; accounturi=http://acme.example/1", false)]
    #[case("letsencrypt.org; accounturi=https://acme.example/1;", false)]
    #[case("letsencrypt.org; accounturi=https://acme.example/1; ", false)]
    #[case("letsencrypt.org; accounturi=https://acme.example/1; policy=", false)]
    #[case(
        "letsencrypt.org; accounturi=https://a.example/1; accounturi=https://a.example/2",
        false
    )]
    #[case("letsencrypt.org; accounturi=https://a.example/\"1", false)]
    #[case("v=spf1 include:example.net -all", false)]
    #[case("", false)]
    fn proofs(#[case] value: &str, #[case] right: bool) {
        assert_eq!(is_proof(value), right);
    }
}
