//! The schema: the same however it came about, the same on both backends, and never edited once it is merged.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::Records;
use crate::store::db::both;
use crate::store::{Db, StoreError};

/// SHA-256 of every merged migration. A new file is added here with its hash; a line that is here never changes.
const MERGED: &[(&str, &str)] = &[
    ("postgres/0001_inventory.sql", "f333f2e8e2197b10d5306ca6f8db500b15dc72e269c78ae8599b6b999c8a32d3"),
    ("postgres/0002_judgement.sql", "1a98fb90ae16b292f3ace7be96280db842c7161b19b8b53ff1724602e21a2435"),
    ("postgres/0003_outbox.sql", "6714ef19158226ec178eacda42e95b39d4e4fb006b2739d1744f267d074be04f"),
    ("postgres/0004_hall_history.sql", "0a5b33beca527710b3152484b6a5454b1a227d8f198643309258ef1e40223f6b"),
    ("postgres/0005_alive.sql", "7cc22a5a8181f5c25cecab784a070a61f686029a7fee0680b2e90e29f6fc1895"),
    ("postgres/0006_offered_host_key.sql", "2ffe3e1a63e2a2b0df4d9472427196141abb0f5df2b7c770912c1d4f5b5c7005"),
    ("postgres/0007_simulated.sql", "adac018bbcc8240b0396c9c1e8e53f017fc9acc4b054bedf97c9b47e7dfb8531"),
    ("postgres/0008_area_move.sql", "d84c78c2aa637844e1d9846516085caffcbcdefff5a8c042a0ebf8041cdd411a"),
    ("postgres/0009_accounts.sql", "32f308e45dc2174685825873704fa5303bcd3855a39ebc9da2e30b2e057aa33e"),
    ("postgres/0010_vault.sql", "ce80d1920bd2f5091571b0ba456839121db610ea88feb4837a03519090f01765"),
    ("postgres/0011_audit.sql", "937bdb8d0471ca2a2e5c29dfc71f9d690c3dcbc5122348fa37ed1b6d779b69f3"),
    ("postgres/0012_passkey.sql", "5b339a9ff12dcbc69dc7e8cb305f2df6b223df54a64b545687c772de11262dfc"),
    ("postgres/0013_parts.sql", "40722eaca083636e8d448c198af2f566257329b8ba857a35192dd1acef2c8bfe"),
    ("postgres/0014_wan.sql", "dbbfb189aa0b443341d49cd8163c21e90c221466bf2ed103ff06d0eaaf9efb68"),
    ("postgres/0015_restart_reason.sql", "d331be20779d7b4f8ada04049047d97c806539154c1d2c87b6c0e2b74bef7971"),
    ("postgres/0016_why.sql", "b526a721fe24e81511d3416087b17a422bd131e1bd64271e7f8473bde85cdc54"),
    ("postgres/0017_incident.sql", "d7a79be413bb93481f38f89ec6809b32bde7c4aa507c5ec685bdeebf8393fda9"),
    ("postgres/0018_silence.sql", "2e7eee0f2bf61fb4eeeb758333442b523d018659e9d573db1cd3666dfec535bf"),
    ("postgres/0019_receivers.sql", "18db7e689f1dc1e7354acb512d30b26d04fcafa97e758383a8bb55763288952d"),
    ("postgres/0020_people.sql", "bf62dab86992e9b7606e0a661b3b8d670b36af0e0cb4d9f4b737e8766619351d"),
    ("postgres/0021_ledger.sql", "5cea29bc90be8a2820cdfd174ed51ae4a5b5a27f15e7ae0329ac9b58d2f95744"),
    ("postgres/0022_alert_judged.sql", "21bfaa0e768ccec0a50f1cd20699f4f822e9695c33d86065604090a4d1513eb6"),
    ("postgres/0023_rule_setting.sql", "ca86b2afc858dd8175b9cad010ef993e81f423c4cece7db36d6f11553552c47d"),
    ("postgres/0024_outbox_overdue.sql", "da7ed4a33ac10fe31ee1372e769e7405bd98ff7263dcfe3a47625a0c336c7081"),
    ("series/0001_samples.sql", "71a5863f7284859fb497c5ede1698a6444f20795c87f27b15f5a62573221c74d"),
    ("series/0002_part.sql", "c5c9b686e6e8827e7d6535bdb6b18e66b49d9f49e20da4d69238c7af18cbf9f8"),
    ("series/0003_chunks.sql", "b83a8c15cbf9383c941ac0084d60b36a43c50c607ae7fde264c2795e1d6b4ac7"),
    ("series/0004_remote_log.sql", "cd78935a28e0daa55124051e9f9bf376a347165bf3539001d0a24cb47ee49350"),
    ("series/0005_rollup.sql", "67fd1d25bba63d5c7988070454b7c7fff8033f3f9ee65cd38f198135184c36aa"),
    ("series/0006_log.sql", "02d358d0f28e662ce89279287e12375987ecf1e8e53ccea74cb3724d96024d04"),
    ("sqlite/0001_inventory.sql", "045f721f519b124113e07d5ad7eee941d3a605c414a46e35d2166ad33f62e35c"),
    ("sqlite/0002_judgement.sql", "c91a844897a634ddb4787d1959250b52b66506d35bbca8cf3fa41564ec120937"),
    ("sqlite/0003_outbox.sql", "5c43d738a68aad8d06c691fa61f17794d48e967598572d04ebf64ce52859da96"),
    ("sqlite/0004_hall_history.sql", "7f889ef2bfcc6adbe8fbb16d94d40ce9fac419b78839371e1f860ab367569f3c"),
    ("sqlite/0005_alive.sql", "2c638acb2daa0ab2c70d6ba5c182b1ee09a3fdfcabc0452d19c6fae796a489d3"),
    ("sqlite/0006_offered_host_key.sql", "d57bef018dc71641408e17820f385853375d311e8f9c3420c1348f79e0f87b4d"),
    ("sqlite/0007_simulated.sql", "a16ed672b7994266afc2e1c08e00134f489c15c45a0bbbdcfc34a8327a54636a"),
    ("sqlite/0008_area_move.sql", "f397ae94cb9ebfc0d314228c60e88bb64580cf46a6edca932047ba587ad6ba65"),
    ("sqlite/0009_accounts.sql", "edd66abce5ae1dd2c43ed25a499fb216ae8e8eb95303572441c0210b06bf3490"),
    ("sqlite/0010_vault.sql", "3846b604486105dbba800474a1bc64810371b72c5f43d736b9f064653699ab7c"),
    ("sqlite/0011_audit.sql", "84063eaaccd893e596110abad5d835e0e5bc627a5f6e7b1d0629c71b91115fab"),
    ("sqlite/0012_passkey.sql", "4abd840a8cb68353bcc7058aa878b8d40c986839f81b66d0b09bb1b71b13c0f5"),
    ("sqlite/0013_parts.sql", "e7d41a9f9c386476cecb18c70df08eeb357e73f67943e9fb288893b6a73e52f2"),
    ("sqlite/0014_wan.sql", "130262b9d3847cb89d97b6b5b29e8849de4e227cdd8bb500cea7c3a2d3928207"),
    ("sqlite/0015_restart_reason.sql", "d331be20779d7b4f8ada04049047d97c806539154c1d2c87b6c0e2b74bef7971"),
    ("sqlite/0016_why.sql", "c8e6eb85c10bafc24a55df7e789eae4f348df8ea1accec650efe5c1aea097ab6"),
    ("sqlite/0017_incident.sql", "bc36d98bb6c4b2a323c4d67625982024c634ae467b08acc527a7c823bfeb77a2"),
    ("sqlite/0018_silence.sql", "b0a9b8ff67770e98727fc1cd4f9d83a77fc99b90e419e62514cd2b0405598e22"),
    ("sqlite/0019_receivers.sql", "43517d152893a536156794eb2f0719bb56db25ad69c97abf7ba50ca59c6dd229"),
    ("sqlite/0020_people.sql", "75e4eb203c880e2c344bbb0d60273397c0f24bcbf93e49da5df86cd10f5bfb45"),
    ("sqlite/0021_ledger.sql", "d4da50000283563248b97b1ace96c7f46f6c939535afb6983ef5c46bc22291c1"),
    ("sqlite/0022_alert_judged.sql", "701053d4c6b4fb045e9bb5518e4ec1474587edd34c15c2ce9ab9f6c78b98a892"),
    ("sqlite/0023_rule_setting.sql", "99cc621b4f72c38c356076d533df5211baaac0766198521ad6d18170c985ad14"),
    ("sqlite/0024_outbox_overdue.sql", "da7ed4a33ac10fe31ee1372e769e7405bd98ff7263dcfe3a47625a0c336c7081"),
];

