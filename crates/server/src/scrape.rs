//! Scrape: `/metrics`, for the callers that the configuration names. For all others there is no such page.

use crate::front::{self, Front};
use crate::metrics::Format;
use crate::peer::Peer;
use crate::response::response;
use crate::telemetry::Telemetry;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::ACCEPT;
use axum::response::Response;
use axum::routing::any;
use dyn53_core::{Host, LogLine, Reply};
use std::sync::Arc;
use std::time::Instant;
use tokio::task::spawn_blocking;

/// The route of the metrics.
pub(crate) fn router(front: &Arc<Front>) -> Router {
    Router::new()
        .route("/metrics", any(scrape))
        .with_state(Arc::clone(front))
}

async fn scrape(State(front): State<Arc<Front>>, request: Request) -> Response {
    let start = Instant::now();
    let (parts, body) = request.into_parts();
    let Some(peer) = parts.extensions.get::<Peer>().cloned() else {
        return Response::default();
    };
    let live = front.live();
    let caller = front.caller(&parts, peer.address.ip(), &live.proxies);
    if !live.shows_metrics_to(caller) {
        return front::answer(State(front), Request::from_parts(parts, body)).await;
    }
    peer.place.busy();
    let reply = if matches!(parts.method, Method::GET | Method::HEAD) {
        let accepted = parts.headers.get_all(ACCEPT).iter();
        let accepted = accepted.filter_map(|value| value.to_str().ok());
        let telemetry = Arc::clone(front.telemetry());
        written(telemetry, live.hosts(), format(accepted)).await
    } else {
        Reply::text(405, "badagent").with("allow", "GET, HEAD")
    };
    let line = LogLine::page("metrics", &dyn53_core::Request::bare(caller), &reply);
    front.telemetry().page(line, start);
    peer.place.waiting();
    response(reply, parts.version)
}

/// OpenMetrics for whom it is named to; a bare `curl` gets what `promtool check metrics` reads.
fn format<'a>(mut accepted: impl Iterator<Item = &'a str>) -> Format {
    if accepted.any(|types| types.contains("application/openmetrics-text")) {
        Format::OpenMetrics
    } else {
        Format::Text
    }
}

async fn written(telemetry: Arc<Telemetry>, hosts: Vec<Host>, format: Format) -> Reply {
    let writing = spawn_blocking(move || {
        let changes = telemetry.history.newest();
        telemetry.metrics.text(&hosts, &changes, format)
    });
    match writing.await {
        Ok(Ok(text)) => Reply::text(200, text).with("content-type", format.content_type()),
        _ => Reply::text(500, "911"),
    }
}
