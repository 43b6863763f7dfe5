//! Background work: idempotent reconcilers that look at the records, do what is due, and can be stopped and started at
//! any moment. One file each; each tells of every run through [`crate::events`].

pub mod alive;
pub mod areas;
pub mod gauges;
pub mod outbox;
pub mod retention;
pub mod world_watch;

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::events::{Event, Events};

/// Runs `work` again and again, `every` so often, until told to stop. It says what it did; `None` when there was
/// nothing to do.
pub async fn repeat<F, E>(
    task: &'static str,
    every: Duration,
    events: &Events,
    stop: CancellationToken,
    mut work: impl FnMut() -> F,
) where
    F: Future<Output = Result<Option<String>, E>>,
    E: std::error::Error,
{
    let mut timer = tokio::time::interval(every);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = timer.tick() => {}
        }
        let event = match work().await {
            Ok(did) => Event::TaskRan { task, did, error: None },
            Err(error) => Event::TaskRan { task, did: None, error: Some(crate::app::error::chain(&error)) },
        };
        events.emit(event);
    }
}
