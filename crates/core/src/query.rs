//! Parameters of a query or a form, decoded.

use crate::http::Request;
use std::fmt;

/// Parameters in the order sent; percent-decoded (RFC 3986 section 2.1), `+` read as a blank.
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
        match values.all(|value| Some(value) == first) {
            true => Ok(first),
            false => Err(Contradiction),
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

    /// Whether a switch is on: `yes`, `true`, `on` or `1` in any case.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        const ON: [&str; 4] = ["yes", "true", "on", "1"];
        let sent = self.0.iter().filter(|(other, _)| other == name);
        sent.map(|(_, value)| value)
            .any(|value| ON.iter().any(|on| value.eq_ignore_ascii_case(on)))
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameters({})", self.0.len())
    }
}
