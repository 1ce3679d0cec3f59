//! How the stand-in is set up.

use super::throttle::Throttle;
use std::net::SocketAddr;
use std::time::Duration;

/// An access key that the stand-in knows.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// The session token that must come with it.
    pub token: Option<String>,
}

/// How the stand-in is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name and id of each hosted zone.
    pub zones: Vec<(String, String)>,
    /// Who may call; nobody listed: signatures are not checked.
    pub keys: Vec<Key>,
    /// The region that calls are signed for.
    pub region: String,
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Where the name server listens.
    pub dns: SocketAddr,
    /// Certificate chain and key, as PEM; `None`: plain HTTP.
    pub tls: Option<(Vec<u8>, Vec<u8>)>,
    /// How many calls an account may make; `None`: any.
    pub throttle: Option<Throttle>,
    /// How many changes an account may make, counted in elements; `None`: any.
    pub change_throttle: Option<Throttle>,
    /// How long a change of a zone is processed; another one is refused meanwhile.
    pub processing: Duration,
    /// How long each answer of the API takes on its way.
    pub latency: Duration,
    /// How long each answer of the name server takes on its way.
    pub dns_latency: Duration,
    /// How much later the name server knows of a change.
    pub propagation: Duration,
    /// How many of the bad records the refusal of a batch names; 0: it does not say which.
    pub named: usize,
}

impl Default for Options {
    fn default() -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            zones: vec![("example.net".into(), "Z0123456789ABC".into())],
            keys: vec![Key {
                id: "AKIDEXAMPLE".into(),
                secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
                token: None,
            }],
            region: "us-east-1".into(),
            listen: any_port,
            dns: any_port,
            tls: None,
            throttle: None,
            change_throttle: None,
            processing: Duration::ZERO,
            latency: Duration::ZERO,
            dns_latency: Duration::ZERO,
            propagation: Duration::ZERO,
            named: usize::MAX,
        }
    }
}
