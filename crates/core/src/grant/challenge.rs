//! Grant: the challenge of a host.
//!
//! A credential may answer the challenge of a name that stands among its hosts, or that a `*` of its hosts
//! stands below. Both exist by themselves. A challenge below any other name, say `nas.home.example.com` under
//! `*.home.example.com`, would make that name exist, without an address: the wildcard would no longer answer
//! for it (RFC 4592 section 2.2.2).

use super::{Grant, Line};
use crate::challenge::{ChallengeError, challenge_name};
use crate::credential::{Credential, GrantedHost};
use crate::host::Host;
use crate::record::{RecordType, Values, Wanted};
use crate::refusal::{Refusal, Word};
use crate::update::{Asked, Named};

impl Grant {
    /// A change of the challenge of the one host that is asked for.
    pub(super) fn of_challenge(
        credential: &Credential,
        asked: &Asked,
        values: Values,
    ) -> Result<Self, Refusal> {
        if !credential.certificates {
            return Err(ChallengeError::Off.into());
        }
        let refused = || Refusal::Hosts {
            words: vec![Word::NoHost],
            known: credential
                .hosts
                .iter()
                .map(|own| own.host.clone())
                .collect(),
        };
        let (own, name) = proved(credential, asked).ok_or_else(refused)?;
        let wanted = Wanted {
            host: name.clone(),
            record_type: RecordType::Txt,
            ttl: own.ttl,
            values,
        };
        Ok(Self {
            lines: vec![Line {
                verdict: Ok(name),
                addresses: Vec::new(),
            }],
            wanted: vec![wanted],
        })
    }
}

/// The host of the credential that the challenge is for, and the challenge's name.
fn proved<'a>(credential: &'a Credential, asked: &Asked) -> Option<(&'a GrantedHost, Host)> {
    let Asked::Together(names) = asked else {
        return None;
    };
    let [Named::Host(host)] = names.as_slice() else {
        return None;
    };
    let name = challenge_name(host)?;
    let mut own = credential.hosts.iter();
    let own = own.find(|own| challenge_name(&own.host).as_ref() == Some(&name))?;
    Some((own, name))
}
