//! What another site makes a browser send, with the session's cookie: refused on every route that changes something, pages
//! and all.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::*;
use crate::api::gate::SESSION_COOKIE;
use crate::app::audit::Actor;
use crate::store::{AccountGrant, AuditAction, NewAccount, NewSession};

pub(super) const SECRET: &str = "the-secret-of-the-session";

/// An administrator of everything with a session that began then, with a second factor.
pub(super) async fn session(app: &App, now: Timestamp) {
    let actor = Actor::of(&Principal::system());
    let entry = || actor.did(now, AuditAction::UserCreate, "account ha");
    let grants = [AccountGrant::new(Role::Admin, None)];
    let new = NewAccount { name: "ha", grants: &grants, passphrase: None, link: None, now };
    let account = app.db.account_create(&new, &entry()).await.expect("it is written").expect("the first of this name");
    let hash = HEXLOWER.encode(&Sha256::digest(SECRET.as_bytes()));
    let new =
        NewSession { hash: &hash, account, seen: None, now, stepped_up_at: Some(now), address: None, browser: "" };
    app.db.session_create(&new, &entry()).await.expect("it is written");
}

#[tokio::test]
async fn what_another_site_sends_is_refused_on_every_unsafe_route() {
    let ground = ground().await;
    let app = &ground.running.app;
    session(app, SystemClock.now()).await;
    let cookie = format!("{SESSION_COOKIE}={SECRET}");
    let ask = async |row: &Row, headers: &[(&'static str, &'static str)]| {
        let mut request = request(row, &ground.communes[0]);
        request.headers_mut().insert(header::COOKIE, cookie.parse().expect("a header"));
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header"));
        }
        send(gated(Arc::clone(app)), request).await
    };
    let unsafe_rows = TABLE.iter().filter(|row| row.0 != "GET");
    let mut asked = 0;
    for row in unsafe_rows {
        for headers in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "https://evil.example"), ("host", "127.0.0.1:8080")],
            &[("origin", "null")],
            &[],
        ] {
            let (status, text) = ask(row, headers).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{} {} {headers:?}: {text}", row.0, row.1);
            assert!(text.contains("another site"), "{} {} {headers:?}: {text}", row.0, row.1);
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
    let row = TABLE.iter().find(|row| row.1 == "/logout").expect("it stands in the table");
    let (status, _) = ask(row, &[("sec-fetch-site", "same-origin")]).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "from our own pages it is taken, so the session was good all the time");
    ground.stop.cancel();
    ground.running.join().await;
}
