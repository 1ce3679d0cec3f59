//! Answers of the Route 53 API.

use dyn53_route53::answer::{read_accepted, read_complaint, read_page};

/// What is read of an answer is never more than what came, so no entity grows; and no change counts as
/// accepted whose answer does not say so.
pub fn route53_xml(data: &[u8]) {
    let xml = String::from_utf8_lossy(data);
    if let Ok(page) = read_page(&xml) {
        let of_set = |set: &dyn53_route53::answer::Listed| {
            let values = set.values.iter().map(String::len).sum::<usize>();
            set.name.len() + set.kind.len() + values
        };
        let next = page
            .next
            .map_or(0, |(name, kind, id)| name.len() + kind.len() + id.len());
        // A code such as \351 may become a character of two bytes, which is still shorter.
        assert!(page.sets.iter().map(of_set).sum::<usize>() + next <= xml.len());
    }
    if read_accepted(&xml).is_ok() {
        assert!(read_page(&xml).is_err());
        assert!(xml.contains("ChangeResourceRecordSetsResponse") && xml.contains("Status"));
    }
    if let Ok(complaint) = read_complaint(&xml) {
        assert!(!complaint.code.is_empty());
        // A blank stands between two messages.
        assert!(complaint.code.len() + complaint.message.len() <= xml.len());
    }
}
