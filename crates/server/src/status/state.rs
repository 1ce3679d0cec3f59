//! State: the sentence at the top, with its colour.

use super::words::{age, ago};
use crate::calls::Call;
use dyn53_core::ZoneError;
use serde::Serialize;
use std::sync::Arc;
use std::time::SystemTime;

/// A device that calls at all calls once a day.
const SILENCE: u64 = 26 * 3_600;

/// How things are.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Good,
    Warning,
    Bad,
}

/// How things are, by the newest call and by what the zone says.
pub(super) fn state(
    calls: &[Arc<Call>],
    zone: Option<&ZoneError>,
    now: SystemTime,
) -> (State, String) {
    if zone.is_some() {
        let sentence =
            "The zone cannot be asked what it holds now. The log of the server says why.";
        return (State::Bad, sentence.to_owned());
    }
    let Some(last) = calls.first() else {
        let sentence = "No device has called since the server started.";
        return (State::Warning, sentence.to_owned());
    };
    let seconds = age(now, last.at);
    let ago = ago(seconds);
    match last.level {
        "INFO" if seconds > SILENCE => (State::Warning, format!("No call since {ago}.")),
        "INFO" => (
            State::Good,
            format!("Everything is as it should be. The last call was {ago}."),
        ),
        "ERROR" => (
            State::Bad,
            format!(
                "A device called {ago}, and the zone refused the change. The log of the server says why."
            ),
        ),
        _ => {
            let reason = last.reason.as_deref().unwrap_or(&last.outcome);
            (
                State::Warning,
                format!("The last call, {ago}, was refused: {reason}."),
            )
        }
    }
}
