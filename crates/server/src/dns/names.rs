//! Names: our names in the asker's letters.

use dyn53_core::Host;
use hickory_server::proto::rr::Name;

/// The name of `host`, in the asker's upper and lower case where both end alike: then it is
/// compressed against the question (RFC 1035 section 4.1.4), and letters chosen at random come back.
pub(super) fn spelled(host: &Host, asked: &Name) -> Name {
    let own: Vec<&[u8]> = host.as_str().split('.').map(str::as_bytes).collect();
    let pairs = own.iter().rev().zip(asked.iter().rev());
    let common = pairs
        .take_while(|(own, asked)| own.eq_ignore_ascii_case(asked))
        .count();
    let first = own.iter().take(own.len() - common).copied();
    let rest = asked.iter().skip(asked.iter().len() - common);
    Name::from_labels(first.chain(rest)).unwrap_or_else(|_| Name::root())
}

#[cfg(test)]
mod tests {
    use super::*;
    use dyn53_testkit::contract::host;
    use rstest::rstest;

    #[rstest]
    #[case("ns1.example.net", "HoMe.ExAmple.nEt.", "ns1.ExAmple.nEt.")]
    #[case("example.net", "a.b.EXAMPLE.net.", "EXAMPLE.net.")]
    #[case("example.net", "Example.NET.", "Example.NET.")]
    #[case("ns1.example.org", "home.example.net.", "ns1.example.org.")]
    #[case("example.net", ".", "example.net.")]
    fn the_asker_s_letters(#[case] own: &str, #[case] asked: &str, #[case] written: &str) {
        let asked = Name::from_ascii(asked).unwrap();
        assert_eq!(spelled(&host(own), &asked).to_ascii(), written);
    }
}
