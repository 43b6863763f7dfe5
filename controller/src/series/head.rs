//! Young samples in memory, pure: what lies in the log, by device and stretch of two hours, each series' as differences
//! that take a few bytes a sample.

use std::collections::BTreeMap;

use super::body::{put, take};
use super::window::floor;

/// How long a stretch is, and a young chunk.
pub(super) const STRETCH_MS: i64 = 2 * 3600 * 1000;

/// A sample, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Young {
    pub(super) device: i64,
    pub(super) series: i64,
    pub(super) at: i64,
    pub(super) value: i64,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// By device and when the stretch begins; in each by series.
    stretches: BTreeMap<(i64, i64), BTreeMap<i64, Run>>,
    /// Rows of the log that are in here, with the last time in each.
    rows: BTreeMap<i64, i64>,
}

/// Samples of a series in the order in which they came.
#[derive(Debug, Default)]
struct Run {
    bytes: Vec<u8>,
    at: i64,
    value: i64,
}

impl Run {
    fn push(&mut self, at: i64, value: i64) {
        put(&mut self.bytes, at.wrapping_sub(self.at));
        put(&mut self.bytes, value.wrapping_sub(self.value));
        (self.at, self.value) = (at, value);
    }

    /// In the order of time; of two at one time the first that came.
    fn samples(&self) -> Vec<(i64, i64)> {
        let (mut rest, mut at, mut value) = (self.bytes.as_slice(), 0_i64, 0_i64);
        let mut samples = Vec::new();
        while let Some((more_at, more_value)) = take(&mut rest).zip(take(&mut rest)) {
            (at, value) = (at.wrapping_add(more_at), value.wrapping_add(more_value));
            samples.push((at, value));
        }
        // Stable, and a walk through what is in order.
        samples.sort_by_key(|(at, _)| *at);
        samples.dedup_by_key(|(at, _)| *at);
        samples
    }
}

impl Head {
    /// Adds a row of the log. Fastest when the samples are in the order of their series.
    pub(super) fn add(&mut self, row: i64, samples: &[Young]) {
        let last = samples.iter().map(|young| young.at).max().unwrap_or(i64::MIN);
        self.rows.insert(row, last);
        let stretch = |young: &Young| (young.device, floor(young.at, STRETCH_MS));
        for together in samples.chunk_by(|one, other| stretch(one) == stretch(other)) {
            let Some(first) = together.first() else { continue };
            let runs = self.stretches.entry(stretch(first)).or_default();
            for young in together {
                runs.entry(young.series).or_default().push(young.at, young.value);
            }
        }
    }

    /// Samples of a series from a time on and before another, in the order of time; of two at one time the first that came.
    pub(super) fn of_series(&self, device: i64, series: i64, from: i64, to: i64) -> Vec<(i64, i64)> {
        let mut found = Vec::new();
        for runs in self.between(device, from, to).map(|(_, runs)| runs) {
            let samples = runs.get(&series).map(Run::samples).unwrap_or_default();
            found.extend(samples.into_iter().filter(|(at, _)| (from..to).contains(at)));
        }
        found
    }

    /// The last sample of a series before a time.
    pub(super) fn last(&self, device: i64, series: i64, before: i64) -> Option<(i64, i64)> {
        let runs = self.between(device, i64::MIN, before).rev().filter_map(|(_, runs)| runs.get(&series));
        runs.map(Run::samples).find_map(|samples| samples.into_iter().rfind(|(at, _)| *at < before))
    }

    /// When the first sample of a series was taken.
    pub(super) fn first(&self, device: i64, series: i64) -> Option<i64> {
        let mut runs = self.between(device, i64::MIN, i64::MAX).filter_map(|(_, runs)| runs.get(&series));
        runs.find_map(|run| run.samples().first().map(|(at, _)| *at))
    }

    /// Samples of a device in stretches that begin from a time on and before another, by series and in the order of time.
    pub(super) fn of_device(&self, device: i64, from: i64, to: i64) -> BTreeMap<i64, Vec<(i64, i64)>> {
        let mut found: BTreeMap<i64, Vec<(i64, i64)>> = BTreeMap::new();
        for (series, run) in self.between(device, from, to).flat_map(|(_, runs)| runs) {
            found.entry(*series).or_default().extend(run.samples());
        }
        found
    }

