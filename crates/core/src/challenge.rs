//! Challenge: the TXT record by which a certificate authority sees that a name is ours (ACME DNS-01, RFC 8555
//! section 8.4).

use crate::host::Host;
use crate::record::{RecordData, Text};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fmt;

/// The label that a challenge stands at, below the name that it is for.
const LABEL: &str = "_acme-challenge";

/// The label that a lasting proof stands at (DNS-PERSIST-01).
const LASTING: &str = "_validation-persist";

/// The length of 32 bytes in base64url without padding.
const LENGTH: usize = 43;

/// The digest of a key authorization, as it stands in the record: 43 characters of base64url. Nothing else
/// is ever published, so that nobody can have a text of another meaning published (SPF, the proof of
/// another service).
#[derive(Clone, PartialEq, Eq)]
pub struct KeyDigest(Text);

impl KeyDigest {
    /// Checks a digest as a client sends it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let fits = text.len() == LENGTH && text.bytes().all(allowed);
        fits.then(|| Text::parse(text)).flatten().map(Self)
    }

    /// The digest of a key authorization (RFC 8555 section 8.1), for clients that send that instead.
    #[must_use]
    pub fn of(key_authorization: &str) -> Option<Self> {
        let hash = Sha256::digest(key_authorization.as_bytes());
        Self::parse(&URL_SAFE_NO_PAD.encode(hash))
    }

    /// The data of its record.
    #[must_use]
    pub fn data(&self) -> RecordData {
        RecordData::Txt(self.0.clone())
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(..)")
    }
}

/// Why a request about a challenge is refused. The sentences hold nothing that a client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeError {
    /// The body.
    #[error(
        "the body is not one JSON object that has the texts of a challenge, each once, and nothing but texts"
    )]
    Json,
    /// What shall be published.
    #[error("the value is not the digest of a key authorization: 43 of A-Z a-z 0-9 - _")]
    Value,
    /// Where it shall be published.
    #[error("the name is not _acme-challenge and a full host name after it")]
    Name,
    /// The owner did not allow it.
    #[error(
        "certificates are off: set certificates = true at the credential, or the stack's parameter Certificates to yes"
    )]
    Off,
    /// A client without an account asked for one.
    #[error("accounts are not made by clients: the setup page writes the account file")]
    Registration,
}

/// The name of the challenge for `host`. A certificate for `*.home.example.com` is proved at the same name as
/// one for `home.example.com`. `None`: the name would be too long for DNS.
#[must_use]
pub fn challenge_name(host: &Host) -> Option<Host> {
    let text = host.as_str();
    let proved = text.strip_prefix("*.").unwrap_or(text);
    Host::parse(&format!("{LABEL}.{proved}")).ok()
}

/// Whether authorities look for a proof at this name. No host of a credential may be called so.
#[must_use]
pub fn is_proof_name(host: &Host) -> bool {
    [LABEL, LASTING].contains(&host.first_label())
}

/// The host that the challenge of this name is for.
#[must_use]
pub fn challenged(name: &str) -> Option<Host> {
    let name = Host::parse(name).ok()?;
    let (label, host) = name.as_str().split_once('.')?;
    Host::parse(host).ok().filter(|_| label == LABEL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const GOOD: &str = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0";

    #[rstest]
    #[case(GOOD, true)]
    #[case("___________________________________________", true)]
    #[case(&GOOD[1..], false)]
    #[case(&format!("{GOOD}A"), false)]
    #[case("v=spf1 include:example.net -all            ", false)]
    #[case("google-site-verification=aaaaaaaaaaaaaaaaaa", false)]
    #[case("LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX+", false)]
    #[case("LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu\"\\", false)]
    #[case("LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu\u{e9}", false)]
    #[case("", false)]
    fn digests(#[case] text: &str, #[case] fits: bool) {
        assert_eq!(KeyDigest::parse(text).is_some(), fits);
    }

    /// The example of RFC 8555 section 8.1 has no digest; this one was made with `openssl dgst`.
    #[test]
    fn the_digest_of_a_key_authorization() {
        let digest = KeyDigest::of("token.thumbprint").unwrap();
        assert_eq!(
            digest.data().to_string(),
            "61rBZ_4knHblO0MNoxFsXZ_eTFUHum0B6IVRbhvUn5I"
        );
    }

    #[rstest]
    #[case("home.example.com", Some("_acme-challenge.home.example.com"))]
    #[case("*.home.example.com", Some("_acme-challenge.home.example.com"))]
    #[case(&format!("{0}.{0}.{0}.{0}.{0}", "a".repeat(48)), None)]
    fn names(#[case] host: &str, #[case] expected: Option<&str>) {
        let name = challenge_name(&Host::parse(host).unwrap());
        assert_eq!(name.as_ref().map(Host::as_str), expected);
    }

    #[rstest]
    #[case("_acme-challenge.home.example.com.", Some("home.example.com"))]
    #[case("_ACME-Challenge.Home.example.com", Some("home.example.com"))]
    #[case("home.example.com", None)]
    #[case("_validation-persist.home.example.com", None)]
    #[case("_acme-challenge.com", None)]
    #[case("_acme-challenge.*.example.com", None)]
    #[case("a._acme-challenge.example.com", None)]
    #[case("_acme-challenge", None)]
    #[case("", None)]
    fn hosts(#[case] name: &str, #[case] expected: Option<&str>) {
        assert_eq!(challenged(name).as_ref().map(Host::as_str), expected);
    }
}
