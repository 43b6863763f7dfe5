//! What a page asks by itself: it is no use of a session, and it ends with it.

use std::time::Duration;

use axum::http::HeaderValue;
use data_encoding::HEXLOWER;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use super::cross_site::{SECRET, session};
use super::*;
use crate::api::gate::{REFRESH, SESSION_COOKIE};
use crate::live::Change;

/// Ten times the second that may pass.
const LIMIT: Duration = Duration::from_secs(10);

fn ask(method: &'static str, path: &'static str, is_refresh: bool) -> Request {
    let commune = Commune {
        area: AreaId(1),
        hall: HallId(1),
        code: "x",
        device: DeviceId(1),
        outage: 1,
        incident: 0,
        silence: 0,
        contact: 0,
        schedule: 0,
        escalation: 0,
        correction: 0,
        alert: 1,
        words: WORDS[0],
    };
    let mut request = request(&(method, path, LoggedIn, ""), &commune);
    let cookie = format!("{SESSION_COOKIE}={SECRET}");
    request.headers_mut().insert(header::COOKIE, cookie.parse().expect("a header"));
    request.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
    if is_refresh {
        request.headers_mut().insert(REFRESH, HeaderValue::from_static("1"));
    }
    request
}

/// The ground, and somebody whose session began and was used so many minutes ago.
async fn with_session(minutes: i64) -> Ground {
    let ground = ground().await;
    session(&ground.running.app, SystemClock.now() - SignedDuration::from_mins(minutes)).await;
    ground
}

async fn used_at(app: &App) -> Timestamp {
    let hash = HEXLOWER.encode(&Sha256::digest(SECRET.as_bytes()));
    app.db.session_find(&hash).await.expect("it is read").expect("it is there").used_at
}

#[tokio::test]
async fn what_a_page_asks_by_itself_does_not_use_the_session() {
    let ground = with_session(20).await;
    let app = &ground.running.app;
    let began = used_at(app).await;
    for (path, is_refresh) in [("/", true), ("/events", false), ("/events", true)] {
        let (status, _) = send(gated(Arc::clone(app)), ask("GET", path, is_refresh)).await;
        assert_eq!((status, used_at(app).await), (StatusCode::OK, began), "{path}");
    }
    let (status, _) = send(gated(Arc::clone(app)), ask("GET", "/", false)).await;
    assert!(status == StatusCode::OK && used_at(app).await > began, "somebody opened the page");
    ground.stop.cancel();
    ground.running.join().await;
}

#[tokio::test]
async fn what_a_page_asks_by_itself_is_refused_when_the_session_was_idle_for_too_long() {
    let ground = with_session(31).await;
    for is_refresh in [true, false] {
        let (status, _) = send(gated(Arc::clone(&ground.running.app)), ask("GET", "/", is_refresh)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    ground.stop.cancel();
    ground.running.join().await;
}

#[tokio::test]
async fn a_stream_of_events_ends_with_the_session_that_opened_it() {
    let ground = with_session(0).await;
    let app = &ground.running.app;
    let open = async || {
        let response = gated(Arc::clone(app)).oneshot(ask("GET", "/events", false)).await.expect("it never fails");
        assert_eq!(response.status(), StatusCode::OK);
        response.into_body()
    };
    let read = |body| tokio::spawn(axum::body::to_bytes(body, usize::MAX));
    let (quiet, heard) = (read(open().await), read(open().await));
    app.live.tell(Change::All);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!quiet.is_finished() && !heard.is_finished(), "they go on while the session does");
    let (status, _) = send(gated(Arc::clone(app)), ask("POST", "/api/v1/logout", false)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    app.live.tell(Change::Fleet);
    for stream in [quiet, heard] {
        let bytes = tokio::time::timeout(LIMIT, stream).await.expect("it ends").expect("whole").expect("it is read");
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("event: all") && !text.contains("event: fleet"), "{text}");
    }
    ground.stop.cancel();
    ground.running.join().await;
}
