//! Settings: the environment as meant. Nothing else reads the environment.

use dyn53_core::{
    Credential, Credentials, GrantedHost, Host, HostError, SecretHash, is_proof_name,
};
use dyn53_route53::{
    AccessKey, NameServers, Roots, Settings as ZoneSettings, SettingsError, endpoint_of,
};
use std::net::Ipv6Addr;
use std::sync::Arc;
use std::time::SystemTime;
use std::{env, fs, io};

/// Seconds that a record may be remembered, where `TTL` does not say.
const TTL: u32 = 60;

/// What this function is set up for.
pub struct Settings {
    /// Who may change which hosts.
    pub credentials: Credentials,
    /// The zone that they lie in.
    pub zone: ZoneSettings,
}

/// What is wrong with the environment: which variable, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Needed and not there.
    #[error("{0} is not set: give it {1}")]
    Missing(&'static str, &'static str),
    /// Set by Lambda, therefore absent elsewhere only.
    #[error(
        "{0} is not set: this program runs as an AWS Lambda function; elsewhere use `dyn53 serve`"
    )]
    NotLambda(&'static str),
    /// A zone's id.
    #[error("HOSTED_ZONE_ID is not the id of a Route 53 zone: it looks like Z0123456789ABC")]
    ZoneId,
    /// A name among the record names.
    #[error("RECORD_NAMES has `{0}`: {1}")]
    Name(String, HostError),
    /// What stands behind the `=` of a record name.
    #[error("RECORD_NAMES has `{0}`: an interface id looks like nas.example.com=::10")]
    InterfaceId(String),
    /// The same name again.
    #[error("RECORD_NAMES has {0} twice: remove one of them")]
    Repeated(Host),
    /// Too many secrets.
    #[error(
        "SECRET has more than two words: it takes one secret, or the new and the old one with a space between"
    )]
    Secrets,
    /// No number, or none that makes sense.
    #[error("TTL is not a number of seconds from 1 to 86400")]
    Ttl,
    /// Neither on nor off.
    #[error(
        "CERTIFICATES is neither yes nor no: yes lets the secret answer challenges for certificates"
    )]
    Certificates,
    /// A host that would stand where challenges do.
    #[error(
        "RECORD_NAMES has {0}: names that begin with _acme-challenge or _validation-persist are for certificates alone; remove it"
    )]
    Challenge(Host),
    /// The file of root certificates.
    #[error("AWS_CA_BUNDLE names {0}, which cannot be read: {1}")]
    Roots(String, io::Error),
    /// The zone does not take these settings.
    #[error("{0}")]
    Zone(#[from] SettingsError),
}

/// Where the Runtime API is, as host and port.
///
/// # Errors
/// [`Fault`].
pub fn runtime_api() -> Result<String, Fault> {
    let name = "AWS_LAMBDA_RUNTIME_API";
    variable(name).ok_or(Fault::NotLambda(name))
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn from_environment() -> Result<Self, Fault> {
        Self::read(&variable)
    }

    /// Reads what `variable` knows in place of the environment.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn read(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Fault> {
        let by_lambda = |name: &'static str| variable(name).ok_or(Fault::NotLambda(name));
        let credential = Credential {
            name: None,
            secrets: secrets(variable("SECRET"))?,
            hosts: hosts(variable("RECORD_NAMES"), ttl(variable("TTL"))?)?,
            allow_offline: false,
            certificates: certificates(variable("CERTIFICATES"))?,
        };
        let key = AccessKey {
            id: by_lambda("AWS_ACCESS_KEY_ID")?,
            secret: by_lambda("AWS_SECRET_ACCESS_KEY")?,
            session_token: variable("AWS_SESSION_TOKEN"),
        };
        let elsewhere =
            || variable("AWS_ENDPOINT_URL_ROUTE_53").or_else(|| variable("AWS_ENDPOINT_URL"));
        let endpoint = endpoint_of(&by_lambda("AWS_REGION")?);
        let zone = ZoneSettings {
            zone_id: zone_id(variable("HOSTED_ZONE_ID"))?,
            endpoint: match elsewhere() {
                Some(url) => endpoint.moved_to(&url),
                None => endpoint,
            },
            keys: Arc::new(key),
            roots: roots(variable("AWS_CA_BUNDLE"))?,
            name_servers: name_servers(variable("NAME_SERVERS")),
            clock: SystemTime::now,
        };
        Ok(Self {
            credentials: Credentials::new(vec![credential], false),
            zone,
        })
    }
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    let value = env::var_os(name)?.to_string_lossy().trim().to_owned();
    (!value.is_empty()).then_some(value)
}

