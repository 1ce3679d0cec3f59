//! What the operator writes: the configuration of the server, the environment of the function.

use dyn53_core::{Credential, Credentials, Login};
use dyn53_route53::Route53Zone;
use dyn53_server::ZoneSettings;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// A configuration file. What is accepted is complete: every host lies in a zone, every credential
/// has a secret. What is refused is told in one sentence that begins with the place.
pub fn configuration(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let settings = match dyn53_cli::settings(Path::new("dyn53.toml"), &text) {
        Ok(settings) => settings,
        Err(sentence) => {
            assert!(sentence.starts_with("dyn53.toml:"), "{sentence}");
            return;
        }
    };
    let apexes = settings.zones.iter().map(|zone| match zone {
        ZoneSettings::Embedded(embedded) => &embedded.apex,
        ZoneSettings::Route53(apex, _) => apex,
    });
    let apexes: Vec<_> = apexes.collect();
    assert!(!settings.access.credentials.is_empty() && !apexes.is_empty());
    for credential in &settings.access.credentials {
        assert!((1..=2).contains(&credential.secrets.len()));
        assert!(!credential.hosts.is_empty());
        for own in &credential.hosts {
            assert!(apexes.iter().any(|apex| own.host.is_within(apex)));
            assert!((1..=86_400).contains(&own.ttl));
        }
    }
}

/// Lines `NAME=value` in place of the environment of the Lambda function. What is accepted is complete:
/// each word of the secret, and no other, opens hosts that differ. What is refused is told without a
/// secret.
pub fn environment(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines = text.lines().filter_map(|line| line.split_once('='));
    let mut variables: HashMap<&str, &str> = lines.collect();
    // A file of this machine.
    variables.remove("AWS_CA_BUNDLE");
    let variable = |name: &str| variables.get(name).map(|value| (*value).to_owned());
    let secret = variable("SECRET").unwrap_or_default();
    match dyn53_lambda::environment::Settings::read(&variable) {
        Ok(settings) => {
            let words: Vec<&str> = secret.split_whitespace().collect();
            assert!((1..=2).contains(&words.len()));
            for word in words {
                check_hosts(&settings.credentials, word);
            }
            assert!(opened(&settings.credentials, &format!("{secret} ")).is_none());
            drop(Route53Zone::new(settings.zone));
        }
        Err(fault) => {
            let sentence = fault.to_string();
            assert!(!sentence.is_empty());
            let names = variable("RECORD_NAMES").unwrap_or_default();
            let elsewhere = secret.len() < 16 || names.contains(&secret);
            assert!(elsewhere || !sentence.contains(&secret));
        }
    }
}

fn check_hosts(credentials: &Credentials, secret: &str) {
    let own = &opened(credentials, secret).unwrap().hosts;
    let names: HashSet<_> = own.iter().map(|own| &own.host).collect();
    assert!(!own.is_empty() && names.len() == own.len());
    assert!(own.iter().all(|own| (1..=86_400).contains(&own.ttl)));
}

fn opened<'a>(credentials: &'a Credentials, secret: &str) -> Option<&'a Credential> {
    credentials.find(&Login {
        name: None,
        secret: secret.to_owned(),
    })
}
