//! Names and values as Route 53 writes them.

use dyn53_core::{RecordData, RecordType, Text};
use std::str::Chars;

/// A name of an answer in the form of a `Host`: octal codes decoded, without the final dot, in
/// lower case. Route 53 returns everything but `a-z 0-9 - _` as `\ooo`, so `*` comes as `\052`
/// (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html>).
pub(crate) fn decode(name: &str) -> String {
    let mut rest = name.strip_suffix('.').unwrap_or(name).chars();
    let mut decoded = String::with_capacity(name.len());
    while let Some(char) = rest.next() {
        let char = octal(char, &mut rest).unwrap_or(char);
        decoded.push(char.to_ascii_lowercase());
    }
    decoded
}

/// The character that `\` and the three octal digits behind it stand for.
fn octal(char: char, rest: &mut Chars) -> Option<char> {
    let code = rest.as_str().get(..3).filter(|_| char == '\\')?;
    let byte = u8::from_str_radix(code, 8).ok()?;
    rest.nth(2).map(|_| byte.into())
}

/// A value: a text is in quotes, with `\` before a quote or another `\`.
pub(crate) fn written(value: &RecordData) -> String {
    match value {
        RecordData::Txt(text) => {
            let text = text.as_str().replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{text}\"")
        }
        address => address.to_string(),
    }
}

/// A value of this type as data; a text has one string in quotes, `\` before a character, or before its octal code
/// (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat>).
pub(crate) fn read(record_type: RecordType, value: &str) -> Option<RecordData> {
    if record_type != RecordType::Txt {
        return RecordData::parse(record_type, value);
    }
    let mut rest = value.strip_prefix('"')?.strip_suffix('"')?.chars();
    let mut text = String::with_capacity(value.len());
    while let Some(char) = rest.next() {
        match (char, octal(char, &mut rest)) {
            ('"', _) => return None,
            (_, Some(decoded)) => text.push(decoded),
            ('\\', None) => text.push(rest.next()?),
            (char, None) => text.push(char),
        }
    }
    Text::parse(&text).map(RecordData::Txt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("home.example.com.", "home.example.com")]
    #[case("\\052.home.example.com.", "*.home.example.com")]
    #[case("HOME.\\105xample.com", "home.example.com")]
    #[case("a\\.b", "a\\.b")]
    #[case("\\05", "\\05")]
    #[case("\\777.b", "\\777.b")]
    #[case("\\0é2", "\\0é2")]
    #[case("\\", "\\")]
    #[case("", "")]
    fn decoded(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(decode(name), expected);
    }

    #[rstest]
    #[case(r#""abc""#, Some("abc"))]
    #[case(r#""a \"b\" \\ c""#, Some(r#"a "b" \ c"#))]
    #[case(r#""\141bc""#, Some("abc"))]
    #[case(r#""a" "b""#, None)]
    #[case(r#""a\""#, None)]
    #[case(r#""""#, None)]
    #[case("abc", None)]
    #[case(r#""\303\274""#, None)]
    fn texts(#[case] value: &str, #[case] text: Option<&str>) {
        let read = read(RecordType::Txt, value);
        assert_eq!(read.map(|data| data.to_string()).as_deref(), text);
    }
}
