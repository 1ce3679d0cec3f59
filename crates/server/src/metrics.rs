//! Metrics: what is counted since somebody may read it, and how it is written for Prometheus.
//!
//! The values of all labels are known beforehand: words of this program, statuses that it answers with, and
//! hosts of the configuration. Nothing that a client sent becomes a label.

mod labels;

pub(crate) use labels::RefusedLogin;

use crate::history::Change;
use dyn53_core::{Host, LogLine, RecordType};
use labels::{Answer, Asked, Record, Refused};
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Upper ends of the buckets in seconds, from a poll that memory answers to a zone that hangs.
const DURATIONS: [f64; 14] = [
    0.000_25, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// What is counted.
pub(crate) struct Metrics {
    /// Whether somebody may read them: nothing is counted for nobody.
    counts: AtomicBool,
    requests: Family<Answer, Counter>,
    durations: Family<Asked, Histogram>,
    refused_logins: Family<Refused, Counter>,
    zone_calls: Counter,
    last_calls: Family<Record, Gauge>,
}

/// How the metrics are written.
#[derive(Clone, Copy)]
pub(crate) enum Format {
    /// The text format 0.0.4 of Prometheus.
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Metrics {
    /// Nothing has happened. What may be refused begins with 0, so that the first refusal is seen to raise it.
    pub(crate) fn new() -> Self {
        let refused_logins = Family::default();
        for refused in [RefusedLogin::Wrong, RefusedLogin::Throttled].map(Refused::from) {
            drop(refused_logins.get_or_create(&refused));
        }
        Self {
            counts: AtomicBool::new(false),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(DURATIONS)),
            refused_logins,
            zone_calls: Counter::default(),
            last_calls: Family::default(),
        }
    }

    /// Says whether to count from now on.
    pub(crate) fn count(&self, counts: bool) {
        self.counts.store(counts, Ordering::Relaxed);
    }

    fn counts(&self) -> bool {
        self.counts.load(Ordering::Relaxed)
    }

    /// Counts an answered request.
    pub(crate) fn request(&self, line: &LogLine, took: Duration) {
        if !self.counts() {
            return;
        }
        let (dialect, status) = (line.dialect, line.status);
        self.requests
            .get_or_create(&Answer { dialect, status })
            .inc();
        self.durations
            .get_or_create(&Asked { dialect })
            .observe(took.as_secs_f64());
        self.zone_calls.inc_by(u64::from(line.calls));
    }

    /// Notes that a call found these record sets as wanted, or made them so.
    pub(crate) fn confirmed(&self, records: &[(Host, RecordType)]) {
        if !self.counts() {
            return;
        }
        let now = seconds(SystemTime::now());
        for (host, record_type) in records {
            if let Some(record) = Record::of(host.as_str(), record_type.name()) {
                self.last_calls.get_or_create(&record).set(now);
            }
        }
    }

    /// Counts a login that was refused.
    pub(crate) fn refused_login(&self, why: RefusedLogin) {
        if self.counts() {
            self.refused_logins.get_or_create(&why.into()).inc();
        }
    }

    /// All of it as text, with the newest changes. `hosts` are those of the configuration, sorted; others are
    /// left out.
    ///
    /// # Errors
    /// What the library says of a label that cannot be written.
    pub(crate) fn text(
        &self,
        hosts: &[Host],
        changes: &[Change],
        format: Format,
    ) -> Result<String, fmt::Error> {
        let mut all = self.counted();
        all.register_with_unit(
            "last_call_timestamp",
            "Unix time of the last successful call about an address",
            Unit::Seconds,
            self.last_calls_of(hosts),
        );
        all.register_with_unit(
            "last_change_timestamp",
            "Unix time of the last change of an address in the history",
            Unit::Seconds,
            last_changes(hosts, changes),
        );
        let mut text = String::new();
        match format {
            Format::Text => prometheus_text::encode(&mut text, &all),
            Format::OpenMetrics => text::encode(&mut text, &all),
        }?;
        Ok(text)
    }

    fn counted(&self) -> Registry {
        let mut all = Registry::with_prefix("dyn53");
        all.register(
            "requests",
            "Answered requests by dialect or page, and by HTTP status",
            self.requests.clone(),
        );
        all.register_with_unit(
            "request_duration",
            "Time from a request to its answer by dialect or page",
            Unit::Seconds,
            self.durations.clone(),
        );
        all.register(
            "refused_logins",
            "Refused logins: wrong, or throttled after too many wrong ones",
            self.refused_logins.clone(),
        );
        all.register(
            "zone_calls",
            "Calls to the API of Route 53 that updates made",
            self.zone_calls.clone(),
        );
        all
    }

    fn last_calls_of(&self, hosts: &[Host]) -> Family<Record, Gauge> {
        let known = Family::<Record, Gauge>::default();
        for host in hosts {
            let records = ["A", "AAAA"].map(|name| Record::of(host.as_str(), name));
            for record in records.into_iter().flatten() {
                if let Some(at) = self.last_calls.get(&record) {
                    known.get_or_create(&record).set(at.get());
                }
            }
        }
        known
    }
}

fn last_changes(hosts: &[Host], changes: &[Change]) -> Family<Record, Gauge> {
    let known = Family::<Record, Gauge>::default();
    for change in changes {
        let own = hosts.binary_search_by(|host| host.as_str().cmp(&change.host));
        let record = own
            .ok()
            .and_then(|_| Record::of(&change.host, &change.r#type));
        if let Some(record) = record {
            known.get_or_create(&record).set(seconds(change.at));
        }
    }
    known
}

impl Format {
    /// The media type.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Text => prometheus_text::CONTENT_TYPE,
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Unix seconds.
fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
