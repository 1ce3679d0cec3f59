//! Makes two things of `routers/` and `page/`: the table of devices, and the page with its policy.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::{env, fs};

// In the order in which the page runs them.
const SCRIPTS: [&str; 4] = ["values.js", "text.js", "update.js", "page.js"];
const PLACEHOLDERS: [&str; 6] = ["URL", "URL_HOST", "TLS", "HOST", "DOMAIN", "SECRET"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    routers: Vec<Entry>,
    certificates: Vec<Entry>,
}

/// One device as `routers/index.toml` describes it; the page takes the same, with the text.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    title: String,
    file: String,
    note: String,
    /// What a person does with the text.
    #[serde(default)]
    action: Action,
    /// Where the device shows success.
    success: String,
    #[serde(default)]
    https_only: bool,
    /// Whether it gets certificates, in place of keeping a name on an address.
    #[serde(skip_deserializing)]
    certificates: bool,
    #[serde(skip_deserializing)]
    text: String,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    /// Pastes it into a shell or a terminal.
    #[default]
    Paste,
    /// Saves it under its file name.
    Save,
    /// Types it into a form, field by field.
    Form,
}

fn main() -> Result<()> {
    let here = env::var("CARGO_MANIFEST_DIR")?;
    let out = env::var("OUT_DIR")?;
    let (here, out) = (Path::new(&here), Path::new(&out));
    let entries = read_entries(&here.join("../../routers"))?;
    let page = Page::new(&here.join("page"), &entries)?;
    fs::write(out.join("devices.rs"), table(&entries))?;
    fs::write(out.join("page.html"), page.html)?;
    fs::write(out.join("policy.txt"), page.policy)?;
    Ok(())
}

fn read_entries(folder: &Path) -> Result<Vec<Entry>> {
    let index = folder.join("index.toml");
    let parsed = toml::from_str::<Index>(&read(&index)?);
    let mut parsed = parsed.with_context(|| index.display().to_string())?;
    read_texts(&mut parsed.routers, folder)?;
    read_texts(&mut parsed.certificates, &folder.join("certificates"))?;
    for entry in &mut parsed.certificates {
        entry.certificates = true;
    }
    let mut entries = parsed.routers;
    entries.append(&mut parsed.certificates);
    check_names(&entries).with_context(|| index.display().to_string())?;
    Ok(entries)
}

fn read_texts(entries: &mut [Entry], folder: &Path) -> Result<()> {
    for entry in entries {
        let path = folder.join(&entry.file);
        entry.text = read(&path)?;
        check_placeholders(&entry.text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn check_names(entries: &[Entry]) -> Result<()> {
    for (position, entry) in entries.iter().enumerate() {
        let mut others = entries.iter().skip(position + 1);
        let twice = others.any(|other| other.name == entry.name);
        ensure!(!twice, "the name {} is there twice", entry.name);
    }
    Ok(())
}

/// `{{CAPITALS}}` is ours and must be known; other double braces belong to the device.
fn check_placeholders(text: &str) -> Result<()> {
    for rest in text.split("{{").skip(1) {
        let name = rest.split("}}").next().unwrap_or_default();
        let ours = !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        let known = PLACEHOLDERS.contains(&name);
        ensure!(known || !ours, "{name} is not one of {PLACEHOLDERS:?}");
    }
    Ok(())
}

/// The Rust text of the table.
fn table(entries: &[Entry]) -> String {
    let device = |entry: &Entry| {
        format!(
            "Device {{ name: {:?}, title: {:?}, file: {:?}, note: {:?}, https_only: {:?}, certificates: {:?}, template: {:?} }},\n",
            entry.name,
            entry.title,
            entry.file,
            entry.note,
            entry.https_only,
            entry.certificates,
            entry.text
        )
    };
    format!("&[\n{}]", entries.iter().map(device).collect::<String>())
}

struct Page {
    html: String,
    policy: String,
}

impl Page {
    fn new(folder: &Path, entries: &[Entry]) -> Result<Self> {
        let style = read(&folder.join("page.css"))?;
        let script = SCRIPTS
            .iter()
            .map(|name| read(&folder.join(name)))
            .collect::<Result<String>>()?;
        // `<` as an escape: no `</script>` and no `<!--` can end the element early.
        let devices = serde_json::to_string(entries)?.replace('<', "\\u003c");
        let html = read(&folder.join("page.html"))?
            .replace("/*STYLE*/", &style)
            .replace("/*SCRIPT*/", &script)
            .replace("/*DEVICES*/", &devices);
        // `data:` is the icon of the tab.
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}'; img-src data:; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            source_hash(&script),
            source_hash(&style)
        );
        Ok(Self { html, policy })
    }
}

/// A hash source of a Content-Security-Policy (CSP Level 3 section 2.3.1).
fn source_hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

fn read(path: &Path) -> Result<String> {
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read_to_string(path).with_context(|| path.display().to_string())
}
