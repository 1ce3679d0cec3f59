//! Names as Route 53 writes them.

/// A name of an answer in the form of a `Host`: octal codes decoded, without the final dot, in
/// lower case. Route 53 returns everything but `a-z 0-9 - _` as `\ooo`, so `*` comes as `\052`
/// (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html>).
pub(crate) fn decode(name: &str) -> String {
    let mut rest = name.strip_suffix('.').unwrap_or(name).chars();
    let mut decoded = String::with_capacity(name.len());
    while let Some(char) = rest.next() {
        let code = rest.as_str().get(..3).filter(|_| char == '\\');
        match code.and_then(|code| u8::from_str_radix(code, 8).ok()) {
            Some(byte) => {
                decoded.push(byte.to_ascii_lowercase().into());
                rest = rest.as_str().get(3..).unwrap_or_default().chars();
            }
            None => decoded.push(char.to_ascii_lowercase()),
        }
    }
    decoded
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
}
