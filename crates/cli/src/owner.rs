//! Owner: what root writes into the data folder of a service belongs to the service.

use anyhow::{Context, Result};
use rustix::fs::{Mode, OFlags};
use rustix::process::geteuid;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::Path;

/// Gives root's files in the folder to the owner of the folder. Without it, the service could not write what
/// `sudo dyn53 zone import` has made.
pub(crate) fn hand_over(folder: &Path) -> Result<()> {
    let failed = || {
        let folder = folder.display();
        format!(
            "the files in {folder} belong to root, and cannot be given to the owner of the folder; use chown"
        )
    };
    let owner = fs::metadata(folder).with_context(failed)?;
    if !geteuid().is_root() || owner.uid() == 0 {
        return Ok(());
    }
    for entry in fs::read_dir(folder).with_context(failed)? {
        give(&entry.with_context(failed)?.path(), &owner).with_context(failed)?;
    }
    Ok(())
}

/// Only a plain file with one name: the owner of the folder may have put a link to somebody else's file there.
fn give(path: &Path, owner: &Metadata) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(());
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let found = file.metadata()?;
    if found.is_file() && found.uid() == 0 && found.nlink() == 1 {
        fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(())
}
