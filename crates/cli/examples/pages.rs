//! Writes the manual pages and the completions into a folder: `cargo run -p dyn53-cli --example pages -- FOLDER`.

use clap_complete::Shell;
use std::{env, fs, path::Path};

fn main() -> anyhow::Result<()> {
    let folder = env::args_os().nth(1);
    let folder = folder.ok_or_else(|| anyhow::anyhow!("which folder shall they go into?"))?;
    let (pages, completions) = (
        Path::new(&folder).join("man"),
        Path::new(&folder).join("completions"),
    );
    fs::create_dir_all(&pages)?;
    fs::create_dir_all(&completions)?;
    let command = dyn53_cli::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command.clone(), &pages)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut command.clone(), "dyn53", &completions)?;
    }
    Ok(())
}
