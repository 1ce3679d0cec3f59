//! Asked: what of a browser's request the status looks at.

use crate::front::Front;
use crate::live::Live;
use axum::body::Body;
use axum::http::header::{COOKIE, HeaderName};
use axum::http::request::Parts;
use dyn53_core::Reply;
use std::net::IpAddr;
use std::sync::Arc;

/// The name of the cookie of a session.
pub(super) const COOKIE_NAME: &str = "dyn53";

/// What a browser sent.
pub(super) struct Asked {
    parts: Parts,
    pub(super) caller: IpAddr,
    pub(super) live: Arc<Live>,
    /// The fields of a form.
    fields: Vec<(String, String)>,
}

impl Asked {
    /// Reads the form of a POST; nobody else sends a body.
    pub(super) async fn read(
        front: &Front,
        parts: Parts,
        body: Body,
        peer: IpAddr,
    ) -> Result<Self, Reply> {
        let live = front.live();
        let caller = front.caller(&parts, peer, &live.proxies);
        let text = if parts.method == "POST" {
            front.text(body).await?
        } else {
            String::new()
        };
        let fields = form_urlencoded::parse(text.as_bytes()).into_owned();
        let fields = fields.collect();
        Ok(Self {
            parts,
            caller,
            live,
            fields,
        })
    }

    /// A field of the form; empty, if it was not sent.
    pub(super) fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(own, _)| own == name);
        found.map_or("", |(_, value)| value)
    }

    /// A header; empty, if it was not sent.
    pub(super) fn header(&self, name: &str) -> &str {
        let value = HeaderName::try_from(name)
            .ok()
            .and_then(|name| self.parts.headers.get(name));
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The value of our cookie (RFC 6265 section 4.2.1).
    pub(super) fn token(&self) -> &str {
        let pairs = self.header(COOKIE.as_str()).split(';');
        let mut values = pairs.filter_map(|pair| pair.trim().split_once('='));
        values
            .find(|(name, _)| *name == COOKIE_NAME)
            .map_or("", |(_, value)| value)
    }
}
