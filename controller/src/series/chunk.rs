//! Samples packed and unpacked, pure: numbers through `pco`, whole and exact, behind a checksum. What is on the disk may
//! have rotted: it is an error then, and never a wrong number.

use pco::ChunkConfig;
use pco::standalone::{simple_compress, simple_decompress_into};

/// Of `pco`'s levels the one beyond which little is gained: under 1 % of the size for three times the time.
const LEVEL: usize = 4;

/// The most numbers of one chunk: a day of one each second, and some.
pub(super) const COUNT_MAX: usize = 100_000;

/// CRC-32 (IEEE 802.3), little end first.
const CHECKSUM_BYTES: usize = 4;

/// Why a chunk cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ChunkError {
    /// It is not what was written.
    #[error("its checksum is wrong")]
    Checksum,
    /// The checksum is right and the rest is not what we write.
    #[error("it cannot be unpacked: {0}")]
    Body(String),
    /// It holds another number of values than it says.
    #[error("it holds {held} values and not {said}")]
    Count {
        /// What was found.
        held: usize,
        /// What its row says.
        said: usize,
    },
}

/// Packs numbers behind a checksum of them and of `head`, the numbers of their row. Those that are all the same take no
/// more room than that: their row says the first.
pub(super) fn pack(head: &[i64], values: &[i64]) -> Vec<u8> {
    let is_constant = values.first().is_none_or(|first| values.iter().all(|value| value == first));
    let config = ChunkConfig::default().with_compression_level(LEVEL);
    let packed = if is_constant {
        Vec::new()
    } else {
        simple_compress(values, &config).expect("the settings are good, and memory is not short")
    };
    let mut body = checksum(head, &packed).to_vec();
    body.extend(packed);
    body
}

fn checksum(head: &[i64], packed: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hasher = crc32fast::Hasher::new();
    head.iter().for_each(|number| hasher.update(&number.to_le_bytes()));
    hasher.update(packed);
    hasher.finalize().to_le_bytes()
}

/// Unpacks `count` numbers of which the first is known.
///
/// # Errors
/// When they, or the numbers of their row, are not those that were packed.
pub(super) fn unpack(head: &[i64], body: &[u8], count: usize, first: i64) -> Result<Vec<i64>, ChunkError> {
    if count > COUNT_MAX {
        return Err(ChunkError::Count { held: COUNT_MAX, said: count });
    }
    let (known, packed) = body.split_first_chunk::<CHECKSUM_BYTES>().ok_or(ChunkError::Checksum)?;
    if checksum(head, packed) != *known {
        return Err(ChunkError::Checksum);
    }
    if packed.is_empty() {
        return Ok(vec![first; count]);
    }
    // One more, so that too many are seen.
    let mut values = vec![0; count + 1];
    let progress = simple_decompress_into(packed, &mut values).map_err(|error| ChunkError::Body(error.to_string()))?;
    if progress.n_processed != count {
        return Err(ChunkError::Count { held: progress.n_processed, said: count });
    }
    values.truncate(count);
    if values.first().is_some_and(|value| *value != first) {
        return Err(ChunkError::Body("it begins with another value than its row says".to_owned()));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_unpacked_is_what_was_packed(
            values in prop_oneof![
                proptest::collection::vec(any::<i64>(), 1..300),
                proptest::collection::vec(0i64..3, 1..2000),
                (any::<i64>(), 1usize..2000).prop_map(|(value, count)| vec![value; count]),
            ],
        ) {
            prop_assert_eq!(unpack(&[7, -1], &pack(&[7, -1], &values), values.len(), values[0]), Ok(values));
        }

        #[test]
        fn what_has_rotted_is_no_number(values in proptest::collection::vec(0i64..2, 1..300), at: usize, bit in 0u8..8) {
            let head = [5, values[0], i64::try_from(values.len()).unwrap_or(0)];
            let good = pack(&head, &values);
            let mut body = good.clone();
            let at = at % body.len();
            body[at] ^= 1 << bit;
            prop_assert!(unpack(&head, &body, values.len(), values[0]).is_err());
            // Nor when it is the row that has rotted.
            for nth in 0..head.len() {
                let mut head = head;
                head[nth] ^= 1 << bit;
                prop_assert!(unpack(&head, &good, values.len(), values[0]).is_err());
            }
        }

        #[test]
        fn garbage_behind_a_good_checksum_neither_panics_nor_fills_memory(garbage: Vec<u8>, count in 0usize..200_000) {
            let mut body = checksum(&[], &garbage).to_vec();
            body.extend(&garbage);
            if let Ok(values) = unpack(&[], &body, count, 0) {
                prop_assert_eq!(values.len(), count);
            }
        }

        #[test]
        fn another_count_or_another_first_value_is_seen(values in proptest::collection::vec(any::<i64>(), 2..300)) {
            prop_assume!(values.iter().any(|value| *value != values[0]));
            let body = pack(&[], &values);
            for count in [values.len() - 1, values.len() + 1, COUNT_MAX + 1] {
                prop_assert!(unpack(&[], &body, count, values[0]).is_err());
            }
            prop_assert!(unpack(&[], &body, values.len(), values[0].wrapping_add(1)).is_err());
        }
    }

    #[test]
    fn minutes_of_a_busy_port_take_few_bytes() {
        let mut octets = 0i64;
        let mut noise = 12_345u64;
        let values: Vec<i64> = (0..1440)
            .map(|_| {
                noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                octets += 30_000_000 + i64::try_from(noise >> 44).unwrap_or(0);
                octets
            })
            .collect();
        let bytes = pack(&[], &values).len();
        assert!(bytes < 1440 * 4, "{bytes} bytes of 1440 counters with 20 bits of noise each");
    }
}
