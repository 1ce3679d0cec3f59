//! View: what one may see, gathered for the page and for JSON. Ages are in seconds.

use super::records::{RecordView, newest, read, records};
use super::state::{State, state};
use super::viewer::Viewer;
use super::words::age;
use crate::calls::Call;
use crate::history::Change;
use crate::live::Live;
use crate::telemetry::Telemetry;
use dyn53_core::{Credential, Host};
use serde::Serialize;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

/// Hosts that are shown; an operator may have more.
const HOSTS: usize = 200;
/// Changes that are shown.
const CHANGES: usize = 100;
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

/// One host.
#[derive(Serialize)]
pub(super) struct HostView {
    pub(super) host: String,
    pub(super) records: Vec<RecordView>,
    /// Since the last call about it.
    pub(super) last_call_age_seconds: Option<u64>,
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
