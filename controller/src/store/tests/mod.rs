//! Every store method on both backends: each test is one body, run on a SQLite file and on a PostgreSQL database of its
//! own.

mod areas;
mod audit;
mod contacts;
mod copy;
mod fixture;
mod host_keys;
mod incidents;
mod inventory;
mod judgement;
mod ledger;
mod outbox;
mod parts;
mod people;
mod schema;
mod scopes;
mod sole;
mod sqlite_file;
mod vault;
mod visits;

use super::Db;
use super::postgres_server::{TestDatabase, test_database};

/// Records that end with the test.
pub(super) struct Records {
    pub(super) db: Db,
    _dir: Option<tempfile::TempDir>,
    _server: Option<TestDatabase>,
}

impl Records {
    /// An empty file without a schema.
    pub(super) async fn bare_sqlite() -> Records {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let db = Db::open_sqlite(&dir.path().join("villagenet.db")).await.expect("it opens");
        Records { db, _dir: Some(dir), _server: None }
    }

    /// An empty database without a schema.
    pub(super) async fn bare_postgres() -> Records {
        let server = test_database().await;
        let db = Db::open_postgres(&server.url).await.expect("it opens");
        Records { db, _dir: None, _server: Some(server) }
    }

    pub(super) async fn sqlite() -> Records {
        let records = Records::bare_sqlite().await;
        records.db.migrate().await.expect("it migrates");
        records
    }

    pub(super) async fn postgres() -> Records {
        let records = Records::bare_postgres().await;
        records.db.migrate().await.expect("it migrates");
        records
    }
}

/// Makes each body a test on SQLite and a test on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let records = super::super::Records::sqlite().await;
                super::$name(&records.db).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                let records = super::super::Records::postgres().await;
                super::$name(&records.db).await;
                records.db.close().await;
            })+
        }
    };
}
pub(super) use on_both;
