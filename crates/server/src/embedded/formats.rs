//! Formats: which version wrote a file.

use super::line::{FORMAT, VERSION, unseal};
use super::scan::{Scan, places};
use super::{version1, version2};
use dyn53_core::Host;
use serde::Deserialize;

/// Why a file is not for this program, or not for this zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Foreign {
    /// This later version wrote it.
    Newer(u32),
    /// It belongs to this zone.
    Zone(String),
}

/// What every version writes into the first line; since version 2 with a checksum.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
    zone: String,
}

/// Reads the bytes of a file of the zone `apex`.
pub(super) fn scan(bytes: &[u8], apex: &Host) -> Result<Scan, Foreign> {
    let places = places(bytes);
    let first = places.first().map(|place| place.text).unwrap_or_default();
    let sealed = unseal::<Head>(first).filter(|head| head.format == FORMAT);
    if let Some(head) = &sealed {
        ours(head, apex)?;
    }
    if let Some(scan) = version2::scan(&places, apex) {
        return Ok(scan);
    }
    let plain = serde_json::from_slice::<Head>(first).ok();
    let plain = plain.filter(|head| head.format == FORMAT && head.version == 1);
    if let Some(head) = &plain {
        ours(head, apex)?;
    }
    Ok(version1::scan(&places, plain.is_some(), apex))
}

fn ours(head: &Head, apex: &Host) -> Result<(), Foreign> {
    if head.version > VERSION {
        Err(Foreign::Newer(head.version))
    } else if head.zone != apex.as_str() {
        Err(Foreign::Zone(head.zone.clone()))
    } else {
        Ok(())
    }
}
