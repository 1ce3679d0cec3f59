//! The members of a flat JSON object, whose values are all texts: what the clients of a challenge send.

use crate::challenge::ChallengeError;
use crate::http::Request;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::fmt;

/// More members than any client of ours sends.
const MOST: usize = 16;

/// Names and values in the order sent; each name once. Case is no difference between names: the first
/// servers of these dialects are written in Go, whose decoder ignores it, and Caddy's module sends `FQDN`.
pub(super) struct Members(Vec<(String, String)>);

impl Members {
    /// Those of the body, whatever its type: some clients call JSON a form.
    pub(super) fn of(request: &Request) -> Result<Self, ChallengeError> {
        serde_json::from_slice(request.json.as_bytes()).map_err(|_| ChallengeError::Json)
    }

    /// The value of this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter();
        let (_, value) = all.find(|(other, _)| other.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Flat)
    }
}

struct Flat;

impl<'de> Visitor<'de> for Flat {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a flat object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members: Vec<(String, String)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, String>()? {
            let mut others = members.iter().map(|(other, _)| other);
            let is_known = others.any(|other| other.eq_ignore_ascii_case(&name));
            if is_known || members.len() == MOST {
                return Err(A::Error::custom("a member twice, or too many"));
            }
            members.push((name, value));
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn members(json: &str) -> Option<Members> {
        Members::of(&Request {
            json: json.to_owned(),
            ..Request::bare([192, 0, 2, 1].into())
        })
        .ok()
    }

    #[rstest]
    #[case(r#"{"fqdn":"a","value":"b"}"#)]
    #[case("{\"fqdn\": \"a\", \"value\": \"b\"}\n")]
    #[case(r#" { "value" : "b" , "fqdn" : "\u0061" } "#)]
    #[case(r#"{"fqdn":"a","value":"b","more":"c"}"#)]
    #[case(r#"{"FQDN":"a","Value":"b"}"#)]
    fn read(#[case] json: &str) {
        let members = members(json).unwrap();
        assert_eq!(members.get("fqdn"), Some("a"));
        assert_eq!(members.get("value"), Some("b"));
        assert_eq!(members.get("other"), None);
    }

    #[rstest]
    #[case::nothing("")]
    #[case::no_json("fqdn=a&value=b")]
    #[case::a_list(r#"["fqdn","a"]"#)]
    #[case::nested(r#"{"fqdn":{"fqdn":"a"},"value":"b"}"#)]
    #[case::a_list_inside(r#"{"fqdn":["a"],"value":"b"}"#)]
    #[case::a_number(r#"{"fqdn":1,"value":"b"}"#)]
    #[case::null(r#"{"fqdn":null,"value":"b"}"#)]
    #[case::twice(r#"{"fqdn":"a","fqdn":"b"}"#)]
    #[case::twice_the_same(r#"{"fqdn":"a","fqdn":"a"}"#)]
    #[case::twice_in_another_case(r#"{"fqdn":"a","Fqdn":"b"}"#)]
    #[case::twice_by_an_escape(r#"{"fqdn":"a","f\u0071dn":"b"}"#)]
    #[case::two_objects(r#"{"fqdn":"a"}{"value":"b"}"#)]
    #[case::more_behind(r#"{"fqdn":"a"} value"#)]
    #[case::half(r#"{"fqdn":"a""#)]
    #[case::half_a_character(r#"{"fqdn":"\ud800"}"#)]
    fn refused(#[case] json: &str) {
        assert!(members(json).is_none());
    }

    #[test]
    fn so_many_members_and_no_more() {
        let object = |count| {
            let members: Vec<String> = (0..count).map(|n| format!(r#""{n}":"""#)).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(members(&object(MOST)).is_some());
        assert!(members(&object(MOST + 1)).is_none());
    }
}
