//! A batch of samples as one row of a log: whole numbers as differences, seven bits a byte, and a
//! CRC-32 behind them. Pure.

/// A sample in the file's own words: id of the series, milliseconds since 1970, scaled value.
pub(super) type Logged = (i64, i64, i64);

/// The first byte: how the rest is written.
const FORM: u8 = 1;
/// Bytes of the checksum.
const CRC: usize = 4;

/// Writes samples as they stand; those that are in the order of series and time take least.
pub(super) fn write(samples: impl ExactSizeIterator<Item = Logged>) -> Vec<u8> {
    let mut body = Vec::with_capacity(1 + samples.len() * 6 + CRC);
    body.push(FORM);
    let (mut last_series, mut last_at) = (0_i64, 0_i64);
    for (series, at, value) in samples {
        put(&mut body, series.wrapping_sub(last_series));
        put(&mut body, at.wrapping_sub(last_at));
        put(&mut body, value);
        (last_series, last_at) = (series, at);
    }
    let crc = crc32fast::hash(&body);
    body.extend_from_slice(&crc.to_le_bytes());
    body
}

/// Reads what [`write`] wrote, or JSON of what [`Logged`] is, which an older schema was changed into; `None` for anything
/// else.
pub(super) fn read(body: &[u8]) -> Option<Vec<Logged>> {
    if body.starts_with(b"[[") {
        return serde_json::from_slice(body).ok();
    }
    let (rest, crc) = body.split_last_chunk::<CRC>()?;
    if crc32fast::hash(rest) != u32::from_le_bytes(*crc) {
        return None;
    }
    let (form, mut rest) = rest.split_first()?;
    if *form != FORM {
        return None;
    }
    let mut samples = Vec::new();
    let (mut series, mut at) = (0_i64, 0_i64);
    while !rest.is_empty() {
        series = series.wrapping_add(take(&mut rest)?);
        at = at.wrapping_add(take(&mut rest)?);
        samples.push((series, at, take(&mut rest)?));
    }
    Some(samples)
}

/// Small numbers of either sign become small ones without, seven bits in each byte, the highest bit says that more follow.
pub(super) fn put(body: &mut Vec<u8>, number: i64) {
    let mut left = ((number << 1) ^ (number >> 63)).cast_unsigned();
    while left >= 0x80 {
        body.push((left as u8) | 0x80);
        left >>= 7;
    }
    body.push(left as u8);
}

pub(super) fn take(rest: &mut &[u8]) -> Option<i64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(samples in proptest::collection::vec(any::<Logged>(), 0..50)) {
            let body = write(samples.iter().copied());
            prop_assert_eq!(read(&body), Some(samples));
        }

        #[test]
        fn what_has_rotted_is_refused(
            samples in proptest::collection::vec(any::<Logged>(), 0..10),
            place in any::<proptest::sample::Index>(),
            bit in 0..8_u32,
        ) {
            let mut body = write(samples.into_iter());
            let place = place.index(body.len());
            body[place] ^= 1 << bit;
            prop_assert_eq!(read(&body), None);
        }

        #[test]
        fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            read(&bytes);
            let mut sealed = [&[FORM][..], &bytes].concat();
            let crc = crc32fast::hash(&sealed);
            sealed.extend_from_slice(&crc.to_le_bytes());
            read(&sealed);
        }
    }

    #[test]
    fn a_visit_takes_few_bytes_a_sample() {
        let samples: Vec<Logged> = (0..100).map(|n| (4_000 + n, 1_764_000_000_000, n * 1_000_003)).collect();
        assert!(write(samples.into_iter()).len() < 700);
    }
}
