//! Open sessions that are used again: logging in costs a device ten times what a command does. A session is taken out
//! while it is used and put back only after it went well, so that whatever breaks or is given up is closed with it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use jiff::civil::Date;

use super::error::SshError;
use super::session::{Door, Session};

/// The sessions that are open and idle, one for each server at most.
#[derive(Default)]
pub struct Pool {
    idle: Mutex<BTreeMap<SocketAddr, (Door, Session)>>,
}

impl Pool {
    /// Runs a command on a device, in an open session or a new one, and returns what it printed.
    ///
    /// # Errors
    /// When it cannot be logged in to, or does not finish the command within `patience`.
    pub async fn run(&self, door: &Door, command: &str, today: Date, patience: Duration) -> Result<Vec<u8>, SshError> {
        if let Some(session) = self.take(door) {
            let has_served = session.has_served;
            match self.run_in(door, session, command, patience).await {
                // It ended while it was idle: the device restarted, or had no room for it any longer.
                Err(SshError::Closed { .. }) if has_served => {}
                done => return done,
            }
        }
        let session = Session::open(door, today, patience).await?;
        self.run_in(door, session, command, patience).await
    }

    /// What a device's server calls itself, as it did when the session was opened: an open one or a new one.
    ///
    /// # Errors
    /// When it cannot be logged in to.
    pub async fn server(&self, door: &Door, today: Date, patience: Duration) -> Result<String, SshError> {
        let session = match self.take(door) {
            Some(session) => session,
            None => Session::open(door, today, patience).await?,
        };
        let server = session.server.clone();
        self.idle().insert(door.address, (door.clone(), session));
        Ok(server)
    }

    /// Runs a command in an open session, if there is one.
    pub async fn run_if_open(
        &self,
        door: &Door,
        command: &str,
        patience: Duration,
    ) -> Option<Result<Vec<u8>, SshError>> {
        let session = self.take(door)?;
        Some(self.run_in(door, session, command, patience).await)
    }

    async fn run_in(
        &self,
        door: &Door,
        mut session: Session,
        command: &str,
        patience: Duration,
    ) -> Result<Vec<u8>, SshError> {
        let output = session.run(command, patience).await?;
        session.has_served = true;
        self.idle().insert(door.address, (door.clone(), session));
        Ok(output)
    }

    /// One that was opened by another user or to another key is closed. So are, here, all that ended by themselves.
    fn take(&self, door: &Door) -> Option<Session> {
        let mut idle = self.idle();
        idle.retain(|_, (_, session)| session.is_open());
        let (opened, session) = idle.remove(&door.address)?;
        opened.is_same(door).then_some(session)
    }

    fn idle(&self) -> MutexGuard<'_, BTreeMap<SocketAddr, (Door, Session)>> {
        self.idle.lock().expect("no holder of this lock can panic")
    }
}
