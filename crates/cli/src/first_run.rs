//! First run: a data folder, a configuration in it, and a secret that is shown once.

use crate::secret;
use anyhow::{Context, Result};
use dyn53_core::SecretHash;
use std::fs::DirBuilder;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use tempfile::TempPath;

/// The host of the configuration that a first run makes.
pub(crate) const HOST: &str = "home.example.test";

/// A configuration that goes when this value goes, unless its secret was told: nobody could use it.
pub(crate) struct FirstRun {
    secret: String,
    configuration: TempPath,
}

impl FirstRun {
    /// The secret, to be told now: the configuration stays from here on.
    pub(crate) fn tell(self) -> Result<String> {
        self.configuration.keep()?;
        Ok(self.secret)
    }
}

/// Makes the folder and the configuration, which has only the hash of the secret.
pub(crate) fn make(configuration: &Path) -> Result<FirstRun> {
    let folder = configuration.parent().unwrap_or(Path::new("."));
    let failed = || {
        let folder = folder.display();
        format!(
            "the data folder {folder} cannot be made or written; choose another one with --data"
        )
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(failed)?;
    let secret = secret::new()?;
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    file.write_all(text(&SecretHash::of(&secret).to_hex()).as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(configuration).with_context(failed)?;
    let configuration = TempPath::try_from_path(configuration)?;
    Ok(FirstRun {
        secret,
        configuration,
    })
}

fn text(hash: &str) -> String {
    format!(
        r#"# Configuration of `dyn53 serve`; `systemctl reload` or SIGHUP makes it known.
http = "127.0.0.1:8053"
dns = "127.0.0.1:5053"

[[zone]]
name = "example.test"
store = "embedded"
ttl = 60
# Where others find this server: replace it by an address that they reach.
nameservers = [{{ name = "ns1.example.test", addresses = ["127.0.0.1"] }}]

[[credential]]
name = "router"
# Of the secret that was shown once; `dyn53 secret` makes another one.
secret_sha256 = "{hash}"
hosts = ["{HOST}"]
"#
    )
}
