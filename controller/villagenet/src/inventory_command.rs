//! `villagenet inventory import` and `export`: on the same database that `serve` works on.

use controller::app::error::AppError;
use controller::app::inventory::{Imported, Installation, Table};

use crate::cli::{ExportArgs, ExportFormat, ExportTable, ImportArgs};
use crate::{Failed, output, settings};

/// Faults shown at most; the count of all is told.
const FAULTS_SHOWN: usize = 1000;

pub(crate) async fn import(args: ImportArgs) -> Result<(), Failed> {
    let config = settings::load(&args.installation, None)?;
    let is_new = !config.data.exists();
    settings::make_data_dir(&config.data)?;
    let name = args.file.display().to_string();
    let bytes = std::fs::read(&args.file).map_err(|error| Failed::new(format!("{name}: {error}")))?;
    let installation = Installation::open(&config).await?;
    if is_new {
        tell_of_new(&config.data);
    }
    match installation.import(&bytes, args.dry_run).await {
        Ok(imported) => output::print(&summary(&name, &imported, args.dry_run)),
        Err(error) => Err(refused(&name, error)),
    }
}

/// A file that was not imported, with its faults.
pub(crate) fn refused(name: &str, error: AppError) -> Failed {
    let AppError::Faults(faults) = error else { return error.into() };
    let mut message = format!("{name}: {} fault(s), nothing was imported", faults.len());
    for fault in faults.iter().take(FAULTS_SHOWN) {
        message.push_str(&format!("\n  {fault}"));
    }
    if faults.len() > FAULTS_SHOWN {
        message.push_str(&format!("\n  and {} more", faults.len() - FAULTS_SHOWN));
    }
    Failed::new(message)
}

/// A mistyped `--data` makes a new installation; it is said at once.
#[expect(clippy::print_stderr, reason = "beside the output of the command, not in it")]
fn tell_of_new(data: &std::path::Path) {
    eprintln!("villagenet: {} did not exist: this is a new installation", data.display());
}

fn summary(name: &str, imported: &Imported, is_dry_run: bool) -> String {
    let mut out = String::new();
    for note in &imported.notes {
        out.push_str(&format!("{name} line {}: {}\n", note.line, note.text));
    }
    let counts = imported.counts;
    let dry = if is_dry_run { ", and nothing was written" } else { "" };
    let (created, updated, unchanged) = (counts.created, counts.updated, counts.unchanged);
    out.push_str(&format!("{name}: {created} created, {updated} updated, {unchanged} unchanged{dry}\n"));
    out
}

pub(crate) async fn export(args: ExportArgs) -> Result<(), Failed> {
    let config = settings::load(&args.installation, None)?;
    settings::data_dir_exists(&config.data)?;
    let installation = Installation::open(&config).await?;
    match args.format {
        ExportFormat::Csv => {}
    }
    let table = match args.table {
        ExportTable::Halls => Table::Halls,
        ExportTable::Devices => Table::Devices,
    };
    match args.to {
        None => output::print(&installation.export(table).await?)?,
        Some(dir) => {
            std::fs::create_dir_all(&dir).map_err(|error| Failed::new(format!("{}: {error}", dir.display())))?;
            for (table, file) in [(Table::Halls, "halls.csv"), (Table::Devices, "devices.csv")] {
                let path = dir.join(file);
                let text = installation.export(table).await?;
                std::fs::write(&path, text).map_err(|error| Failed::new(format!("{}: {error}", path.display())))?;
                output::print(&format!("{}\n", path.display()))?;
            }
        }
    }
    Ok(())
}
