//! Status: the pages that people look at, and the same as JSON.
//!
//! One logs in with the name and the secret of a device, by a form or by Basic, and sees its hosts; with the
//! operator's secret one sees all. A form that changes something needs the session's cookie and a word
//! that only the session's own page has.

mod asked;
mod page;
mod records;
mod session;
mod state;
mod timeline;
mod view;
mod viewer;
mod words;

use crate::front::Front;
use crate::html;
use crate::metrics::RefusedLogin;
use crate::peer::Peer;
use crate::response::response;
use asked::{Asked, COOKIE_NAME};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::response::Response;
use axum::routing::{get, post};
use dyn53_core::{LogLine, Login, Reply};
use session::{Session, Sessions};
use std::sync::Arc;
use std::time::Instant;
use tokio::task::spawn_blocking;
use view::View;
use viewer::{Denied, Viewer};

struct Status {
    front: Arc<Front>,
    sessions: Sessions,
}

/// Who asks, and with which session.
struct Known {
    viewer: Viewer,
    session: Option<Arc<Session>>,
}

/// The routes of the status.
pub(crate) fn router(front: &Arc<Front>) -> Router {
    let status = Status {
        front: Arc::clone(front),
        sessions: Sessions::new(front.limits().session_time),
    };
    Router::new()
        .route("/status", get(show).post(log_in))
        .route("/status.json", get(json))
        .route("/status/set", post(set))
        .route("/status/logout", post(log_out))
        .with_state(Arc::new(status))
}

async fn show(State(status): State<Arc<Status>>, request: Request) -> Response {
    status
        .answer(request, async |asked| match status.known(asked) {
            Ok(None) => html::reply(200, page::login(None)),
            Ok(Some(known)) => status.page(asked, known).await,
            Err(denied) => html::reply(denied.status(), page::login(Some(&denied.to_string())))
                .with("retry-after", denied.wait()),
        })
        .await
}

async fn json(State(status): State<Arc<Status>>, request: Request) -> Response {
    status
        .answer(request, async |asked| match status.known(asked) {
            Ok(Some(known)) => {
                let view = status.view(asked, known.viewer).await;
                let text = view.and_then(|view| serde_json::to_string(&view).ok());
                text.map_or_else(|| Reply::text(500, "911"), |text| Reply::json(200, text))
            }
            Ok(None) => Reply::text(401, "badauth").with(
                "www-authenticate",
                "Basic realm=\"dyn53\", charset=\"UTF-8\"",
            ),
            Err(denied) => {
                Reply::text(denied.status(), denied.word()).with("retry-after", denied.wait())
            }
        })
        .await
}

async fn log_in(State(status): State<Arc<Status>>, request: Request) -> Response {
    status.answer(request, async |asked| {
        let (name, secret) = (asked.field("name"), asked.field("secret"));
        let sent = viewer::form(asked.caller, name.trim(), secret);
        let login = match status.check(asked, &sent) {
            Ok((login, _)) => login,
            Err(denied) => return html::reply(denied.status(), page::login(Some(&denied.to_string()))).with("retry-after", denied.wait()),
        };
        let secure = if asked.header("x-forwarded-proto") == "https" { "; Secure" } else { "" };
        let seconds = status.front.limits().session_time.as_secs();
        match status.sessions.begin(login) {
            Some(token) => to_the_page(&format!("{COOKIE_NAME}={token}; Path=/status; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")),
            None => Reply::text(500, "911"),
        }
    })
    .await
}

async fn log_out(State(status): State<Arc<Status>>, request: Request) -> Response {
    status
        .answer(request, async |asked| {
            if status.owned(asked).is_none() {
                return html::reply(
                    403,
                    page::login(Some("This form is out of date: log in again.")),
                );
            }
            status.sessions.end(asked.token());
            to_the_page(&format!(
                "{COOKIE_NAME}=; Path=/status; Max-Age=0; HttpOnly; SameSite=Strict"
            ))
        })
        .await
}

