//! For tests only: a zone in memory, the contract of zones, conversations, stand-ins.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod contract;
pub mod conversation;
pub mod memory;

pub use memory::MemoryZone;
