//! Guesses: what the zone may hold, without asking the API.

pub mod glance;
pub(crate) mod known;
pub mod message;
mod servers;
mod shows;
