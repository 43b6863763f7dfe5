//! What only a file can do: be missing, be damaged, be shared between two programs.

use std::os::unix::fs::PermissionsExt as _;

use inventory::secret::Secret;
use sqlx::{Connection as _, SqliteConnection};

use super::fixture::{entry, plan, small_fleet};
use crate::store::db::sqlite_options;
use crate::store::{Db, Scope, StoreError};

#[tokio::test]
async fn records_are_there_again_after_a_close_and_belong_to_their_owner_only() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("villagenet.db");
    let db = Db::open_sqlite(&path).await.expect("it opens");
    db.migrate().await.expect("it migrates");
    small_fleet(&db).await;
    let installation = db.installation().await.expect("it reads");
    assert_eq!((installation.len(), db.backend()), (32, "sqlite"));
    db.close().await;
    assert_eq!(std::fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
    let db = Db::open_sqlite(&path).await.expect("it opens");
    db.migrate().await.expect("nothing to do");
    assert_eq!(db.fleet_load().await.expect("it loads").fleet.devices().count(), 4);
    assert_eq!(db.installation().await.expect("it reads"), installation);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("villagenet.db");
    std::fs::write(&path, "not a database, but somebody's notes. ".repeat(200)).expect("it writes");
    let error = Db::open_sqlite(&path).await.expect_err("it is damaged");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("restore"), "{error}");
    assert!(std::fs::read_to_string(&path).expect("it reads").starts_with("not a database"));
}

#[tokio::test]
async fn a_page_that_was_overwritten_is_found_at_the_start() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("villagenet.db");
    let db = Db::open_sqlite(&path).await.expect("it opens");
    db.migrate().await.expect("it migrates");
    small_fleet(&db).await;
    db.close().await;
    let mut bytes = std::fs::read(&path).expect("it reads");
    let page = 4096;
    assert!(bytes.len() > 8 * page);
    // The root pages of the first tables.
    for byte in &mut bytes[2 * page..6 * page] {
        *byte = 0xA5;
    }
    std::fs::write(&path, bytes).expect("it writes");
    let error = Db::open_sqlite(&path).await.expect_err("it is damaged");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
}

#[tokio::test]
async fn a_row_that_refers_to_nothing_is_found_by_the_full_check() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("villagenet.db");
    let db = Db::open_sqlite(&path).await.expect("it opens");
    db.migrate().await.expect("it migrates");
    small_fleet(&db).await;
    assert_eq!(db.check().await.expect("it reads"), None);
    // What a tool does that does not ask for foreign keys to be kept: SQLite does not by itself.
    let options = sqlite_options(&path).foreign_keys(false);
    let mut tool = SqliteConnection::connect_with(&options).await.expect("it opens");
    sqlx::query("DELETE FROM hall").execute(&mut tool).await.expect("nothing holds it back");
    tool.close().await.expect("it closes");
    let found = db.check().await.expect("it reads").expect("devices without a hall");
    assert!(found.contains("refers to one of hall that is not there"), "{found}");
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_named() {
    let error =
        Db::open_sqlite(std::path::Path::new("/nonexistent/villagenet.db")).await.expect_err("no such directory");
    assert!(matches!(error, StoreError::Create { .. }));
    assert!(error.to_string().contains("/nonexistent/villagenet.db"), "{error}");
}

#[tokio::test]
async fn a_command_writes_while_serve_runs_and_serve_notices() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("villagenet.db");
    let serve = Db::open_sqlite(&path).await.expect("it opens");
    serve.migrate().await.expect("it migrates");
    let command = Db::open_sqlite(&path).await.expect("two programs open one file");
    command.migrate().await.expect("nothing to do");
    let before = serve.fleet_revision().await.expect("it reads");
    let writing = async {
        for agent in 0..50 {
            let judged = (format!("agent-{agent}"), agent_api::Position { epoch: 1, seq: 1 });
            serve.judgement_write(&[], &[], Some(&judged)).await.expect("serve goes on writing");
        }
    };
    let importing = async {
        let (halls, devices) = plan();
        command.import_apply(&Scope::All, &halls, before, &entry()).await.expect("the command writes");
        command.import_apply(&Scope::All, &devices, before + 1, &entry()).await.expect("the command writes");
    };
    tokio::join!(writing, importing);
    assert_eq!(serve.fleet_revision().await.expect("it reads"), before + 2);
    assert_eq!(serve.fleet_load().await.expect("it loads").fleet.devices().count(), 4);
    assert_eq!(command.judged().await.expect("it reads").len(), 50);
}

#[tokio::test]
async fn two_programs_may_begin_a_file_together() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("villagenet.db");
    let one = Db::open_sqlite(&path).await.expect("it opens");
    let two = Db::open_sqlite(&path).await.expect("it opens");
    let (first, second) = tokio::join!(one.migrate(), two.migrate());
    first.expect("it migrates");
    second.expect("it finds the work done");
    assert_eq!(one.installation().await.expect("it reads"), two.installation().await.expect("it reads"));
}

#[tokio::test]
async fn a_url_that_is_none_is_refused_without_repeating_it() {
    let error = Db::open_postgres(&Secret::new("mysql//u:hunter2@h".into())).await.expect_err("no such scheme");
    assert!(matches!(error, StoreError::Url), "{error:?}");
    assert!(!format!("{error:?}{error}").contains("hunter2"));
    // Nobody listens on port 1 of this machine.
    let error =
        Db::open_postgres(&Secret::new("postgres://u:hunter2@127.0.0.1:1/x".into())).await.expect_err("refused");
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
    let mut text = format!("{error:?}{error}");
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    assert!(!text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn at_each_of_ten_points_a_full_disk_refuses_whole_changes_only_and_goes_on_when_there_is_room() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("villagenet.db");
    let db = Db::open_sqlite(&path).await.expect("it opens");
    db.migrate().await.expect("it migrates");
    small_fleet(&db).await;
    let Db::Sqlite(file) = &db else { unreachable!("it was opened as a file") };
    let pages_max = async |pages: i64| {
        let text = format!("PRAGMA max_page_count = {pages}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&file.write).await.expect("it is set");
    };
    let mut written = 0;
    let message = |n: i64| crate::store::NewOutbox {
        contact: None,
        follows: false,
        link: None,
        channel: "hook".to_owned(),
        thread: "one".to_owned(),
        dedupe: format!("m{n}"),
        message: "x".repeat(300),
        made_at: super::fixture::at(n),
    };
    for room in 0..10 {
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&file.write).await.expect("it reads");
        pages_max(pages + room).await;
        let error = loop {
            let three = [message(written), message(written + 1), message(written + 2)];
            match db.judgement_write(&[], &three, None).await {
                Ok(()) => written += 3,
                Err(error) => break error,
            }
            assert!(written < 50_000, "it never fills up");
        };
        assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
        assert!(error.to_string().contains("free some space"), "{error}");
        assert_eq!(db.fleet_load().await.expect("reading goes on").fleet.devices().count(), 4);
        assert_eq!(db.check().await.expect("it reads"), None);
        pages_max(1 << 30).await;
        db.judgement_write(&[], &[message(written)], None).await.expect("there is room again");
        written += 1;
    }
    let kept: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM outbox").fetch_one(&file.write).await.expect("it reads");
    assert_eq!(kept, written, "a message that was written is gone, or one that was refused is there");
}
