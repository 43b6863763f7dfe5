//! Chance without memory: a number for a seed, a thing and a moment, so that any moment can be computed without those
//! before it, and a simulator that starts again with the same seed goes on where it would have been.

/// A number for (seed, thing, moment): FNV-1a over the thing, then two rounds of splitmix64.
pub(super) fn draw(seed: u64, thing: &str, moment: i64) -> u64 {
    let hash = thing
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    mix(mix(hash ^ seed).wrapping_add(moment as u64))
}

/// The same from 0 to below 1.
pub(super) fn unit(seed: u64, thing: &str, moment: i64) -> f64 {
    // 53 bits are what a double holds.
    (draw(seed, thing, moment) >> 11) as f64 / (1u64 << 53) as f64
}

/// The same between two bounds.
pub(super) fn between(seed: u64, thing: &str, moment: i64, low: f64, high: f64) -> f64 {
    low + unit(seed, thing, moment) * (high - low)
}

fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ number >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ number >> 31
}
