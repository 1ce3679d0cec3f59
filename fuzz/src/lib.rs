//! One function for each place where bytes come in from outside. It panics where the program is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dyn53_core::{Credential, Credentials, GrantedHost, Host, Reply, Request, SecretHash, Service};
use dyn53_testkit::MemoryZone;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A target: its name, and what is done with the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets; each has a folder of the same name in `corpus`.
pub const TARGETS: &[Target] = &[("dialects", dialects)];

/// Lines: method, target, authorization, form. No secret, no change; twice is the same as once.
pub fn dialects(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default().to_owned();
    let (method, target, authorization, form) = (line(), line(), line(), line());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let request = Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        form,
        authorization: (!authorization.is_empty()).then_some(authorization),
        caller: "203.0.113.5".parse().unwrap(),
    };
    let zone = Arc::new(MemoryZone::default());
    let service = Service::new(credentials(), Arc::clone(&zone), || Reply::text(200, "page"));
    let deadline = Instant::now() + Duration::from_secs(5);
    let first = service.answer(&request, deadline);
    let after = zone.contents();
    let second = service.answer(&request, deadline);
    assert_eq!(after, zone.contents(), "a second request like the first changed something");
    assert_eq!(first.reply.status, second.reply.status);
    assert!(!first.log.to_json().contains(['\n', '\u{1b}']));
}

fn credentials() -> Credentials {
    let own = |name: &str, id: Option<&str>| GrantedHost {
        host: Host::parse(name).unwrap(),
        ttl: 60,
        interface_id: id.map(|id| id.parse().unwrap()),
    };
    let credential = Credential {
        name: Some("router".into()),
        secrets: vec![SecretHash::of("s3cret")],
        hosts: vec![own("home.example.net", None), own("nas.example.net", Some("::10"))],
        allow_offline: true,
    };
    Credentials::new(vec![credential], false)
}
