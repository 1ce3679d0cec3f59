//! Parameters of a query or a form, decoded.

use crate::http::Request;
use std::fmt;

/// Parameters in the order sent; percent-decoded (RFC 3986 section 2.1), `+` read as a space.
pub struct Parameters(Vec<(String, String)>);

/// Two different values for the same thing in one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contradiction;

impl Parameters {
    /// Those of the query, then those of the form.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let parse = |text: &str| {
            form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect::<Vec<_>>()
        };
        let mut all = parse(&request.query);
        all.append(&mut parse(&request.form));
        Self(all)
    }

    /// The first value that is not empty among these names.
    ///
    /// # Errors
    /// [`Contradiction`] if another one differs from it.
    pub fn one(&self, names: &'static [&'static str]) -> Result<Option<&str>, Contradiction> {
        let mut values = self.all(names);
        let first = values.next();
        if values.all(|value| Some(value) == first) {
            Ok(first)
        } else {
            Err(Contradiction)
        }
    }

    /// All values that are not empty among these names.
    pub fn all<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(|(name, value)| names.contains(&name.as_str()) && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Whether a parameter of this name was sent, be it empty.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(sent, _)| sent == name)
    }

    /// Whether a switch is on: `yes`, `true`, `on` or `1` in any case; anything else is off, nothing too.
    ///
    /// # Errors
    /// [`Contradiction`] if it is on and off.
    pub fn switch(&self, name: &'static str) -> Result<bool, Contradiction> {
        const ON: [&str; 4] = ["yes", "true", "on", "1"];
        let names = [name];
        let mut sent = self
            .all(&names)
            .map(|value| ON.iter().any(|on| value.eq_ignore_ascii_case(on)));
        let first = sent.next().unwrap_or(false);
        if sent.all(|other| other == first) {
            Ok(first)
        } else {
            Err(Contradiction)
        }
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameters({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", Ok(false))]
    #[case("offline=", Ok(false))]
    #[case("offline=NO", Ok(false))]
    #[case("offline=YES", Ok(true))]
    #[case("offline=on&offline=1&offline=True", Ok(true))]
    #[case("offline=&offline=yes", Ok(true))]
    #[case("offline=NO&offline=0", Ok(false))]
    #[case("offline=NO&offline=YES", Err(Contradiction))]
    #[case("offline=YES&offline=NO", Err(Contradiction))]
    #[case("offline=YES&offline=whatever", Err(Contradiction))]
    #[case("Offline=YES", Ok(false))]
    fn switches(#[case] query: &str, #[case] expected: Result<bool, Contradiction>) {
        let sent = form_urlencoded::parse(query.as_bytes()).into_owned();
        assert_eq!(Parameters(sent.collect()).switch("offline"), expected);
    }
}
