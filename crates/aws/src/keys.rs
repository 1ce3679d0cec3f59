//! Access keys, and where they come from.

use std::fmt;
use std::time::{Instant, SystemTime};

/// A source of access keys; asked before each call, so it should remember them.
pub trait Keys: Send + Sync {
    /// The keys that are valid now.
    ///
    /// Returns before `deadline`.
    ///
    /// # Errors
    /// [`KeysError`].
    fn current(&self, now: SystemTime, deadline: Instant) -> Result<AccessKey, KeysError>;
}

/// There are no keys that are valid; a sentence for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeysError(pub String);

/// An AWS access key. Its `Debug` form shows only the id.
#[derive(Clone)]
pub struct AccessKey {
    /// The public part, as in `AKIA…`.
    pub id: String,
    /// The secret part.
    pub secret: String,
    /// Comes with temporary keys.
    pub session_token: Option<String>,
}

impl Keys for AccessKey {
    fn current(&self, _now: SystemTime, _deadline: Instant) -> Result<AccessKey, KeysError> {
        Ok(self.clone())
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessKey({}, ..)", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let key = AccessKey {
            id: "AKIDEXAMPLE".into(),
            secret: "s3cret".into(),
            session_token: Some("t0ken".into()),
        };
        let shown = format!("{key:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("t0ken"));
    }
}
