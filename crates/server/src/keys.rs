//! Keys: AWS access keys from the standard chain of the official SDK, refreshed beside the requests.

mod refresh;
mod schedule;
#[cfg(test)]
mod tests;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use dyn53_route53::{AccessKey, Keys, KeysError};
use refresh::Refresh;
use std::io;
use std::time::{Instant, SystemTime};

/// Keys from the environment, profiles, SSO, web identity, containers or the machine's role.
pub struct ChainKeys {
    refresh: Refresh,
}

impl ChainKeys {
    /// Keys from the chain; nothing is asked before the first request. `clock` tells when keys end.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(clock: fn() -> SystemTime) -> io::Result<Self> {
        let ask = || Box::pin(ask_the_chain()) as refresh::Answer;
        Ok(Self {
            refresh: Refresh::new(Box::new(ask), clock)?,
        })
    }

    /// The region that the environment or the profile names, which tells the partition.
    #[must_use]
    pub fn region(&self) -> Option<String> {
        let region = self.refresh.block_on(region_chain().region());
        region.flatten().map(|region| region.to_string())
    }
}

impl Keys for ChainKeys {
    fn current(&self, now: SystemTime, deadline: Instant) -> Result<AccessKey, KeysError> {
        let key = self.refresh.current(now, deadline);
        key.map_err(|error| KeysError(error.to_string()))
    }
}

/// Without the machine's own word, which only machines in AWS have and others wait for.
fn region_chain() -> RegionProviderChain {
    RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new())
}

/// Asks a new chain each time: an old one would not see that somebody has changed a file.
async fn ask_the_chain() -> Result<Credentials, String> {
    let client = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let region = region_chain().or_else(Region::new("us-east-1"));
    let config = aws_config::defaults(BehaviorVersion::latest());
    let config = config.http_client(client).region(region).load().await;
    let provider = config.credentials_provider();
    let provider = provider.ok_or_else(|| "the chain is empty".to_owned())?;
    let credentials = provider.provide_credentials().await;
    credentials.map_err(|error| causes(&error))
}

/// The causes of an error, outermost first, which name no key.
fn causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}
