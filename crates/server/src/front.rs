//! Front: from an HTTP request to the core's Request, and from its Reply to an HTTP response.

use crate::connections::Place;
use crate::limiter::Limiter;
use crate::limits::Limits;
use crate::log::Log;
use crate::proxies::Proxies;
use crate::zones::{AtOnce, Zones};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderName, Version, request::Parts};
use axum::response::Response;
use axum::routing::get;
use dyn53_core::{
    Answered, Credentials, LogLine, Refusal, Reply, Request, Service, ZoneErrorKind, service,
};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Everything that is the same for all requests.
pub(crate) struct Front {
    at_once: Service<AtOnce>,
    service: Service<Zones>,
    threads: Semaphore,
    limiter: Limiter,
    proxies: Proxies,
    limits: Limits,
    log: Arc<Log>,
    hinted: AtomicBool,
}

/// What a connection tells each of its requests.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) place: Arc<Place>,
}

impl Front {
    pub(crate) fn new(
        credentials: &Credentials,
        zones: &Zones,
        page: fn() -> Reply,
        limiter: Limiter,
        proxies: Proxies,
        limits: Limits,
        log: Arc<Log>,
    ) -> Self {
        Self {
            at_once: Service::new(credentials.clone(), AtOnce(zones.clone()), page),
            service: Service::new(credentials.clone(), zones.clone(), page),
            threads: Semaphore::new(limits.threads),
            limiter,
            proxies,
            limits,
            log,
            hinted: AtomicBool::new(false),
        }
    }

    /// Where a request goes.
    pub(crate) fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route("/health", get(async || "ok"))
            .fallback(answer)
            .with_state(self)
    }

    async fn request(&self, parts: &Parts, body: Body, peer: IpAddr) -> Result<Request, Reply> {
        let header = |name| parts.headers.get(name).map(HeaderValue::as_bytes);
        let is_form = header(CONTENT_TYPE).is_some_and(|sent| {
            let form = b"application/x-www-form-urlencoded";
            sent.get(..form.len())
                .is_some_and(|sent| sent.eq_ignore_ascii_case(form))
        });
        let form = match is_form && parts.method == "POST" {
            true => self.form(body).await?,
            false => String::new(),
        };
        Ok(Request {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            form,
            authorization: header(AUTHORIZATION)
                .map(|sent| String::from_utf8_lossy(sent).into_owned()),
            caller: self.caller(parts, peer),
        })
    }

    async fn form(&self, body: Body) -> Result<String, Reply> {
        match timeout(self.limits.body_time, to_bytes(body, self.limits.body)).await {
            Ok(Ok(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Ok(Err(_)) => Err(Reply::text(413, "badagent")),
            Err(_) => Err(Reply::text(408, "badagent")),
        }
    }

    fn caller(&self, parts: &Parts, peer: IpAddr) -> IpAddr {
        let forwarded = parts.headers.get_all("x-forwarded-for");
        let forwarded: Vec<&[u8]> = forwarded.iter().map(HeaderValue::as_bytes).collect();
        if !forwarded.is_empty()
            && !self.proxies.trusts(peer)
            && !self.hinted.swap(true, Ordering::Relaxed)
        {
            let peer = peer.to_canonical();
            self.log.warn(&format!("{peer} sent X-Forwarded-For and is not trusted: if it is your proxy, add it to trusted_proxies"));
        }
        self.proxies.caller(peer, forwarded.into_iter())
    }

    /// Answers at once what lies in memory, and the rest on a thread of its own.
    async fn answer(self: &Arc<Self>, request: Request, start: Instant) -> Answered {
        if let Some(refusal) = self.limiter.check(&request) {
            return service::refused(&request, refusal);
        }
        let deadline = start + self.limits.zone_time;
        let answered = self.at_once.answer(&request, deadline);
        match &answered.refusal {
            Some(Refusal::Zone(error)) if error.kind == ZoneErrorKind::WouldWait => {}
            Some(Refusal::BadAuth) => {
                self.limiter.failed(&request);
                return answered;
            }
            _ => return answered,
        }
        let Ok(_permit) = self.threads.acquire().await else {
            return answered;
        };
        let front = Arc::clone(self);
        let applied = tokio::task::spawn_blocking(move || front.service.answer(&request, deadline));
        applied.await.unwrap_or(answered)
    }
}

async fn answer(State(front): State<Arc<Front>>, request: axum::extract::Request) -> Response {
    let start = Instant::now();
    let (mut parts, body) = request.into_parts();
    let Some(peer) = parts.extensions.remove::<Peer>() else {
        return Response::default();
    };
    peer.place.busy();
    let (reply, line) = match front.request(&parts, body, peer.address.ip()).await {
        Ok(request) => {
            let answered = front.answer(request, start).await;
            (answered.reply, answered.log)
        }
        Err(reply) => {
            let line = unread(&front, &parts, peer.address.ip(), &reply);
            (reply, line)
        }
    };
    front.log.request(line, start);
    peer.place.waiting();
    response(reply, parts.version)
}

fn unread(front: &Front, parts: &Parts, peer: IpAddr, reply: &Reply) -> LogLine {
    let request = Request {
        method: parts.method.as_str().to_owned(),
        path: String::new(),
        query: String::new(),
        form: String::new(),
        authorization: None,
        caller: front.caller(parts, peer),
    };
    let mut line = LogLine::page("none", &request, reply);
    line.reason = Some("the body of the request is too large or too slow".to_owned());
    line
}

/// HTTP/1.0 clients read until the connection ends, whatever `Content-Length` says.
fn response(reply: Reply, version: Version) -> Response {
    let mut response = Response::new(match reply.body {
        std::borrow::Cow::Borrowed(text) => Body::from(text),
        std::borrow::Cow::Owned(text) => Body::from(text),
    });
    *response.status_mut() = reply.status.try_into().unwrap_or_default();
    let headers = response.headers_mut();
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    let unfinished = matches!(reply.status, 408 | 413);
    if version < Version::HTTP_11 || unfinished {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
