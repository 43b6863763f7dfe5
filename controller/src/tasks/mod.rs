//! Background work: idempotent reconcilers that look at the records, do what is due, and can be stopped and started at
//! any moment. One file each; each tells of every run through [`crate::events`].

pub mod alive;
pub mod areas;
pub mod certificate;
pub mod credential_use;
pub mod disk;
pub mod gauges;
pub mod late;
pub mod night;
pub mod outbox;
pub mod retention;
pub mod seal;
pub mod senders;
pub mod stations;
pub mod vault_watch;
pub mod world_watch;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::events::Event;

/// Runs `work` again and again, `every` so often, until the process ends. It says what it did; `None` when there was
/// nothing to do.
pub async fn repeat<F, E>(task: &'static str, every: Duration, app: Arc<App>, work: impl Fn(Arc<App>) -> F)
where
    F: Future<Output = Result<Option<String>, E>>,
    E: std::error::Error,
{
    let mut timer = tokio::time::interval(every);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.stop.cancelled() => return,
            _ = timer.tick() => {}
        }
        let event = match work(Arc::clone(&app)).await {
            Ok(did) => Event::TaskRan { task, did, error: None },
            Err(error) => Event::TaskRan { task, did: None, error: Some(crate::app::error::chain(&error)) },
        };
        app.events.emit(event);
    }
}
