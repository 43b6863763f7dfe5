//! `/events`: what changes, as server-sent events. Their names are topics (`all`, `fleet`, `hall:dr-01`,
//! `device:12`), their data a counter. A listener that fell behind is told `all`, and pages fetch themselves again when
//! they reconnect.

use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::MissedTickBehavior;
use tokio_stream::Stream;

use super::reply::Shared;
use crate::api::caller::Caller;
use crate::live::{Change, ConnectionEnd};

/// Proxies and phones drop connections that say nothing for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(25);

/// How often is asked whether somebody still may listen, beside before each event.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The stream. It ends with the connection's time and with the process, and when its reader may no longer listen, or may
/// something else than when he came: his browser comes again.
pub(super) async fn stream(
    State(app): Shared,
    caller: Caller,
    end: Option<Extension<ConnectionEnd>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut changes = app.live.listen();
    let stop = end.map_or_else(|| app.stop.clone(), |Extension(end)| end.0);
    let mut again = tokio::time::interval(ASK_AGAIN);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let events = async_stream::stream! {
        let mut count = 0_u64;
        loop {
            let change = tokio::select! {
                () = stop.cancelled() => return,
                _ = again.tick() => if caller.is_still_in(&app).await { continue } else { return },
                change = changes.recv() => match change {
                    Ok(change) => change,
                    Err(RecvError::Lagged(_)) => Change::All,
                    Err(RecvError::Closed) => return,
                },
            };
            if !app.sight(&caller).hears(&change) {
                continue;
            }
            if !caller.is_still_in(&app).await {
                return;
            }
            count += 1;
            yield Ok(Event::default().event(change.topic()).data(count.to_string()));
        }
    };
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}
