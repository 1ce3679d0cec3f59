//! The environment: nothing else reads it.

use std::path::PathBuf;

/// What the environment says about Route 53.
pub(crate) struct Aws {
    /// Another endpoint than AWS's own.
    pub(crate) endpoint: Option<String>,
    /// Other certificate authorities than Amazon's.
    pub(crate) ca_bundle: Option<PathBuf>,
}

/// The variable, if it is set to anything.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Aws {
    /// What the variables say.
    pub(crate) fn read() -> Self {
        let own = environment("AWS_ENDPOINT_URL_ROUTE_53");
        Self {
            endpoint: own.or_else(|| environment("AWS_ENDPOINT_URL")),
            ca_bundle: environment("AWS_CA_BUNDLE").map(PathBuf::from),
        }
    }
}
