//! Configuration: the TOML file as written, and what in it is wrong, with its line.

use crate::wrong::Wrong;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::value::Value;

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    pub(crate) http: Option<Spanned<Value>>,
    pub(crate) dns: Option<Spanned<Value>>,
    pub(crate) data: Option<PathBuf>,
    #[serde(default)]
    pub(crate) allow_private: bool,
    #[serde(default)]
    pub(crate) trusted_proxies: Vec<Spanned<String>>,
    #[serde(default, rename = "zone")]
    pub(crate) zones: Vec<Spanned<Zone>>,
    #[serde(default, rename = "credential")]
    pub(crate) credentials: Vec<Spanned<Credential>>,
    pub(crate) status: Option<Status>,
    pub(crate) metrics: Option<Metrics>,
    pub(crate) history: Option<History>,
}

/// `[status]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Status {
    pub(crate) operator_sha256: Option<Spanned<String>>,
}

/// `[metrics]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metrics {
    pub(crate) allow: Vec<Spanned<String>>,
}

/// `[history]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct History {
    pub(crate) entries: usize,
}

/// A `[[zone]]`.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Zone {
    pub(crate) name: Spanned<String>,
    #[serde(default)]
    pub(crate) store: Store,
    pub(crate) id: Option<Spanned<String>>,
    pub(crate) ttl: Option<Spanned<u32>>,
    pub(crate) nameservers: Option<Spanned<Vec<Spanned<Value>>>>,
    pub(crate) validation_persist: Option<Vec<Spanned<LastingProof>>>,
}

/// The record of a name that lets an account of a certificate authority have certificates for it.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct LastingProof {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A name server whose name lies in its zone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameServerTable {
    pub(crate) name: String,
    pub(crate) addresses: Vec<String>,
}

/// Where the records of a zone are.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Store {
    /// In the data folder.
    #[default]
    Embedded,
    /// In Amazon Route 53.
    Route53,
}

/// A `[[credential]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credential {
    pub(crate) name: Option<Spanned<String>>,
    pub(crate) secret: Option<Spanned<Value>>,
    pub(crate) secret_sha256: Option<Spanned<Value>>,
    pub(crate) hosts: Vec<Spanned<Value>>,
    #[serde(default)]
    pub(crate) allow_offline: bool,
    #[serde(default)]
    pub(crate) certificates: bool,
}

/// A host with more than its name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostTable {
    pub(crate) name: String,
    pub(crate) interface_id: String,
}

/// A file and its text: knows in which line something is.
pub(crate) struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Wrong> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let path = path.display();
            Wrong(format!(
                "the configuration {path} cannot be read: {error}; name another one with --config"
            ))
        })?;
        Ok(Self::of(path, &text))
    }

    /// The text of a file.
    pub(crate) fn of(path: &Path, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// What is written in it.
    pub(crate) fn parse(&self) -> Result<Configuration, Wrong> {
        toml::from_str(&self.text).map_err(|error| {
            let what = error.message().trim().replace('\n', ", ");
            let start = error.span().map_or(0, |span| span.start);
            self.wrong_at(start, &format!("{what}; correct this line or remove it"))
        })
    }

    /// A text or a list of texts, which the file calls `key`.
    pub(crate) fn texts(&self, value: &Spanned<Value>, key: &str) -> Result<Vec<String>, Wrong> {
        let texts = match value.get_ref() {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(list) => list
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect(),
            _ => None,
        };
        let what = || format!("{key} is neither a text nor a list of texts: write {key} = \"...\"");
        texts.ok_or_else(|| self.wrong(value, &what()))
    }

    /// Something wrong with a value of the file.
    pub(crate) fn wrong<T>(&self, value: &Spanned<T>, what: &str) -> Wrong {
        self.wrong_at(value.span().start, what)
    }

    /// Something wrong with the file as a whole.
    pub(crate) fn wrong_at(&self, start: usize, what: &str) -> Wrong {
        let before = self.text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        Wrong(format!("{}:{line}: {what}", self.path.display()))
    }
}