fn list(text: &str) -> Vec<String> {
    let words = text
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Without the variable there is no glance: to find the zone's name servers would cost the call that it saves.
fn name_servers(value: Option<String>) -> NameServers {
    match list(&value.unwrap_or_default()) {
        none if none.is_empty() => NameServers::None,
        names => NameServers::These(names),
    }
}

fn zone_id(value: Option<String>) -> Result<String, Fault> {
    let missing = Fault::Missing(
        "HOSTED_ZONE_ID",
        "the id of the Route 53 zone, such as Z0123456789ABC",
    );
    let value = value.ok_or(missing)?;
    let id = value.strip_prefix("/hostedzone/").unwrap_or(&value);
    let plain = id.len() <= 32 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then(|| id.to_owned()).ok_or(Fault::ZoneId)
}

fn ttl(value: Option<String>) -> Result<u32, Fault> {
    let Some(value) = value else { return Ok(TTL) };
    let seconds = value
        .parse()
        .ok()
        .filter(|seconds| (1..=86_400).contains(seconds));
    seconds.ok_or(Fault::Ttl)
}

fn hosts(value: Option<String>, ttl: u32) -> Result<Vec<GrantedHost>, Fault> {
    let names = list(&value.unwrap_or_default());
    if names.is_empty() {
        return Err(Fault::Missing(
            "RECORD_NAMES",
            "the names to keep up to date, with commas between",
        ));
    }
    let mut hosts: Vec<GrantedHost> = Vec::new();
    for name in names {
        let own = host(&name, ttl)?;
        if hosts.iter().any(|other| other.host == own.host) {
            return Err(Fault::Repeated(own.host));
        }
        hosts.push(own);
    }
    Ok(hosts)
}

fn host(text: &str, ttl: u32) -> Result<GrantedHost, Fault> {
    let (name, id) = match text.split_once('=') {
        Some((name, id)) => (name.trim(), Some(id.trim())),
        None => (text, None),
    };
    let wrong = || Fault::InterfaceId(text.to_owned());
    let id = id.map(|id| {
        let parsed = id.parse::<Ipv6Addr>().ok();
        parsed.filter(|id| !id.is_unspecified()).ok_or_else(wrong)
    });
    let host = Host::parse(name).map_err(|error| Fault::Name(name.to_owned(), error))?;
    if is_proof_name(&host) {
        return Err(Fault::Challenge(host));
    }
    Ok(GrantedHost {
        host,
        ttl,
        interface_id: id.transpose()?,
    })
}

fn certificates(value: Option<String>) -> Result<bool, Fault> {
    match value.as_deref() {
        None | Some("no") => Ok(false),
        Some("yes") => Ok(true),
        Some(_) => Err(Fault::Certificates),
    }
}

fn secrets(value: Option<String>) -> Result<Vec<SecretHash>, Fault> {
    let value = value.ok_or(Fault::Missing("SECRET", "the secret that the router shows"))?;
    let secrets: Vec<SecretHash> = value.split_whitespace().map(SecretHash::of).collect();
    match secrets.len() {
        1 | 2 => Ok(secrets),
        _ => Err(Fault::Secrets),
    }
}

fn roots(file: Option<String>) -> Result<Roots, Fault> {
    match file {
        None => Ok(Roots::Amazon),
        Some(file) => match fs::read(&file) {
            Ok(pem) => Ok(Roots::Pem(pem)),
            Err(error) => Err(Fault::Roots(file, error)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dyn53_core::Login;
    use dyn53_route53::Endpoint;
    use rstest::rstest;
    use std::collections::HashMap;

    fn read(changed: &[(&str, &str)]) -> Result<Settings, Fault> {
        let mut all = HashMap::from([
            ("HOSTED_ZONE_ID", "Z0123456789ABC"),
            ("RECORD_NAMES", "home.example.com"),
            ("SECRET", "the-secret"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "the-key-id"),
            ("AWS_SECRET_ACCESS_KEY", "the-key-secret"),
            ("AWS_SESSION_TOKEN", "the-token"),
        ]);
        all.extend(changed.iter().copied());
        Settings::read(&|name| {
            let value = all.get(name).copied().unwrap_or_default();
            (!value.is_empty()).then(|| value.to_owned())
        })
    }

    fn opened_by<'a>(settings: &'a Settings, secret: &str) -> Option<&'a Credential> {
        let login = Login {
            name: Some("whoever".to_owned()),
            secret: secret.to_owned(),
        };
        settings.credentials.find(&login)
    }

    #[test]
    fn defaults() {
        let settings = read(&[]).unwrap();
        let credential = opened_by(&settings, "the-secret").unwrap();
        assert_eq!(credential.hosts.len(), 1);
        assert_eq!(credential.hosts[0].ttl, 60);
        assert!(!credential.allow_offline);
        assert!(!credential.certificates);
        assert_eq!(settings.zone.endpoint, endpoint_of("eu-central-1"));
        assert_eq!(settings.zone.roots, Roots::Amazon);
        assert_eq!(settings.zone.name_servers, NameServers::None);
    }

    #[test]
    fn everything_set() {
        let settings = read(&[
            ("HOSTED_ZONE_ID", "/hostedzone/Z1"),
            (
                "RECORD_NAMES",
                " Home.Example.com. ,*.home.example.com, nas.example.com = ::10 ,",
            ),
            ("SECRET", "new  old"),
            ("TTL", "300"),
            ("CERTIFICATES", "yes"),
            ("NAME_SERVERS", "ns-1.example.net, ns-2.example.org"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_ROUTE_53", "http://127.0.0.1:2"),
        ]);
        let settings = settings.unwrap();
        assert_eq!(settings.zone.zone_id, "Z1");
        assert_eq!(
            settings.zone.endpoint,
            Endpoint::at("http://127.0.0.1:2", "us-east-1")
        );
        assert_eq!(
            settings.zone.name_servers,
            NameServers::These(vec!["ns-1.example.net".into(), "ns-2.example.org".into()])
        );
        assert!(opened_by(&settings, "old").is_some());
        assert!(opened_by(&settings, "new").unwrap().certificates);
        let hosts = &opened_by(&settings, "new").unwrap().hosts;
        let names: Vec<&str> = hosts.iter().map(|own| own.host.as_str()).collect();
        assert_eq!(
            names,
            ["home.example.com", "*.home.example.com", "nas.example.com"]
        );
        assert_eq!(hosts[2].interface_id, Some("::10".parse().unwrap()));
        assert_eq!(hosts[2].ttl, 300);
    }

    #[rstest]
    #[case("HOSTED_ZONE_ID", "", "HOSTED_ZONE_ID is not set: give it the id")]
    #[case("HOSTED_ZONE_ID", "example.com", "HOSTED_ZONE_ID is not the id")]
    #[case("RECORD_NAMES", "", "RECORD_NAMES is not set")]
    #[case("RECORD_NAMES", " , ", "RECORD_NAMES is not set")]
    #[case("RECORD_NAMES", "home", "`home`: the host name needs its domain too")]
    #[case("RECORD_NAMES", "bücher.example", "Punycode")]
    #[case(
        "RECORD_NAMES",
        "a.example.com=10",
        "`a.example.com=10`: an interface id"
    )]
    #[case(
        "RECORD_NAMES",
        "a.example.com=::",
        "`a.example.com=::`: an interface id"
    )]
    #[case("RECORD_NAMES", "a.example.com=", "an interface id looks like")]
    #[case(
        "RECORD_NAMES",
        "a.example.com,A.example.com=::1",
        "a.example.com twice"
    )]
    #[case(
        "RECORD_NAMES",
        "_acme-challenge.example.com",
        "are for certificates alone"
    )]
    #[case(
        "RECORD_NAMES",
        "_Validation-persist.example.com",
        "are for certificates alone"
    )]
    #[case("CERTIFICATES", "true", "CERTIFICATES is neither yes nor no")]
    #[case("SECRET", "", "SECRET is not set")]
    #[case("SECRET", "one two three", "SECRET has more than two words")]
    #[case("TTL", "0", "TTL is not a number")]
    #[case("TTL", "1m", "TTL is not a number")]
    #[case("TTL", "86401", "TTL is not a number")]
    #[case(
        "AWS_REGION",
        "",
        "AWS_REGION is not set: this program runs as an AWS Lambda function"
    )]
    #[case("AWS_ACCESS_KEY_ID", "", "AWS_ACCESS_KEY_ID is not set")]
    #[case("AWS_SECRET_ACCESS_KEY", "", "AWS_SECRET_ACCESS_KEY is not set")]
    #[case(
        "AWS_CA_BUNDLE",
        "/nonexistent.pem",
        "/nonexistent.pem, which cannot be read"
    )]
    fn wrong(#[case] name: &str, #[case] value: &str, #[case] sentence: &str) {
        let said = read(&[(name, value)]).err().unwrap().to_string();
        assert!(said.contains(sentence), "{said}");
    }
}
