//! The Report with which an agent answers an SNMPv3 discovery (RFC 3414 §4, §3.2 step 3), whoever asks. Users and keys
//! come in part 2.

use super::ber;
use super::value::Value;
use super::values::parse;

/// The Report to `datagram`, when that is a version 3 message.
pub(super) fn report(datagram: &[u8], engine_id: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = datagram;
    let mut message = ber::take(&mut bytes, ber::SEQUENCE)?;
    if ber::take_integer(&mut message)? != 3 {
        return None;
    }
    let mut header = ber::take(&mut message, ber::SEQUENCE)?;
    let id = ber::take_integer(&mut header)?;
    let (max_size, flags, model) = (65_507, 0x00, 3);
    let header = [ber::integer(id), ber::integer(max_size), ber::octets(&[flags]), ber::integer(model)];
    let (boots, time) = (1, 100);
    let parameters = ber::join(
        ber::SEQUENCE,
        &[
            ber::octets(engine_id),
            ber::integer(boots),
            ber::integer(time),
            ber::octets(&[]),
            ber::octets(&[]),
            ber::octets(&[]),
        ],
    );
    let unknown_engine_ids = parse("1.3.6.1.6.3.15.1.1.4.0");
    let varbind = super::message::varbind(&unknown_engine_ids, &Value::Counter32(1));
    let pdu = [ber::integer(id), ber::integer(0), ber::integer(0), ber::wrap(ber::SEQUENCE, &varbind)];
    let scoped = [ber::octets(engine_id), ber::octets(&[]), ber::join(0xA8, &pdu)];
    Some(ber::join(
        ber::SEQUENCE,
        &[
            ber::integer(3),
            ber::join(ber::SEQUENCE, &header),
            ber::octets(&parameters),
            ber::join(ber::SEQUENCE, &scoped),
        ],
    ))
}
