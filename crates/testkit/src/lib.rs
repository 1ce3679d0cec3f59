//! For tests only: a zone in memory, the contract of zones, conversations, stand-ins.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod contract;
pub mod conversation;
pub mod function_url;
pub mod memory;
pub mod route53;
pub mod runtime_api;

pub use memory::MemoryZone;
pub use runtime_api::RuntimeApi;
