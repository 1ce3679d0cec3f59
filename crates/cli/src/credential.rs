//! `dyn53 credential add`: a login is written into the file, whose comments and order stay.

use crate::args::AddCredential;
use crate::configuration::Source;
use crate::say::say;
use crate::secret;
use crate::settle::{Location, place, settle};
use crate::wrong::Wrong;
use anyhow::{Context, Result};
use dyn53_core::SecretHash;
use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::Path;
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

/// Adds the login, and prints its secret, of which the file has only the hash.
///
/// # Errors
/// The file as it would be is wrong, cannot be read, or cannot be written; it is as it was then.
pub(crate) fn add(args: &AddCredential) -> Result<()> {
    let serve = args.place.serve();
    let place = place(&serve);
    let shown = place.file.display();
    let path = place.file.canonicalize().map_err(|error| {
        Wrong(format!(
            "the configuration {shown} cannot be found: {error}; name another one with --config"
        ))
    })?;
    let failed = || format!("the configuration {shown} cannot be written");
    let (mut file, metadata) = locked(&path).with_context(failed)?;
    let mut text = String::new();
    file.read_to_string(&mut text).with_context(failed)?;
    let secret = secret::new()?;
    let text = with_credential(&place, &text, args, &SecretHash::of(&secret).to_hex())?;
    settle(&serve, &place, &Source::of(&place.file, &text))?;
    replace(&path, &metadata, &text).with_context(failed)?;
    say(&format!("secret {secret}\n"))?;
    writeln!(
        io::stderr(),
        "{shown} has the credential {}. The secret is shown only this once. A running server takes it after `systemctl reload dyn53`, or on SIGHUP.",
        args.name
    )?;
    Ok(())
}

/// The file, locked: of two commands at the same time the second one waits for the first, and reads the
/// file that the first one has put in its place.
fn locked(path: &Path) -> io::Result<(File, Metadata)> {
    loop {
        let file = File::open(path)?;
        file.lock()?;
        let own = file.metadata()?;
        if own.ino() == path.metadata()?.ino() {
            return Ok((file, own));
        }
    }
}

fn with_credential(
    place: &Location,
    text: &str,
    args: &AddCredential,
    hash: &str,
) -> Result<String, Wrong> {
    let source = Source::of(&place.file, text);
    source.parse()?;
    let mut document: DocumentMut = text
        .parse()
        .map_err(|_| source.wrong_at(0, "this is no TOML file: correct it"))?;
    let mut table = Table::new();
    table.insert("name", value(&args.name));
    table.insert("secret_sha256", value(hash));
    table.insert("hosts", value(args.hosts.iter().collect::<Array>()));
    // The line before it stays empty.
    table.decor_mut().set_prefix("\n");
    let credentials = document
        .entry("credential")
        .or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let written_otherwise = || {
        source.wrong_at(
            0,
            "the credentials are not written as [[credential]] tables: write them so, or add this one by hand",
        )
    };
    let tables = credentials.as_array_of_tables_mut();
    tables.ok_or_else(written_otherwise)?.push(table);
    Ok(document.to_string())
}

/// Puts `text` in the place of the file at once, with the mode and the owner that it had.
fn replace(path: &Path, before: &Metadata, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    let now = file.as_file().metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
        fchown(file.as_file(), Some(before.uid()), Some(before.gid()))?;
    }
    file.as_file().set_permissions(before.permissions())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}
