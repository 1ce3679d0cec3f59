//! The contract holds for the zone in memory.

use dyn53_testkit::{MemoryZone, contract};

#[test]
fn memory_zone() {
    contract::check(MemoryZone::default);
}
