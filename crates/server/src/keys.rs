//! Keys: AWS access keys from the standard chain of the official SDK, remembered until they near
//! their end.

use crate::embedded::locked;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use dyn53_route53::{AccessKey, Keys};
use std::io;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// Keys are fetched again this long before they expire.
const EARLY: Duration = Duration::from_secs(300);
/// Keys without an end are read again after this long: somebody may have changed the file.
const STATIC: Duration = Duration::from_secs(600);
/// How long the chain may take.
const FETCH: Duration = Duration::from_secs(10);

/// Keys from the environment, profiles, SSO, web identity, containers or the machine's role.
pub struct ChainKeys {
    runtime: Own,
    chain: Mutex<Option<SharedCredentialsProvider>>,
    known: Mutex<Option<Known>>,
}

/// A runtime of our own, for threads without one. Dropping it waits for nothing, so that a server may
/// drop its zones anywhere.
struct Own(Option<Runtime>);

impl Own {
    fn new() -> io::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        Ok(Self(Some(builder.enable_all().build()?)))
    }

    fn block_on<F: Future>(&self, future: F) -> Option<F::Output> {
        self.0.as_ref().map(|runtime| runtime.block_on(future))
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

struct Known {
    key: AccessKey,
    /// When to ask again.
    until: SystemTime,
    /// When the key ends.
    end: Option<SystemTime>,
}

impl ChainKeys {
    /// Keys from the chain; nothing is asked yet.
    ///
    /// # Errors
    /// What the system says.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            runtime: Own::new()?,
            chain: Mutex::default(),
            known: Mutex::default(),
        })
    }

    /// The region that the environment or the profile names, which tells the partition.
    #[must_use]
    pub fn region(&self) -> Option<String> {
        let region = self.runtime.block_on(region_chain().region());
        region.flatten().map(|region| region.to_string())
    }

    fn fetch(&self, now: SystemTime) -> Result<Known, String> {
        let mut chain = locked(&self.chain);
        let fetch = async {
            let provider = match chain.take() {
                Some(provider) => provider,
                None => load().await?,
            };
            let credentials = provider.provide_credentials().await;
            *chain = Some(provider);
            credentials.map_err(|error| chain_of_causes(&error))
        };
        let fetched = self.runtime.block_on(async { timeout(FETCH, fetch).await });
        let late = || format!("the chain took longer than {} s", FETCH.as_secs());
        let fetched = fetched.and_then(Result::ok).unwrap_or_else(|| Err(late()));
        match fetched {
            Ok(credentials) => Ok(Known::of(&credentials, now)),
            Err(error) => Err(format!(
                "no AWS access key was found: {error}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
            )),
        }
    }
}

impl Keys for ChainKeys {
    fn current(&self, now: SystemTime) -> Result<AccessKey, String> {
        let mut known = locked(&self.known);
        if let Some(known) = known.as_ref().filter(|known| now < known.until) {
            return Ok(known.key.clone());
        }
        match self.fetch(now) {
            Ok(fetched) => Ok(known.insert(fetched).key.clone()),
            Err(error) => match known.as_ref() {
                Some(old) if old.end.is_none_or(|end| now < end) => Ok(old.key.clone()),
                _ => Err(error),
            },
        }
    }
}

impl Known {
    fn of(credentials: &Credentials, now: SystemTime) -> Self {
        let end = credentials.expiry();
        let early = end.and_then(|end| end.checked_sub(EARLY));
        Self {
            key: AccessKey {
                id: credentials.access_key_id().to_owned(),
                secret: credentials.secret_access_key().to_owned(),
                session_token: credentials.session_token().map(str::to_owned),
            },
            until: early.unwrap_or(now + STATIC),
            end,
        }
    }
}

/// Without the machine's own word, which only machines in AWS have and others wait for.
fn region_chain() -> RegionProviderChain {
    RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new())
}

async fn load() -> Result<SharedCredentialsProvider, String> {
    let client = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let region = region_chain().or_else(Region::new("us-east-1"));
    let config = aws_config::defaults(BehaviorVersion::latest());
    let config = config.http_client(client).region(region).load().await;
    config
        .credentials_provider()
        .ok_or_else(|| "the chain is empty".to_owned())
}

/// The causes of an error, outermost first, which name no key.
fn chain_of_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}
