//! Message: a reply in the form in which it is sent.

use super::head::{Head, MAX_UDP};
use hickory_server::net::xfer::Protocol;
use hickory_server::proto::ProtoError;
use hickory_server::proto::op::{Edns, LowerQuery, Metadata, ResponseCode, emit_message_parts};
use hickory_server::proto::rr::Record;
use hickory_server::proto::serialize::binary::BinEncoder;
use hickory_server::server::Request;

/// The sections of a reply, and its code.
pub(super) struct Found {
    code: ResponseCode,
    authoritative: bool,
    answers: Vec<Record>,
    authority: Vec<Record>,
    additional: Vec<Record>,
}

impl Found {
    /// Not ours to answer.
    pub(super) fn refused() -> Self {
        Self {
            authoritative: false,
            ..Self::records(Vec::new(), Vec::new()).coded(ResponseCode::Refused)
        }
    }

    /// These records, and addresses that belong to them.
    pub(super) fn records(answers: Vec<Record>, additional: Vec<Record>) -> Self {
        Self {
            code: ResponseCode::NoError,
            authoritative: true,
            answers,
            authority: Vec::new(),
            additional,
        }
    }

    /// NXDOMAIN or NODATA with the SOA record for negative caching (RFC 2308 section 3).
    pub(super) fn nothing(code: ResponseCode, soa: Record) -> Self {
        Self {
            authority: vec![soa],
            ..Self::records(Vec::new(), Vec::new()).coded(code)
        }
    }

    fn coded(self, code: ResponseCode) -> Self {
        Self { code, ..self }
    }

    /// The reply to `request`, whose head is `head`, no longer than the asker takes. Addresses that
    /// only help are left out first; if the rest does not fit, the asker comes back over TCP for
    /// all of it: no record set is sent in part (RFC 2181 sections 5.1 and 9).
    ///
    /// # Errors
    /// A record that cannot be written.
    pub(super) fn write(
        &self,
        request: &Request,
        query: &LowerQuery,
        head: &Head<'_>,
    ) -> Result<Vec<u8>, ProtoError> {
        let most = usize::from(match request.protocol() {
            Protocol::Udp => request.max_payload().min(MAX_UDP),
            _ => u16::MAX,
        });
        for additional in [self.additional.as_slice(), &[]] {
            let reply = self.emit(request, query, additional)?;
            if reply.len() <= most {
                return Ok(reply);
            }
        }
        Ok(head.truncated())
    }

    fn emit(
        &self,
        request: &Request,
        query: &LowerQuery,
        additional: &[Record],
    ) -> Result<Vec<u8>, ProtoError> {
        let mut metadata = Metadata::response_from_request(&request.metadata);
        metadata.response_code = self.code;
        metadata.authoritative = self.authoritative;
        let edns = request.edns.as_ref().map(own_edns);
        let mut bytes = Vec::with_capacity(512);
        emit_message_parts(
            &metadata,
            // Written as a name and not as the bytes that came: the other names are compressed
            // against it.
            &mut std::iter::once(query.original()),
            &mut self.answers.iter(),
            &mut self.authority.iter(),
            &mut additional.iter(),
            edns.as_ref(),
            None,
            &mut BinEncoder::new(&mut bytes),
        )?;
        Ok(bytes)
    }
}

/// Every reply to a message with EDNS has it too, with its own size (RFC 6891 section 6.1.1).
fn own_edns(asked: &Edns) -> Edns {
    let mut edns = Edns::new();
    edns.set_max_payload(MAX_UDP);
    edns.set_dnssec_ok(asked.flags().dnssec_ok);
    edns
}
