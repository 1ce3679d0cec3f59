//! Given: what was typed as a flag or set in the environment. An empty value counts as none.

use crate::wrong::Wrong;
use std::ffi::OsString;
use std::path::PathBuf;

/// A path, of any bytes.
pub(crate) fn path(value: Option<&OsString>) -> Option<PathBuf> {
    value.filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// A text; `flag` is its name, of which the environment's is made.
pub(crate) fn text<'a>(value: Option<&'a OsString>, flag: &str) -> Result<Option<&'a str>, Wrong> {
    let value = value.filter(|value| !value.is_empty());
    let wrong = || self::wrong(flag, "the value is not UTF-8");
    let text = value.map(|value| value.to_str().ok_or_else(wrong));
    text.transpose()
}

/// Something wrong with it.
pub(crate) fn wrong(flag: &str, what: &str) -> Wrong {
    let variable = flag.to_ascii_uppercase();
    Wrong(format!("--{flag} or DYN53_{variable}: {what}"))
}
