//! A zone of Amazon Route 53.
//!
//! [`zone`] is the way of a reading and of a change, [`settings`] says which zone and where.
//! A reading goes through [`glance`], `memory` and `lookup`; a change through `commit`, which makes `batch`es of
//! the changes of several callers, and `send`. Both end in `api`: `sign`, one call, [`answer`] or
//! `fault`, at the `pace` that the account allows.

pub mod answer;
mod api;
pub mod batch;
mod commit;
mod crypto;
mod fault;
pub mod glance;
mod lookup;
mod memory;
mod name;
mod pace;
mod roots;
mod send;
pub mod settings;
mod sign;
mod survey;
pub mod zone;

pub use roots::RootsError;
pub use settings::{AccessKey, Endpoint, Keys, Roots, Settings, SettingsError};
pub use zone::Route53Zone;
