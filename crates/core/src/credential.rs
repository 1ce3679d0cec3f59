//! Credential: who may change which hosts. Only [`Credentials::authorize`] makes a [`Grant`].

use crate::address::{AddressError, check_publishable};
use crate::host::Host;
use crate::outcome::{Refusal, Word};
use crate::update::{Addresses, Asked, Login, Named, Update, Wish};
use crate::zone::{Family, Wanted};
use sha2::{Digest, Sha256};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use subtle::{Choice, ConstantTimeEq};

/// The SHA-256 of a secret (FIPS 180-4).
#[derive(Clone, Copy, PartialEq, Eq)]
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
            *byte = u8::from_str_radix(digits, 16).ok()?;
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
}

impl Credential {
    /// A login may say the credential's name or, as many boxes do, the host's.
    fn accepts(&self, login: &Login, sent: SecretHash) -> Choice {
        let secret = self
            .secrets
            .iter()
            .fold(Choice::from(0), |found, hash| found | hash.0.ct_eq(&sent.0));
        let name = match (&self.name, &login.name) {
            (Some(own), Some(name)) => {
                own == name || self.hosts.iter().any(|h| h.host.as_str() == name)
            }
            _ => true,
        };
        secret & Choice::from(u8::from(name))
    }

    fn find(&self, named: &Named) -> Result<&GrantedHost, Word> {
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
    allow_private: bool,
}

/// What becomes of one host that the client asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The host and what it shall have, or the word it is refused with.
    pub verdict: Result<Host, Word>,
    /// The addresses it shall have, IPv4 first.
    pub addresses: Vec<IpAddr>,
}

/// An update that a credential allows.
#[derive(Clone, Debug)]
pub struct Grant {
    lines: Vec<Line>,
    wanted: Vec<Wanted>,
}

impl Grant {
    /// What the client is told about, in the order it asked.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// What the zone shall hold, each name and type once.
    #[must_use]
    pub fn wanted(&self) -> &[Wanted] {
        &self.wanted
    }
}

impl Credentials {
    /// Credentials; `allow_private` lets them publish private addresses.
    #[must_use]
    pub fn new(all: Vec<Credential>, allow_private: bool) -> Self {
        Self { all, allow_private }
    }

    /// The credential that a login opens. Every hash is compared, whichever fits.
    #[must_use]
    pub fn find(&self, login: &Login) -> Option<&Credential> {
        let sent = SecretHash::of(&login.secret);
        self.all.iter().fold(None, |found, credential| {
            let fits: bool = credential.accepts(login, sent).into();
            if fits {
                found.or(Some(credential))
            } else {
                found
            }
        })
    }

    /// What of `update` its login may do.
    ///
    /// # Errors
    /// [`Refusal`]: wrong login, no host of this login, an address that is not published.
    pub fn authorize(&self, update: Update) -> Result<Grant, Refusal> {
        let credential = self.find(&update.login).ok_or(Refusal::BadAuth)?;
        match update.wish {
            Wish::Offline if !credential.allow_offline => return Err(Refusal::OfflineForbidden),
            Wish::Set(addresses) => self.check(addresses)?,
            Wish::Offline => {}
        }
        let mut grant = Grant {
            lines: Vec::new(),
            wanted: Vec::new(),
        };
        for found in hosts_of(credential, &update.asked) {
            grant.add(found, update.wish, &update.asked)?;
        }
        grant.check(credential, &update.asked)?;
        if let Wish::Set(addresses) = update.wish {
            grant.add_behind_prefix(credential, addresses)?;
        }
        Ok(grant)
    }

    fn check(&self, addresses: Addresses) -> Result<(), Refusal> {
        let v4 = addresses.v4.map(IpAddr::V4);
        let v6 = addresses.v6.map(IpAddr::V6);
        let prefix = addresses
            .prefix
            .map(|prefix| prefix.host(Ipv6Addr::UNSPECIFIED));
        let prefix = prefix.and_then(Result::ok).map(IpAddr::V6);
        for address in v4.into_iter().chain(v6).chain(prefix) {
            check_publishable(address, self.allow_private).map_err(Refusal::BadAddress)?;
        }
        Ok(())
    }
}

