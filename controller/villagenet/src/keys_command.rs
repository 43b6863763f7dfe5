//! `villagenet keys`: the keys of the vault, beside a running `serve`, which notices within a second.

use controller::app::keys;
use controller::app::rotate::{Rotation, Which};
use controller::config::Config;
use controller::store::Db;
use controller::wiring::open_records;
use inventory::clock::{Clock as _, SystemClock};

use crate::cli::RotateArgs;
use crate::{Failed, output, settings};

pub(crate) async fn rotate(args: RotateArgs) -> Result<(), Failed> {
    let config = settings::load(&args.installation, None)?;
    settings::data_dir_exists(&config.data)?;
    let which = Which { data_key: !args.master, master: !args.data_key };
    let db = open_records(&config).await?;
    let rotated = rotate_in(&config, &db, which).await;
    db.close().await;
    output::print(&rotated?)
}

async fn rotate_in(config: &Config, db: &Db, which: Which) -> Result<String, Failed> {
    let files = keys::files_of(config);
    let rotation = Rotation::begin(db, &files).await?;
    let rotated = rotation.run(which, SystemClock.now()).await?;
    let mut told = String::new();
    if which.data_key {
        told += &format!("{} secrets are sealed with a new data key; the old one is deleted\n", rotated.secrets);
    }
    if which.master {
        told += &match files.credential() {
            Some(credential) => format!(
                "the new master key is {}: put it in the place of {}, and then delete it\n",
                files.path().display(),
                credential.display()
            ),
            None => format!(
                "the new master key is {}: make a new copy of it; the old one opens nothing\n",
                files.path().display()
            ),
        };
    }
    if !rotated.is_wiped {
        told += "somebody reads the records all the time, and older forms of the secrets may still be in their files: run this again when it is quiet\n";
    }
    Ok(told)
}
