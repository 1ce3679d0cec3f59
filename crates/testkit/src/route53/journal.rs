//! The journal: every change that the zones took, in order.

use super::change::Action;
use super::contents::Record;
use serde_json::{Value, json};

/// Who made a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// A call of ChangeResourceRecordSets.
    Caller,
    /// [`Trouble::Meanwhile`](super::Trouble::Meanwhile).
    Another,
}

/// A batch that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The id of the zone.
    pub zone: String,
    /// The comment that came with it.
    pub comment: String,
    /// Who made it.
    pub by: Writer,
    /// Action and record set of each change, in the order of the batch.
    pub changes: Vec<(Action, Record)>,
}

impl Accepted {
    /// As the path `/standin/journal` shows it; `number` counts from 0.
    pub(crate) fn shown(&self, number: usize) -> Value {
        let changes = self.changes.iter().map(|(action, record)| {
            let mut shown = record.shown();
            shown["action"] = json!(action);
            shown
        });
        json!({
            "number": number,
            "comment": self.comment,
            "by": if self.by == Writer::Caller { "caller" } else { "another" },
            "changes": changes.collect::<Value>(),
        })
    }
}

impl Record {
    /// As the paths `/standin/...` show it.
    pub(crate) fn shown(&self) -> Value {
        json!({
            "name": self.name,
            "type": self.kind,
            "ttl": self.ttl,
            "values": self.values,
            "special": self.alias.is_some() || self.identifier.is_some() || self.policy.is_some(),
        })
    }
}