fn hosts_of<'a>(credential: &'a Credential, asked: &Asked) -> Vec<Result<&'a GrantedHost, Word>> {
    match asked {
        Asked::All => credential.hosts.iter().map(Ok).collect(),
        Asked::Each(names) | Asked::Together(names) => {
            names.iter().map(|named| credential.find(named)).collect()
        }
    }
}

impl Grant {
    fn add(
        &mut self,
        found: Result<&GrantedHost, Word>,
        wish: Wish,
        asked: &Asked,
    ) -> Result<(), Refusal> {
        let own = match found {
            Ok(own) => own,
            Err(word) => {
                self.lines.push(Line {
                    verdict: Err(word),
                    addresses: Vec::new(),
                });
                return Ok(());
            }
        };
        let by_name = *asked != Asked::All;
        let addresses = match wish {
            Wish::Offline => Vec::new(),
            Wish::Set(sent) => addresses_of(own, sent, by_name).map_err(Refusal::BadAddress)?,
        };
        match wish {
            Wish::Offline => {
                self.want(own, Family::V4, None);
                self.want(own, Family::V6, None);
            }
            Wish::Set(_) if addresses.is_empty() => return Ok(()),
            Wish::Set(_) => {
                for address in &addresses {
                    self.want(own, Family::of(*address), Some(*address));
                }
            }
        }
        self.lines.push(Line {
            verdict: Ok(own.host.clone()),
            addresses,
        });
        Ok(())
    }

    fn add_behind_prefix(
        &mut self,
        credential: &Credential,
        sent: Addresses,
    ) -> Result<(), Refusal> {
        let Some(prefix) = sent.prefix else {
            return Ok(());
        };
        for own in &credential.hosts {
            if let Some(id) = own.interface_id {
                let address = prefix.host(id).map_err(Refusal::BadAddress)?;
                self.want(own, Family::V6, Some(IpAddr::V6(address)));
            }
        }
        Ok(())
    }

    fn want(&mut self, own: &GrantedHost, family: Family, address: Option<IpAddr>) {
        let known = |wanted: &Wanted| wanted.host == own.host && wanted.family == family;
        if !self.wanted.iter().any(known) {
            self.wanted.push(Wanted {
                host: own.host.clone(),
                family,
                ttl: own.ttl,
                address,
            });
        }
    }

    fn check(&self, credential: &Credential, asked: &Asked) -> Result<(), Refusal> {
        let words: Vec<Word> = self
            .lines
            .iter()
            .filter_map(|line| line.verdict.as_ref().err().copied())
            .collect();
        let all_refused = words.len() == self.lines.len();
        let together = matches!(asked, Asked::Together(_)) && !words.is_empty();
        match all_refused || together {
            false => Ok(()),
            true if words.is_empty() => Err(Refusal::NothingToSet),
            true => Err(Refusal::Hosts {
                words,
                known: credential
                    .hosts
                    .iter()
                    .map(|own| own.host.clone())
                    .collect(),
            }),
        }
    }
}

/// A host with an interface id takes the router's own IPv6 address only if it is named.
fn addresses_of(
    own: &GrantedHost,
    sent: Addresses,
    by_name: bool,
) -> Result<Vec<IpAddr>, AddressError> {
    let v6 = match (own.interface_id, sent.prefix) {
        (Some(id), Some(prefix)) => Some(prefix.host(id)?),
        (Some(_), None) if !by_name => None,
        _ => sent.v6,
    };
    let v4 = sent.v4.map(IpAddr::V4);
    Ok(v4.into_iter().chain(v6.map(IpAddr::V6)).collect())
}
