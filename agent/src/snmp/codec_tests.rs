//! The codec against known bytes, against everything it can be sent, and against what it must survive.

use inventory::secret::Secret;
use proptest::prelude::*;

use super::*;

fn oid(text: &str) -> Oid {
    text.parse().unwrap()
}

/// A response written by hand: what stands in the list is up to the caller.
fn response(list: &[u8]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.constructed(ber::SEQUENCE, |message| {
        message.constructed(0xA2, |pdu| {
            pdu.primitive(ber::SEQUENCE, list);
            pdu.integer(0);
            pdu.integer(0);
            pdu.integer(77);
        });
        message.primitive(ber::OCTET_STRING, b"public");
        message.integer(1);
    });
    writer.finish()
}

fn varbind_bytes(name: &Oid, tag: u8, content: &[u8]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.constructed(ber::SEQUENCE, |varbind| {
        varbind.primitive(tag, content);
        varbind.oid(name);
    });
    writer.finish()
}

fn decode(list: &[u8]) -> Response {
    Envelope::open(&response(list)).unwrap().decode()
}

#[test]
fn requests_are_the_bytes_that_net_snmp_sends() {
    // snmpget -v2c -c public HOST 1.3.6.1.2.1.1.3.0, captured from net-snmp 5.9.3 but for the request id
    let get = encode((1, &Secret::new("public".to_owned())), 0x0102_0304, Ask::Get, &[oid("1.3.6.1.2.1.1.3.0")]);
    let expected = [
        0x30, 0x29, 0x02, 0x01, 0x01, 0x04, 0x06, b'p', b'u', b'b', b'l', b'i', b'c', 0xA0, 0x1C, 0x02, 0x04, 1, 2, 3,
        4, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x0E, 0x30, 0x0C, 0x06, 0x08, 0x2B, 6, 1, 2, 1, 1, 3, 0, 0x05,
        0x00,
    ];
    assert_eq!(get, expected);
    let ask = Ask::GetBulk { non_repeaters: 1, max_repetitions: 25 };
    let bulk = encode((1, &Secret::new("public".to_owned())), 0x0102_0304, ask, &[oid("1.3.6.1.2.1.1.3.0")]);
    let mut expected = expected;
    (expected[13], expected[23], expected[26]) = (0xA5, 1, 25);
    assert_eq!(bulk, expected);
}

#[test]
fn one_bad_value_costs_one_value() {
    let names: Vec<Oid> = (1..=5).map(|row| oid(&format!("1.3.6.1.2.1.2.2.1.10.{row}"))).collect();
    for (tag, content) in [(0x02, vec![]), (0x47, vec![1]), (0x41, vec![0; 9]), (0x30, vec![5, 0]), (0x40, vec![1, 2])]
    {
        let list: Vec<Vec<u8>> = names
            .iter()
            .enumerate()
            .map(
                |(nth, name)| {
                    if nth == 1 { varbind_bytes(name, tag, &content) } else { varbind_bytes(name, 0x41, &[7]) }
                },
            )
            .collect();
        let response = decode(&list.concat());
        let values: Vec<&Value> = response.varbinds.iter().map(|varbind| &varbind.value).collect();
        let seven = &Value::Counter32(7);
        assert_eq!(values, [seven, &Value::Unreadable, seven, seven, seven], "tag {tag:#x}");
        assert_eq!((response.cut, &response.varbinds[1].oid), (None, &names[1]));
    }
}

#[test]
fn a_torn_list_keeps_what_came_before_and_says_so() {
    let whole: Vec<u8> = [1, 2].map(|row| varbind_bytes(&oid(&format!("1.3.6.1.{row}")), 0x02, &[row])).concat();
    for cut in 1..whole.len() {
        let response = decode(&whole[..cut]);
        let expected = if cut < whole.len() / 2 { 0 } else { 1 };
        assert_eq!(response.varbinds.len(), expected, "cut at {cut}");
        assert_eq!(response.cut.is_none(), cut == whole.len() / 2, "cut at {cut}");
    }
}

#[test]
fn long_texts_are_cut_and_long_lists_end() {
    let long = decode(&varbind_bytes(&oid("1.3.6.1"), 0x04, &[b'A'; 60_000]));
    assert_eq!(long.varbinds[0].value, Value::Octets { bytes: vec![b'A'; OCTETS_MAX], is_cut: true });
    let many = decode(&varbind_bytes(&oid("1.3.6.1"), 0x05, &[]).repeat(1000));
    assert_eq!((many.varbinds.len(), many.cut), (VARBINDS_MAX, Some(Cut::TooMany)));
}

#[test]
fn errors_of_the_device_have_names() {
    for (number, expected) in [
        (0, Status::Good),
        (1, Status::TooBig),
        (2, Status::NoSuchName),
        (5, Status::General),
        (16, Status::Denied),
        (18, Status::Other(18)),
    ] {
        assert_eq!(status(number), expected);
    }
}

#[test]
fn only_responses_are_opened() {
    let request = encode((1, &Secret::new("public".to_owned())), 1, Ask::Get, &[oid("1.3.6.1")]);
    assert!(Envelope::open(&request).is_err(), "a request");
    for datagram in [&b""[..], b"HTTP/1.1 400 Bad Request\r\n\r\n", &[0x30; 64], &[0xFF; 64], &[0x30, 0x80, 0, 0]] {
        assert!(Envelope::open(datagram).is_err());
    }
}

