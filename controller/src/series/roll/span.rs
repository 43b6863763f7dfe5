//! An hour or a day of a quantity in a few numbers, pure: how they are packed, and how hours become a day.

use super::super::chunk::{ChunkError, pack, unpack};
use super::super::window::floor;

/// How long a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Grain {
    Hour,
    Day,
}

impl Grain {
    /// Milliseconds of one.
    pub(in super::super) const fn ms(self) -> i64 {
        match self {
            Grain::Hour => 3_600_000,
            Grain::Day => 24 * Grain::Hour.ms(),
        }
    }

    /// Milliseconds of those that lie in one row: a week of hours, 52 weeks of days.
    pub(in super::super) const fn row_ms(self) -> i64 {
        match self {
            Grain::Hour => 7 * Grain::Day.ms(),
            Grain::Day => 364 * Grain::Day.ms(),
        }
    }

    pub(in super::super) fn is_day(self) -> bool {
        self == Grain::Day
    }

    /// The beginning of the row that a time lies in.
    pub(super) fn row_of(self, at_ms: i64) -> i64 {
        floor(at_ms, self.row_ms())
    }
}

/// What an hour or a day had, in the unit of the metric; rates per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Span {
    /// When it begins.
    pub(in super::super) at_ms: i64,
    pub(in super::super) min: f64,
    pub(in super::super) avg: f64,
    pub(in super::super) max: f64,
    /// Samples, or pairs of readings.
    pub(in super::super) count: u64,
    /// For how long of it something is known, in seconds.
    pub(in super::super) covered_s: u64,
}

/// Bits of a float's fraction that are let go: 12 are left, so a number is right to one part in 8,192.
const ROUNDED_BITS: u32 = 11;

/// A float as an integer of the same order, rounded.
fn rounded(value: f64) -> i64 {
    let narrow = value as f32;
    // Half of what is cut away, so that it is rounded and not cut; the greatest floats stay finite.
    let bits = (narrow.abs().to_bits() + (1 << (ROUNDED_BITS - 1))).min(f32::MAX.to_bits()) >> ROUNDED_BITS;
    if narrow < 0.0 { -i64::from(bits) } else { i64::from(bits) }
}

fn widened(packed: i64) -> f64 {
    let bits = u32::try_from(packed.unsigned_abs()).unwrap_or(u32::MAX >> ROUNDED_BITS) << ROUNDED_BITS;
    let value = f64::from(f32::from_bits(bits.min(f32::MAX.to_bits())));
    if packed < 0 { -value } else { value }
}

/// The numbers of each column, with the first that its row would say.
const COLUMNS: usize = 6;

/// Packs the spans of one row: each column behind its length, its first number and a checksum of its own.
pub(super) fn pack_row(series: i64, grain: Grain, row_ms: i64, spans: &[Span]) -> Vec<u8> {
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let column = |of: &dyn Fn(&Span) -> i64| spans.iter().map(of).collect::<Vec<i64>>();
    let columns: [Vec<i64>; COLUMNS] = [
        column(&|span| (span.at_ms - row_ms).div_euclid(grain.ms())),
        column(&|span| rounded(span.min)),
        column(&|span| rounded(span.avg)),
        column(&|span| rounded(span.max)),
        column(&|span| number(span.count)),
        column(&|span| number(span.covered_s)),
    ];
    let mut body = Vec::new();
    for (place, values) in (0_i64..).zip(&columns) {
        let first = values.first().copied().unwrap_or_default();
        let packed =
            pack(&[series, row_ms, i64::from(grain.is_day()), place, number(values.len() as u64), first], values);
        body.extend(u32::try_from(packed.len()).unwrap_or(u32::MAX).to_le_bytes());
        body.extend(first.to_le_bytes());
        body.extend(packed);
    }
    body
}

/// The spans of a row, in the order of time.
///
/// # Errors
/// When it is not what was packed.
pub(super) fn unpack_row(
    (series, grain, row_ms): (i64, Grain, i64),
    count: usize,
    mut body: &[u8],
) -> Result<Vec<Span>, ChunkError> {
    let mut columns: Vec<Vec<i64>> = Vec::with_capacity(COLUMNS);
    for place in 0_i64..COLUMNS as i64 {
        let (length, rest) = body.split_first_chunk::<4>().ok_or(ChunkError::Checksum)?;
        let (first, rest) = rest.split_first_chunk::<8>().ok_or(ChunkError::Checksum)?;
        let length = u32::from_le_bytes(*length) as usize;
        let (packed, rest) = rest.split_at_checked(length).ok_or(ChunkError::Checksum)?;
        let first = i64::from_le_bytes(*first);
        let said = i64::try_from(count).unwrap_or(i64::MAX);
        columns.push(unpack(&[series, row_ms, i64::from(grain.is_day()), place, said, first], packed, count, first)?);
        body = rest;
    }
    let number = |column: usize, at: usize| columns[column].get(at).copied().unwrap_or_default();
    let span = |at: usize| Span {
        at_ms: row_ms + number(0, at) * grain.ms(),
        min: widened(number(1, at)),
        avg: widened(number(2, at)),
        max: widened(number(3, at)),
        count: number(4, at).unsigned_abs(),
        covered_s: number(5, at).unsigned_abs(),
    };
    Ok((0..count).map(span).collect())
}

