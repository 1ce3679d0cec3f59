//! Where the API of a service is.

use ureq::http::Uri;

/// Where an API is, and for which region calls to it are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub(crate) url: String,
    pub(crate) region: String,
}

impl Endpoint {
    /// The endpoint at `url`, as in `https://route53.amazonaws.com`; signed for `region`.
    #[must_use]
    pub fn at(url: &str, region: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            region: region.to_owned(),
        }
    }

    /// The same API elsewhere, as `AWS_ENDPOINT_URL` names it; signed for the same region.
    #[must_use]
    pub fn moved_to(self, url: &str) -> Self {
        Self::at(url, &self.region)
    }

    /// Host with port, and path. `None`: the URL has no such form, or parts that it may not have.
    pub(crate) fn split(&self) -> Option<(&str, &str)> {
        let uri: Uri = self.url.parse().ok()?;
        let known = matches!(uri.scheme_str(), Some("https" | "http"));
        let (_, rest) = self.url.split_once("://")?;
        let odd = rest.contains(['?', '#', '@', '%']) || uri.host().is_none_or(str::is_empty);
        (known && !odd).then(|| rest.split_at(rest.find('/').unwrap_or(rest.len())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elsewhere_the_region_stays() {
        let moved = Endpoint::at("https://a.example", "cn-northwest-1");
        let moved = moved.moved_to("http://127.0.0.1:4566/base/");
        let expected = Endpoint::at("http://127.0.0.1:4566/base", "cn-northwest-1");
        assert_eq!(moved, expected);
        assert_eq!(moved.split(), Some(("127.0.0.1:4566", "/base")));
    }
}
