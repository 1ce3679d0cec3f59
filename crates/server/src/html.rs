//! HTML: what all pages of the server have around them, and the policy that they come with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dyn53_core::Reply;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const STYLE: &str = include_str!("html/page.css");

/// Nothing but our own style, and forms that go back to us.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
});

/// A reply with a page.
pub(crate) fn reply(status: u16, page: Markup) -> Reply {
    let mut reply = Reply::text(status, page.into_string());
    if let Some(kind) = reply.headers.first_mut() {
        kind.1 = "text/html; charset=utf-8".into();
    }
    reply
        .with("content-security-policy", POLICY.as_str())
        .with("referrer-policy", "no-referrer")
}

/// A whole page with this title and content.
pub(crate) fn page(title: &str, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " - dyn53" }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body { main { p class="brand" { "dyn53" } (main) } }
        }
    }
}
