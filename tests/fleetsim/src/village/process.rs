//! [`run`]: a fleet as a process of its own, which says how it is reached and never outlives its parent.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::sleep;

use super::control::Control;
use super::credentials::Credentials;
use super::fleet::{Fleet, Options};
use super::timetable::{Entry, Timetable};

/// What happens while the fleet runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Play {
    /// Nothing but what is asked for at the control port.
    Nothing,
    /// [`Timetable::demo`].
    Demo,
    /// This.
    Timetable(Timetable),
}

/// The line that is printed once everything listens.
#[derive(Debug, Serialize)]
struct Ready<'a> {
    control: String,
    snmp_port: u16,
    ssh_port: u16,
    halls_csv: String,
    devices_csv: String,
    credentials: &'a Credentials,
}

/// Starts a fleet, writes one line of JSON to `output` when all of it listens, plays, and ends when `input` does: given
/// the process's standard input, a fleet cannot outlive the process that started it.
///
/// The line: `{"control":"http://127.0.0.1:PORT","snmp_port":N,"ssh_port":N,"halls_csv":"…","devices_csv":"…",
/// "credentials":{NAME:…}}`, where a credential is `{"kind":"snmp-v2c","community"}`, `{"kind":"snmp-v3","user","auth",
/// "auth_pass","privacy","privacy_pass"}` or `{"kind":"ssh","user","port","password" or "key"}`.
///
/// # Errors
/// When an address cannot be had or the line cannot be written.
pub async fn run(
    options: Options,
    play: Play,
    control_port: u16,
    mut input: impl AsyncRead + Unpin,
    mut output: impl Write,
) -> io::Result<()> {
    let fleet = Fleet::start(options).await?;
    let timetable = match play {
        Play::Nothing => Timetable::default(),
        Play::Demo => Timetable::demo(fleet.village()),
        Play::Timetable(timetable) => timetable,
    };
    let control = Control::open(fleet.clone(), timetable.clone(), control_port).await?;
    let ready = Ready {
        control: control.url(),
        snmp_port: fleet.snmp_port(),
        ssh_port: fleet.ssh_port(),
        halls_csv: fleet.village().halls_csv(),
        devices_csv: fleet.devices_csv(),
        credentials: &fleet.credentials(),
    };
    let line = serde_json::to_string(&ready)?;
    writeln!(output, "{line}")?;
    output.flush()?;
    let player = tokio::spawn(perform(fleet, timetable));
    let mut ignored = [0; 256];
    while input.read(&mut ignored).await.is_ok_and(|size| size > 0) {}
    player.abort();
    Ok(())
}

/// Plays a timetable on a fleet, for ever when it repeats.
pub async fn perform(fleet: Arc<Fleet>, timetable: Timetable) {
    loop {
        let mut past = Duration::ZERO;
        for Entry { at, fault, target, lasts } in &timetable.entries {
            sleep(at.saturating_sub(past)).await;
            past = past.max(*at);
            // A timetable for another village: what does not fit this one does not happen.
            drop(fleet.begin(*fault, target.clone(), Some(*lasts)));
        }
        let Some(repeat) = timetable.repeat.filter(|repeat| !repeat.is_zero()) else { return };
        sleep(repeat.saturating_sub(past)).await;
    }
}