/// Makes the update that a device at the browser's place would make.
async fn set(State(status): State<Arc<Status>>, request: Request) -> Response {
    status
        .answer(request, async |asked| {
            let Some(session) = status.owned(asked) else {
                return html::reply(
                    403,
                    page::login(Some("This form is out of date: log in again.")),
                );
            };
            let update = viewer::update(asked.caller, &session.login, asked.field("host"));
            let reply = status
                .front
                .answer(Arc::clone(&asked.live), update, Instant::now())
                .await;
            match reply.status {
                200 => to_the_page(""),
                // The page shows the refusal and its reason among the last calls.
                _ => match status.known(asked) {
                    Ok(Some(known)) => status.page(asked, known).await,
                    _ => html::reply(403, page::login(None)),
                },
            }
        })
        .await
}

impl Status {
    /// Answers a request, and logs that it was there.
    async fn answer(&self, request: Request, reply: impl AsyncFnOnce(&Asked) -> Reply) -> Response {
        let start = Instant::now();
        let (mut parts, body) = request.into_parts();
        let Some(peer) = parts.extensions.remove::<Peer>() else {
            return Response::default();
        };
        peer.place.busy();
        let version = parts.version;
        let asked = Asked::read(&self.front, parts, body, peer.address.ip()).await;
        let bare = |caller| dyn53_core::Request::bare(caller);
        let (reply, caller) = match asked {
            Ok(asked) => (reply(&asked).await, asked.caller),
            Err(reply) => (reply, peer.address.ip()),
        };
        let word = match reply.status {
            200 | 303 => "shown",
            401 | 403 => "badauth",
            _ => "911",
        };
        let mut line = LogLine::page("status", &bare(caller), &Reply::text(reply.status, word));
        line.outcome = word.to_owned();
        self.front.telemetry().page(line, start);
        peer.place.waiting();
        response(reply, version)
    }

    /// Checks a login, and counts one that is refused.
    fn check(&self, asked: &Asked, sent: &dyn53_core::Request) -> Result<(Login, Viewer), Denied> {
        let checked = viewer::check(&asked.live, self.front.limiter(), sent);
        checked.inspect_err(|denied| {
            self.front.telemetry().metrics.refused_login(match denied {
                Denied::Wrong => RefusedLogin::Wrong,
                Denied::Wait(_) => RefusedLogin::Throttled,
            });
        })
    }

    /// Who asks: by the cookie, else by Basic; nobody, if neither was sent or the session is over.
    fn known(&self, asked: &Asked) -> Result<Option<Known>, Denied> {
        if let Some(session) = self.sessions.find(asked.token()) {
            let viewer = viewer::of(&asked.live, &session.login);
            let known = |viewer| Known {
                viewer,
                session: Some(session),
            };
            return Ok(viewer.map(known));
        }
        if asked.header(AUTHORIZATION.as_str()).is_empty() {
            return Ok(None);
        }
        let sent = viewer::basic(asked.caller, asked.header(AUTHORIZATION.as_str()));
        let (_, viewer) = self.check(asked, &sent)?;
        Ok(Some(Known {
            viewer,
            session: None,
        }))
    }

    /// The session of a form that came from its own page.
    fn owned(&self, asked: &Asked) -> Option<Arc<Session>> {
        let session = self.sessions.find(asked.token())?;
        (session.form == asked.field("form")).then_some(session)
    }

    async fn page(&self, asked: &Asked, known: Known) -> Reply {
        let may_set = matches!(known.viewer, Viewer::Owner(_));
        let Some(view) = self.view(asked, known.viewer).await else {
            return Reply::text(500, "911");
        };
        let form = known.session.as_ref().map(|session| session.form.as_str());
        html::reply(200, page::status(&view, form, may_set))
    }

    async fn view(&self, asked: &Asked, viewer: Viewer) -> Option<View> {
        let (live, caller) = (Arc::clone(&asked.live), asked.caller);
        let telemetry = Arc::clone(self.front.telemetry());
        let gathering = spawn_blocking(move || View::gather(&viewer, caller, &live, &telemetry));
        gathering.await.ok()
    }
}

/// Sends the browser to the page, so that loading it again does not send a form again.
fn to_the_page(cookie: &str) -> Reply {
    let reply = Reply::text(303, "").with("location", "/status");
    if cookie.is_empty() {
        reply
    } else {
        reply.with("set-cookie", cookie.to_owned())
    }
}
