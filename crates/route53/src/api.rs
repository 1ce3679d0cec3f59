//! The API: one signed call after another over a kept-alive connection, tried again where that helps.

pub mod answer;
mod crypto;
pub(crate) mod fault;
pub(crate) mod name;
mod pace;
pub(crate) mod roots;
mod sign;

use crate::settings::{AccessKey, Endpoint, Keys, Settings, SettingsError};
use answer::Page;
use fault::{Fault, Remedy};
use pace::{Pace, backoff};
use sign::{Signature, Unsigned, sign};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, RequestBuilder};

/// No answer of Route 53 that we ask for is larger: 300 record sets a page.
const LARGEST_ANSWER: u64 = 1 << 20;

/// One call takes no longer, so that there is time for another try.
const LONGEST_CALL: Duration = Duration::from_secs(5);

/// What must be left of the time to begin another call.
const SHORTEST_CALL: Duration = Duration::from_millis(20);

/// Of the account's burst of 50 calls one request takes no more than this.
pub(crate) const MOST_TRIES: u32 = 10;

/// A connection that was idle for longer is not used again: on the way, someone may have forgotten it.
const LONGEST_IDLE: Duration = Duration::from_secs(60);

/// Bytes of a connection's buffers. To clear ureq's 2 x 128 KB costs more CPU than a TLS handshake.
const BUFFER: usize = 16 * 1024;

const USER_AGENT: &str = concat!("dyn53/", env!("CARGO_PKG_VERSION"));

/// The API of one hosted zone.
pub(crate) struct Api {
    agent: Agent,
    endpoint: Endpoint,
    /// As in the URL, with its port.
    host: String,
    /// `/2013-04-01/hostedzone/Z…/rrset`, below the path of the endpoint.
    path: String,
    pub(crate) zone_id: String,
    keys: Arc<dyn Keys>,
    clock: fn() -> SystemTime,
    pace: Pace,
}

/// A call and its tries so far.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    /// How many calls were sent.
    pub(crate) calls: u32,
    /// Whether a change among them may have been carried out without an answer.
    pub(crate) unsure: bool,
}

