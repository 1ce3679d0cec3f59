//! The version that `dyn53 --version` shows: with the commit, where it can be found out.

use std::path::Path;
use std::process::Command;

/// Filled in by `git archive`; see `.gitattributes`.
const ARCHIVED: &str = include_str!("commit.txt");

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=commit.txt");
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let commit = of_clone().or_else(of_crate).or_else(of_archive);
    let commit = commit.map(|commit| format!(" ({})", commit.chars().take(12).collect::<String>()));
    println!(
        "cargo::rustc-env=DYN53_VERSION={version}{}",
        commit.unwrap_or_default()
    );
}

/// The commit that is checked out, if this folder is part of a clone.
fn of_clone() -> Option<String> {
    // A repository around an unpacked archive is another project's.
    git(&["ls-files", "--error-unmatch", "build.rs"])?;
    let head = git(&["rev-parse", "HEAD"])?;
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    for name in ["HEAD", "packed-refs"].into_iter().chain(branch.as_deref()) {
        // Cargo takes a file that is missing for one that always changes.
        let file = git(&["rev-parse", "--git-path", name]).filter(|file| Path::new(file).exists());
        if let Some(file) = file {
            println!("cargo::rerun-if-changed={file}");
        }
    }
    Some(head)
}

/// The commit of a crate from a registry.
fn of_crate() -> Option<String> {
    let text = std::fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let hash = text.split("\"sha1\"").nth(1)?.split('"').nth(1)?;
    Some(hash.to_owned())
}

/// The commit of an archive that git made.
fn of_archive() -> Option<String> {
    let text = ARCHIVED.trim();
    (!text.starts_with('$')).then(|| text.to_owned())
}

fn git(arguments: &[&str]) -> Option<String> {
    // In containers the clone often belongs to another user; this reads nothing that could do harm.
    let output = Command::new("git")
        .args(["-c", "safe.directory=*"])
        .args(arguments)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
