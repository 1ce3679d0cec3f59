//! View: what one may see, gathered for the page and for JSON. Ages are in seconds.

use super::viewer::Viewer;
use super::words::ago;
use crate::calls::Call;
use crate::history::Change;
use crate::live::Live;
use crate::telemetry::Telemetry;
use dyn53_core::{
    Credential, Host, RecordData, RecordSet, RecordType, Values, Wanted, Zone, ZoneError,
};
use serde::Serialize;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Hosts that are shown; an operator may have more.
const HOSTS: usize = 200;
/// Changes that are shown.
const CHANGES: usize = 100;
/// A device that calls at all calls once a day.
const SILENCE: u64 = 26 * 3_600;
/// How long the zone may take to say what it holds.
const PATIENCE: Duration = Duration::from_secs(4);

/// What one may see.
#[derive(Serialize)]
pub(super) struct View {
    pub(super) state: State,
    pub(super) sentence: String,
    pub(super) caller: IpAddr,
    pub(super) hosts: Vec<HostView>,
    pub(super) more_hosts: usize,
    pub(super) history: Vec<ChangeView>,
    pub(super) calls: Vec<CallView>,
}

/// How things are.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Good,
    Warning,
    Bad,
}

/// One host.
#[derive(Serialize)]
pub(super) struct HostView {
    pub(super) host: String,
    pub(super) records: Vec<RecordView>,
    /// Since the last call about it.
    pub(super) last_call_age_seconds: Option<u64>,
}

/// One record set of a host, as its zone answers now.
#[derive(Serialize)]
pub(super) struct RecordView {
    #[serde(rename = "type")]
    pub(super) record_type: &'static str,
    pub(super) addresses: Vec<String>,
    pub(super) ttl: Option<u32>,
    /// Since it became so, where the history knows.
    pub(super) age_seconds: Option<u64>,
    /// The address that the last successful call of this family came from, if it is another one.
    pub(super) called_from: Option<IpAddr>,
}

/// One change.
#[derive(Serialize)]
pub(super) struct ChangeView {
    pub(super) at: String,
    pub(super) age_seconds: u64,
    pub(super) host: String,
    #[serde(rename = "type")]
    pub(super) record_type: String,
    pub(super) old: String,
    pub(super) new: String,
    /// How long the old address held, where the history knows.
    pub(super) held_seconds: Option<u64>,
    pub(super) caller: Option<IpAddr>,
    pub(super) dialect: String,
}

/// One call.
#[derive(Serialize)]
pub(super) struct CallView {
    pub(super) age_seconds: u64,
    pub(super) caller: IpAddr,
    pub(super) dialect: &'static str,
    pub(super) outcome: String,
    pub(super) reason: Option<String>,
}

impl View {
    /// What `viewer` may see now; asks the zones, so it may wait.
    pub(super) fn gather(
        viewer: &Viewer,
        caller: IpAddr,
        live: &Live,
        telemetry: &Telemetry,
    ) -> Self {
        let now = SystemTime::now();
        let all = match viewer {
            Viewer::Operator => live.hosts(),
            Viewer::Owner(credential) => names(credential),
        };
        let names: Vec<String> = all.iter().take(HOSTS).map(ToString::to_string).collect();
        let sees_strangers = matches!(viewer, Viewer::Operator) || live.has_one_credential();
        let calls = telemetry.calls.of(&names, sees_strangers);
        let changes: Vec<Vec<Change>> = names
            .iter()
            .map(|host| telemetry.history.of(host))
            .collect();
        let known: HashMap<&String, &Vec<Change>> = names.iter().zip(&changes).collect();
        let shown: Vec<&Host> = all.iter().take(HOSTS).collect();
        let zone = read(&shown, &known, live);
        let (state, sentence) = state(&calls, zone.as_ref().err(), now);
        let sets = zone.unwrap_or_default();
        let hosts = shown.iter().map(|host| {
            let name = host.to_string();
            let own = telemetry.calls.of(std::slice::from_ref(&name), false);
            HostView {
                records: records(host, &sets, known.get(&name).copied(), &own, now),
                last_call_age_seconds: own.first().map(|call| age(now, call.at)),
                host: name,
            }
        });
        Self {
            state,
            sentence,
            caller: caller.to_canonical(),
            hosts: hosts.collect(),
            more_hosts: all.len().saturating_sub(HOSTS),
            history: history(&changes, now),
            calls: calls
                .iter()
                .map(|call| CallView::of(call, viewer, now))
                .collect(),
        }
    }
}

fn names(credential: &Credential) -> Vec<Host> {
    credential
        .hosts
        .iter()
        .map(|own| own.host.clone())
        .collect()
}

