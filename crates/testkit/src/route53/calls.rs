//! What was called.

use std::collections::HashMap;

/// What was called so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// ListResourceRecordSets.
    pub list: u32,
    /// ChangeResourceRecordSets.
    pub change: u32,
    /// Of these, how many were answered with each error code.
    pub refused: HashMap<String, u32>,
    /// Connections accepted.
    pub connections: u32,
    /// Questions that the name server got.
    pub questions: u32,
    /// The comments of the changes, in order, and how many changes each batch had.
    pub batches: Vec<(String, usize)>,
}

impl Calls {
    /// All calls of the API.
    #[must_use]
    pub fn all(&self) -> u32 {
        self.list + self.change
    }
}
