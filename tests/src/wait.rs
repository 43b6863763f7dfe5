//! Waiting for a state rather than for an event: the question is asked again until it is answered or the bound is over.

use std::time::{Duration, Instant};

/// Between two asks. Short beside anything measured here.
const PAUSE: Duration = Duration::from_millis(100);

/// Asks `probe` until it answers `Some`, and fails the test with `what` when `limit` is over.
///
/// `limit` is a bound against hanging, about ten times the time it should take, and never the thing under test.
pub async fn wait_until<T>(what: &str, limit: Duration, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(started.elapsed() < limit, "waited {} s in vain until {what}", limit.as_secs());
        tokio::time::sleep(PAUSE).await;
    }
}

/// The same for a question without a value.
pub async fn wait_for(what: &str, limit: Duration, mut probe: impl AsyncFnMut() -> bool) {
    wait_until(what, limit, async || probe().await.then_some(())).await;
}

/// Checks for the whole of `span` that `holds` stays true: for "and nothing more happens".
pub async fn stays(what: &str, span: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while started.elapsed() < span {
        assert!(holds().await, "after {} s no longer true: {what}", started.elapsed().as_secs());
        tokio::time::sleep(PAUSE).await;
    }
}

/// The time of day, for asking the product about what it has measured until now.
#[expect(clippy::disallowed_methods, reason = "a test lives in real time, like what it looks at")]
pub fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// [`wait_until`] for code that has no runtime, such as the start of a neighbour.
pub fn wait_blocking(what: &str, limit: Duration, mut probe: impl FnMut() -> bool) {
    let started = Instant::now();
    while !probe() {
        assert!(started.elapsed() < limit, "waited {} s in vain until {what}", limit.as_secs());
        std::thread::sleep(PAUSE);
    }
}
