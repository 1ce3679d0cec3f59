//! The environment: what it says about Route 53. (What it says about flags, `clap` reads.)

use crate::wrong::Wrong;
use std::env::VarError;
use std::path::PathBuf;

/// What the environment says about Route 53.
pub(crate) struct Aws {
    /// Another endpoint than AWS's own.
    pub(crate) endpoint: Option<String>,
    /// Other certificate authorities than Amazon's.
    pub(crate) ca_bundle: Option<PathBuf>,
}

impl Aws {
    /// What the variables say; an empty one counts as not set.
    pub(crate) fn read() -> Result<Self, Wrong> {
        let endpoint = match text("AWS_ENDPOINT_URL_ROUTE_53")? {
            None => text("AWS_ENDPOINT_URL")?,
            own => own,
        };
        let ca_bundle = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty());
        Ok(Self {
            endpoint,
            ca_bundle: ca_bundle.map(PathBuf::from),
        })
    }
}

fn text(name: &str) -> Result<Option<String>, Wrong> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Wrong(format!(
            "{name} in the environment is not UTF-8: correct it, or unset it"
        ))),
    }
}
