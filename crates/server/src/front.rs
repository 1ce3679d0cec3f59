//! Front: from an HTTP request to the core's Request, and from its Reply to an HTTP response.

use crate::host_field;
use crate::limiter::Limiter;
use crate::limits::Limits;
use crate::live::Live;
use crate::peer::Peer;
use crate::proxies::Proxies;
use crate::response::response;
use crate::telemetry::Telemetry;
use crate::welcome;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use dyn53_core::http::is_form;
use dyn53_core::{Answered, Dialect, LogLine, Refusal, Reply, Request, ZoneErrorKind, service};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Everything that is the same for all requests.
pub(crate) struct Front {
    live: RwLock<Arc<Live>>,
    /// One permit for each request that waits for a zone, until its line is logged.
    threads: Arc<Semaphore>,
    limiter: Limiter,
    limits: Limits,
    telemetry: Arc<Telemetry>,
    hinted: AtomicBool,
}

impl Front {
    pub(crate) fn new(
        live: Live,
        limiter: Limiter,
        limits: Limits,
        telemetry: Arc<Telemetry>,
    ) -> Self {
        telemetry.metrics.count(live.shows_metrics());
        Self {
            live: RwLock::new(Arc::new(live)),
            threads: Arc::new(Semaphore::new(limits.threads)),
            limiter,
            limits,
            telemetry,
            hinted: AtomicBool::new(false),
        }
    }

    /// What a request that comes now is answered with.
    pub(crate) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Answers what comes from now on with `live`; what is under way keeps what it began with.
    pub(crate) fn replace(&self, live: Live) {
        self.telemetry.metrics.count(live.shows_metrics());
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(live);
    }

    /// Where a request goes: to one of `pages`, or to the core.
    pub(crate) fn router(self: Arc<Self>, pages: Router) -> Router {
        let core = Router::new()
            .route("/health", get(async || "ok"))
            .fallback(answer)
            .with_state(Arc::clone(&self));
        core.merge(pages)
            .layer(from_fn_with_state(self, with_a_host))
    }

    /// Lets the requests under way end, also those of clients that have gone, but not for ever.
    pub(crate) async fn finish(&self, mut conversations: JoinSet<()>) {
        let threads = u32::try_from(self.limits.threads).unwrap_or(u32::MAX);
        let all = async {
            while conversations.join_next().await.is_some() {}
            let _never_closed = self.threads.acquire_many(threads).await;
        };
        if timeout(self.limits.stop_time, all).await.is_err() {
            self.telemetry
                .log
                .warn("some requests were not finished in time and are cut off");
        }
    }

    async fn request(&self, parts: &Parts, body: Body, caller: IpAddr) -> Result<Request, Reply> {
        let header = |name: &str| {
            let sent = parts.headers.get(name).map(HeaderValue::as_bytes);
            sent.map(|sent| String::from_utf8_lossy(sent).into_owned())
        };
        let mut request = Request {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            authorization: header(AUTHORIZATION.as_str()),
            api_user: header("x-api-user"),
            api_key: header("x-api-key"),
            ..Request::bare(caller)
        };
        if parts.method == "POST" {
            if Dialect::of(&request).is_some_and(Dialect::reads_json) {
                request.json = self.text(body).await?;
            } else if header(CONTENT_TYPE.as_str()).is_some_and(|sent| is_form(&sent)) {
                request.form = self.text(body).await?;
            }
        }
        Ok(request)
    }

