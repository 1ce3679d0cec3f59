//! The API: what each call does.

use super::change::{self, Refused};
use super::contents::{self, Record};
use super::http::Received;
use super::journal::{Accepted, Writer};
use super::state::{Shared, State};
use super::xml::{document, element, error};
use super::{judge, list, signature};
use std::thread;

impl Shared {
    /// Status and body for a call of the API.
    pub(crate) fn answer(&self, request: &Received) -> (u16, String) {
        match self.respond(request) {
            Ok(body) => (200, body),
            Err(Refused(status, code, message)) => {
                let mut state = self.lock();
                *state.calls.refused.entry(code.to_owned()).or_default() += 1;
                (status, error(code, &message))
            }
        }
    }

    fn respond(&self, request: &Received) -> Result<String, Refused> {
        let (options, path) = (&self.options, request.path());
        if !options.keys.is_empty() {
            signature::check(request, &options.keys, &options.region)?;
        }
        if !self
            .lock()
            .bucket
            .as_mut()
            .is_none_or(|bucket| bucket.take(1))
        {
            return Err(throttled());
        }
        let below = path
            .strip_prefix("/2013-04-01/hostedzone/")
            .unwrap_or_default();
        match (
            request.method.as_str(),
            below.trim_end_matches('/').split_once('/'),
        ) {
            ("GET", Some((id, "rrset"))) => self.list(id, request),
            ("POST", Some((id, "rrset"))) => self.change(id, request),
            ("GET", None) if !below.is_empty() => self.zone(below),
            _ => Err(Refused(
                404,
                "UnknownOperationException",
                format!("{} {path}", request.method),
            )),
        }
    }

    fn list(&self, id: &str, request: &Received) -> Result<String, Refused> {
        let state = self.lock();
        list::page(state.zones.get(id).ok_or_else(|| no_zone(id))?, request)
    }

    fn zone(&self, id: &str) -> Result<String, Refused> {
        let state = self.lock();
        let zone = state.zones.get(id).ok_or_else(|| no_zone(id))?;
        let name = element("Id", &format!("/hostedzone/{id}"))
            + &element("Name", &contents::escaped(&zone.apex));
        let private =
            element("Config", "").replace("</Config>", "<PrivateZone>false</PrivateZone></Config>");
        Ok(document(
            "GetHostedZoneResponse",
            &format!(
                "<HostedZone>{name}{private}</HostedZone><DelegationSet><NameServers><NameServer>ns-1.example.org</NameServer></NameServers></DelegationSet>"
            ),
        ))
    }

    /// Parses, then holds the zone for the time of processing, then makes the changes.
    fn change(&self, id: &str, request: &Received) -> Result<String, Refused> {
        let body = String::from_utf8_lossy(&request.body);
        let (comment, asked) = change::parse(&body)?;
        {
            let mut state = self.lock();
            if !state.zones.contains_key(id) {
                return Err(no_zone(id));
            }
            state.calls.batches.push((comment.clone(), asked.len()));
            let elements = change::cost(&asked).0;
            if !state
                .change_bucket
                .as_mut()
                .is_none_or(|bucket| bucket.take(elements))
            {
                return Err(throttled());
            }
            if !state.busy.insert(id.to_owned()) {
                return Err(Refused(400, "PriorRequestNotComplete", "The request was rejected because Route 53 was still processing a prior request.".into()));
            }
        }
        thread::sleep(self.options.processing);
        let mut state = self.lock();
        state.busy.remove(id);
        let State {
            zones,
            view,
            change_number,
            named,
            journal,
            ..
        } = &mut *state;
        let zone = zones.get_mut(id).ok_or_else(|| no_zone(id))?;
        let before = asked.iter().map(|asked| {
            let name = &asked.record.name;
            (name.clone(), zone.at(name).cloned().collect())
        });
        let before: Vec<(String, Vec<Record>)> = before.collect();
        judge::apply(zone, &asked, *named)?;
        view.keep(before, self.options.propagation);
        journal.push(Accepted {
            zone: id.to_owned(),
            comment,
            by: Writer::Caller,
            changes: asked
                .into_iter()
                .map(|asked| (asked.action, asked.record))
                .collect(),
        });
        *change_number += 1;
        let info = element("Id", &format!("/change/C{change_number:013}"))
            + &element("Status", "PENDING")
            + &element("SubmittedAt", "2026-11-22T23:15:00.000Z");
        Ok(document(
            "ChangeResourceRecordSetsResponse",
            &format!("<ChangeInfo>{info}</ChangeInfo>"),
        ))
    }
}

fn throttled() -> Refused {
    Refused(400, "Throttling", "Rate exceeded".into())
}

fn no_zone(id: &str) -> Refused {
    Refused(
        404,
        "NoSuchHostedZone",
        format!("No hosted zone found with ID: {id}"),
    )
}
