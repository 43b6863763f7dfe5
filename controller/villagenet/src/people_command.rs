//! `villagenet user` and `villagenet token`: who may come in. They work on the same database that `serve` works on, which
//! asks it at every request.

use std::io::{BufRead, IsTerminal, Read};
use std::path::Path;

use controller::app::account::MadeLink;
use controller::app::account_command::{People, TokenOrder};
use controller::config::Config;
use inventory::clock::{Clock as _, SystemClock};
use inventory::secret::Secret;
use jiff::Timestamp;

use crate::cli::{Installation, TokenAddArgs, UserAddArgs, UserResetArgs};
use crate::{Failed, output, settings};

/// A pass phrase has 256 characters at most; a longer line is another file.
const LINE_MOST: u64 = 4096;

async fn open(installation: &Installation) -> Result<(Config, People), Failed> {
    let config = settings::load(installation, None)?;
    settings::make_data_dir(&config.data)?;
    let people = People::open(&config).await?;
    Ok((config, people))
}

pub(crate) async fn user_add(args: UserAddArgs) -> Result<(), Failed> {
    // Before the records: who mistypes, waits for nothing.
    let passphrase = passphrase(&args)?;
    let (config, people) = open(&args.installation).await?;
    let made = people.user_add(&args.name, args.role, args.area.as_deref(), passphrase.as_ref()).await;
    people.close().await;
    match made? {
        Some(link) => tell(&config, &link, "Send this link to its owner, who sets the pass phrase with it"),
        None => output::print(&format!("user {} is made; log in at {}/login\n", args.name, base_url(&config))),
    }
}

pub(crate) async fn user_reset(args: UserResetArgs) -> Result<(), Failed> {
    let (config, people) = open(&args.installation).await?;
    let made = people.user_reset(&args.name, args.second_factor).await;
    people.close().await;
    tell(&config, &made?, "This link sets another pass phrase")
}

pub(crate) async fn token_add(args: TokenAddArgs) -> Result<(), Failed> {
    let expires_at = args.expires.as_deref().map(|text| expiry(text, SystemClock.now())).transpose()?;
    let (_, people) = open(&args.installation).await?;
    let (area, user) = (args.area.as_deref(), args.user.as_deref());
    let made = people.token_add(&TokenOrder { name: &args.name, role: args.role, area, expires_at, user }).await;
    people.close().await;
    // Alone on its line, so that a script can take it.
    output::print(&format!("{}\n", made?.reveal()))
}

/// `90d`, or a time.
fn expiry(text: &str, now: Timestamp) -> Result<Timestamp, Failed> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok());
    let at = match days {
        Some(days) => {
            jiff::SignedDuration::try_from_hours(days.saturating_mul(24)).and_then(|lasts| now.checked_add(lasts).ok())
        }
        None => text.parse().ok(),
    };
    at.ok_or_else(|| Failed {
        code: 2,
        message: format!("--expires {text:?}: write a number of days like 90d, or a time like 2027-01-01T00:00:00Z"),
    })
}

fn tell(config: &Config, link: &MadeLink, what: &str) -> Result<(), Failed> {
    let (at, path) = (base_url(config), link.path.reveal());
    output::print(&format!("{what}; it is good once, until {}:\n\n    {at}{path}\n\n", link.expires_at))
}

fn base_url(config: &Config) -> String {
    config.base_url.clone().unwrap_or_else(|| config.url_at(config.listen))
}

/// From a file, a prompt, or standard input; nothing asks for a link.
fn passphrase(args: &UserAddArgs) -> Result<Option<Secret>, Failed> {
    let line = match &args.password_file {
        _ if args.invite => return Ok(None),
        Some(file) if file == Path::new("-") => first_line(&mut std::io::stdin().lock())?,
        Some(file) => {
            let opened = std::fs::File::open(file);
            let opened = opened.map_err(|error| Failed::new(format!("{}: {error}", file.display())))?;
            first_line(&mut std::io::BufReader::new(opened))?
        }
        None if std::io::stdin().is_terminal() => prompt()?,
        None => first_line(&mut std::io::stdin().lock())?,
    };
    if line.is_empty() && args.password_file.is_some() {
        return Err(Failed::new("the pass phrase is empty; give one, or leave --password-file out to get a link"));
    }
    Ok((!line.is_empty()).then(|| Secret::new(line)))
}

/// Twice, because nobody sees what he types.
fn prompt() -> Result<String, Failed> {
    let line = rpassword::prompt_password("Pass phrase (empty: make a link for its owner instead): ")?;
    if !line.is_empty() && rpassword::prompt_password("Again: ")? != line {
        return Err(Failed::new("the two differ; try again"));
    }
    Ok(line)
}

fn first_line(from: &mut impl BufRead) -> Result<String, Failed> {
    let mut line = String::new();
    from.by_ref().take(LINE_MOST).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_ends_after_days_or_at_a_time() {
        let now: Timestamp = "2026-11-25T10:00:00Z".parse().unwrap();
        for (text, at) in [("1d", Some("2026-11-26T10:00:00Z")), ("2027-01-01T00:00:00Z", Some("2027-01-01T00:00:00Z"))]
        {
            assert_eq!(expiry(text, now).ok(), at.map(|at| at.parse().unwrap()), "{text}");
        }
        for wrong in ["", "d", "soon", "99999999999999999d", "2027-13-01T00:00:00Z"] {
            assert!(expiry(wrong, now).is_err(), "{wrong}");
        }
    }
}
