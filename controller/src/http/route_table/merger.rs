//! A merger of the two communes, as those meet it who were granted one of them before.

use std::time::Duration;

use inventory::id::AreaId;

use super::{Commune, Ground, Object, See, as_principal, ground, principal, request, send};
use crate::app::App;
use crate::app::grant::covered;
use crate::app::principal::{Grant, Principal, Role};
use crate::store::Successor;

/// The snapshot is renewed every half second; ten times that.
const NOTICED: Duration = Duration::from_secs(5);

/// Lets one commune go into the other, and waits until the controller works with it. The last move.
async fn merge(app: &App, from: &Commune, into: &Commune) -> i64 {
    let by = Successor::Existing(into.area);
    app.area_succeed(&Principal::system(), &[from.area], &by, app.today()).await.expect("they merge");
    let noticed = async {
        loop {
            if let Some(last) = app.world().moves.last() {
                return last.id;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(NOTICED, noticed).await.expect("it is noticed")
}

/// Whether an administrator of this area, as it was confirmed last, finds and changes the halls of both communes.
async fn finds(ground: &Ground, root: AreaId, confirmed: i64) -> [bool; 2] {
    let app = &ground.running.app;
    let mut found = [false; 2];
    for (found, commune) in found.iter_mut().zip(&ground.communes) {
        let scope = covered(&app.world(), Some(root), confirmed);
        let asks = principal(vec![Grant { role: Role::Admin, scope }]);
        let mut answers = Vec::new();
        for (method, path, body) in [
            ("GET", "/api/v1/halls/{code}", ""),
            ("PATCH", "/api/v1/halls/{code}", r#"{"lifecycle":"active"}"#),
            ("GET", "/devices/{id}", ""),
            ("GET", "/api/v1/outages/{id}", ""),
        ] {
            let row = (method, path, Object(Role::Admin), body);
            let (status, _) = send(as_principal(app, asks.clone()), request(&row, commune)).await;
            answers.push(status.is_success());
        }
        let (_, list) = send(as_principal(app, asks), request(&("GET", "/", See, ""), commune)).await;
        answers.push(list.contains(commune.words[3]));
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?} about {}", commune.code);
        *found = answers[0];
    }
    found
}

#[tokio::test]
async fn a_merger_opens_nothing_to_anybody_and_closes_nothing_until_it_is_confirmed() {
    let ground = ground().await;
    let [near, far] = &ground.communes;
    let (from, into) = (near.area, far.area);
    assert_eq!((finds(&ground, from, 0).await, finds(&ground, into, 0).await), ([true, false], [false, true]));
    let last = merge(&ground.running.app, near, far).await;
    assert_eq!((finds(&ground, from, 0).await, finds(&ground, into, 0).await), ([true, false], [false, true]));
    assert_eq!((finds(&ground, from, last).await, finds(&ground, into, last).await), ([false, false], [true, true]));
    ground.stop.cancel();
    ground.running.join().await;
}