/// What an hour weighs in the mean of its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Each sample the same: values that stand for themselves.
    Count,
    /// What was known for longer more: rates.
    Time,
}

/// Hours of one day as that day; `None` without any.
pub(super) fn day_of(hours: &[Span], weight: Weight) -> Option<Span> {
    let first = hours.first()?;
    let weight = |hour: &Span| match weight {
        Weight::Count => hour.count as f64,
        Weight::Time => (hour.covered_s as f64).max(f64::EPSILON),
    };
    let weights: f64 = hours.iter().map(weight).sum();
    Some(Span {
        at_ms: floor(first.at_ms, Grain::Day.ms()),
        min: hours.iter().map(|hour| hour.min).fold(f64::INFINITY, f64::min),
        avg: hours.iter().map(|hour| hour.avg * weight(hour)).sum::<f64>() / weights,
        max: hours.iter().map(|hour| hour.max).fold(f64::NEG_INFINITY, f64::max),
        count: hours.iter().map(|hour| hour.count).sum(),
        covered_s: hours.iter().map(|hour| hour.covered_s).sum(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spans() -> impl Strategy<Value = Vec<Span>> {
        let one = (-1e12_f64..1e12, 0.0_f64..1e9, 0.0_f64..1e9, 1_u64..4000, 0_u64..=3600);
        prop::collection::btree_map(0_i64..168, one, 1..168).prop_map(|found| {
            let span = |(hour, (min, more, most, count, covered_s))| Span {
                at_ms: Grain::Hour.row_ms() * 2900 + hour * Grain::Hour.ms(),
                min,
                avg: min + more,
                max: min + more + most,
                count,
                covered_s,
            };
            found.into_iter().map(span).collect()
        })
    }

    fn is_near(one: f64, other: f64) -> bool {
        (one - other).abs() <= one.abs() / 8192.0
    }

    proptest! {
        #[test]
        fn rows_come_back_to_one_part_in_eight_thousand(spans in spans()) {
            let row = Grain::Hour.row_of(spans[0].at_ms);
            let body = pack_row(7, Grain::Hour, row, &spans);
            let back = unpack_row((7, Grain::Hour, row), spans.len(), &body).expect("its own");
            for (span, back) in spans.iter().zip(&back) {
                prop_assert_eq!((span.at_ms, span.count, span.covered_s), (back.at_ms, back.count, back.covered_s));
                prop_assert!(is_near(span.min, back.min) && is_near(span.avg, back.avg) && is_near(span.max, back.max));
                prop_assert!(back.min <= back.avg && back.avg <= back.max, "rounding keeps the order");
            }
            prop_assert_eq!(back.len(), spans.len());
        }

        #[test]
        fn what_has_rotted_is_no_number(spans in spans(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let row = Grain::Hour.row_of(spans[0].at_ms);
            let good = pack_row(7, Grain::Hour, row, &spans);
            let mut body = good.clone();
            body[at.index(good.len())] ^= 1 << bit;
            prop_assert!(unpack_row((7, Grain::Hour, row), spans.len(), &body).is_err());
            prop_assert!(unpack_row((8, Grain::Hour, row), spans.len(), &good).is_err());
            prop_assert!(unpack_row((7, Grain::Hour, row), spans.len() + 1, &good).is_err());
        }

        #[test]
        fn a_day_lies_between_its_hours(spans in spans(), is_rate in any::<bool>()) {
            let weight = if is_rate { Weight::Time } else { Weight::Count };
            let day = day_of(&spans, weight).expect("it has hours");
            let slack = 1e-9 * day.min.abs().max(day.max.abs());
            prop_assert!(day.min <= day.avg + slack && day.avg <= day.max + slack);
            prop_assert_eq!(day.count, spans.iter().map(|span| span.count).sum::<u64>());
        }
    }

    #[test]
    fn numbers_at_the_ends_stay_numbers() {
        for value in [0.0, -0.0, 1.0, -1.0, f64::from(f32::MAX), f64::MAX, f64::MIN_POSITIVE] {
            assert!(widened(rounded(value)).is_finite(), "{value}");
        }
        assert_eq!([0.0, 1.0, -2.0, 100.0].map(|value| widened(rounded(value))), [0.0, 1.0, -2.0, 100.0]);
    }
}
