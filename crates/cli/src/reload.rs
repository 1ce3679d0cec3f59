//! Reload: the file is read again while the server runs. All of it is taken, or nothing.

use crate::args::Serve;
use crate::configuration::{Configuration, Source};
use crate::settle::{Fixed, Location, access, folder, listening};
use crate::wrong::Wrong;
use dyn53_server::{Access, Log, Reload};
use std::sync::Arc;

/// What it takes to read the file again.
pub(crate) struct Reloading {
    pub(crate) args: Serve,
    pub(crate) place: Location,
    /// What the server was started with and keeps.
    pub(crate) fixed: Fixed,
    pub(crate) server: Reload,
    pub(crate) log: Arc<Log>,
}

impl Reloading {
    /// Reads the file again, and lets the server answer with what it says now. A wrong file is refused
    /// with a sentence in the log, and the server goes on as before.
    pub(crate) fn reload(&self) {
        match self.read() {
            Ok((access, warnings)) => {
                warnings.iter().for_each(|warning| self.log.warn(warning));
                let count = access.credentials.len();
                self.server.replace(access);
                let file = self.place.file.display();
                self.log
                    .info(&format!("reloaded {file}: {count} credentials"));
            }
            Err(wrong) => self.log.error(&format!(
                "not reloaded, the server goes on as before: {wrong}"
            )),
        }
    }

    fn read(&self) -> Result<(Access, Vec<String>), Wrong> {
        let source = Source::read(&self.place.file)?;
        let file = source.parse()?;
        let changed = self.changed(&source, &file)?;
        if changed.is_empty() {
            return access(&source, &file, &self.fixed.zones);
        }
        let (file, names) = (self.place.file.display(), changed.join(", "));
        Err(Wrong(format!(
            "{file}: these cannot change while the server runs: {names}; restart it, or put back what stood there"
        )))
    }

    /// The keys of what takes a restart.
    fn changed(&self, source: &Source, file: &Configuration) -> Result<Vec<&'static str>, Wrong> {
        let fixed = &self.fixed;
        let (http, dns) = listening(&self.args, source, file)?;
        let keys = [
            ("http", http != fixed.http),
            ("dns", dns != fixed.dns),
            ("data", folder(&self.args, &self.place, file) != fixed.data),
            (
                "history",
                file.history.as_ref().map(|own| own.entries) != fixed.history,
            ),
            ("zone", file.zones != fixed.written),
        ];
        let changed = keys.into_iter().filter(|(_, differs)| *differs);
        Ok(changed.map(|(key, _)| key).collect())
    }
}