    pub(crate) async fn text(&self, body: Body) -> Result<String, Reply> {
        match timeout(self.limits.body_time, to_bytes(body, self.limits.body)).await {
            Ok(Ok(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Ok(Err(_)) => Err(Reply::text(413, "badagent")),
            Err(_) => Err(Reply::text(408, "badagent")),
        }
    }

    pub(crate) fn caller(&self, parts: &Parts, peer: IpAddr, proxies: &Proxies) -> IpAddr {
        let forwarded = parts.headers.get_all("x-forwarded-for");
        let forwarded: Vec<&[u8]> = forwarded.iter().map(HeaderValue::as_bytes).collect();
        if !forwarded.is_empty()
            && !proxies.trusts(peer)
            && !self.hinted.swap(true, Ordering::Relaxed)
        {
            let peer = peer.to_canonical();
            self.telemetry.log.warn(&format!("{peer} sent X-Forwarded-For and is not trusted: if it is your proxy, add it to trusted_proxies"));
        }
        proxies.caller(peer, forwarded.into_iter())
    }

    /// Answers at once what lies in memory, and the rest on a thread of its own. Either way the line is
    /// logged before the client is told, and nothing that the client does keeps it from being logged.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        live: Arc<Live>,
        request: Request,
        start: Instant,
    ) -> Reply {
        let answered = self.at_once(&live, &request, start);
        if !needs_a_thread(&answered) {
            return self.logged(&live, &request, answered, start);
        }
        let left = self.limits.zone_time.saturating_sub(start.elapsed());
        let permit = timeout(left, Arc::clone(&self.threads).acquire_owned()).await;
        let Ok(Ok(permit)) = permit else {
            return self.logged(&live, &request, answered, start);
        };
        let front = Arc::clone(self);
        // From here on the connection only waits. The thread finishes its work also when the client leaves.
        let applying = tokio::task::spawn_blocking(move || {
            let deadline = start + front.limits.zone_time;
            let answered = live.service.answer(&request, deadline);
            let reply = front.logged(&live, &request, answered, start);
            drop(permit);
            reply
        });
        match applying.await {
            Ok(reply) => reply,
            Err(_ended_in_a_panic) => self.telemetry.update(answered, &[], start),
        }
    }

    fn at_once(&self, live: &Live, request: &Request, start: Instant) -> Answered {
        if let Some(refusal) = self.limiter.check(request) {
            return service::refused(request, refusal);
        }
        let answered = live.at_once.answer(request, start + self.limits.zone_time);
        if let Some(Refusal::BadAuth) = answered.refusal {
            self.limiter.failed(request, &live.names);
        }
        answered
    }

    fn logged(&self, live: &Live, request: &Request, answered: Answered, start: Instant) -> Reply {
        if Dialect::of(request).is_none() {
            self.telemetry.page(answered.log, start);
            return answered.reply;
        }
        let about = if answered.refusal.is_none() {
            answered.log.hosts.clone()
        } else {
            live.whose(request)
        };
        self.telemetry.update(answered, &about, start)
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    pub(crate) fn telemetry(&self) -> &Arc<Telemetry> {
        &self.telemetry
    }
}

fn needs_a_thread(answered: &Answered) -> bool {
    matches!(&answered.refusal, Some(Refusal::Zone(error)) if error.kind == ZoneErrorKind::WouldWait)
}

/// Refuses what RFC 9112 section 3.2 wants refused, before anything else looks at it.
async fn with_a_host(
    State(front): State<Arc<Front>>,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    if host_field::is_right(request.version(), request.headers()) {
        return next.run(request).await;
    }
    let start = Instant::now();
    let (parts, _unread) = request.into_parts();
    let Some(peer) = parts.extensions.get::<Peer>() else {
        return Response::default();
    };
    let caller = front.caller(&parts, peer.address.ip(), &front.live().proxies);
    let reply = Reply::text(400, "badagent").with("connection", "close");
    let reason = "the request has no Host field, more than one, or one that is no host";
    let line = unread(&parts, caller, &reply, reason);
    front.telemetry.page(line, start);
    response(reply, parts.version)
}

/// Answers what is no page of its own.
pub(crate) async fn answer(
    State(front): State<Arc<Front>>,
    request: axum::extract::Request,
) -> Response {
    let start = Instant::now();
    let (mut parts, body) = request.into_parts();
    let Some(peer) = parts.extensions.remove::<Peer>() else {
        return Response::default();
    };
    peer.place.busy();
    let live = front.live();
    let caller = front.caller(&parts, peer.address.ip(), &live.proxies);
    if welcome::is_for(&parts) {
        let (reply, request) = (welcome::reply(), Request::bare(caller));
        let line = LogLine::page("welcome", &request, &reply);
        front.telemetry.page(line, start);
        peer.place.waiting();
        return response(reply, parts.version);
    }
    let reply = match front.request(&parts, body, caller).await {
        Ok(request) => front.answer(live, request, start).await,
        Err(reply) => {
            let reason = "the body of the request is too large or too slow";
            let line = unread(&parts, caller, &reply, reason);
            front.telemetry.page(line, start);
            reply
        }
    };
    peer.place.waiting();
    response(reply, parts.version)
}

fn unread(parts: &Parts, caller: IpAddr, reply: &Reply, reason: &str) -> LogLine {
    let request = Request {
        method: parts.method.as_str().to_owned(),
        path: String::new(),
        ..Request::bare(caller)
    };
    let mut line = LogLine::page("none", &request, reply);
    line.level = "WARN";
    line.reason = Some(reason.to_owned());
    line
}
