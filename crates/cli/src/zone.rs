//! `dyn53 zone`: what an embedded zone holds, to a plain zone file and from one.

use crate::args::{Export, Import, Remove, Serve, ZoneCommand};
use crate::configuration::Source;
use crate::master_file;
use crate::owner;
use crate::say::say;
use crate::settle::{place, settle};
use crate::wrong::Wrong;
use anyhow::{Result, bail};
use dyn53_core::Host;
use dyn53_server::embedded;
use dyn53_server::folder::Folder;
use dyn53_server::{Settings, ZoneSettings};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Does what is asked.
pub(crate) fn run(command: &ZoneCommand) -> Result<()> {
    match command {
        ZoneCommand::Export(args) => export(args),
        ZoneCommand::Import(args) => import(args),
        ZoneCommand::Remove(args) => remove(args),
    }
}

fn export(args: &Export) -> Result<()> {
    let (folder, apex) = settled(&args.place.serve(), &args.zone)?;
    let exported = embedded::export(&folder, &apex, args.salvage)?;
    let Some(exported) = exported else {
        bail!(
            "the zone {apex} has no file in {} yet: start `dyn53 serve` once",
            folder.display()
        );
    };
    for finding in &exported.findings {
        writeln!(io::stderr(), "dyn53: {finding}")?;
    }
    let text = master_file::print(&apex, exported.serial, &exported.sets);
    Ok(say(&text)?)
}

fn import(args: &Import) -> Result<()> {
    let (folder, apex) = settled(&args.place.serve(), &args.zone)?;
    let name = args.file.display();
    let unreadable = |error| {
        Wrong(format!(
            "{name} cannot be read: {error}; name a plain zone file, or - for the standard input"
        ))
    };
    let text = text(&args.file).map_err(unreadable)?;
    let master =
        master_file::read(&text, &apex).map_err(|what| Wrong(format!("{name}: {what}")))?;
    let _taken = Folder::take(&folder)?;
    let kept = embedded::import(&folder, &apex, &master.sets)?;
    owner::hand_over(&folder)?;
    for left_out in &master.left_out {
        writeln!(
            io::stderr(),
            "dyn53: {left_out} is left out: the server makes it from its configuration"
        )?;
    }
    let count = master.sets.len();
    writeln!(
        io::stdout(),
        "The zone {apex} holds {count} record sets now."
    )?;
    for path in kept {
        writeln!(io::stdout(), "A former file is kept as {}.", path.display())?;
    }
    Ok(())
}

fn remove(args: &Remove) -> Result<()> {
    let (folder, apex) = settled(&args.place.serve(), &args.zone)?;
    let hosts = args.hosts.iter().map(|name| Host::parse(name));
    let hosts: Vec<Host> = hosts
        .collect::<Result<_, _>>()
        .map_err(|error| Wrong(error.to_string()))?;
    let _taken = Folder::take(&folder)?;
    let exported = embedded::export(&folder, &apex, false)?;
    let mut sets = exported.map(|held| held.sets).unwrap_or_default();
    for host in &hosts {
        if !sets.iter().any(|set| set.host == *host) {
            let what = format!(
                "the zone {apex} has no records of {host}: `dyn53 zone export {apex}` prints what it has"
            );
            return Err(Wrong(what).into());
        }
    }
    sets.retain(|set| !hosts.contains(&set.host));
    let kept = embedded::import(&folder, &apex, &sets)?;
    owner::hand_over(&folder)?;
    let names: Vec<&str> = hosts.iter().map(Host::as_str).collect();
    let mut said = format!(
        "The zone {apex} has no records of {} any more.\n",
        names.join(", ")
    );
    for path in kept {
        said += &format!("A former file is kept as {}.\n", path.display());
    }
    Ok(say(&said)?)
}

/// The data folder, and the name of the embedded zone that is called `name`.
fn settled(args: &Serve, name: &str) -> Result<(PathBuf, Host)> {
    let place = place(args);
    let Settings { data, zones, .. } = settle(args, &place, &Source::read(&place.file)?)?.settings;
    let embedded = zones.into_iter().filter_map(|zone| match zone {
        ZoneSettings::Embedded(settings) => Some(settings.apex),
        ZoneSettings::Route53(..) => None,
    });
    let all: Vec<Host> = embedded.collect();
    let host = Host::parse(name).ok();
    let found = all.iter().find(|apex| Some(*apex) == host.as_ref());
    let names: Vec<&str> = all.iter().map(Host::as_str).collect();
    let unknown = || {
        let names = names.join(", ");
        let file = place.file.display();
        Wrong(format!(
            "no embedded zone of {file} is called {name}: choose one of these: {names}"
        ))
    };
    Ok((data, found.cloned().ok_or_else(unknown)?))
}

fn text(file: &Path) -> io::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file)
}
