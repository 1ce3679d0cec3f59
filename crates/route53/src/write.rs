//! Writing: changes of several updates go to Route 53 in one call, each of them as a compare-and-swap.

pub mod batch;
pub(crate) mod queue;
mod send;

pub(crate) use send::Sender;
