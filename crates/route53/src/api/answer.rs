//! What the API answers: REST-XML, read without expanding entities of its own.

use super::text::decode;
use quick_xml::events::{BytesRef, Event};
use quick_xml::reader::Reader;

/// An answer that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// A record set as the API lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its owner, decoded.
    pub name: String,
    /// Its type, as in `CNAME`.
    pub kind: String,
    /// Its time to live.
    pub ttl: u32,
    /// Its values.
    pub values: Vec<String>,
    /// What it is if it is not simple, in words.
    pub special: Option<&'static str>,
}

/// One page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Record sets in the order of the API.
    pub sets: Vec<Listed>,
    /// Where the next page begins: name as the API writes it, type, set identifier.
    pub next: Option<(String, String, String)>,
}

/// An error answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaint {
    /// As in `InvalidChangeBatch`.
    pub code: String,
    /// All its messages.
    pub message: String,
}

/// Elements deeper than this are in no answer of the API.
const DEEPEST: usize = 12;

/// Reads the answer to ListResourceRecordSets.
///
/// # Errors
/// [`Malformed`] unless it is whole.
pub fn read_page(xml: &str) -> Result<Page, Malformed> {
    let mut page = Page::default();
    let (mut next, mut truncated) = (<(String, String, String)>::default(), false);
    let root = walk(xml, &mut |parent, name, text| match (parent, name) {
        ("ResourceRecordSets", "ResourceRecordSet") if text.is_none() => {
            page.sets.push(Listed::default());
        }
        ("ListResourceRecordSetsResponse", _) => match (name, text) {
            ("IsTruncated", Some(text)) => truncated = text == "true",
            ("NextRecordName", Some(text)) => next.0 = text,
            ("NextRecordType", Some(text)) => next.1 = text,
            ("NextRecordIdentifier", Some(text)) => next.2 = text,
            _ => {}
        },
        _ => {
            if let Some(set) = page.sets.last_mut() {
                set.take(parent, name, text);
            }
        }
    })?;
    page.next = truncated.then_some(next);
    if root == "ListResourceRecordSetsResponse" {
        Ok(page)
    } else {
        Err(Malformed)
    }
}

/// Reads the answer to ChangeResourceRecordSets: whether the change was accepted.
///
/// # Errors
/// [`Malformed`] unless it says so.
pub fn read_accepted(xml: &str) -> Result<(), Malformed> {
    let mut accepted = false;
    let root = walk(xml, &mut |parent, name, text| {
        let status = (parent, name) == ("ChangeInfo", "Status");
        accepted |= status && matches!(text.as_deref(), Some("PENDING" | "INSYNC"));
    })?;
    if accepted && root == "ChangeResourceRecordSetsResponse" {
        Ok(())
    } else {
        Err(Malformed)
    }
}

/// Reads an error; the two forms of InvalidChangeBatch and the form without `ErrorResponse` too.
///
/// # Errors
/// [`Malformed`] unless it has a code.
pub fn read_complaint(xml: &str) -> Result<Complaint, Malformed> {
    let mut complaint = Complaint::default();
    let root = walk(xml, &mut |_, name, text| match (name, text) {
        ("Code", Some(text)) => complaint.code = text,
        ("Message", Some(text)) if complaint.message.is_empty() => complaint.message = text,
        ("Message", Some(text)) => complaint.message += &(" ".to_owned() + &text),
        _ => {}
    })?;
    if root == "InvalidChangeBatch" && complaint.code.is_empty() {
        complaint.code = root;
    }
    if complaint.code.is_empty() {
        Err(Malformed)
    } else {
        Ok(complaint)
    }
}

impl Listed {
    /// Takes an element of a record set: `text` is `None` where it begins.
    fn take(&mut self, parent: &str, name: &str, text: Option<String>) {
        if parent == "ResourceRecordSet" {
            self.special = special(name).or(self.special.take());
        }
        match (parent, name, text) {
            ("ResourceRecordSet", "Name", Some(text)) => self.name = decode(&text),
            ("ResourceRecordSet", "Type", Some(text)) => self.kind = text,
            ("ResourceRecordSet", "TTL", Some(text)) => self.ttl = text.parse().unwrap_or(0),
            ("ResourceRecord", "Value", Some(text)) => self.values.push(text),
            _ => {}
        }
    }
}

/// What a record set with this element is, if it is not simple. An element that is not known here is
/// one that AWS added later: who does not know what it does must not replace the set.
fn special(name: &str) -> Option<&'static str> {
    Some(match name {
        "Name" | "Type" | "TTL" | "ResourceRecords" => return None,
        "AliasTarget" => "an alias",
        "Weight" => "a weighted record",
        "Region" => "a latency record",
        "GeoLocation" => "a geolocation record",
        "GeoProximityLocation" => "a geoproximity record",
        "Failover" => "a failover record",
        "MultiValueAnswer" => "a multivalue record",
        "CidrRoutingConfig" => "an IP-based record",
        "TrafficPolicyInstanceId" => "a record of a traffic policy",
        "HealthCheckId" => "a record with a health check",
        "SetIdentifier" => "one of several records of a routing policy",
        _ => "a record with a setting that dyn53 does not know",
    })
}