const FOLDERS: [&str; 3] = ["postgres", "series", "sqlite"];

#[test]
fn merged_migrations_are_never_edited() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut found = Vec::new();
    for folder in FOLDERS {
        for file in std::fs::read_dir(root.join(folder)).expect("the folder is there") {
            let path = file.expect("it lists").path();
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            let digest = Sha256::digest(std::fs::read(&path).expect("it reads"));
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            found.push((format!("{folder}/{name}"), hex));
        }
    }
    found.sort();
    let merged: Vec<(String, String)> = MERGED.iter().map(|(name, hash)| ((*name).into(), (*hash).into())).collect();
    assert_eq!(found, merged);
}

#[test]
fn both_backends_have_the_same_steps() {
    let steps = |migrator: &sqlx::migrate::Migrator| {
        migrator.iter().map(|step| (step.version, step.description.to_string())).collect::<Vec<_>>()
    };
    assert_eq!(steps(&crate::store::migrate::SQLITE), steps(&crate::store::migrate::POSTGRES));
}

/// Columns of each table, with what the backend says of them.
type Schema = BTreeMap<String, Vec<String>>;

/// Everything that the backend keeps about the schema, in its own words.
async fn dump(db: &Db) -> Schema {
    let text: &'static str = match db {
        Db::Sqlite(_) => {
            "SELECT name, COALESCE(sql, '') FROM sqlite_schema WHERE name NOT LIKE '!_sqlx%' ESCAPE '!' ORDER BY 1, 2"
        }
        Db::Postgres(_) => {
            "SELECT table_name::text, concat_ws(' ', column_name, data_type, is_nullable, collation_name, is_identity) \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations' \
             UNION ALL SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint \
             WHERE connamespace = 'public'::regnamespace \
             UNION ALL SELECT tablename::text, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"
        }
    };
    let rows: Vec<(String, String)> =
        both!(db.reader(), pool => sqlx::query_as(text).fetch_all(pool).await).expect("it reads");
    let mut schema = Schema::new();
    for (name, what) in rows {
        schema.entry(name).or_default().push(what);
    }
    schema
}

