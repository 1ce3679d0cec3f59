//! The parts of `bootstrap` that read what comes from outside; tests and fuzzing reach them here.

pub mod environment;
pub mod event;
