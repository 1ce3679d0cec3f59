//! The HTTP client below the calls.

use crate::crypto;
use crate::roots::{Roots, RootsError, certificates};
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

/// A connection that was idle for longer is not used again: on the way, someone may have forgotten it.
const LONGEST_IDLE: Duration = Duration::from_secs(60);

/// Bytes of a connection's buffers. To clear ureq's 2 x 128 KB costs more CPU than a TLS handshake.
const BUFFER: usize = 16 * 1024;

const USER_AGENT: &str = concat!("dyn53/", env!("CARGO_PKG_VERSION"));

/// One agent for all calls: its connection is kept, its trust store and TLS sessions too.
pub(crate) fn agent(roots: &Roots) -> Result<Agent, RootsError> {
    let roots = certificates(roots)?;
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(Arc::new(crypto::provider()));
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(USER_AGENT)
        .max_response_header_size(BUFFER)
        .input_buffer_size(BUFFER)
        .output_buffer_size(BUFFER)
        .max_idle_age(LONGEST_IDLE);
    Ok(config.build().new_agent())
}
