//! The light responder: an SNMP v2c agent that answers for many devices at a few microseconds each, so that it never is
//! what a poller waits for. Values stand still; versions, communities and errors are of no interest to it.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;

/// How many devices there are, each at an address of its own.
pub(crate) const DEVICES: usize = 250;
/// Ports of each device.
pub(crate) const PORTS: u32 = 10;
/// What it is asked for by whoever wants the same packets: the last request for rows.
pub(crate) const ASK_FOR_LAST: &[u8] = b"last";

/// The address of a device.
pub(crate) fn address(device: usize, port: u16) -> String {
    format!("127.0.77.{}:{port}", device + 1)
}

/// Object → its value as it is sent, tag and all.
type Values = BTreeMap<Vec<u32>, Vec<u8>>;

/// Answers until it is ended. Prints the port first.
pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let values = Arc::new(values());
        let last = Arc::new(Mutex::new(Vec::new()));
        let port = villagenet_tests::place::free_port();
        for device in 0..DEVICES {
            let socket = UdpSocket::bind(address(device, port)).await.unwrap();
            tokio::spawn(serve(socket, Arc::clone(&values), Arc::clone(&last)));
        }
        println!("{port}");
        std::future::pending::<()>().await;
    });
}

async fn serve(socket: UdpSocket, values: Arc<Values>, last: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = vec![0; 65_535];
    loop {
        let Ok((size, from)) = socket.recv_from(&mut buffer).await else { continue };
        let request = &buffer[..size];
        let reply = match reply(request, &values) {
            Some((GET_BULK, reply)) => {
                request.clone_into(&mut last.lock().unwrap());
                reply
            }
            Some((_, reply)) => reply,
            None if request == ASK_FOR_LAST => last.lock().unwrap().clone(),
            None => continue,
        };
        // Whoever asked may be gone.
        drop(socket.send_to(&reply, from).await);
    }
}

const GET: u8 = 0xA0;
const GET_BULK: u8 = 0xA5;

/// What a GET, GETNEXT or GETBULK is, and the answer to it (RFC 3416 §4.2).
fn reply(request: &[u8], values: &Values) -> Option<(u8, Vec<u8>)> {
    let (_, message, _) = element(request)?;
    let (_, _, rest) = element(message)?;
    let (_, _, rest) = element(rest)?;
    let version_and_community = &message[..message.len() - rest.len()];
    let (kind, pdu, _) = element(rest)?;
    let (_, _, rest) = element(pdu)?;
    let id = &pdu[..pdu.len() - rest.len()];
    let (_, first, rest) = element(rest)?;
    let (_, second, rest) = element(rest)?;
    let (_, mut list, _) = element(rest)?;
    let mut names = Vec::new();
    while !list.is_empty() {
        let (_, varbind, rest) = element(list)?;
        names.push(arcs(element(varbind)?.1));
        list = rest;
    }
    let mut varbinds = Vec::new();
    let next = |name: &Vec<u32>| values.range((Bound::Excluded(name.clone()), Bound::Unbounded)).next();
    let mut add_next = |name: &mut Vec<u32>| match next(name) {
        Some((found, value)) => {
            varbinds.extend(wrap(0x30, &[wrap(0x06, &[base_128(found)]), value.clone()]));
            name.clone_from(found);
        }
        None => varbinds.extend(wrap(0x30, &[wrap(0x06, &[base_128(name)]), vec![0x82, 0]])),
    };
    match kind {
        GET => {
            for name in &names {
                let value = values.get(name).cloned().unwrap_or_else(|| vec![0x80, 0]);
                varbinds.extend(wrap(0x30, &[wrap(0x06, &[base_128(name)]), value]));
            }
        }
        GET_BULK => {
            let (once, repeated) = names.split_at_mut(usize::from(*first.last()?));
            once.iter_mut().for_each(&mut add_next);
            for _ in 0..*second.last()? {
                repeated.iter_mut().for_each(&mut add_next);
            }
        }
        _ => names.iter_mut().for_each(add_next),
    }
    let no_error = vec![2, 1, 0, 2, 1, 0];
    let pdu = wrap(0xA2, &[id.to_vec(), no_error, wrap(0x30, &[varbinds])]);
    Some((kind, wrap(0x30, &[version_and_community.to_vec(), pdu])))
}