    /// Devices and the beginnings of their stretches that are over at a time, and the rows of the log that have nothing
    /// beyond them.
    pub(super) fn over(&self, at: i64) -> (Vec<(i64, i64)>, Vec<i64>) {
        let before = floor(at, STRETCH_MS);
        let stretches = self.stretches.keys().filter(|(_, from)| *from < before).copied().collect();
        let rows = self.rows.iter().filter(|(_, last)| **last < before).map(|(row, _)| *row).collect();
        (stretches, rows)
    }

    /// Stretches of a device that begin from a time on and before another are packed.
    pub(super) fn forget(&mut self, device: i64, from: i64, to: i64) {
        let gone: Vec<(i64, i64)> = self.between(device, from, to).map(|(key, _)| *key).collect();
        for key in gone {
            self.stretches.remove(&key);
        }
    }

    /// Rows of the log are gone.
    pub(super) fn forget_rows(&mut self, rows: &[i64]) {
        for row in rows {
            self.rows.remove(row);
        }
    }

    /// Stretches of a device that touch a span.
    fn between(
        &self,
        device: i64,
        from: i64,
        to: i64,
    ) -> impl DoubleEndedIterator<Item = (&(i64, i64), &BTreeMap<i64, Run>)> {
        self.stretches.range((device, from.saturating_sub(STRETCH_MS - 1))..(device, to.max(from)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Few devices, series and times, so that they meet.
    fn young() -> impl Strategy<Value = Young> {
        (0..3_i64, 0..3_i64, prop_oneof![0..50_i64, 0..4 * STRETCH_MS], any::<i64>())
            .prop_map(|(device, series, at, value)| Young { device, series: device * 10 + series, at, value })
    }

    /// Of two at one time the first that came.
    fn plain(all: &[Young], series: i64) -> BTreeMap<i64, i64> {
        let mut found = BTreeMap::new();
        for young in all.iter().filter(|young| young.series == series) {
            found.entry(young.at).or_insert(young.value);
        }
        found
    }

    proptest! {
        #[test]
        fn it_answers_as_a_list_would(
            rows in prop::collection::vec(prop::collection::vec(young(), 0..40), 0..6),
            from in 0..4 * STRETCH_MS,
            long in 0..4 * STRETCH_MS,
            packed in 0..5_i64,
        ) {
            let mut head = Head::default();
            for (row, samples) in (1..).zip(&rows) {
                head.add(row, samples);
            }
            let (stretches, done) = head.over(packed * STRETCH_MS + 1_000);
            for (device, begins) in &stretches {
                head.forget(*device, *begins, begins + STRETCH_MS);
            }
            head.forget_rows(&done);
            let left: Vec<Young> = rows.concat().into_iter().filter(|young| young.at >= packed * STRETCH_MS).collect();
            let whole = |samples: &Vec<Young>| samples.iter().all(|young| young.at < packed * STRETCH_MS);
            let gone: Vec<i64> = (1..).zip(&rows).filter(|(_, row)| whole(row)).map(|(row, _)| row).collect();
            prop_assert_eq!(done, gone);
            for device in 0..3 {
                for series in device * 10..device * 10 + 3 {
                    let right = plain(&left, series);
                    let within: Vec<(i64, i64)> = right.range(from..from + long).map(|(at, value)| (*at, *value)).collect();
                    prop_assert_eq!(head.of_series(device, series, from, from + long), within);
                    let last = right.range(..from).next_back().map(|(at, value)| (*at, *value));
                    prop_assert_eq!(head.last(device, series, from), last);
                    prop_assert_eq!(head.first(device, series), right.keys().next().copied());
                    let all = head.of_device(device, 0, 4 * STRETCH_MS).remove(&series).unwrap_or_default();
                    prop_assert_eq!(all, right.into_iter().collect::<Vec<_>>());
                }
            }
        }
    }

    #[test]
    fn a_minute_takes_few_bytes() {
        let mut run = Run::default();
        for minute in 0..120 {
            run.push(1_764_000_000_000 + minute * 60_000 + minute % 7, minute * 31_000_000);
        }
        assert!(run.bytes.len() < 120 * 8, "{} bytes", run.bytes.len());
    }
}
