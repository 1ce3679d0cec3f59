//! Credential: who may change which hosts.

use crate::host::Host;
use crate::refusal::Word;
use crate::update::{Login, Named};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::net::Ipv6Addr;

/// The SHA-256 of a secret (FIPS 180-4).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Hashes a secret.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (position, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(position * 2..position * 2 + 2)?;
            // `from_str_radix` would also take a sign.
            let number = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            *byte = number.then(|| u8::from_str_radix(digits, 16).ok())??;
        }
        Some(Self(bytes))
    }

    /// 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

/// A host that a credential may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedHost {
    /// The name.
    pub host: Host,
    /// Time to live of its records in seconds.
    pub ttl: u32,
    /// The host's part of its IPv6 address, for updates that bring a prefix.
    pub interface_id: Option<Ipv6Addr>,
}

/// A stored name, the hashes of its secrets, its hosts.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The DynDNS2 user name; `None`: any.
    pub name: Option<String>,
    /// One hash, or two while a secret is being replaced.
    pub secrets: Vec<SecretHash>,
    /// What it may change.
    pub hosts: Vec<GrantedHost>,
    /// Whether it may take its hosts offline.
    pub allow_offline: bool,
    /// Whether it may answer the challenges of its hosts, and so get certificates for them.
    pub certificates: bool,
}

impl Credential {
    /// A login may say the credential's name or, as many boxes do, the host's.
    fn accepts(&self, name: Option<&String>) -> bool {
        let (Some(own), Some(name)) = (&self.name, name) else {
            return true;
        };
        let is_a_host = || {
            let host = Host::parse(name);
            host.is_ok_and(|host| self.hosts.iter().any(|own| own.host == host))
        };
        own == name || is_a_host()
    }

    pub(crate) fn find(&self, named: &Named) -> Result<&GrantedHost, Word> {
        let found = match named {
            Named::Malformed(_) => return Err(Word::NotFqdn),
            Named::Host(host) => self.hosts.iter().find(|own| own.host == *host),
            Named::Label(label) => {
                let mut own = self
                    .hosts
                    .iter()
                    .filter(|own| own.host.first_label() == label);
                own.next().filter(|_| own.next().is_none())
            }
        };
        found.ok_or(Word::NoHost)
    }
}

/// All credentials of a service, and what addresses they may publish.
#[derive(Clone, Debug)]
pub struct Credentials {
    all: Vec<Credential>,
    /// Where in `all` each secret is, by its hash alone. How long a look-up takes may tell how much of a
    /// hash is right, and that helps nobody: who does not know the secret cannot choose what it hashes to.
    places: HashMap<SecretHash, Vec<usize>>,
    allow_private: bool,
}

impl Credentials {
    /// Credentials; `allow_private` lets them publish private addresses.
    #[must_use]
    pub fn new(all: Vec<Credential>, allow_private: bool) -> Self {
        let mut places: HashMap<SecretHash, Vec<usize>> = HashMap::new();
        for (place, credential) in all.iter().enumerate() {
            for secret in &credential.secrets {
                places.entry(*secret).or_default().push(place);
            }
        }
        Self {
            all,
            places,
            allow_private,
        }
    }

    /// The credential that a login opens, the first one if there are several.
    #[must_use]
    pub fn find(&self, login: &Login) -> Option<&Credential> {
        let sent = SecretHash::of(&login.secret);
        let places = self.places.get(&sent)?;
        let mut opened = places.iter().filter_map(|place| self.all.get(*place));
        opened.find(|credential| credential.accepts(login.name.as_ref()))
    }

    /// Whether private addresses may be published.
    pub(crate) fn allow_private(&self) -> bool {
        self.allow_private
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn a_hash_is_read_as_it_is_written() {
        let hash = SecretHash::of("s3cret");
        assert_eq!(SecretHash::from_hex(&hash.to_hex()), Some(hash));
        let capitals = hash.to_hex().to_ascii_uppercase();
        assert_eq!(SecretHash::from_hex(&capitals), Some(hash));
    }

    /// Why it may be seen how long the look-up of a hash takes: a secret that is nearly right hashes to
    /// something that begins like the right one no more often than chance has it.
    #[test]
    fn a_nearly_right_secret_has_nothing_in_common_with_the_right_one() {
        const SECRET: &str = "kR7vQ2mX9tLw4ZsB8nYc3HdJ6fGp5AeU";
        let right = SecretHash::of(SECRET);
        let mut alike = 0;
        for length in 0..SECRET.len() {
            for last in '!'..='~' {
                let near = format!("{}{last}", SECRET.get(..length).unwrap());
                let equal = right.0.iter().zip(SecretHash::of(&near).0);
                alike += equal.take_while(|(own, sent)| *own == sent).count();
            }
        }
        // 3,008 tries, one in 256 of which begins with the same byte: 12, at most twice that; and the
        // whole of the hash for the one that is right.
        assert!((32..32 + 24).contains(&alike), "{alike} bytes");
    }

    #[rstest]
    #[case("")]
    #[case(&"0".repeat(63))]
    #[case(&"0".repeat(65))]
    #[case(&"+a".repeat(32))]
    #[case(&"-1".repeat(32))]
    #[case(&"0x".repeat(32))]
    #[case(&" a".repeat(32))]
    #[case(&"\u{661}".repeat(32))]
    fn no_hash(#[case] text: &str) {
        assert_eq!(SecretHash::from_hex(text), None);
    }
}