/// Shows each element to `see` when it begins (without text) and when it ends, with its parent.
/// Returns the name of the root.
fn walk(xml: &str, see: &mut dyn FnMut(&str, &str, Option<String>)) -> Result<String, Malformed> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let (mut open, mut text) = (Vec::<String>::new(), String::new());
    let mut root = None;
    loop {
        match reader.read_event().map_err(|_| Malformed)? {
            Event::Start(element) => {
                let name = element.local_name().as_ref().to_owned();
                see(open.last().map_or("", String::as_str), &name, None);
                open.push(name);
                text.clear();
                if open.len() > DEEPEST {
                    return Err(Malformed);
                }
            }
            Event::End(_) => {
                let name = open.pop().ok_or(Malformed)?;
                let parent = open.last().map_or("", String::as_str);
                see(parent, &name, Some(std::mem::take(&mut text)));
                if open.is_empty() && root.replace(name).is_some() {
                    return Err(Malformed);
                }
            }
            Event::Text(piece) => text += &piece.xml10_content(),
            Event::CData(piece) => text += &piece.xml10_content(),
            Event::GeneralRef(reference) => text.push(character(&reference)?),
            Event::DocType(_) => return Err(Malformed),
            Event::Eof => break,
            _ => {}
        }
    }
    root.filter(|_| open.is_empty()).ok_or(Malformed)
}

/// Only the entities that XML itself has (XML 1.0 section 4.6).
fn character(reference: &BytesRef) -> Result<char, Malformed> {
    match &*reference.xml10_content() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => reference.resolve_char_ref().ok().flatten().ok_or(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const ERROR: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
        <Message>a &lt;b&gt; &#x26; c</Message></Error></ErrorResponse>";

    #[rstest]
    #[case::usual(ERROR, "AccessDenied", "a <b> & c")]
    #[case::bare("<Error><Code>X</Code><Message>y</Message></Error>", "X", "y")]
    #[case::batch(
        "<InvalidChangeBatch><Messages><Message>y</Message><Message>z</Message></Messages></InvalidChangeBatch>",
        "InvalidChangeBatch",
        "y z"
    )]
    fn complaints(#[case] xml: &str, #[case] code: &str, #[case] message: &str) {
        let complaint = read_complaint(xml).unwrap();
        assert_eq!(
            (complaint.code.as_str(), complaint.message.as_str()),
            (code, message)
        );
    }

    #[rstest]
    #[case::nothing("")]
    #[case::no_xml("Bad Gateway")]
    #[case::cut("<ListResourceRecordSetsResponse><IsTruncated>fal")]
    #[case::not_closed("<ListResourceRecordSetsResponse>")]
    #[case::crossed("<ListResourceRecordSetsResponse><a></b></ListResourceRecordSetsResponse>")]
    #[case::twice("<ListResourceRecordSetsResponse/><ListResourceRecordSetsResponse/>")]
    #[case::other_root("<html></html>")]
    #[case::own_entity("<ListResourceRecordSetsResponse>&a;</ListResourceRecordSetsResponse>")]
    #[case::document_type("<!DOCTYPE a><ListResourceRecordSetsResponse/>")]
    fn malformed(#[case] xml: &str) {
        assert_eq!(read_page(xml), Err(Malformed));
        assert_eq!(read_accepted(xml), Err(Malformed));
    }

    #[test]
    fn depth_is_bounded() {
        let (open, close) = ("<a>".repeat(100_000), "</a>".repeat(100_000));
        let xml = format!(
            "<ListResourceRecordSetsResponse>{open}{close}</ListResourceRecordSetsResponse>"
        );
        assert_eq!(read_page(&xml), Err(Malformed));
    }

    #[rstest]
    #[case("PENDING", true)]
    #[case("INSYNC", true)]
    #[case("REJECTED", false)]
    #[case("", false)]
    fn acceptance(#[case] status: &str, #[case] accepted: bool) {
        let xml = format!(
            "<ChangeResourceRecordSetsResponse><ChangeInfo><Status>{status}</Status></ChangeInfo></ChangeResourceRecordSetsResponse>"
        );
        assert_eq!(read_accepted(&xml).is_ok(), accepted);
    }

    #[test]
    fn octal_names_and_the_next_page() {
        let xml = "<ListResourceRecordSetsResponse><ResourceRecordSets><ResourceRecordSet><Name>\\052.a.b.</Name>\
            <Type>A</Type><SetIdentifier>s</SetIdentifier><Weight>1</Weight></ResourceRecordSet>\
            </ResourceRecordSets><IsTruncated>true</IsTruncated><NextRecordName>c.b.</NextRecordName>\
            <NextRecordType>A</NextRecordType></ListResourceRecordSetsResponse>";
        let page = read_page(xml).unwrap();
        assert_eq!(
            (page.sets[0].name.as_str(), page.sets[0].special),
            ("*.a.b", Some("a weighted record"))
        );
        assert_eq!(page.next, Some(("c.b.".into(), "A".into(), String::new())));
    }
}
