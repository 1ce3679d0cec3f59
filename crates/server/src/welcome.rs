//! Welcome: what a browser finds at `/`, where devices send their updates.

use crate::html::{self, page};
use axum::http::header::{ACCEPT, AUTHORIZATION};
use axum::http::request::Parts;
use dyn53_core::Reply;
use maud::{Markup, html};

/// Whether it is a person who only opens the address: it wants HTML, and sends neither login nor query.
pub(crate) fn is_for(parts: &Parts) -> bool {
    let accepted = parts
        .headers
        .get(ACCEPT)
        .and_then(|sent| sent.to_str().ok());
    let wants_html = accepted.is_some_and(|sent| sent.contains("text/html"));
    let reads = parts.method == "GET" || parts.method == "HEAD";
    let is_bare = parts.uri.path() == "/" && parts.uri.query().unwrap_or_default().is_empty();
    wants_html && reads && is_bare && !parts.headers.contains_key(AUTHORIZATION)
}

/// The page.
pub(crate) fn reply() -> Reply {
    html::reply(200, welcome())
}

fn welcome() -> Markup {
    page(
        "Dynamic DNS",
        &html! {
            h1 { "Dynamic DNS" }
            p { "Devices send their address here. A browser finds this:" }
            ul class="ways" {
                li { a href="/status" { "Status" } p class="soft" { "Your hosts, their addresses, and who called." } }
                li { a href="/setup" { "Setup" } p class="soft" { "What to paste into a router or a program." } }
            }
        },
    )
}
