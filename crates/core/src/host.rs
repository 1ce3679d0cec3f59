//! Host names: one full DNS name, checked.

use std::fmt;

/// A full DNS name in lower case without the final dot; `*` may be the whole leftmost label.
///
/// Lengths after RFC 1035 section 2.3.4: 63 octets a label, 253 characters in text form.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Host(String);

/// Why a text is not a host name; each sentence says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// Nothing there.
    #[error("the host name is empty")]
    Empty,
    /// Longer than DNS allows.
    #[error("the host name is longer than 253 characters")]
    TooLong,
    /// A label is empty or too long.
    #[error("each part between the dots of a host name has 1 to 63 characters")]
    Label,
    /// An internationalised name in its display form.
    #[error(
        "the host name has letters outside ASCII: write it in its Punycode form, which begins with xn--"
    )]
    NotAscii,
    /// Another character than letters, digits, `-` and `_`.
    #[error("a host name consists of a-z, 0-9, - and _ only")]
    Character,
    /// `-` at the edge of a label (RFC 952, RFC 1123 section 2.1).
    #[error("no part of a host name begins or ends with -")]
    Hyphen,
    /// `*` somewhere else than as the whole first label.
    #[error("* may only be the whole first part of a host name, as in *.home.example.com")]
    Wildcard,
    /// Not a full name.
    #[error("the host name needs its domain too, as in home.example.com")]
    NotFull,
    /// An address in place of a name.
    #[error("this is an address, where a host name belongs")]
    Address,
}

impl Host {
    /// Checks `text`; letters become lower case, one final dot is dropped.
    ///
    /// # Errors
    /// [`HostError`] names the first rule that is broken.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        let text = text.strip_suffix('.').unwrap_or(text);
        match text {
            "" => return Err(HostError::Empty),
            _ if !text.is_ascii() => return Err(HostError::NotAscii),
            _ if text.len() > 253 => return Err(HostError::TooLong),
            _ if !text.contains('.') => return Err(HostError::NotFull),
            _ => {}
        }
        for (position, label) in text.split('.').enumerate() {
            check_label(label, position == 0)?;
        }
        let last = text.rsplit('.').next().unwrap_or_default();
        if last.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(HostError::Address);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The name in text form, as in `home.example.com`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The leftmost label.
    #[must_use]
    pub fn first_label(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }

    /// Whether this name is `apex` or lies below it.
    #[must_use]
    pub fn is_within(&self, apex: &Host) -> bool {
        self == apex
            || self
                .0
                .strip_suffix(&apex.0)
                .is_some_and(|rest| rest.ends_with('.'))
    }
}

fn check_label(label: &str, first: bool) -> Result<(), HostError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    match label {
        "*" if first => Ok(()),
        "" => Err(HostError::Label),
        _ if label.len() > 63 => Err(HostError::Label),
        _ if label.contains('*') => Err(HostError::Wildcard),
        _ if !label.bytes().all(allowed) => Err(HostError::Character),
        _ if label.starts_with('-') || label.ends_with('-') => Err(HostError::Hyphen),
        _ => Ok(()),
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("home.example.com", "home.example.com")]
    #[case("HOME.Example.COM.", "home.example.com")]
    #[case("*.home.example.com", "*.home.example.com")]
    #[case("_acme.example.com", "_acme.example.com")]
    #[case("xn--bcher-kva.example", "xn--bcher-kva.example")]
    #[case("a-b.c0m", "a-b.c0m")]
    fn accepted(#[case] text: &str, #[case] canonical: &str) {
        assert_eq!(Host::parse(text).unwrap().as_str(), canonical);
    }

    #[rstest]
    #[case("", HostError::Empty)]
    #[case(".", HostError::Empty)]
    #[case("home", HostError::NotFull)]
    #[case("bücher.example", HostError::NotAscii)]
    #[case("a..example.com", HostError::Label)]
    #[case(".example.com", HostError::Label)]
    #[case("home.example.com..", HostError::Label)]
    #[case("a b.example.com", HostError::Character)]
    #[case("a\r\nb.example.com", HostError::Character)]
    #[case("a\\052.example.com", HostError::Character)]
    #[case("home.*.example.com", HostError::Wildcard)]
    #[case("a*.example.com", HostError::Wildcard)]
    #[case("-a.example.com", HostError::Hyphen)]
    #[case("192.0.2.1", HostError::Address)]
    fn refused(#[case] text: &str, #[case] error: HostError) {
        assert_eq!(Host::parse(text), Err(error));
    }

    #[test]
    fn lengths_at_their_edges() {
        let label = "a".repeat(63);
        assert!(Host::parse(&format!("{label}.example.com")).is_ok());
        assert!(Host::parse(&format!("{label}a.example.com")).is_err());
        let long = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(long.len(), 253);
        assert!(Host::parse(&long).is_ok());
        assert_eq!(Host::parse(&format!("{long}a")), Err(HostError::TooLong));
    }

    #[rstest]
    #[case("home.example.com", true)]
    #[case("example.com", true)]
    #[case("a.b.example.com", true)]
    #[case("evilexample.com", false)]
    #[case("example.org", false)]
    fn inside_a_zone(#[case] name: &str, #[case] inside: bool) {
        let apex = Host::parse("example.com").unwrap();
        assert_eq!(Host::parse(name).unwrap().is_within(&apex), inside);
    }
}
