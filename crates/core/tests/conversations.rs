//! Every conversation, answered by the core over a zone in memory.

use dyn53_core::{Reply, Service};
use dyn53_testkit::MemoryZone;
use dyn53_testkit::conversation::{self, Conversation};
use rstest::rstest;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[rstest]
fn replayed(#[files("../core/tests/conversations/*.txt")] file: PathBuf) {
    replay(&conversation::read(&file));
}

fn replay(conversation: &Conversation) {
    let zone = Arc::new(MemoryZone::holding(&conversation.before));
    let service = Service::new(conversation.credentials(), Arc::clone(&zone), || {
        Reply::text(200, "page")
    });
    for exchange in &conversation.exchanges {
        let deadline = Instant::now() + Duration::from_secs(5);
        let answered = service.answer(&exchange.request, deadline);
        exchange.check(&conversation.name, &answered.reply);
    }
    assert_eq!(
        zone.contents(),
        conversation.after,
        "zone after {}",
        conversation.name
    );
}
