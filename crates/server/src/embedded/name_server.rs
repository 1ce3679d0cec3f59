//! NameServer: what the zone itself says about who answers for it.

use dyn53_core::{Host, RecordData, RecordSet, RecordType};
use std::net::IpAddr;

/// A name server of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameServer {
    /// Its name.
    pub host: Host,
    /// Its addresses, if its name lies in the zone: nobody else knows them.
    pub addresses: Vec<IpAddr>,
}

impl NameServer {
    /// Its addresses as record sets, none of them empty.
    pub(crate) fn sets(&self, ttl: u32) -> Vec<RecordSet> {
        let sets = [RecordType::A, RecordType::Aaaa].map(|record_type| RecordSet {
            host: self.host.clone(),
            record_type,
            ttl,
            values: self.values(record_type),
        });
        let sets = sets.into_iter();
        sets.filter(|set| !set.values.is_empty()).collect()
    }

    fn values(&self, record_type: RecordType) -> Vec<RecordData> {
        let addresses = self.addresses.iter();
        let own = addresses.filter(|ip| RecordType::of(**ip) == record_type);
        own.map(|ip| RecordData::from(*ip)).collect()
    }
}
