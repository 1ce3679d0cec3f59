//! Files: the two files of a zone in the data folder.

use super::file::ZoneFile;
use super::notice::Notice;
use super::recovery::{Finding, Which};
use dyn53_core::Host;
use std::io;
use std::path::{Path, PathBuf};

/// The two files of a zone.
pub(super) struct Files {
    /// The one that is on the disk before an update is acknowledged.
    pub(super) main: ZoneFile,
    /// The other one.
    pub(super) copy: ZoneFile,
}

impl Files {
    /// Those of the zone `apex`; nothing is opened yet.
    pub(super) fn new(folder: &Path, apex: &Host) -> Self {
        let [main, copy] = paths(folder, apex).map(ZoneFile::new);
        Self { main, copy }
    }

    /// Keeps the damaged ones under another name. Returns what there is to say about all findings.
    pub(super) fn keep(&self, findings: &[Finding]) -> Vec<Notice> {
        let kept = [(Which::Main, &self.main), (Which::Copy, &self.copy)].map(|(which, file)| {
            let mut own = findings.iter().filter(|finding| finding.file == which);
            let is_damaged = own.any(|finding| finding.is_damage) && file.is_open();
            is_damaged.then(|| file.keep_aside("damaged"))
        });
        let [main, copy] = &kept;
        let notice = |finding: &Finding| match finding.file {
            Which::Main => notice(finding, self.main.path(), main.as_ref()),
            Which::Copy => notice(finding, self.copy.path(), copy.as_ref()),
        };
        findings.iter().map(notice).collect()
    }

    /// Keeps those that exist under another name.
    pub(super) fn keep_all(&self, why: &str) -> io::Result<Vec<PathBuf>> {
        let both = [&self.main, &self.copy].into_iter();
        let there = both.filter(|file| file.is_open());
        there.map(|file| file.keep_aside(why)).collect()
    }
}

/// Where they are.
pub(super) fn paths(folder: &Path, apex: &Host) -> [PathBuf; 2] {
    ["zone", "zone.copy"].map(|end| folder.join(format!("{apex}.{end}")))
}

fn notice(finding: &Finding, path: &Path, kept: Option<&io::Result<PathBuf>>) -> Notice {
    let (path, what) = (path.display(), &finding.what);
    let kept = match kept {
        Some(Ok(kept)) => format!("; the damaged file is kept as {}", kept.display()),
        Some(Err(error)) => format!("; the damaged file cannot be kept: {error}"),
        None => String::new(),
    };
    Notice {
        text: format!(
            "{path} {what}: the zone is put together from both files and written again{kept}"
        ),
        is_error: finding.is_damage,
    }
}
