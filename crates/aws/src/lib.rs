//! Signed calls to a service of AWS: one after another over a kept-alive connection, tried again where that helps.
//!
//! Begin with [`Client`]. It needs a [`Service`] and an [`Endpoint`], [`Keys`] to sign with and [`Roots`] to
//! trust, and is told by its caller what an answer of the service means: a value, or a [`Fault`] whose
//! [`Remedy`] says whether another try helps.
//!
//! It is blocking: `bootstrap` has no async runtime.

mod agent;
mod client;
mod crypto;
mod endpoint;
mod fault;
mod keys;
mod pace;
mod roots;
mod sign;
mod tries;

pub use client::{Call, Client, ClientError, Service};
pub use endpoint::Endpoint;
pub use fault::{Fault, Remedy, common};
pub use keys::{AccessKey, Keys, KeysError};
pub use roots::{Roots, RootsError};
pub use sign::percent_encode;
pub use tries::{MOST_TRIES, Tries};
