//! `/events`: what changes, as server-sent events. Their names are topics (`all`, `fleet`, `hall:dr-01`,
//! `device:12`), their data a counter. A listener that fell behind is told `all`, and pages fetch themselves again when
//! they reconnect.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use tokio::sync::broadcast::error::RecvError;
use tokio_stream::Stream;

use super::reply::Shared;
use crate::api::caller::Caller;
use crate::live::Change;

/// Proxies and phones drop connections that say nothing for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(25);

/// The stream. It ends with the process.
pub(super) async fn stream(State(app): Shared, caller: Caller) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (mut changes, stop) = (app.live.listen(), app.stop.clone());
    let events = async_stream::stream! {
        let mut count = 0_u64;
        loop {
            let change = tokio::select! {
                () = stop.cancelled() => return,
                change = changes.recv() => match change {
                    Ok(change) => change,
                    Err(RecvError::Lagged(_)) => Change::All,
                    Err(RecvError::Closed) => return,
                },
            };
            if !app.sight(&caller).hears(&change) {
                continue;
            }
            count += 1;
            yield Ok(Event::default().event(change.topic()).data(count.to_string()));
        }
    };
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}
