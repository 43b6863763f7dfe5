//! The little of BER (X.690) that the client writes itself, and the checks that go before any decoder: how deep, how
//! many. It knows tags and lengths, not SNMP.

use inventory::mib::Oid;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

const CONSTRUCTED: u8 = 0x20;

/// How deep a message may nest. An SNMP message needs four: message, PDU, list of varbinds, varbind.
pub(super) const DEPTH_MAX: usize = 8;

/// Writes a message from its end to its beginning, so that every length is known when it is written.
pub(super) struct Writer {
    /// The message, last byte first.
    reversed: Vec<u8>,
}

impl Default for Writer {
    /// Room for the request that a minute's visit makes.
    fn default() -> Self {
        Writer { reversed: Vec::with_capacity(256) }
    }
}

impl Writer {
    /// The message.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.reversed.reverse();
        self.reversed
    }

    /// Puts a constructed element in front; `inside` writes what it holds, last part first.
    pub(super) fn constructed(&mut self, tag: u8, inside: impl FnOnce(&mut Self)) {
        let end = self.reversed.len();
        inside(self);
        self.head(tag, self.reversed.len() - end);
    }

    /// Puts a primitive element in front.
    pub(super) fn primitive(&mut self, tag: u8, content: &[u8]) {
        self.reversed.extend(content.iter().rev());
        self.head(tag, content.len());
    }

    /// Puts an element in front that is written already.
    pub(super) fn raw(&mut self, element: &[u8]) {
        self.reversed.extend(element.iter().rev());
    }

    /// Puts an INTEGER in front, in as few bytes as it takes.
    pub(super) fn integer(&mut self, number: i32) {
        let bytes = number.to_be_bytes();
        let spare = bytes
            .windows(2)
            .take_while(|pair| pair[0] == 0 && pair[1] & 0x80 == 0 || pair[0] == 0xFF && pair[1] & 0x80 != 0)
            .count();
        self.primitive(INTEGER, &bytes[spare..]);
    }

    /// Puts an OBJECT IDENTIFIER in front.
    pub(super) fn oid(&mut self, oid: &Oid) {
        let end = self.reversed.len();
        let [first, second, rest @ ..] = oid.arcs() else {
            return self.head(OBJECT_IDENTIFIER, 0);
        };
        for arc in rest.iter().rev() {
            self.base_128(*arc);
        }
        self.base_128(first * 40 + second);
        self.head(OBJECT_IDENTIFIER, self.reversed.len() - end);
    }

    fn base_128(&mut self, mut arc: u32) {
        let mut more = 0;
        loop {
            self.reversed.push((arc & 0x7F) as u8 | more);
            arc >>= 7;
            more = 0x80;
            if arc == 0 {
                return;
            }
        }
    }

    fn head(&mut self, tag: u8, length: usize) {
        if length < 0x80 {
            self.reversed.push(length as u8);
        } else {
            let bytes = length.to_be_bytes();
            let significant = bytes.len() - length.leading_zeros() as usize / 8;
            self.reversed.extend(bytes.iter().rev().take(significant));
            self.reversed.push(0x80 | significant as u8);
        }
        self.reversed.push(tag);
    }
}

/// One element: its tag, what it holds, and how many bytes both took.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    pub(super) size: usize,
}

/// The element at the start of `bytes`; none when it is torn, or its length is indefinite or beyond 32 bits.
pub(super) fn element(bytes: &[u8]) -> Option<Element<'_>> {
    let (head, length) = head(bytes)?;
    let content = bytes.get(head..head.checked_add(length)?)?;
    Some(Element { tag: bytes[0], content, size: head + length })
}

/// The bytes of tag and length, and the length.
fn head(bytes: &[u8]) -> Option<(usize, usize)> {
    let [_tag, short, long @ ..] = bytes else { return None };
    if *short < 0x80 {
        return Some((2, usize::from(*short)));
    }
    let count = usize::from(short & 0x7F);
    if count == 0 || count > 4 {
        return None;
    }
    let length = long.get(..count)?.iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte));
    Some((2 + count, length))
}

/// Whether `bytes` nests at most [`DEPTH_MAX`] deep. One pass without recursion; a torn element ends the look inside
/// it, because what tears it is for the decoder to name.
pub(super) fn is_shallow(bytes: &[u8]) -> bool {
    let mut ends = [0usize; DEPTH_MAX];
    let mut depth = 0;
    let mut at = 0;
    while at < bytes.len() {
        while depth > 0 && at >= ends[depth - 1] {
            depth -= 1;
        }
        let Some((head, length)) = head(&bytes[at..]) else {
            return true;
        };
        if bytes[at] & CONSTRUCTED == 0 {
            at = at.saturating_add(head).saturating_add(length);
            continue;
        }
        if depth == DEPTH_MAX {
            return false;
        }
        at += head;
        ends[depth] = at.saturating_add(length);
        depth += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::default();
        write(&mut writer);
        writer.finish()
    }

    #[test]
    fn integers_take_as_few_bytes_as_they_can() {
        for (number, bytes) in [
            (0, vec![2, 1, 0]),
            (127, vec![2, 1, 0x7F]),
            (128, vec![2, 2, 0, 0x80]),
            (-1, vec![2, 1, 0xFF]),
            (-129, vec![2, 2, 0xFF, 0x7F]),
            (i32::MAX, vec![2, 4, 0x7F, 0xFF, 0xFF, 0xFF]),
        ] {
            assert_eq!(written(|w| w.integer(number)), bytes, "{number}");
        }
    }

    #[test]
    fn long_contents_have_long_lengths_that_read_back() {
        for length in [0, 127, 128, 255, 256, 65_507] {
            let bytes = written(|w| w.primitive(OCTET_STRING, &vec![7; length]));
            let read = element(&bytes).unwrap();
            assert_eq!((read.tag, read.content.len(), read.size), (OCTET_STRING, length, bytes.len()));
        }
    }

    #[test]
    fn eight_levels_pass_and_nine_do_not() {
        fn nested(levels: usize) -> Vec<u8> {
            (0..levels).fold(Vec::new(), |inner, _| written(|w| w.primitive(SEQUENCE, &inner)))
        }
        assert!(is_shallow(&nested(8)));
        assert!(!is_shallow(&nested(9)));
        assert!(!is_shallow(&nested(400)));
        // side by side is not deep
        assert!(is_shallow(&[0x30, 0].repeat(1000)));
        // ten levels whose lengths all lie
        assert!(!is_shallow(&[0x30, 0x7F].repeat(10)));
    }

    #[test]
    fn torn_elements_are_none() {
        for bytes in
            [&[][..], &[4], &[4, 1], &[4, 0x80, 0, 0], &[4, 0x85, 0, 0, 0, 0, 1, 9], &[4, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]]
        {
            assert_eq!(element(bytes), None, "{bytes:?}");
        }
    }
}
