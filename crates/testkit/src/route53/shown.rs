//! What tests in other languages may see: the paths below `/standin/`.

use super::calls::Calls;
use super::http::Received;
use super::state::State;
use serde_json::{Value, json};

/// The body for one of these paths; `None`: the request is one of the API.
pub(crate) fn shown(state: &State, request: &Received) -> Option<String> {
    let zone_id = request.parameter("zone").unwrap_or_default();
    match request.path() {
        "/standin/calls" => Some(calls(&state.calls).to_string()),
        "/standin/records" => {
            let records = state.zones.get(&zone_id).into_iter();
            let records = records.flat_map(|zone| zone.all());
            Some(
                records
                    .map(|record| record.shown())
                    .collect::<Value>()
                    .to_string(),
            )
        }
        "/standin/journal" => {
            let from = request.parameter("from");
            let from = from.and_then(|from| from.parse().ok()).unwrap_or(0);
            let all = state.journal.iter().enumerate().skip(from);
            let own = all.filter(|(_, batch)| batch.zone == zone_id);
            Some(
                own.map(|(number, batch)| batch.shown(number))
                    .collect::<Value>()
                    .to_string(),
            )
        }
        _ => None,
    }
}

fn calls(calls: &Calls) -> Value {
    let sizes: Vec<usize> = calls.batches.iter().map(|(_, size)| *size).collect();
    json!({
        "list": calls.list,
        "change": calls.change,
        "refused": calls.refused,
        "connections": calls.connections,
        "questions": calls.questions,
        "batches": sizes,
    })
}
