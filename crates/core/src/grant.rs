//! Grant: an update that a credential allows. Only [`Credentials::authorize`] makes one.

mod challenge;

use crate::address::{AddressError, check_publishable};
use crate::challenge::{ChallengeError, is_proof_name};
use crate::credential::{Credential, Credentials, GrantedHost};
use crate::host::Host;
use crate::record::{RecordData, RecordType, Values, Wanted};
use crate::refusal::{Refusal, Word};
use crate::update::{Addresses, Asked, Update, Wish};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv6Addr};

/// An update that a credential allows.
#[derive(Clone, Debug, Default)]
pub struct Grant {
    lines: Vec<Line>,
    wanted: Vec<Wanted>,
}

/// What becomes of one host that the client asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The host, or the word it is refused with.
    pub verdict: Result<Host, Word>,
    /// The addresses it shall have, IPv4 first.
    pub addresses: Vec<IpAddr>,
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
    /// What of `update` its login may do.
    ///
    /// # Errors
    /// [`Refusal`]: wrong login, no host of this login, an address that is not published.
    pub fn authorize(&self, update: Update) -> Result<Grant, Refusal> {
        let credential = self.find(&update.login).ok_or(Refusal::BadAuth)?;
        let challenge = |values| Grant::of_challenge(credential, &update.asked, values);
        match &update.wish {
            Wish::Set(_) | Wish::Offline => self.of_addresses(credential, &update),
            Wish::Present(digest) => challenge(Values::With(digest.data())),
            Wish::CleanUp(digest) => challenge(Values::Without(digest.data())),
        }
    }

    fn of_addresses(&self, credential: &Credential, update: &Update) -> Result<Grant, Refusal> {
        if update.wish == Wish::Offline && !credential.allow_offline {
            return Err(Refusal::OfflineForbidden);
        }
        if let Wish::Set(addresses) = update.wish {
            check_sent(addresses, self.allow_private())?;
        }
        let mut grant = Grant::default();
        for found in hosts_of(credential, &update.asked) {
            match found {
                Ok(own) => grant.allow(own, update, self.allow_private())?,
                Err(word) => grant.refuse(word),
            }
        }
        grant.check_hosts(credential, &update.asked)?;
        grant.allow_behind_prefix(credential, &update.wish, self.allow_private())?;
        grant.drop_repeated();
        if grant.wanted.is_empty() {
            return Err(Refusal::NoInterfaceId);
        }
        // No configuration has such a host. Were there one, an address would hide what a challenge wrote.
        let mut hosts = grant.wanted.iter().map(|wanted| &wanted.host);
        if hosts.any(is_proof_name) {
            return Err(ChallengeError::Name.into());
        }
        Ok(grant)
    }
}

/// What was sent is judged even where no host takes it, so that a mistake is not passed over.
fn check_sent(addresses: Addresses, allow_private: bool) -> Result<(), AddressError> {
    let network = addresses
        .prefix
        .map(|prefix| prefix.host(Ipv6Addr::UNSPECIFIED));
    let network = network.transpose()?.map(IpAddr::V6);
    let mut all = addresses.each().into_iter().chain(network);
    all.try_for_each(|address| check_publishable(address, allow_private))
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
    fn allow(
        &mut self,
        own: &GrantedHost,
        update: &Update,
        allow_private: bool,
    ) -> Result<(), AddressError> {
        let asked_for_all = update.asked == Asked::All;
        let addresses = match update.wish {
            Wish::Set(sent) => match addresses_of(own, sent, asked_for_all)? {
                // It keeps what it has. A host that is named is told so.
                none if none.is_empty() && asked_for_all => return Ok(()),
                some => some,
            },
            _ => {
                self.want(own, RecordType::A, Values::None);
                self.want(own, RecordType::Aaaa, Values::None);
                Vec::new()
            }
        };
        for address in &addresses {
            self.want_address(own, *address, allow_private)?;
        }
        self.lines.push(Line {
            verdict: Ok(own.host.clone()),
            addresses,
        });
        Ok(())
    }

    fn refuse(&mut self, word: Word) {
        self.lines.push(Line {
            verdict: Err(word),
            addresses: Vec::new(),
        });
    }

    /// All hosts with an interface id follow a prefix, also those that were not asked for.
    fn allow_behind_prefix(
        &mut self,
        credential: &Credential,
        wish: &Wish,
        allow_private: bool,
    ) -> Result<(), AddressError> {
        let Wish::Set(Addresses {
            prefix: Some(prefix),
            ..
        }) = *wish
        else {
            return Ok(());
        };
        for own in &credential.hosts {
            if let Some(id) = own.interface_id {
                let address = IpAddr::V6(prefix.host(id)?);
                self.want_address(own, address, allow_private)?;
            }
        }
        Ok(())
    }

    /// The only way to publish an address: it is judged as it would be in the zone, with prefix and
    /// interface id together.
    fn want_address(
        &mut self,
        own: &GrantedHost,
        address: IpAddr,
        allow_private: bool,
    ) -> Result<(), AddressError> {
        check_publishable(address, allow_private)?;
        let values = Values::Only(RecordData::from(address));
        self.want(own, RecordType::of(address), values);
        Ok(())
    }

    fn want(&mut self, own: &GrantedHost, record_type: RecordType, values: Values) {
        self.wanted.push(Wanted {
            host: own.host.clone(),
            record_type,
            ttl: own.ttl,
            values,
        });
    }

    fn drop_repeated(&mut self) {
        let mut seen = HashSet::new();
        self.wanted.retain(|wanted| seen.insert(wanted.key()));
    }

    fn check_hosts(&self, credential: &Credential, asked: &Asked) -> Result<(), Refusal> {
        let refused = self
            .lines
            .iter()
            .filter_map(|line| line.verdict.as_ref().err());
        let words: Vec<Word> = refused.copied().collect();
        let all_or_none = matches!(asked, Asked::Together(_));
        match (words.len(), self.lines.len()) {
            (_, 0) => Err(Refusal::NothingToSet),
            (0, _) => Ok(()),
            (refused, all) if refused < all && !all_or_none => Ok(()),
            _ => Err(Refusal::Hosts {
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
    asked_for_all: bool,
) -> Result<Vec<IpAddr>, AddressError> {
    let v6 = match (own.interface_id, sent.prefix) {
        (Some(id), Some(prefix)) => Some(prefix.host(id)?),
        (Some(_), None) if asked_for_all => None,
        _ => sent.v6,
    };
    Ok(Addresses { v6, ..sent }.each())
}
