//! What is made of a device's bytes, without a socket and without waiting: what a fuzzer throws bytes at. The judgement
//! is the one that visits use; only the asking is left out.

use inventory::mib::{Oid, Varbind};
use inventory::reading::InterfaceReading;

use super::codec::{Ask, Envelope, Response, Status};
use super::interfaces::Rows;
use super::mib::IfColumn;
use super::v3::message;
use super::walk::Pace;
use super::{VARBINDS_MAX, visit};

/// Reads a datagram as version 1, 2c or 3 does when nothing is encrypted.
pub fn datagram(bytes: &[u8]) -> Option<Response> {
    let plain = Envelope::open(bytes).ok().map(|envelope| envelope.decode());
    plain.or_else(|| message::unproven(bytes))
}

/// GETBULK's two numbers (RFC 3416 §4.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bulk {
    /// How many of the names are asked once.
    pub non_repeaters: u8,
    /// How many rows of the others.
    pub max_repetitions: u8,
}

/// Reads the whole interface table of a device that answers each request, a GETNEXT when it is no bulk, as `answer`
/// does: with varbinds, or with a status. Ends when the walk does, whatever is answered.
pub fn ports(
    mut answer: impl FnMut(&[Oid], Option<Bulk>) -> Result<Vec<Varbind>, Status>,
) -> (Vec<InterfaceReading>, Vec<String>) {
    let (mut rows, mut warnings, mut pace) = (Rows::default(), Vec::new(), Pace::default());
    for columns in [&IfColumn::IDENTITY[..], &IfColumn::TRAFFIC[..]] {
        let mut table = visit::table_of(columns, visit::PORTS_MAX);
        while let Some(request) = table.next(&pace, true) {
            let bulk = match request.ask {
                Ask::GetBulk { non_repeaters, max_repetitions } => Some(Bulk { non_repeaters, max_repetitions }),
                Ask::Get | Ask::GetNext => None,
            };
            if table.take(&request, response(answer(&request.names, bulk)), &mut pace).is_some() {
                break;
            }
        }
        warnings.append(&mut table.warnings);
        if rows.add(columns, table).is_err() {
            warnings.push("rows without an ifIndex".to_owned());
        }
    }
    (rows.iter().map(|(index, row)| row.reading(index)).collect(), warnings)
}

fn response(answer: Result<Vec<Varbind>, Status>) -> Response {
    let (status, mut varbinds) = match answer {
        Ok(varbinds) => (Status::Good, varbinds),
        Err(status) => (status, Vec::new()),
    };
    varbinds.truncate(VARBINDS_MAX);
    // As little as such an answer can take; it is what bounds a walk.
    let bytes = 16 * (varbinds.len() + 1);
    Response { status, index: 0, varbinds, cut: None, bytes, rtt: std::time::Duration::ZERO }
}
