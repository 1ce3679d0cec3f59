//! What of TLS is built in: what AWS endpoints speak, no more, because the Lambda program has to be
//! small. AES-GCM alone saves 55 KB of ChaCha20; no private keys saves 60 KB of signing.

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::crypto::ring::{cipher_suite, kx_group};
use rustls::crypto::{CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::{Error, SignatureScheme as Scheme};
use std::sync::Arc;
use webpki::ring as check;

/// TLS 1.3 and 1.2 with AES-GCM; X25519, P-256 and P-384; certificates signed with RSA or ECDSA.
pub(crate) fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: vec![
            cipher_suite::TLS13_AES_128_GCM_SHA256,
            cipher_suite::TLS13_AES_256_GCM_SHA384,
            cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ],
        kx_groups: vec![kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1],
        signature_verification_algorithms: SIGNATURES,
        secure_random: &System,
        key_provider: &NoKeys,
    }
}

/// In TLS 1.2 a scheme does not fix the curve, so each ECDSA scheme means both.
static SIGNATURES: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        check::ECDSA_P256_SHA256,
        check::ECDSA_P256_SHA384,
        check::ECDSA_P384_SHA256,
        check::ECDSA_P384_SHA384,
        check::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        check::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        check::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        check::RSA_PKCS1_2048_8192_SHA256,
        check::RSA_PKCS1_2048_8192_SHA384,
        check::RSA_PKCS1_2048_8192_SHA512,
    ],
    mapping: &[
        (
            Scheme::ECDSA_NISTP384_SHA384,
            &[check::ECDSA_P384_SHA384, check::ECDSA_P256_SHA384],
        ),
        (
            Scheme::ECDSA_NISTP256_SHA256,
            &[check::ECDSA_P256_SHA256, check::ECDSA_P384_SHA256],
        ),
        (
            Scheme::RSA_PSS_SHA512,
            &[check::RSA_PSS_2048_8192_SHA512_LEGACY_KEY],
        ),
        (
            Scheme::RSA_PSS_SHA384,
            &[check::RSA_PSS_2048_8192_SHA384_LEGACY_KEY],
        ),
        (
            Scheme::RSA_PSS_SHA256,
            &[check::RSA_PSS_2048_8192_SHA256_LEGACY_KEY],
        ),
        (
            Scheme::RSA_PKCS1_SHA512,
            &[check::RSA_PKCS1_2048_8192_SHA512],
        ),
        (
            Scheme::RSA_PKCS1_SHA384,
            &[check::RSA_PKCS1_2048_8192_SHA384],
        ),
        (
            Scheme::RSA_PKCS1_SHA256,
            &[check::RSA_PKCS1_2048_8192_SHA256],
        ),
    ],
};

/// Random bytes of the operating system.
#[derive(Debug)]
struct System;

impl SecureRandom for System {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        getrandom::fill(bytes).map_err(|_| GetRandomFailed)
    }
}

/// Calls to AWS are signed in their headers, never with a client certificate.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General(
            "client certificates are not supported".into(),
        ))
    }
}
