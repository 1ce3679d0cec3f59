//! Every input that fuzzing found worth keeping, as a plain test.
#![allow(clippy::unwrap_used)]

use std::path::Path;

#[test]
fn corpus() {
    for (name, target) in dyn53_fuzz::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("corpus")
            .join(name);
        let mut inputs = 0;
        for entry in std::fs::read_dir(&folder).unwrap() {
            target(&std::fs::read(entry.unwrap().path()).unwrap());
            inputs += 1;
        }
        assert!(inputs > 0, "no inputs in {}", folder.display());
    }
}
