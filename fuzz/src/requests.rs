//! Requests, and the Lambda events that carry them.

use dyn53_core::{
    Answered, Credential, Credentials, Dialect, GrantedHost, Host, Reply, Request, SecretHash,
    Service,
};
use dyn53_lambda::event;
use dyn53_testkit::MemoryZone;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Lines: method, target, authorization, body, user and key of acme-dns. No secret, no change; twice is the
/// same as once.
pub fn dialects(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default().to_owned();
    let (method, target, authorization, body) = (line(), line(), line(), line());
    let (user, key) = (line(), line());
    let some = |text: String| (!text.is_empty()).then_some(text);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut request = Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        authorization: some(authorization),
        api_user: some(user),
        api_key: some(key),
        ..Request::bare([203, 0, 113, 5].into())
    };
    if Dialect::of(&request).is_some_and(Dialect::reads_json) {
        request.json = body;
    } else {
        request.form = body;
    }
    answer(&request);
}

/// An event of a Function URL. Whatever it is, the reply to it is one that Lambda understands.
pub fn event(data: &[u8]) {
    let Ok(request) = event::read(data) else {
        return;
    };
    assert!(request.form.len() + request.json.len() <= 3 * 16 * 1024);
    let reply: Value = serde_json::from_str(&event::reply(&answer(&request).reply)).unwrap();
    let status = reply.pointer("/statusCode").and_then(Value::as_u64);
    assert!(status.is_some_and(|status| (200..600).contains(&status)));
}

fn answer(request: &Request) -> Answered {
    let deadline = Instant::now() + Duration::from_secs(5);
    let zone = Arc::new(MemoryZone::default());
    let service = service("s3cret", &zone);
    let first = service.answer(request, deadline);
    let after = zone.contents();
    let second = service.answer(request, deadline);
    assert_eq!(
        after,
        zone.contents(),
        "a second request like the first changed something"
    );
    assert_eq!(first.reply.status, second.reply.status);
    check(&first);
    let locked = Arc::new(MemoryZone::default());
    let refused = self::service("another, which no request has", &locked).answer(request, deadline);
    assert!(locked.contents().is_empty(), "changed without the secret");
    assert!(refused.reply.status != 200 || ["myip", "setup"].contains(&refused.log.dialect));
    first
}

/// Nothing that was sent breaks out of a header or of a line of the log.
fn check(answered: &Answered) {
    let log = answered.log.to_json();
    assert!(!log.contains(|char: char| char.is_control()), "{log}");
    for (name, value) in &answered.reply.headers {
        assert!(
            !value.contains(|char: char| char.is_control()),
            "{name}: {value}"
        );
    }
    let words = ["good", "nochg", "OK"];
    let said = |word: &&str| answered.reply.body.contains(word);
    assert!(answered.reply.status == 200 || !words.iter().any(said));
}

fn service(secret: &str, zone: &Arc<MemoryZone>) -> Service<Arc<MemoryZone>> {
    Service::new(credentials(secret), Arc::clone(zone), || {
        Reply::text(200, "page")
    })
}

fn credentials(secret: &str) -> Credentials {
    let own = |name: &str, id: Option<&str>| GrantedHost {
        host: Host::parse(name).unwrap(),
        ttl: 60,
        interface_id: id.map(|id| id.parse().unwrap()),
    };
    let credential = Credential {
        name: Some("router".into()),
        secrets: vec![SecretHash::of(secret)],
        hosts: vec![
            own("home.example.net", None),
            own("nas.example.net", Some("::10")),
        ],
        allow_offline: true,
        certificates: true,
    };
    Credentials::new(vec![credential], false)
}
