//! Walks: tables read by several columns at once, within bounds, at the pace that the device can take.
//!
//! `table` is the plan and the judgement over each answer, pure; `pace` is how much a device is asked at once, pure;
//! here is the loop that asks. What a device answers is taken by name: a value counts when its name lies in the column
//! asked at its place and comes after the one before.

mod pace;
mod table;

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::client::{Client, refusal};
use super::codec::Ask;
use super::error::SnmpError;
use super::mib::System;
use super::target::Target;
use inventory::mib::Oid;
use inventory::mib::Varbind;

pub(super) use pace::Pace;
pub(super) use table::{Column, Table};

/// Where a walk stops, whatever the device goes on to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows.
    pub rows: usize,
    /// Bytes of datagrams received.
    pub bytes: usize,
    /// Time.
    pub time: Duration,
}

impl Default for Limits {
    /// 20,000 rows, 4 MiB, 60 s.
    fn default() -> Self {
        Limits { rows: 20_000, bytes: 4 << 20, time: Duration::from_secs(60) }
    }
}

/// What a walk of one subtree found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The values below the root, in order.
    pub varbinds: Vec<Varbind>,
    /// Whether the walk came to the end of the subtree.
    pub is_complete: bool,
    /// What was odd, or why it was cut short.
    pub warnings: Vec<String>,
}

impl Client {
    /// Everything below `root`, within `limits`.
    ///
    /// # Errors
    /// When nothing was read. A walk that breaks off later is a [`Walk`] that is not complete.
    pub async fn walk(&self, target: &Target, root: &Oid, limits: Limits) -> Result<Walk, SnmpError> {
        let mut pace = Pace::default();
        let column = Column { name: root.to_string().into(), oid: root.clone() };
        let table = table(self, target, &mut pace, Table::new(Vec::new(), vec![column], limits)).await?;
        let is_complete = table.is_complete();
        let (rows, warnings) = (table.rows, table.warnings);
        let varbinds = rows.into_iter().flat_map(|(index, values)| {
            let name = Oid::new(&[root.arcs(), &index].concat());
            values.into_iter().flatten().filter_map(move |value| Some(Varbind { oid: name.clone().ok()?, value }))
        });
        Ok(Walk { varbinds: varbinds.collect(), is_complete, warnings })
    }
}

/// Reads a table to its end or its bounds, slowing `pace` down where the device cannot follow.
///
/// # Errors
/// When nothing was read. A table that breaks off later comes back as it is, with a warning.
pub(super) async fn table(
    client: &Client,
    target: &Target,
    pace: &mut Pace,
    mut table: Table,
) -> Result<Table, SnmpError> {
    let deadline = Instant::now() + table.limits().time;
    loop {
        let has_bulk = target.security.has_bulk();
        let Some(request) = table.next(pace, has_bulk) else {
            return Ok(table);
        };
        let exchange = client.exchange(target, request.ask, &request.names);
        let Ok(answer) = timeout_at(deadline, exchange).await else {
            table.stop(&format!("it takes longer than {} s", table.limits().time.as_secs()));
            return Ok(table);
        };
        let error = match answer {
            Ok(response) => match table.take(&request, response, pace) {
                None => continue,
                Some(status) => refusal(target, status),
            },
            // A device that can be asked little at once is silent when asked much: its answer may be lost whole when
            // one fragment is. One small request tells it from a device that is gone.
            Err(error @ SnmpError::Timeout { .. } | error @ SnmpError::Community { .. }) => {
                let is_there = pace.can_simplify() && is_there(client, target).await;
                if is_there && pace.simplify() {
                    continue;
                }
                error
            }
            Err(error) => error,
        };
        if table.rows.is_empty() {
            return Err(error);
        }
        table.stop(&error.to_string());
        return Ok(table);
    }
}

async fn is_there(client: &Client, target: &Target) -> bool {
    client.exchange(target, Ask::Get, &[System::UpTime.instance()]).await.is_ok()
}
