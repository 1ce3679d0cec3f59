//! StoreError: why the file of a zone cannot be used.

use std::io;
use std::path::PathBuf;

/// Why a zone's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Made by a later version of this program.
    #[error(
        "{} is of file version {version} and this program reads up to version {}: start the newer dyn53 that wrote it, or move the file away",
        path.display(), super::line::VERSION
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// The file of another zone.
    #[error("{} belongs to the zone {zone}: give the file its own name back", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// The zone that it names.
        zone: String,
    },
    /// Another process has it open.
    #[error("another dyn53 uses {}: stop it, or choose another data folder with --data", .0.display())]
    Locked(PathBuf),
    /// Nothing is left.
    #[error(
        "{} and its copy are damaged, and no record can be read in them: `dyn53 zone import {zone} FILE` puts a backup in their place, or move both away to begin with an empty zone",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The zone.
        zone: String,
    },
    /// A commit is lost.
    #[error(
        "{} and its copy are damaged: line {line} is lost in both, and any record before it may be an old one; `dyn53 zone export --salvage {zone}` prints what can be read, `dyn53 zone import {zone} FILE` puts a checked zone file or a backup in their place",
        path.display()
    )]
    Lost {
        /// The file.
        path: PathBuf,
        /// The zone.
        zone: String,
        /// The line.
        line: usize,
    },
    /// The file cannot be read or written.
    #[error("{} cannot be used: {error}; check the folder and its permissions", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}
