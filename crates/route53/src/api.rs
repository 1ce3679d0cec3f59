//! The API of one hosted zone: its two calls.

pub mod answer;
pub(crate) mod fault;
pub(crate) mod text;

use crate::settings::{Settings, SettingsError};
use answer::{Malformed, Page};
use dyn53_aws::{Call, Client, Fault, MOST_TRIES, Service, Tries};

const ROUTE_53: Service = Service {
    name: "Route 53",
    signed_as: "route53",
    variable: "AWS_ENDPOINT_URL_ROUTE_53",
};

/// The API of one hosted zone.
pub(crate) struct Api {
    client: Client,
    pub(crate) zone_id: String,
}

impl Api {
    pub(crate) fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let zone_id = settings.zone_id.clone();
        let plain = zone_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if zone_id.is_empty() || zone_id.len() > 32 || !plain {
            return Err(SettingsError::ZoneId);
        }
        let (endpoint, keys) = (&settings.endpoint, settings.keys.clone());
        let client = Client::new(ROUTE_53, endpoint, keys, &settings.roots, settings.clock)?;
        Ok(Self { client, zone_id })
    }

    /// ListResourceRecordSets with this query.
    pub(crate) fn list(&self, query: &str, tries: &mut Tries) -> Result<Page, Fault> {
        let path = format!("/2013-04-01/hostedzone/{}/rrset", self.zone_id);
        let call = Call::Get { path: &path, query };
        self.call(call, MOST_TRIES, tries, answer::read_page)
    }

    /// ChangeResourceRecordSets with this body, throttled `patience` times at most.
    ///
    /// It may be sent twice, see [`Client::call`]. That is safe: a batch is done whole or not at all, and
    /// what was done already is refused the second time. `tries.unsure` tells the caller to look then.
    pub(crate) fn change(&self, body: &str, patience: u32, tries: &mut Tries) -> Result<(), Fault> {
        let call = Call::Post {
            path: &format!("/2013-04-01/hostedzone/{}/rrset/", self.zone_id),
            content_type: "application/xml",
            body,
        };
        self.call(call, patience, tries, answer::read_accepted)
    }

    fn call<A>(
        &self,
        call: Call,
        patience: u32,
        tries: &mut Tries,
        read: impl Fn(&str) -> Result<A, Malformed>,
    ) -> Result<A, Fault> {
        self.client.call(call, patience, tries, |status, body| {
            if status == 200 {
                read(body).map_err(|_| self.client.malformed())
            } else {
                Err(fault::of_answer(status, body, &self.zone_id))
            }
        })
    }
}