async fn columns(db: &Db) -> Vec<(String, String)> {
    let text: &'static str = match db {
        Db::Sqlite(_) => {
            "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE '!_sqlx%' ESCAPE '!' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        }
        Db::Postgres(_) => {
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'"
        }
    };
    let mut rows: Vec<(String, String)> =
        both!(db.reader(), pool => sqlx::query_as(text).fetch_all(pool).await).expect("it reads");
    rows.sort();
    rows
}

async fn step_by_step(db: &Db) {
    let versions: Vec<i64> = db.migrator().iter().map(|step| step.version).collect();
    for version in versions {
        db.migrate_to(Some(version)).await.expect("it migrates");
        assert_eq!(db.schema_version().await.expect("it reads"), Some(version));
    }
}

#[tokio::test]
async fn a_schema_made_at_once_is_the_one_made_step_by_step_on_sqlite() {
    let (fresh, migrated) = (Records::sqlite().await, Records::bare_sqlite().await);
    step_by_step(&migrated.db).await;
    assert_eq!(dump(&fresh.db).await, dump(&migrated.db).await);
}

#[tokio::test]
async fn a_schema_made_at_once_is_the_one_made_step_by_step_on_postgres() {
    let (fresh, migrated) = (Records::postgres().await, Records::bare_postgres().await);
    step_by_step(&migrated.db).await;
    assert_eq!(dump(&fresh.db).await, dump(&migrated.db).await);
}

#[tokio::test]
async fn both_backends_have_the_same_tables_and_columns() {
    let (sqlite, postgres) = (Records::sqlite().await, Records::postgres().await);
    assert_eq!(columns(&sqlite.db).await, columns(&postgres.db).await);
    assert!(columns(&sqlite.db).await.contains(&("hall".to_owned(), "code".to_owned())));
}

async fn a_newer_schema_is_refused(db: &Db) {
    db.migrate().await.expect("once more changes nothing");
    let text = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                SELECT 9000, 'from the future', success, checksum, 0 FROM _sqlx_migrations LIMIT 1";
    both!(db.writer(), pool => sqlx::query(text).execute(pool).await.map(|_| ())).expect("it writes");
    let error = db.migrate().await.expect_err("a newer release was here");
    assert!(matches!(error, StoreError::NewerSchema { found: 9000, .. }));
    assert!(error.to_string().contains("run the newer release"), "{error}");
}

super::on_both!(a_newer_schema_is_refused);
