//! `villagenet check`: is this installation fit to work? Every finding at once, each with what to do.

use std::path::Path;
use std::time::Duration;

use controller::app::error::chain;
use controller::app::keys;
use controller::backup;
use controller::channels;
use controller::config::Config;
use controller::disk::Space;
use controller::remote_write::Writer;
use controller::series::Series;
use controller::store::{Db, StoreError};
use controller::tls::{self, Seen};
use controller::wiring::open_records;
use inventory::clock::{Clock, SystemClock};

use crate::cli::Installation;
use crate::{Failed, output, settings};

/// 2025-01-01: a clock before it was never set.
const OLDEST_PLAUSIBLE_S: i64 = 1_735_689_600;

enum Finding {
    Good(String),
    /// It works, but somebody should know.
    Warning(String),
    Bad(String),
}

pub(crate) async fn run(installation: Installation) -> Result<(), Failed> {
    let config = settings::load(&installation, None)?;
    settings::data_dir_exists(&config.data)?;
    let mut findings = vec![Finding::Good(format!("configuration is good; data in {}", config.data.display()))];
    findings.push(clock());
    findings.push(disk(&config.data));
    findings.push(certificate(&config));
    match open_records(&config).await {
        Ok(db) => {
            findings.push(records(&db).await);
            findings.push(people(&db).await);
            findings.push(audit(&db).await);
            findings.extend(vault(&config, &db).await);
            db.close().await;
        }
        Err(error) => findings.push(Finding::Bad(chain(&error))),
    }
    findings.push(samples(&config.data.join("series.db")).await);
    findings.push(backups(&config));
    findings.extend(remote_write(&config).await);
    findings.push(match channels::build(&config) {
        Ok(_) if config.channels.is_empty() => Finding::Warning(
            "no channel is configured: nobody will be told of anything; add [channels.NAME]".to_owned(),
        ),
        Ok(_) => Finding::Good(format!(
            "{} channel(s) are configured; `villagenet channel test NAME` tries one",
            config.channels.len()
        )),
        Err(error) => Finding::Bad(chain(&error)),
    });
    if config.reference_targets.is_empty() {
        let text = "no agent.reference_targets: a cut of this machine's own line will look like every hall going down; name two addresses outside";
        findings.push(Finding::Warning(text.to_owned()));
    }
    tell(&findings)
}

async fn people(db: &Db) -> Finding {
    match db.account_any_usable().await {
        Ok(true) => Finding::Good("somebody can log in".to_owned()),
        Ok(false) => Finding::Warning(
            "nobody can log in yet: open the link that `serve` prints at its start, or run `villagenet user add`"
                .to_owned(),
        ),
        Err(error) => Finding::Bad(chain(&error)),
    }
}

/// Days before its end from which on somebody should see to a certificate: who renews by hand needs some notice.
const CERTIFICATE_NOTICE_DAYS: i64 = 21;

fn certificate(config: &Config) -> Finding {
    let (facts, is_self_signed) = match tls::look(config) {
        Ok(Seen::Plain) => return Finding::Good(format!("plain HTTP at {}, TLS is not spoken here", config.listen)),
        Ok(Seen::NotMade) => {
            return Finding::Good("no certificate yet: the first start of `serve` makes one".to_owned());
        }
        Ok(Seen::There { facts, is_self_signed }) => (facts, is_self_signed),
        Err(error) => return Finding::Bad(chain(&error)),
    };
    let now = SystemClock.now();
    let whose = if is_self_signed { "the certificate made here" } else { "the certificate" };
    let text = format!(
        "{whose} ({}) is good until {}, SHA-256 {}",
        facts.names.join(", "),
        facts.not_after,
        facts.fingerprint
    );
    let left_s = facts.not_after.as_second() - now.as_second();
    match (facts.is_valid_at(now), is_self_signed) {
        (false, true) => Finding::Warning(format!("{text}: `serve` makes a new one")),
        (false, false) => Finding::Bad(format!("{text}: browsers refuse it now; renew it")),
        (true, false) if left_s < CERTIFICATE_NOTICE_DAYS * 86_400 => Finding::Warning(format!("{text}: renew it")),
        (true, _) => Finding::Good(text),
    }
}

async fn records(db: &Db) -> Finding {
    let looked = async { Ok::<_, StoreError>((db.check().await?, db.fleet_load().await?)) };
    match looked.await {
        Ok((None, record)) => {
            let (halls, devices) = (record.fleet.halls().count(), record.fleet.devices().count());
            Finding::Good(format!("records ({}) are whole: {halls} halls, {devices} devices", db.backend()))
        }
        Ok((Some(finding), _)) => Finding::Bad(format!(
            "records are damaged ({finding}): stop `serve` and run `villagenet restore FILE --replace` with the newest good backup"
        )),
        Err(error) => Finding::Bad(chain(&error)),
    }
}

async fn audit(db: &Db) -> Finding {
    match db.audit_verify(None).await {
        Ok(Ok(head)) => Finding::Good(format!("the audit log is whole: {} entries", head.entries)),
        Ok(Err(broken)) => {
            Finding::Bad(format!("the audit log is broken: {broken}; `villagenet audit verify` says more"))
        }
        Err(error) => Finding::Bad(chain(&error)),
    }
}

