//! What `/readyz` tells strangers when something is wrong: which part, and nothing of what the machine said about it.

use super::*;

#[tokio::test]
async fn what_is_not_ready_is_told_without_its_causes() {
    let ground = ground().await;
    let app = Arc::clone(&ground.running.app);
    let row = TABLE.iter().find(|row| row.1 == "/readyz").expect("it stands in the table");
    assert_eq!(send(gated(Arc::clone(&app)), request(row, &ground.communes[0])).await.0, StatusCode::OK);
    ground.stop.cancel();
    app.db.close().await;
    let (status, text) = send(gated(app), request(row, &ground.communes[0])).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(text, "records cannot be read; the log says why\n");
}