/// Tag, content, and what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, first, rest @ ..] = bytes else { return None };
    let (length, rest) = match first {
        0..=0x7F => (usize::from(*first), rest),
        0x81 => (usize::from(*rest.first()?), &rest[1..]),
        0x82 => (usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?])), &rest[2..]),
        _ => return None,
    };
    Some((*tag, rest.get(..length)?, &rest[length..]))
}

fn wrap(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let length = parts.iter().map(Vec::len).sum::<usize>();
    let [high, low] = u16::try_from(length).expect("answers fit into a datagram").to_be_bytes();
    let mut bytes = match length {
        0..=0x7F => vec![tag, low],
        0x80..=0xFF => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    parts.iter().for_each(|part| bytes.extend(part));
    bytes
}

fn arcs(content: &[u8]) -> Vec<u32> {
    let mut arcs = vec![1];
    let mut arc = 0;
    for byte in content {
        arc = arc << 7 | u32::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            // All that is asked for lies below 1.3, whose two numbers are sent as one.
            arcs.push(if arcs.len() == 1 { arc - 40 } else { arc });
            arc = 0;
        }
    }
    arcs
}

fn base_128(arcs: &[u32]) -> Vec<u8> {
    let mut bytes = vec![40 + u8::try_from(arcs[1]).expect("all lies below 1.3")];
    for arc in &arcs[2..] {
        let digits = (1..5).take_while(|digit| arc >> (7 * digit) > 0).count();
        for digit in (0..=digits).rev() {
            let more = if digit > 0 { 0x80 } else { 0 };
            bytes.push((arc >> (7 * digit) & 0x7F) as u8 | more);
        }
    }
    bytes
}

/// A router: the system group, and the columns of the interface tables that anybody here reads.
fn values() -> Values {
    const COUNTER_32: u8 = 0x41;
    const GAUGE_32: u8 = 0x42;
    const COUNTER_64: u8 = 0x46;
    let text = |text: &str| wrap(0x04, &[text.as_bytes().to_vec()]);
    let number = |tag: u8, value: u32| wrap(tag, &[[&[0], &value.to_be_bytes()[..]].concat()]);
    let mut values = Values::new();
    let mut set = |oid: &str, value: Vec<u8>| {
        values.insert(oid.split('.').map(|arc| arc.parse().unwrap()).collect(), value);
    };
    set("1.3.6.1.2.1.1.1.0", text("RouterOS RB760iGS"));
    set("1.3.6.1.2.1.1.2.0", wrap(0x06, &[base_128(&[1, 3, 6, 1, 4, 1, 14988, 1])]));
    set("1.3.6.1.2.1.1.3.0", number(0x43, 360_000));
    set("1.3.6.1.2.1.1.5.0", text("gw"));
    set("1.3.6.1.2.1.1.6.0", text("Suối Thông B1"));
    set("1.3.6.1.2.1.2.1.0", wrap(0x02, &[vec![PORTS as u8]]));
    for port in 1..=PORTS {
        let name = format!("ether{port}");
        let low = port as u8;
        let if_table = [
            (1, wrap(0x02, &[vec![low]])),
            (2, text(&name)),
            (3, wrap(0x02, &[vec![6]])),
            (5, number(GAUGE_32, 1_000_000_000)),
            (6, wrap(0x04, &[vec![2, 0, 0, 0, 0, low]])),
            (7, wrap(0x02, &[vec![1]])),
            (8, wrap(0x02, &[vec![1]])),
            (10, number(COUNTER_32, 3_000_000_000 + port)),
            (13, number(COUNTER_32, 0)),
            (14, number(COUNTER_32, port)),
            (16, number(COUNTER_32, 2_000_000_000 + port)),
            (19, number(COUNTER_32, 0)),
            (20, number(COUNTER_32, port)),
        ];
        let if_x_table = [
            (1, text(&name)),
            (6, number(COUNTER_64, 3_000_000_000 + port)),
            (10, number(COUNTER_64, 2_000_000_000 + port)),
            (15, number(GAUGE_32, 1000)),
            (18, text("")),
            (19, number(0x43, 0)),
        ];
        if_table.into_iter().for_each(|(column, value)| set(&format!("1.3.6.1.2.1.2.2.1.{column}.{port}"), value));
        let mut set_x = |column: u32, value| set(&format!("1.3.6.1.2.1.31.1.1.1.{column}.{port}"), value);
        if_x_table.into_iter().for_each(|(column, value)| set_x(column, value));
    }
    values
}