/// What the zones hold: of embedded ones from memory, of Route 53 what its name servers say. Where the
/// history knows an address, the zone is asked for that one, so that an answer that shows it is enough.
fn read(
    hosts: &[&Host],
    known: &HashMap<&String, &Vec<Change>>,
    live: &Live,
) -> Result<Vec<RecordSet>, ZoneError> {
    let mut wanted = Vec::new();
    for host in hosts {
        let changes = known.get(&host.to_string()).copied();
        let before = wanted.len();
        for record_type in [RecordType::Aaaa, RecordType::A] {
            let last = changes.and_then(|all| newest(all, record_type.name()));
            let value = last.and_then(|last| RecordData::parse(record_type, &last.new));
            // What is not there costs a call of Route 53 to be sure of: one question is enough then.
            let is_alone = record_type == RecordType::A && wanted.len() == before;
            if value.is_some() || is_alone || live.zones.is_embedded(host) {
                wanted.push(Wanted {
                    host: (*host).clone(),
                    record_type,
                    ttl: live.ttl(host),
                    values: value.map_or(Values::None, Values::Only),
                });
            }
        }
    }
    let reading = live.zones.read(&wanted, Instant::now() + PATIENCE)?;
    Ok(reading.sets)
}

fn newest<'a>(changes: &'a [Change], record_type: &str) -> Option<&'a Change> {
    changes
        .iter()
        .rev()
        .find(|change| change.r#type == record_type)
}

fn records(
    host: &Host,
    sets: &[RecordSet],
    changes: Option<&Vec<Change>>,
    calls: &[Arc<Call>],
    now: SystemTime,
) -> Vec<RecordView> {
    let types = [RecordType::A, RecordType::Aaaa];
    let view = |record_type: RecordType| {
        let set = sets
            .iter()
            .find(|set| set.key() == (host.clone(), record_type));
        let addresses: Vec<String> = set
            .map(|set| set.values.iter().map(ToString::to_string).collect())
            .unwrap_or_default();
        let last = changes.and_then(|all| newest(all, record_type.name()));
        let last = last.filter(|last| last.new == addresses.join(" "));
        let mut good = calls
            .iter()
            .filter(|call| call.level == "INFO" && RecordType::of(call.caller) == record_type);
        let called_from = good.next().map(|call| call.caller.to_canonical());
        RecordView {
            record_type: record_type.name(),
            ttl: set.map(|set| set.ttl),
            age_seconds: last.map(|last| age(now, last.at)),
            called_from: called_from
                .filter(|from| set.is_some() && !addresses.contains(&from.to_string())),
            addresses,
        }
    };
    types.into_iter().map(view).collect()
}

fn history(changes: &[Vec<Change>], now: SystemTime) -> Vec<ChangeView> {
    let mut all = Vec::new();
    for of_host in changes {
        for (place, change) in of_host.iter().enumerate() {
            let before = of_host.get(..place).unwrap_or_default();
            let before = newest(before, &change.r#type).filter(|before| before.new == change.old);
            let held = before.and_then(|before| change.at.duration_since(before.at).ok());
            let held = held.filter(|_| !change.old.is_empty());
            all.push((change.at, ChangeView::of(change, held, now)));
        }
    }
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    all.truncate(CHANGES);
    all.into_iter().map(|(_, view)| view).collect()
}

impl ChangeView {
    fn of(change: &Change, held: Option<Duration>, now: SystemTime) -> Self {
        Self {
            at: humantime::format_rfc3339_seconds(change.at).to_string(),
            age_seconds: age(now, change.at),
            host: change.host.clone(),
            record_type: change.r#type.clone(),
            old: change.old.clone(),
            new: change.new.clone(),
            held_seconds: held.map(|held| held.as_secs()),
            caller: change.caller,
            dialect: change.dialect.clone(),
        }
    }
}

impl CallView {
    /// What is wrong with a zone is for the operator alone.
    fn of(call: &Call, viewer: &Viewer, now: SystemTime) -> Self {
        let hidden = call.level == "ERROR" && matches!(viewer, Viewer::Owner(_));
        let reason = if hidden {
            Some("the log of the server says why".to_owned())
        } else {
            call.reason.clone()
        };
        Self {
            age_seconds: age(now, call.at),
            caller: call.caller,
            dialect: call.dialect,
            outcome: call.outcome.clone(),
            reason,
        }
    }
}

fn state(calls: &[Arc<Call>], zone: Option<&ZoneError>, now: SystemTime) -> (State, String) {
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

fn age(now: SystemTime, then: SystemTime) -> u64 {
    now.duration_since(then).unwrap_or_default().as_secs()
}