enum Call<'a> {
    List(&'a str),
    Change(&'a str),
}

enum Answer {
    Page(Page),
    Accepted,
}

impl Api {
    pub(crate) fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let zone_id = &settings.zone_id;
        let plain = zone_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if zone_id.is_empty() || zone_id.len() > 32 || !plain {
            return Err(SettingsError::ZoneId);
        }
        let (host, base) = split(&settings.endpoint.url)?;
        Ok(Self {
            agent: agent(settings)?,
            host: host.to_owned(),
            path: format!("{base}/2013-04-01/hostedzone/{zone_id}/rrset"),
            endpoint: settings.endpoint.clone(),
            zone_id: zone_id.clone(),
            keys: settings.keys.clone(),
            clock: settings.clock,
            pace: Pace::new(),
        })
    }

    /// ListResourceRecordSets with this query.
    pub(crate) fn list(
        &self,
        query: &str,
        deadline: Instant,
        tries: &mut Tries,
    ) -> Result<Page, Fault> {
        match self.patiently(&Call::List(query), MOST_TRIES, deadline, tries)? {
            Answer::Page(page) => Ok(page),
            Answer::Accepted => Err(Fault::malformed(&self.endpoint.url)),
        }
    }

    /// ChangeResourceRecordSets with this body, throttled `patience` times at most.
    ///
    /// A connection that broke after the call was sent may have carried it out. To send it again is
    /// safe: a batch is done whole or not at all, and what was done already is refused the second
    /// time. `tries.unsure` tells the caller to look then.
    pub(crate) fn change(
        &self,
        body: &str,
        patience: u32,
        deadline: Instant,
        tries: &mut Tries,
    ) -> Result<(), Fault> {
        self.patiently(&Call::Change(body), patience, deadline, tries)
            .map(|_| ())
    }

    fn patiently(
        &self,
        call: &Call,
        patience: u32,
        deadline: Instant,
        tries: &mut Tries,
    ) -> Result<Answer, Fault> {
        let (mut failed, mut throttled) = (0, 0);
        let mut last = String::new();
        loop {
            if !self.pace.wait(deadline) {
                return Err(Fault::late(&last));
            }
            let key = self.keys.current((self.clock)(), deadline);
            let key = key.map_err(|error| Fault::new(Remedy::Operator, error.to_string()))?;
            let now = (self.clock)();
            let Some(time) = time_for_a_call(deadline) else {
                return Err(Fault::late(&last));
            };
            tries.calls += 1;
            let fault = match self.once(call, &key, now, time) {
                Ok(answer) => {
                    self.pace.faster();
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            failed += 1;
            match fault.remedy {
                Remedy::Operator | Remedy::Look | Remedy::Split | Remedy::Renew | Remedy::Later => {
                    return Err(fault);
                }
                Remedy::SlowDown => {
                    self.pace.slower();
                    throttled += 1;
                }
                Remedy::Unsure => tries.unsure |= matches!(call, Call::Change(_)),
                Remedy::TryAgain => {}
            }
            let wait = backoff(failed);
            if throttled >= patience || failed >= MOST_TRIES {
                return Err(fault);
            }
            if Instant::now() + wait + SHORTEST_CALL >= deadline {
                return Err(Fault::late(&fault.sentence));
            }
            last = fault.sentence;
            thread::sleep(wait);
        }
    }

    fn once(
        &self,
        call: &Call,
        key: &AccessKey,
        now: SystemTime,
        time: Duration,
    ) -> Result<Answer, Fault> {
        let (status, body) = self.send(call, key, now, time)?;
        if status != 200 {
            return Err(Fault::of_answer(status, &body, &self.zone_id));
        }
        let answer = match call {
            Call::List(_) => answer::read_page(&body).map(Answer::Page),
            Call::Change(_) => answer::read_accepted(&body).map(|()| Answer::Accepted),
        };
        answer.map_err(|_| Fault::malformed(&self.endpoint.url))
    }

    fn send(
        &self,
        call: &Call,
        key: &AccessKey,
        now: SystemTime,
        time: Duration,
    ) -> Result<(u16, String), Fault> {
        let (method, slash, query, body) = match call {
            Call::List(query) => ("GET", "", *query, ""),
            Call::Change(body) => ("POST", "/", "", *body),
        };
        let path = self.path.clone() + slash;
        let unsigned = Unsigned {
            method,
            host: &self.host,
            path: &path,
            query,
            body,
        };
        let signature = sign(&unsigned, key, &self.endpoint.region, now);
        let url = self.url(&path, query);
        let exchange = match call {
            Call::List(_) => {
                let request = self.agent.get(&url).config();
                let request = request.timeout_global(Some(time)).build();
                self.signed(request, &signature, key).call()
            }
            Call::Change(body) => {
                let request = self.agent.post(&url).config();
                let request = request.timeout_global(Some(time)).build();
                self.signed(request, &signature, key)
                    .content_type("application/xml")
                    .send(*body)
            }
        };
        read(exchange).map_err(|error| Fault::of_transport(&error, &self.endpoint.url))
    }

    fn signed<B>(
        &self,
        request: RequestBuilder<B>,
        signature: &Signature,
        key: &AccessKey,
    ) -> RequestBuilder<B> {
        let request = request
            .header("host", &self.host)
            .header("x-amz-date", &signature.date)
            .header("authorization", &signature.authorization);
        match &key.session_token {
            Some(token) => request.header("x-amz-security-token", token),
            None => request,
        }
    }

    fn url(&self, path: &str, query: &str) -> String {
        let (scheme, _) = self.endpoint.url.split_once("://").unwrap_or_default();
        let question_mark = if query.is_empty() { "" } else { "?" };
        format!("{scheme}://{}{path}{question_mark}{query}", self.host)
    }
}

fn read(
    exchange: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<(u16, String), ureq::Error> {
    let mut response = exchange?;
    let body = response.body_mut().with_config().limit(LARGEST_ANSWER);
    let body = body.lossy_utf8(true).read_to_string()?;
    Ok((response.status().as_u16(), body))
}

/// The time that one call may take; `None`: too little is left.
fn time_for_a_call(deadline: Instant) -> Option<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    (left >= SHORTEST_CALL).then_some(left.min(LONGEST_CALL))
}

/// Host with port, and path, of an endpoint.
fn split(url: &str) -> Result<(&str, &str), SettingsError> {
    let wrong = || SettingsError::Endpoint;
    let uri: ureq::http::Uri = url.parse().map_err(|_| wrong())?;
    let known = matches!(uri.scheme_str(), Some("https" | "http"));
    let (_, rest) = url.split_once("://").ok_or_else(wrong)?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let odd = rest.contains(['?', '#', '@', '%']) || uri.host().is_none_or(str::is_empty);
    if known && !odd {
        Ok((host, path))
    } else {
        Err(wrong())
    }
}

/// One agent for all calls: its connection is kept, its trust store and TLS sessions too.
fn agent(settings: &Settings) -> Result<Agent, SettingsError> {
    let roots = roots::certificates(&settings.roots)?;
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(Arc::new(crypto::provider()));
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(USER_AGENT)
        .max_response_header_size(BUFFER)
        .input_buffer_size(BUFFER)
        .output_buffer_size(BUFFER)
        .max_idle_age(LONGEST_IDLE);
    Ok(config.build().new_agent())
}
