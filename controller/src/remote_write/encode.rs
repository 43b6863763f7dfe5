//! From labelled samples to the body of a request. Pure.

use std::collections::BTreeMap;

use prost::Message as _;

use super::proto::{Label, Sample, TimeSeries, WriteRequest};

/// One sample, and which set of labels it has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Entry {
    /// Its place among the sets of labels.
    pub(super) labels: usize,
    /// Milliseconds since 1970.
    pub(super) at_ms: i64,
    /// In base units.
    pub(super) value: f64,
}

/// The request that holds these samples: one series for each set of labels, its samples by time. Of two at one time the
/// first stays, as in our own store; a receiver would refuse the whole request.
pub(super) fn request(labels: &[Vec<Label>], entries: &[Entry]) -> WriteRequest {
    let mut found: BTreeMap<usize, Vec<Sample>> = BTreeMap::new();
    for entry in entries {
        let sample = Sample { value: entry.value, timestamp: entry.at_ms };
        found.entry(entry.labels).or_default().push(sample);
    }
    let series = |(at, mut samples): (usize, Vec<Sample>)| {
        samples.sort_by_key(|sample| sample.timestamp);
        samples.dedup_by_key(|sample| sample.timestamp);
        Some(TimeSeries { labels: labels.get(at)?.clone(), samples })
    };
    WriteRequest { timeseries: found.into_iter().filter_map(series).collect() }
}

/// Protobuf in the block format of snappy, not the framed one.
///
/// # Errors
/// When it is longer than snappy can hold, 4 GiB, which no bounded request is.
pub(super) fn body(request: &WriteRequest) -> Result<Vec<u8>, snap::Error> {
    snap::raw::Encoder::new().compress_vec(&request.encode_to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn label(name: &str, value: &str) -> Label {
        Label { name: name.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn the_bytes_are_those_of_the_specification() {
        let request = request(&[vec![label("__name__", "up")]], &[Entry { labels: 0, at_ms: 1, value: 1.0 }]);
        let bytes = request.encode_to_vec();
        // field 1 (series) { field 1 (label) { 1: "__name__", 2: "up" }, field 2 (sample) { 1: double 1.0, 2: 1 } }
        let label = b"\x0a\x0e\x0a\x08__name__\x12\x02up";
        let sample = b"\x12\x0b\x09\x00\x00\x00\x00\x00\x00\xf0\x3f\x10\x01";
        let expected = [&[0x0a, (label.len() + sample.len()) as u8][..], label, sample].concat();
        assert_eq!(bytes, expected);
    }

    proptest! {
        #[test]
        fn all_that_goes_in_comes_out_in_the_order_of_time(
            names in proptest::collection::vec("[^\\x00]{1,8}", 1..5),
            raw in proptest::collection::vec((0..5_usize, -50..50_i64, 1.0..1e18_f64), 0..60),
        ) {
            let sets: Vec<Vec<Label>> = names.iter().map(|name| vec![label("device", name)]).collect();
            let entries: Vec<Entry> = raw
                .iter()
                .filter(|(at, ..)| *at < sets.len())
                .map(|(labels, at_ms, value)| Entry { labels: *labels, at_ms: *at_ms, value: *value })
                .collect();
            let body = body(&request(&sets, &entries)).expect("it is small");
            let plain = snap::raw::Decoder::new().decompress_vec(&body).expect("it is snappy");
            let read = WriteRequest::decode(&plain[..]).expect("it is protobuf");
            let mut first: BTreeMap<(usize, i64), u64> = BTreeMap::new();
            for entry in &entries {
                first.entry((entry.labels, entry.at_ms)).or_insert(entry.value.to_bits());
            }
            let mut sent = BTreeMap::new();
            for series in &read.timeseries {
                let set = sets.iter().position(|set| *set == series.labels).expect("a set of labels");
                prop_assert!(series.samples.is_sorted_by(|a, b| a.timestamp < b.timestamp));
                for sample in &series.samples {
                    // Sets may be equal here; the product makes each once.
                    sent.insert((set, sample.timestamp), sample.value.to_bits());
                }
            }
            if names.iter().collect::<std::collections::BTreeSet<_>>().len() == names.len() {
                prop_assert_eq!(sent, first);
            }
        }
    }
}