/// Datagrams made to cost a decoder its time, its memory or its stack (safety.md D8): 10 ms and 1 MiB each; measured
/// against ten times the time, because the machine is shared.
#[test]
fn bombs_cost_little() {
    let nested = |levels: usize| {
        (0..levels)
            .rev()
            .flat_map(|level| {
                [&[0x30, 0x82][..], &u16::try_from((levels - 1 - level) * 4).unwrap().to_be_bytes()].concat()
            })
            .collect::<Vec<u8>>()
    };
    let name = oid("1.3.6.1");
    let bombs = [
        nested(4000),
        response(&nested(4000)),
        response(&varbind_bytes(&name, 0x30, &nested(4000))),
        response(&varbind_bytes(&name, 0x04, &vec![0x30; 65_000])),
        response(&[0x30, 0].repeat(32_000)),
        response(&varbind_bytes(&name, 0x06, &[0x81; 65_000])),
        response(&varbind_bytes(&name, 0x02, &[1; 65_000])),
        response(&varbind_bytes(&name, 0x05, &[]).repeat(5000)),
        response(&varbind_bytes(&name, 0x04, &[b'A'; 400]).repeat(150)),
        [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF].repeat(10_000),
        vec![0x30; 65_507],
        vec![0xA2; 65_507],
    ];
    for (nth, bomb) in bombs.iter().enumerate() {
        let began = std::time::Instant::now();
        let kept: usize = Envelope::open(bomb).map_or(0, |envelope| {
            let response = envelope.decode();
            let text: usize = response.varbinds.iter().filter_map(|v| v.value.as_octets()).map(<[u8]>::len).sum();
            text + response.varbinds.len() * (size_of::<Varbind>() + 4 * inventory::mib::ARCS_MAX)
        });
        assert!(kept <= 1 << 20, "bomb {nth} keeps {kept} bytes");
        assert!(began.elapsed() < Duration::from_millis(100), "bomb {nth} took {:?}", began.elapsed());
    }
}

fn any_oid() -> impl Strategy<Value = Oid> {
    (0u32..3, 0u32..40, proptest::collection::vec(any::<u32>(), 0..126))
        .prop_map(|(first, second, rest)| Oid::new(&[vec![first, second], rest].concat()).unwrap())
}

/// A value with the bytes that stand for it.
fn any_value() -> impl Strategy<Value = (Value, u8, Vec<u8>)> {
    let minimal = |number: u64| {
        let bytes = [&[0][..], &number.to_be_bytes()].concat();
        let spare = bytes.windows(2).take_while(|pair| pair[0] == 0 && pair[1] < 0x80).count();
        bytes[spare..].to_vec()
    };
    prop_oneof![
        any::<i64>().prop_map(|number| (Value::Integer(number), 0x02, number.to_be_bytes().to_vec())),
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| (
            Value::Octets { bytes: bytes.clone(), is_cut: false },
            0x04,
            bytes
        )),
        any_oid().prop_map(|oid| {
            let mut writer = Writer::default();
            writer.oid(&oid);
            let content = element(&writer.finish()).unwrap().content.to_vec();
            (Value::Oid(Box::new(oid)), 0x06, content)
        }),
        any::<[u8; 4]>().prop_map(|bytes| (Value::IpAddress(bytes), 0x40, bytes.to_vec())),
        any::<u32>().prop_map(move |number| (Value::Counter32(number), 0x41, minimal(number.into()))),
        any::<u32>().prop_map(move |number| (Value::Gauge32(number), 0x42, minimal(number.into()))),
        any::<u32>().prop_map(move |number| (Value::Ticks(number), 0x43, minimal(number.into()))),
        any::<u64>().prop_map(move |number| (Value::Counter64(number), 0x46, minimal(number))),
        Just((Value::Null, 0x05, vec![])),
        Just((Value::NoSuchObject, 0x80, vec![])),
        Just((Value::NoSuchInstance, 0x81, vec![])),
        Just((Value::EndOfMibView, 0x82, vec![])),
    ]
}

proptest! {
    #[test]
    fn every_value_comes_back_as_it_was_sent(cells in proptest::collection::vec((any_oid(), any_value()), 0..20)) {
        let list: Vec<u8> = cells.iter().flat_map(|(name, (_, tag, content))| varbind_bytes(name, *tag, content)).collect();
        let response = decode(&list);
        let expected: Vec<Varbind> =
            cells.into_iter().map(|(oid, (value, _, _))| Varbind { oid, value }).collect();
        prop_assert_eq!(response.varbinds, expected);
        prop_assert_eq!(response.cut, None);
    }

    #[test]
    fn nothing_that_can_be_sent_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(envelope) = Envelope::open(&bytes) {
            envelope.decode();
        }
    }

    #[test]
    fn a_changed_byte_never_panics_and_never_adds_values(at in 0usize..200, byte in any::<u8>()) {
        let cells: Vec<u8> =
            (1u8..8).flat_map(|row| varbind_bytes(&oid(&format!("1.3.6.1.2.{row}")), 0x04, &[row; 9])).collect();
        let mut bytes = response(&cells);
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(envelope) = Envelope::open(&bytes) {
            prop_assert!(envelope.decode().varbinds.len() <= bytes.len() / 7);
        }
    }
}
