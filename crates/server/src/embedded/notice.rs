//! Notice: something that the operator should read.

/// Something that the operator should read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether something is damaged or in danger; else it is as usual after a kill.
    pub is_error: bool,
}

impl Notice {
    pub(super) fn error(text: String) -> Self {
        let is_error = true;
        Self { text, is_error }
    }
}
