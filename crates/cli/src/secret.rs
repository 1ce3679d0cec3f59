//! Secrets: made of the system's randomness, of characters that no router spoils.

use crate::say::say;
use anyhow::Result;
use dyn53_core::SecretHash;
use std::io::{self, Write};

/// Letters and digits: every one survives URLs, shells and routers' forms.
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// 28 of 62 characters are 166 bits.
const LENGTH: usize = 28;

/// A new secret.
pub(crate) fn new() -> Result<String> {
    let mut secret = String::with_capacity(LENGTH);
    while secret.len() < LENGTH {
        let mut random = [0; 64];
        getrandom::fill(&mut random)?;
        let usable = random
            .iter()
            .filter_map(|byte| ALPHABET.get(usize::from(byte & 0x3f)));
        let missing = LENGTH - secret.len();
        secret.extend(usable.take(missing).map(|byte| char::from(*byte)));
    }
    Ok(secret)
}

/// `dyn53 secret`.
pub(crate) fn print() -> Result<()> {
    let secret = new()?;
    let hash = SecretHash::of(&secret).to_hex();
    say(&format!("secret {secret}\nsha256 {hash}\n"))?;
    writeln!(
        io::stderr(),
        "The router gets the secret; the configuration gets secret_sha256 = \"{hash}\"."
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_differ() {
        let (one, other) = (new().unwrap(), new().unwrap());
        assert_eq!(one.len(), LENGTH);
        assert!(one.bytes().all(|byte| ALPHABET.contains(&byte)));
        assert_ne!(one, other);
    }
}
