//! The tests that replay conversations, one test a file, are compiled again when a file comes or goes.

fn main() {
    println!("cargo::rerun-if-changed=../core/tests/conversations");
}
