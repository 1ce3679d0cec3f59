//! A running `bootstrap` between the two stand-ins: Lambda's Runtime API and Route 53.
#![allow(dead_code, reason = "each test file uses a part")]

use dyn53_core::{Reply, Request};
use dyn53_testkit::route53::{Key, Options, Route53};
use dyn53_testkit::runtime_api::{Posted, Told};
use dyn53_testkit::{RuntimeApi, function_url};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::IpAddr;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};

pub(crate) const ZONE: &str = "Z0123456789ABC";
pub(crate) const KEY_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(crate) const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLETOKEN==";

/// A Route 53 with one zone, which checks signatures of temporary keys.
pub(crate) fn route53(apex: &str) -> Route53 {
    Route53::start(Options {
        zones: vec![(apex.into(), ZONE.into())],
        keys: vec![Key {
            id: "ASIAEXAMPLE".into(),
            secret: KEY_SECRET.into(),
            token: Some(TOKEN.into()),
        }],
        ..Options::default()
    })
}

/// The environment of a function in front of it.
pub(crate) fn environment(route53: &Route53) -> Vec<(&'static str, String)> {
    vec![
        ("HOSTED_ZONE_ID", ZONE.into()),
        ("RECORD_NAMES", "home.example.com".into()),
        ("SECRET", "s3cret".into()),
        ("NAME_SERVERS", route53.name_server().to_string()),
        ("AWS_REGION", "eu-central-1".into()),
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE".into()),
        ("AWS_SECRET_ACCESS_KEY", KEY_SECRET.into()),
        ("AWS_SESSION_TOKEN", TOKEN.into()),
        ("AWS_ENDPOINT_URL_ROUTE_53", route53.url()),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1".into()),
        ("HTTP_PROXY", "http://127.0.0.1:1".into()),
    ]
}

/// A GET of this target from 203.0.113.77.
pub(crate) fn get(target: &str) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request {
        path: path.into(),
        query: query.into(),
        ..Request::bare(IpAddr::from([203, 0, 113, 77]))
    }
}

/// A running `bootstrap`.
pub(crate) struct Function {
    api: RuntimeApi,
    child: Child,
    log: Option<JoinHandle<Vec<String>>>,
}

impl Function {
    pub(crate) fn start(environment: &[(&'static str, String)]) -> Self {
        let api = RuntimeApi::start();
        let mut child = Command::new(env!("CARGO_BIN_EXE_bootstrap"))
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let log = thread::spawn(move || output.lines().map(Result::unwrap).collect());
        Self {
            api,
            child,
            log: Some(log),
        }
    }

    /// What is posted for an event.
    pub(crate) fn invoke(&self, event: impl Into<Vec<u8>>) -> Told {
        self.api.invoke(event)
    }

    pub(crate) fn api(&self) -> &RuntimeApi {
        &self.api
    }

    /// The reply to an event.
    pub(crate) fn reply(&self, event: &Value) -> Reply {
        match self.invoke(event.to_string()).posted {
            Posted::Reply(text) => as_reply(&text),
            Posted::Error(kind, text) => panic!("{kind}: {text}"),
        }
    }

    /// The reply to a request.
    pub(crate) fn say(&self, request: &Request) -> Reply {
        self.reply(&function_url::event(request))
    }

    /// Ends the program; all that it logged.
    pub(crate) fn log(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log.take().unwrap().join().unwrap()
    }

    /// Waits until the program ends by itself: its exit code, and all that it logged.
    pub(crate) fn end(mut self) -> (Option<i32>, Vec<String>) {
        let lines = self.log.take().unwrap().join().unwrap();
        (self.child.wait().unwrap().code(), lines)
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _gone_already = self.child.wait();
    }
}

/// The reply that Lambda would make of it; every field has to be there.
fn as_reply(text: &str) -> Reply {
    let fields: Value = serde_json::from_str(text).unwrap();
    assert_eq!(fields["isBase64Encoded"], false, "{text}");
    let headers = fields["headers"].as_object().unwrap().iter();
    let headers = headers.map(|(name, value)| {
        let name: &'static str = name.clone().leak();
        (name, value.as_str().unwrap().to_owned().into())
    });
    Reply {
        status: fields["statusCode"].as_u64().unwrap().try_into().unwrap(),
        headers: headers.collect(),
        body: fields["body"].as_str().unwrap().to_owned().into(),
    }
}
