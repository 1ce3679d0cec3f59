//! Peer: what a connection tells each of its requests.

use crate::connections::Admission;
use std::net::SocketAddr;
use std::sync::Arc;

/// What a connection tells each of its requests.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) place: Arc<Admission>,
}
