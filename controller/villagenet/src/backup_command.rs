//! `villagenet backup` and `villagenet restore`.

use std::path::PathBuf;

use controller::app::error::chain;
use controller::app::keys;
use controller::backup::{self, Identity, Made, Restored, Target};
use controller::config::Config;
use controller::series::Series;
use controller::wiring::open_records;
use inventory::clock::{Clock as _, SystemClock};
use inventory::secret::Secret;

use crate::cli::{BackupArgs, RestoreArgs};
use crate::{Failed, output, settings};

pub(crate) async fn make(args: BackupArgs) -> Result<(), Failed> {
    let config = settings::load(&args.installation, None)?;
    settings::data_dir_exists(&config.data)?;
    let recipient = match args.recipient {
        Some(text) => Some(text.parse().map_err(|error| Failed::new(format!("--recipient {error}")))?),
        None => config.backup.folder.recipient.clone(),
    };
    let is_sealed = recipient.is_some();
    let db = open_records(&config).await?;
    let series = Series::open_whole(&config.data.join("series.db")).await;
    let samples = series.as_ref().map_err(|error| chain(error));
    let made = Made::whole((&db, samples), &args.file, recipient, SystemClock.now()).await;
    if let Ok(series) = &series {
        series.close().await;
    }
    db.close().await;
    let made = made?;
    let (path, mib) = (made.path.display(), made.bytes as f64 / 1_048_576.0);
    if let Some(why) = made.without_samples {
        return Err(Failed::new(format!("{path} holds the records and no samples: {why}")));
    }
    let how = if is_sealed { "encrypted" } else { "not encrypted: keep it where nobody else reads" };
    output::print(&format!(
        "{path}: {mib:.1} MiB, {how}\nthe master key ({}) is not in it: keep a copy of that elsewhere\n",
        keys::files_of(&config).path().display()
    ))
}

pub(crate) async fn restore(args: RestoreArgs) -> Result<(), Failed> {
    let config = settings::load(&args.installation, None)?;
    settings::make_data_dir(&config.data)?;
    let identity = args.identity.as_ref().map(read_identity).transpose()?;
    let target = Target {
        data: &config.data,
        database: &config.database,
        is_replacing: args.replace,
        goes_without_days: args.without_missing_days,
    };
    let told = |error| Failed::new(format!("{}: {}", args.file.display(), chain(&error)));
    let restored = backup::restore(&args.file, identity, target, SystemClock.now()).await.map_err(told)?;
    output::print(&tell(&restored, &config).await?)
}

fn read_identity(path: &PathBuf) -> Result<Identity, Failed> {
    let named = |text: String| Failed::new(format!("--identity {}: {text}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
    Identity::parse(&Secret::new(text)).map_err(|error| named(error.to_string()))
}

async fn tell(restored: &Restored, config: &Config) -> Result<String, Failed> {
    let manifest = &restored.manifest;
    let mut told = format!(
        "restored the installation as of {}: {} halls, {} devices\n",
        manifest.made_at, restored.halls, restored.devices
    );
    if let Some(why) = &manifest.without_samples {
        told += &format!("the backup has no samples: {why}\n");
    }
    for day in &restored.missing_days {
        told += &format!("without the samples of {}\n", day.display());
    }
    if let Some(aside) = &restored.aside {
        told += &format!("what was there before is in {}\n", aside.display());
    }
    told += "everybody has to log in again; whoever lost an account, a token or a role since then has it again\n";
    let db = open_records(config).await?;
    let inspected = keys::inspect(&db, &keys::files_of(config)).await;
    db.close().await;
    if let Some(Err(locked)) = inspected? {
        told += &format!("the vault is locked: {locked}; put the copy of the master key in its place\n");
    }
    told += "start it with `villagenet serve`\n";
    Ok(told)
}
