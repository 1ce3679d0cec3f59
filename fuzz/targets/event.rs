//! See the function of this name.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dyn53_fuzz::event(data));
