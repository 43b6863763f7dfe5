//! A second look at a silent device: is its port closed, or does its agent run and only not answer us?
//!
//! The shared socket is not connected, so the kernel does not tell it of "port unreachable"; a connected one of the
//! look's own is told. What it sends is the discovery that SNMPv3 begins with (RFC 3414 §4): an agent answers it
//! whatever the community, so an answer here and silence there means that the community (or the version) is refused.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::UdpSocket;

use super::ber::{self, Writer, element};

/// What the look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// Nothing listens on the port.
    Refused,
    /// An SNMP agent runs there.
    Runs,
    /// A router on the way cannot deliver.
    Unreachable(io::ErrorKind),
}

/// Looks until there is something to tell, asking again after `pause`. A device that stays silent keeps it waiting for
/// ever: the caller bounds it.
pub(super) async fn look(address: SocketAddr, message_id: i32, pause: Duration) -> Finding {
    match try_look(address, message_id, pause).await {
        Ok(finding) => finding,
        Err(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => Finding::Refused,
            kind @ (io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => Finding::Unreachable(kind),
            // No socket to be had, say: the look tells nothing, and the request takes its course.
            _ => std::future::pending().await,
        },
    }
}

async fn try_look(address: SocketAddr, message_id: i32, pause: Duration) -> io::Result<Finding> {
    let any: SocketAddr = if address.is_ipv4() { ([0; 4], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    let discovery = discovery(message_id);
    let mut buffer = [0; 1500];
    loop {
        socket.send(&discovery).await?;
        let resend = tokio::time::sleep(pause);
        tokio::pin!(resend);
        loop {
            let received = tokio::select! {
                () = &mut resend => break,
                received = socket.recv(&mut buffer) => received?,
            };
            if is_reply(&buffer[..received], message_id) {
                return Ok(Finding::Runs);
            }
        }
    }
}

/// RFC 3412 §6 with an empty engine id and user: version, header (id, size, reportable, USM), empty security
/// parameters, and a GET of nothing in an empty context.
fn discovery(message_id: i32) -> Vec<u8> {
    const REPORTABLE: u8 = 0x04;
    const USM: i32 = 3;
    let mut parameters = Writer::default();
    parameters.constructed(ber::SEQUENCE, |usm| {
        for _ in ["privacy parameters", "authentication parameters", "user"] {
            usm.primitive(ber::OCTET_STRING, &[]);
        }
        usm.integer(0);
        usm.integer(0);
        usm.primitive(ber::OCTET_STRING, &[]);
    });
    let parameters = parameters.finish();
    let mut writer = Writer::default();
    writer.constructed(ber::SEQUENCE, |message| {
        message.constructed(ber::SEQUENCE, |scoped| {
            scoped.constructed(0xA0, |pdu| {
                pdu.constructed(ber::SEQUENCE, |_| ());
                pdu.integer(0);
                pdu.integer(0);
                pdu.integer(message_id);
            });
            scoped.primitive(ber::OCTET_STRING, &[]);
            scoped.primitive(ber::OCTET_STRING, &[]);
        });
        message.primitive(ber::OCTET_STRING, &parameters);
        message.constructed(ber::SEQUENCE, |header| {
            header.integer(USM);
            header.primitive(ber::OCTET_STRING, &[REPORTABLE]);
            header.integer(65_507);
            header.integer(message_id);
        });
        message.integer(3);
    });
    writer.finish()
}

/// Whether the datagram is a version 3 message with our message id. What it reports does not matter here.
fn is_reply(datagram: &[u8], message_id: i32) -> bool {
    let parse = || {
        let message = element(datagram).filter(|message| message.tag == ber::SEQUENCE)?.content;
        let version = element(message)?;
        let header = element(&message[version.size..]).filter(|header| header.tag == ber::SEQUENCE)?.content;
        let id = element(header).filter(|id| id.tag == ber::INTEGER)?.content;
        let id = id.iter().fold(0i64, |id, byte| (id << 8 | i64::from(*byte)) & 0xFFFF_FFFF);
        Some(version.content == [3] && id == i64::from(message_id))
    };
    parse().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_discovery_is_its_own_kind_of_message_and_knows_its_id() {
        let bytes = discovery(0x1234_5678);
        assert!((50..80).contains(&bytes.len()), "{}", bytes.len());
        assert!(is_reply(&bytes, 0x1234_5678), "the header of a reply has the same shape");
        assert!(!is_reply(&bytes, 1));
        for cut in 0..bytes.len() {
            assert!(!is_reply(&bytes[..cut], 0x1234_5678), "torn at {cut}");
        }
    }
}
