//! Client: the calls to one service.

use crate::agent::agent;
use crate::endpoint::Endpoint;
use crate::fault::{Fault, Remedy};
use crate::keys::{AccessKey, Keys};
use crate::pace::{Pace, backoff};
use crate::roots::{Roots, RootsError};
use crate::sign::{Signature, Unsigned, sign};
use crate::tries::{MOST_TRIES, Tries};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};
use ureq::{Agent, RequestBuilder};

/// A larger answer is not read. A page of Route 53 with 300 record sets is the largest that is asked for.
const LARGEST_ANSWER: u64 = 1 << 20;

/// A service of AWS, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// As an operator knows it, as in `Route 53`.
    pub name: &'static str,
    /// As a signature names it, as in `route53`.
    pub signed_as: &'static str,
    /// The variable for an endpoint of its own, as in `AWS_ENDPOINT_URL_ROUTE_53`.
    pub variable: &'static str,
}

/// Calls to a service at one endpoint.
pub struct Client {
    agent: Agent,
    service: Service,
    endpoint: Endpoint,
    /// As in the URL, with its port.
    host: String,
    /// The path of the endpoint, before that of each call.
    base: String,
    keys: Arc<dyn Keys>,
    clock: fn() -> SystemTime,
    pace: Pace,
}

/// What is called.
#[derive(Clone, Copy, Debug)]
pub enum Call<'a> {
    /// Reads.
    Get {
        /// Only characters that need no encoding.
        path: &'a str,
        /// Parameters in the order of their names, values as [`percent_encode`](crate::percent_encode) writes them.
        query: &'a str,
    },
    /// Changes something.
    Post {
        /// Only characters that need no encoding.
        path: &'a str,
        /// As in `application/xml`.
        content_type: &'a str,
        /// The body.
        body: &'a str,
    },
}

/// Why a client cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The endpoint is not a URL, or has parts that it may not have; not shown, it may hold a password.
    #[error(
        "the {} endpoint in {} or AWS_ENDPOINT_URL is not a URL of scheme and host: it looks like https://{}.amazonaws.com",
        .0.name, .0.variable, .0.signed_as
    )]
    Endpoint(Service),
    /// The certificates cannot be used.
    #[error("{0}")]
    Roots(#[from] RootsError),
}

impl Client {
    /// A client; nothing is sent yet. `clock` is the one for signatures.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(
        service: Service,
        endpoint: &Endpoint,
        keys: Arc<dyn Keys>,
        roots: &Roots,
        clock: fn() -> SystemTime,
    ) -> Result<Self, ClientError> {
        let (host, base) = endpoint.split().ok_or(ClientError::Endpoint(service))?;
        Ok(Self {
            agent: agent(roots)?,
            service,
            host: host.to_owned(),
            base: base.to_owned(),
            endpoint: endpoint.clone(),
            keys,
            clock,
            pace: Pace::new(),
        })
    }

    /// Sends a call until `read` makes a value of an answer's status and body, or a fault that no other try
    /// mends. It is throttled `patience` times at most.
    ///
    /// A connection that broke after a POST was sent may have carried it out, and it is sent again all the
    /// same: `tries.unsure` tells the caller, who must see to it that twice is not more than once.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn call<A>(
        &self,
        call: Call,
        patience: u32,
        tries: &mut Tries,
        read: impl Fn(u16, &str) -> Result<A, Fault>,
    ) -> Result<A, Fault> {
        let (mut failed, mut throttled) = (0, 0);
        let mut last = String::new();
        loop {
            let sent = self.once(call, tries, &last)?;
            let fault = match sent.and_then(|(status, body)| read(status, &body)) {
                Ok(answer) => {
                    self.pace.faster();
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            failed += 1;
            match fault.remedy {
                Remedy::SlowDown => {
                    self.pace.slower();
                    throttled += 1;
                }
                Remedy::Unsure => tries.unsure |= matches!(call, Call::Post { .. }),
                Remedy::TryAgain => {}
                _ => return Err(fault),
            }
            let pause = backoff(failed);
            if throttled >= patience || failed >= MOST_TRIES {
                return Err(fault);
            }
            if !tries.allow(pause) {
                return Err(Fault::late(&fault.sentence));
            }
            last = fault.sentence;
            thread::sleep(pause);
        }
    }

    /// One try, when it is time for it; the outer error says that nothing was sent. `last` is what the one
    /// before came to.
    fn once(
        &self,
        call: Call,
        tries: &mut Tries,
        last: &str,
    ) -> Result<Result<(u16, String), Fault>, Fault> {
        if !self.pace.wait(tries.deadline) {
            return Err(Fault::late(last));
        }
        let key = self.keys.current((self.clock)(), tries.deadline);
        let key = key.map_err(|error| Fault::new(Remedy::Operator, error.to_string()))?;
        let time = tries.time_for_a_call().ok_or_else(|| Fault::late(last))?;
        tries.calls += 1;
        let sent = self.send(call, &key, time);
        Ok(
            sent.map_err(|error| {
                Fault::of_transport(&error, self.service.name, &self.endpoint.url)
            }),
        )
    }

    fn send(
        &self,
        call: Call,
        key: &AccessKey,
        time: Duration,
    ) -> Result<(u16, String), ureq::Error> {
        let (method, path, query, body) = match call {
            Call::Get { path, query } => ("GET", path, query, ""),
            Call::Post { path, body, .. } => ("POST", path, "", body),
        };
        let path = self.base.clone() + path;
        let unsigned = Unsigned {
            method,
            host: &self.host,
            path: &path,
            query,
            body,
        };
        let (service, region) = (self.service.signed_as, &self.endpoint.region);
        let signature = sign(&unsigned, key, service, region, (self.clock)());
        let url = self.url(&path, query);
        let response = match call {
            Call::Get { .. } => {
                let request = self.agent.get(&url).config();
                let request = request.timeout_global(Some(time)).build();
                self.signed(request, &signature, key).call()
            }
            Call::Post { content_type, .. } => {
                let request = self.agent.post(&url).config();
                let request = request.timeout_global(Some(time)).build();
                let request = self.signed(request, &signature, key);
                request.content_type(content_type).send(body)
            }
        };
        let mut response = response?;
        let body = response.body_mut().with_config().limit(LARGEST_ANSWER);
        let body = body.lossy_utf8(true).read_to_string()?;
        Ok((response.status().as_u16(), body))
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

    /// The fault of an answer with status 200 that `read` cannot read.
    #[must_use]
    pub fn malformed(&self) -> Fault {
        Fault::malformed(self.service.name, &self.endpoint.url)
    }
}
