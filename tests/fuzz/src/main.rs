//! One target under libFuzzer: `FUZZ_TARGET=NAME fuzz [libFuzzer's options] [folders of inputs]`.

#![no_main]

use std::sync::OnceLock;

static TARGET: OnceLock<fuzz::Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(init: {
    #[expect(clippy::disallowed_methods, reason = "libFuzzer takes the command line for itself")]
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let found = fuzz::target(&name);
    let names: Vec<&str> = fuzz::TARGETS.iter().map(|(name, _)| *name).collect();
    let target = found.unwrap_or_else(|| panic!("FUZZ_TARGET={name:?} is none of {names:?}"));
    TARGET.get_or_init(|| target);
}, |bytes: &[u8]| {
    if let Some(target) = TARGET.get() {
        target(bytes);
    }
});
