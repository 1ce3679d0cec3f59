//! HTTP: one connection at a time, under limits that `axum::serve` does not offer.

use crate::connections::Connections;
use crate::front::Front;
use crate::limits::Limits;
use crate::listening::{Listeners, PAUSE};
use crate::peer::Peer;
use crate::{scrape, status};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long, and for how many bytes, a closed connection may still send.
const LINGER: (Duration, usize) = (Duration::from_secs(2), 64 * 1024);

/// The HTTP side of a server.
pub(crate) struct Http {
    pub(crate) listeners: Listeners,
    pub(crate) front: Arc<Front>,
    pub(crate) limits: Limits,
}

type Connection<S> = http1::Connection<TokioIo<TcpStream>, S>;
type Answering = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl Http {
    /// Answers until `stop`; then finishes what is under way.
    pub(crate) async fn run(self, stop: impl Future<Output = ()>) {
        let open = Connections::new(self.limits.connections, self.limits.connections_per_address);
        let (stopping, stopped) = watch::channel(false);
        let mut conversations = JoinSet::new();
        let pages = status::router(&self.front).merge(scrape::router(&self.front));
        let router = Arc::clone(&self.front).router(pages);
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = self.listeners.accept() => accepted,
                () = &mut stop => break,
            };
            while conversations.try_join_next().is_some() {}
            let Ok((stream, address)) = accepted else {
                sleep(PAUSE).await;
                continue;
            };
            let ip = address.ip().to_canonical();
            let free = ip.is_loopback() || self.front.live().proxies.trusts(ip);
            if let Some(place) = open.enter(ip, free) {
                let peer = Peer {
                    address,
                    place: Arc::new(place),
                };
                let router = TowerToHyperService::new(router.clone());
                conversations.spawn(converse(
                    stream,
                    peer,
                    router,
                    self.limits.clone(),
                    stopped.clone(),
                ));
            }
        }
        drop(self.listeners);
        stopping.send_replace(true);
        self.front.finish(conversations).await;
    }
}

async fn converse(
    stream: TcpStream,
    peer: Peer,
    router: TowerToHyperService<Router>,
    limits: Limits,
    mut stopped: watch::Receiver<bool>,
) {
    let _small_replies_go_at_once = stream.set_nodelay(true);
    let place = Arc::clone(&peer.place);
    let service = service_fn(move |mut request: Request<Incoming>| -> Answering {
        request.extensions_mut().insert(peer.clone());
        Box::pin(router.call(request))
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // A client that has said everything may close its side and still wait for the reply.
        .half_close(true)
        .header_read_timeout(limits.head_time)
        .max_buf_size(limits.head)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ended = finish(&mut connection) => {}
        () = place.evicted() => return,
        () = over(&mut stopped, limits.connection_time) => {
            Pin::new(&mut connection).graceful_shutdown();
            tokio::select! {
                _ended = finish(&mut connection) => {}
                () = place.evicted() => return,
                () = sleep(limits.stop_time) => return,
            }
        }
    }
    close(connection.into_parts().io.into_inner()).await;
}

async fn finish<S, F>(connection: &mut Connection<S>) -> hyper::Result<()>
where
    S: hyper::service::HttpService<Incoming, ResBody = Body, Future = F> + Unpin,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    F: Future + Unpin,
{
    poll_fn(|task| connection.poll_without_shutdown(task)).await
}

async fn over(stopped: &mut watch::Receiver<bool>, lifetime: Duration) {
    tokio::select! {
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = sleep(lifetime) => {}
    }
}

/// Says goodbye, then drains what still comes: closing a socket with unread bytes would reset the
/// connection, and the reply could be lost (old ddclients send a line end too many).
async fn close(mut stream: TcpStream) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let (time, most) = LINGER;
    let mut rest = (&mut stream).take(most as u64);
    let mut nowhere = tokio::io::sink();
    let drain = tokio::io::copy(&mut rest, &mut nowhere);
    let _either_way_it_ends = timeout(time, drain).await;
}
