//! `villagenet audit verify`: on the same database that `serve` works on.

use controller::wiring::open_records;

use crate::cli::VerifyArgs;
use crate::{Failed, output, settings};

pub(crate) async fn verify(args: VerifyArgs) -> Result<(), Failed> {
    let config = settings::load(&args.installation, None)?;
    settings::data_dir_exists(&config.data)?;
    let db = open_records(&config).await?;
    let seal = args.since.map(|seal| (seal.entries, seal.hash));
    let found = db.audit_verify(seal.as_ref().map(|(entries, hash)| (*entries, hash.as_str()))).await;
    db.close().await;
    match found? {
        Ok(head) => output::print(&format!(
            "the audit log is whole: {} entries, up to {}\nkeep this elsewhere, and check it later with\n  \
             villagenet audit verify --since {}:{}\n",
            head.entries, head.hash, head.entries, head.hash
        )),
        Err(broken) => Err(Failed::new(format!(
            "the audit log is broken: {broken}; keep a copy of the database as it is, and compare it with a backup and \
             with the program's log, which has each entry too"
        ))),
    }
}
