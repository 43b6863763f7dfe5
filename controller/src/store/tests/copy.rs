//! Copies of the records: out of both backends, and back into either.

use std::path::Path;

use sqlx::{Connection as _, SqliteConnection};

use super::Records;
use super::fixture::{apply, at, entry, full_hall_row, new_area, small_fleet};
use crate::store::Db;
use crate::store::copy::{columns, file_connection, select_from_file, tables};
use inventory::import::{Change, Plan};

/// Every row of every table, as text.
async fn rows(path: &Path) -> Vec<(String, Vec<String>)> {
    let mut on = file_connection(path).await.expect("it opens");
    let mut all = Vec::new();
    for table in tables(&mut on).await.expect("it has tables") {
        let columns = columns(&mut on, &table).await.expect("they have columns");
        let select = sqlx::AssertSqlSafe(format!("{} ORDER BY 1", select_from_file(&table, &columns)));
        all.push((table, sqlx::query_scalar(select).fetch_all(&mut on).await.expect("they are read")));
    }
    on.close().await.expect("it closes");
    all
}

/// Halls, devices, audit, an outage's bytes: what has every type of column.
async fn filled(records: &Records, dir: &Path) -> std::path::PathBuf {
    small_fleet(&records.db).await;
    records.db.audit_write(&entry()).await.expect("it writes");
    let first = dir.join("first.db");
    records.db.copy_into(&first).await.expect("it copies");
    first
}

async fn copy_of(db: &Db, dir: &Path, name: &str) -> Vec<(String, Vec<String>)> {
    let path = dir.join(name);
    db.copy_into(&path).await.expect("it copies");
    rows(&path).await
}

#[tokio::test]
async fn a_copy_of_a_file_is_whole_and_another_can_be_filled_from_it() {
    let (from, dir) = (Records::sqlite().await, tempfile::tempdir().expect("a folder"));
    let first = filled(&from, dir.path()).await;
    // The one column of bytes that matters, with every byte.
    let mut on = file_connection(&first).await.expect("it opens");
    let bytes: Vec<u8> = (0..=255).collect();
    let text = "INSERT INTO data_key (version, master, wrapped, made_at) VALUES (1, 'm', $1, 5)";
    sqlx::query(text).bind(&bytes).execute(&mut on).await.expect("it writes");
    SqliteConnection::close(on).await.expect("it closes");

    let into = Records::postgres().await;
    assert!(into.db.fill_from(&first).await.expect("it fills"));
    assert_eq!(copy_of(&into.db, dir.path(), "second.db").await, rows(&first).await);
    assert_eq!(into.db.check().await.expect("it reads"), None);
    assert!(into.db.audit_verify(None).await.expect("it reads").is_ok(), "the log is whole");
    assert!(!into.db.fill_from(&first).await.expect("it looks"), "what holds records is not filled again");

    // What is made next gets an id of its own, and the log is guarded again.
    let hall = full_hall_row("dr-77", new_area("24999"));
    let plan = Plan {
        new_areas: vec![inventory::import::NewArea {
            code: "24999".into(), name: "Xã mới".into(), kind: "xã".into()
        }],
        halls: vec![Change::Create(hall)],
        ..Plan::default()
    };
    apply(&into.db, &plan).await;
    let Db::Postgres(pool) = &into.db else { unreachable!("it is one") };
    let refused = sqlx::query("DELETE FROM audit").execute(pool).await.expect_err("nobody empties the log");
    assert!(refused.to_string().contains("audit"), "{refused}");
    let loose: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM pg_constraint WHERE contype = 'f' AND condeferrable")
        .fetch_one(pool)
        .await
        .expect("it counts");
    assert_eq!(loose, 0, "references are checked at once again");
    into.db.close().await;
}

#[tokio::test]
async fn a_copy_of_postgresql_opens_as_a_file() {
    let (from, dir) = (Records::postgres().await, tempfile::tempdir().expect("a folder"));
    let first = filled(&from, dir.path()).await;
    from.db.close().await;
    let file = Db::open_sqlite(&first).await.expect("it opens");
    file.migrate().await.expect("it is up to date");
    assert_eq!(file.check().await.expect("it reads"), None);
    let record = file.fleet_load().await.expect("it reads");
    assert_eq!((record.fleet.halls().count(), record.fleet.devices().count()), (3, 4));
    assert!(file.audit_verify(None).await.expect("it reads").is_ok());
    file.hall_history_prune(at(0)).await.expect("it can be written");
    file.close().await;
}
