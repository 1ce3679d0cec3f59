//! Change: one record set that became another one, as a line of JSON.

use dyn53_core::{Host, RecordData, RecordSet, RecordType};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::net::IpAddr;
use std::time::SystemTime;

/// One change of one host and type.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Change {
    /// When it was acknowledged (RFC 3339 in the file).
    #[serde(serialize_with = "write", deserialize_with = "read")]
    pub(crate) at: SystemTime,
    /// The owner.
    pub(crate) host: String,
    /// `A` or `AAAA`.
    pub(crate) r#type: String,
    /// The addresses before, with a space between them; empty if there was none.
    pub(crate) old: String,
    /// The addresses after.
    pub(crate) new: String,
    /// Who asked for it; nobody, if it was found when the server started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) caller: Option<IpAddr>,
    /// The client's language, or `start`.
    pub(crate) dialect: String,
}

impl Change {
    /// What a zone was found to hold when the server started.
    pub(super) fn found(set: &RecordSet) -> Option<Self> {
        let is_address = set.record_type != RecordType::Txt;
        let values = set.values.iter().map(RecordData::to_string);
        is_address.then(|| Self {
            at: SystemTime::now(),
            host: set.host.to_string(),
            r#type: set.record_type.to_string(),
            old: String::new(),
            new: values.collect::<Vec<_>>().join(" "),
            caller: None,
            dialect: "start".to_owned(),
        })
    }

    /// The end of what this one began, found when the server started.
    pub(super) fn gone(&self) -> Self {
        Self {
            at: SystemTime::now(),
            new: String::new(),
            caller: None,
            dialect: "start".to_owned(),
            ..self.clone()
        }
    }

    /// Its host and type.
    pub(super) fn key(&self) -> (String, String) {
        (self.host.clone(), self.r#type.clone())
    }

    pub(super) fn is_within(&self, apex: &Host) -> bool {
        Host::parse(&self.host).is_ok_and(|host| host.is_within(apex))
    }

    /// A line of the file, with its end.
    pub(super) fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

fn write<S: Serializer>(at: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&humantime::format_rfc3339_millis(*at))
}

fn read<'de, D: Deserializer<'de>>(from: D) -> Result<SystemTime, D::Error> {
    let text = String::deserialize(from)?;
    humantime::parse_rfc3339(&text).map_err(D::Error::custom)
}