/// What becomes of secrets, and of what the configuration says of them.
async fn vault(config: &Config, db: &Db) -> Vec<Finding> {
    let inspected = keys::inspect(db, &keys::files_of(config)).await;
    let mut findings = vec![match inspected {
        Ok(None) => Finding::Good("the vault has no keys yet: `serve` makes them".to_owned()),
        Ok(Some(Ok(vault))) if vault.is_unfinished => Finding::Warning(
            "a rotation of the keys was interrupted, or goes on: run `villagenet keys rotate` again; nothing is lost"
                .to_owned(),
        ),
        Ok(Some(Ok(vault))) => Finding::Good(format!("the vault opens: {} secrets", vault.secrets)),
        Ok(Some(Err(locked))) => Finding::Bad(format!("the vault is locked: {locked}")),
        Err(error) => Finding::Bad(chain(&error)),
    }];
    match db.credential_imported().await {
        Ok(imported) => findings.extend(config.credentials.keys().filter(|name| imported.contains(name)).map(|name| {
            Finding::Warning(format!(
                "[credentials.{name}] was taken over into the vault and is not read any more: credentials are changed at \
                 /credentials; remove the section and the files that it names"
            ))
        })),
        Err(error) => findings.push(Finding::Bad(chain(&error))),
    }
    findings
}

/// A backup of the night that is older than this was missed.
const BACKUP_NOTICE_HOURS: i64 = 49;

fn backups(config: &Config) -> Finding {
    let folder = config.backup.folder.path.display();
    if config.backup.at.is_none() {
        return Finding::Warning(
            "no backups are made ([backup] at = \"never\"): `villagenet backup FILE` makes one".to_owned(),
        );
    }
    match backup::newest(&config.backup.folder.path) {
        Ok(None) => Finding::Warning(format!("there is no backup in {folder} yet: `serve` makes one a night")),
        Ok(Some(at)) if SystemClock.now().duration_since(at).as_hours() >= BACKUP_NOTICE_HOURS => Finding::Warning(
            format!("the newest backup in {folder} is of {at}: see in the log of `serve` why none was made since"),
        ),
        Ok(Some(at)) => Finding::Good(format!("the newest backup in {folder} is of {at}")),
        Err(error) => Finding::Bad(chain(&error)),
    }
}

async fn samples(path: &Path) -> Finding {
    if !path.exists() {
        return Finding::Good("no samples yet: `serve` makes the file".to_owned());
    }
    match Series::inspect(path).await {
        Ok(None) => Finding::Good("samples are whole".to_owned()),
        Ok(Some(finding)) => Finding::Bad(format!(
            "samples are damaged ({finding}): the next start of `serve` moves the file aside and begins a new one"
        )),
        Err(error) => Finding::Bad(chain(&error)),
    }
}

/// From this long on what waits to be sent on is no mere queue: the receiver is away, or `serve` does not run.
const BEHIND: Duration = Duration::from_secs(300);

/// Whether samples are sent on, and how far that is behind.
async fn remote_write(config: &Config) -> Option<Finding> {
    let settings = config.remote_write.as_ref()?;
    if let Err(error) = Writer::new(settings) {
        return Some(Finding::Bad(chain(&error)));
    }
    let path = config.data.join("series.db");
    let waiting = if path.exists() { Series::backlog(&path).await } else { Ok(None) };
    Some(match waiting {
        Ok(Some((bytes, since))) if SystemClock.now().duration_since(since).unsigned_abs() > BEHIND => {
            Finding::Warning(format!(
                "samples wait for the receiver of [remote_write] since {since}, {} KiB of {} KiB: see the log of `serve`",
                bytes >> 10,
                settings.keep_bytes >> 10
            ))
        }
        Ok(Some(_) | None) => Finding::Good("samples are sent on by [remote_write]".to_owned()),
        Err(error) => Finding::Bad(chain(&error)),
    })
}

fn disk(folder: &Path) -> Finding {
    let space = match Space::of(folder) {
        Ok(space) => space,
        Err(error) => return Finding::Bad(format!("the disk of {} cannot be asked: {error}", folder.display())),
    };
    let text = format!("the disk is {} % full, {} MiB are free", space.used_percent(), space.free >> 20);
    match space.is_low(false) {
        true => Finding::Bad(format!("{text}: samples wait until there is room; free some space")),
        false => Finding::Good(text),
    }
}

fn clock() -> Finding {
    let now = SystemClock.now();
    if now.as_second() < OLDEST_PLAUSIBLE_S {
        return Finding::Bad(format!("the clock says {now}: set it (timedatectl set-ntp true)"));
    }
    Finding::Good(format!("the clock says {now}"))
}

fn tell(findings: &[Finding]) -> Result<(), Failed> {
    let mut bad = 0;
    for finding in findings {
        let line = match finding {
            Finding::Good(text) => format!("ok       {text}\n"),
            Finding::Warning(text) => format!("warning  {text}\n"),
            Finding::Bad(text) => {
                bad += 1;
                format!("BAD      {text}\n")
            }
        };
        output::print(&line)?;
    }
    if bad == 0 { Ok(()) } else { Err(Failed::new(format!("{bad} finding(s) need somebody"))) }
}
