//! Two controllers on one PostgreSQL database.

use std::time::Duration;

use crate::store::postgres_server::test_database;
use crate::store::{Db, StoreError};

#[tokio::test]
async fn one_controller_works_on_a_database_until_it_ends() {
    let server = test_database().await;
    let (first, second) = (Db::open_postgres(&server.url).await, Db::open_postgres(&server.url).await);
    let (first, second) = (first.expect("it opens"), second.expect("it opens"));
    let sole = first.sole().await.expect("nobody else is there");
    let refused = second.sole().await.map(|_| ());
    assert!(matches!(refused, Err(StoreError::Taken)), "{refused:?}");
    drop(sole);
    second.sole().await.expect("the first one has ended");
    first.close().await;
    second.close().await;
}

#[tokio::test]
async fn a_broken_connection_is_made_again_and_only_a_lock_that_is_taken_is_lost() {
    let server = test_database().await;
    let db = Db::open_postgres(&server.url).await.expect("it opens");
    let mut sole = db.sole().await.expect("nobody else is there");
    let Db::Postgres(pool) = &db else { unreachable!("it was opened by URL") };
    let end_holders = async || {
        let text = "SELECT pg_terminate_backend(pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                    WHERE locktype = 'advisory' AND datname = current_database()";
        sqlx::query(text).fetch_all(pool).await.expect("they are ended");
    };
    end_holders().await;
    tokio::time::timeout(Duration::from_secs(4), sole.lost()).await.expect_err("it took the lock again");
    let refused = db.sole().await.map(|_| ());
    assert!(matches!(refused, Err(StoreError::Taken)), "it holds it again: {refused:?}");

    end_holders().await;
    let other = db.sole().await.expect("nobody holds it");
    tokio::time::timeout(Duration::from_secs(30), sole.lost()).await.expect("it notices that another one has it");
    drop(other);
    db.close().await;
}
