//! Each file in `testdata/` is a configuration. A `good-` one is accepted; a `bad-` one is named after its fault and
//! ends with the messages it must bring, one `#! ` line each. `REWRITE=1` in the environment writes those lines anew, to
//! be read before they are committed.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::*;
use crate::backup::Keep;
use inventory::credential::{Ssh, SshLogin};
use notify::webhook::WebhookFormat;

/// A folder with the files that the configurations name.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let files: [(&str, &[u8], u32); 13] = [
        ("community", b"halls-community\n", 0o600),
        ("key", b"-----BEGIN OPENSSH PRIVATE KEY-----\nAA==\n-----END OPENSSH PRIVATE KEY-----\n", 0o600),
        ("secret", b"correct horse\r\n", 0o400),
        ("database-url", b"postgres://villagenet:pw@127.0.0.1/villagenet\n", 0o600),
        ("ca.pem", b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n", 0o644),
        ("short", b"1234567\n", 0o600),
        ("empty", b"\n", 0o600),
        ("readable", b"public\n", 0o644),
        ("lines", b"one\ntwo\n", 0o600),
        ("bytes", b"\xFF\xFE\n", 0o600),
        ("bot-token", b"123456789:AAE-x_y\n", 0o600),
        ("zalo-tokens", b"{\n\"access_token\": \"a\",\n\"refresh_token\": \"b\"}\n", 0o600),
        ("unused", b"", 0o600),
    ];
    for (name, bytes, mode) in files {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("its mode");
    }
    dir
}

fn samples(prefix: &str) -> Vec<(PathBuf, String)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/testdata");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(dir).expect("testdata").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)));
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).expect("a sample"))).collect()
}

fn messages(text: &str, dir: &Path) -> Vec<String> {
    let faults = parse(text, dir, &Overrides::default()).err().unwrap_or_default();
    let name = dir.display().to_string();
    faults.iter().map(|fault| fault.to_string().replace(&name, "DIR").replace('\n', "⏎")).collect()
}

#[test]
fn every_bad_sample_brings_its_messages_and_no_others() {
    let dir = folder();
    let samples = samples("bad-");
    assert!(samples.len() >= 25, "the samples were found");
    for (path, text) in samples {
        let found = messages(&text, dir.path());
        let config: String =
            text.lines().filter(|line| !line.starts_with("#! ")).map(|line| format!("{line}\n")).collect();
        #[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the tests")]
        if std::env::var("REWRITE").is_ok() {
            let lines: String = found.iter().map(|message| format!("#! {message}\n")).collect();
            std::fs::write(&path, config + &lines).expect("rewritten");
            continue;
        }
        let expected: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("#! ")).collect();
        assert!(!expected.is_empty(), "{} says what it brings", path.display());
        assert_eq!(found, expected, "{}", path.display());
    }
}

#[test]
fn every_good_sample_is_accepted() {
    let dir = folder();
    let samples = samples("good-");
    assert!(samples.len() >= 3, "the samples were found");
    for (path, text) in samples {
        assert_eq!(messages(&text, dir.path()), [""; 0], "{}", path.display());
    }
}

#[test]
fn what_is_not_said_has_a_good_default() {
    let overrides = Overrides { data: Some("/srv/villagenet".into()), ..Overrides::default() };
    let config = parse("", Path::new("/etc/villagenet"), &overrides).expect("good");
    assert_eq!(config.listen, "127.0.0.1:8080".parse().expect("an address"));
    assert_eq!(config.data, Path::new("/srv/villagenet"));
    assert_eq!(
        (config.language, config.log.filter.as_str(), config.log.format),
        (Language::Vi, "info", LogFormat::Text)
    );
    assert_eq!((config.cadence, config.retention.raw_days), (Cadence::default(), 90));
    let (folder, at) = (&config.backup.folder, config.backup.at);
    assert_eq!((folder.path.as_path(), &folder.recipient), (Path::new("/srv/villagenet/backups"), &None));
    assert_eq!(at, Some(Time { hour: 2, minute: 30 }));
    assert!(config.metrics_allow.iter().any(|network| network.contains([127, 0, 0, 1].into())));
    assert!(matches!(config.database, Database::Sqlite));
    assert!(config.credentials.is_empty() && config.channels.is_empty() && config.base_url.is_none());
}

#[test]
fn the_full_sample_is_read_to_the_last_key() {
    let dir = folder();
    let (_, text) = samples("good-full").remove(0);
    let config = parse(&text, dir.path(), &Overrides::default()).expect("good");
    assert_eq!(config.data, dir.path().join("data"));
    assert_eq!(config.base_url.as_deref(), Some("https://villagenet.example"));
    assert!(matches!(&config.database, Database::Postgres { url } if url.reveal().ends_with("127.0.0.1/villagenet")));
    assert_eq!(config.cadence.reach.as_secs(), 10);
    assert_eq!(config.cadence.reach_timeout.as_millis(), 1000);
    assert_eq!(config.reference_targets.len(), 2);
    let backup = &config.backup;
    assert_eq!((backup.at, backup.folder.keep), (Some(Time { hour: 23, minute: 5 }), Keep { days: 3, weeks: 0 }));
    assert_eq!((backup.folder.path.clone(), backup.folder.recipient.is_some()), (dir.path().join("nights"), true));
    let profiles: Vec<String> = config.known_profiles().keys().map(ToString::to_string).collect();
    assert_eq!(profiles, ["halls-v1", "halls-v2c", "halls-v3", "openwrt-key", "openwrt-password"]);
    let Some(Credential::SnmpV1 { community }) = config.credentials.values().next() else { panic!("SNMPv1 first") };
    assert_eq!(community.reveal(), "halls-community", "without the line break at the end of its file");
    let ssh: Vec<&Ssh> = config
        .credentials
        .values()
        .filter_map(|credential| match credential {
            Credential::Ssh(ssh) => Some(ssh),
            Credential::SnmpV1 { .. } | Credential::SnmpV2c { .. } | Credential::SnmpV3(_) => None,
        })
        .collect();
    let [by_key, by_password] = ssh[..] else { panic!("two log-ins") };
    assert_eq!((by_key.user.as_str(), by_key.port), ("villagenet", 2222));
    assert_eq!(by_key.legacy_until, Some(jiff::civil::date(2026, 12, 31)));
    let SshLogin::Key { pem, passphrase: Some(passphrase) } = &by_key.login else { panic!("by key") };
    assert!(pem.reveal().ends_with("KEY-----\n") && passphrase.reveal() == "correct horse");
    assert_eq!((by_password.port, by_password.legacy_until), (22, None));
    assert!(matches!(&by_password.login, SshLogin::Password(password) if password.reveal() == "correct horse"));
    let channel = |name: &str| config.channels.get(&name.parse::<ChannelName>().expect("a name"));
    let (Some(Channel::Smtp(mail)), Some(Channel::Webhook(hook))) = (channel("mail"), channel("ops")) else {
        panic!("mail and ops")
    };
    assert_eq!(
        (mail.host.as_str(), mail.port, mail.tls, mail.language),
        ("mail.example.vn", 587, MailTls::StartTls, Language::Vi)
    );
    assert!(
        mail.login
            .as_ref()
            .is_some_and(|(user, password)| user == "villagenet" && password.reveal() == "correct horse")
    );
    assert_eq!(hook.language, Language::En, "the language of the installation, where the channel names none");
    assert!(hook.secret.is_some() && mail.ca_pem.is_some());
    let (Some(Channel::Sms(phones)), Some(Channel::Sms(described))) = (channel("phones"), channel("phones-json"))
    else {
        panic!("two lists of phones")
    };
    let numbers: Vec<String> = phones.to.iter().map(|number| number.international()).collect();
    assert_eq!(numbers, ["84901234567", "84912345678"]);
    assert!(matches!(&phones.gateway, SmsGateway::Esms { is_sandbox: true, .. }));
    let SmsGateway::Http(gateway) = &described.gateway else { panic!("described") };
    assert_eq!((gateway.headers.len(), gateway.secrets["token"].reveal()), (2, "correct horse"));
    assert_eq!(gateway.body.as_ref().map(|(kind, _)| kind.as_str()), Some("application/json"));
    let (Some(Channel::ZaloTemplate(zalo)), Some(Channel::ZaloBot(bot))) = (channel("zalo"), channel("zalo-bot"))
    else {
        panic!("both ways to Zalo")
    };
    assert_eq!((zalo.firing.template_id.as_str(), zalo.resolved.template_id.as_str()), ("7895417", "7895418"));
    assert_eq!((zalo.firing.data.len(), zalo.resolved.data.len(), zalo.to.len()), (3, 2, 1));
    assert!(zalo.renewal.as_ref().is_some_and(|renewal| renewal.app_id == "4242424242"));
    assert_eq!((zalo.token_file.clone(), bot.chat_id.as_deref()), (dir.path().join("zalo-tokens"), Some("b115cc5a")));
    let (Some(Channel::Ntfy(push)), Some(Channel::Alertmanager(am))) = (channel("push"), channel("alertmanager"))
    else {
        panic!("ntfy and Alertmanager")
    };
    assert!(push.token.is_some() && push.base_url == "https://ntfy.example.vn" && am.login.is_some());
    let Some(Channel::Webhook(old)) = channel("ops-am") else { panic!("a webhook") };
    assert_eq!((hook.format, old.format), (WebhookFormat::VillageNet, WebhookFormat::Alertmanager));
    let Some(Channel::Telegram(chat)) = channel("telegram") else { panic!("a chat") };
    assert_eq!((chat.chat_id.as_deref(), chat.token.reveal()), (Some("-1001234567890"), "123456789:AAE-x_y"));
    let (Some(Channel::Smtp(mail)), Some(Channel::Ntfy(push))) = (channel("contacts"), channel("contacts-push")) else {
        panic!("channels for contacts")
    };
    assert!(mail.to.is_empty() && push.topic.is_none());
}

#[test]
fn the_command_line_goes_before_the_file_and_is_checked_as_strictly() {
    let overrides =
        |listen: &str| Overrides { listen: Some(listen.to_owned()), data: Some("d".into()), ..Overrides::default() };
    let text = "listen = \"127.0.0.1:1\"\ndata = \"e\"\n";
    let config = parse(text, Path::new("/etc"), &overrides("localhost:0")).expect("good");
    assert_eq!((config.listen.to_string().as_str(), config.data), ("127.0.0.1:0", PathBuf::from("d")));
    assert_eq!(config.tls, Tls::Off, "plain HTTP stays on this machine");
    let open = parse(text, Path::new("/etc"), &overrides("0.0.0.0:80")).expect("good");
    assert_eq!(open.tls, Tls::SelfSigned, "who listens elsewhere speaks TLS");
    let faults = parse(text, Path::new("/etc"), &overrides("here:80")).err().unwrap_or_default();
    assert_eq!(faults.len(), 1);
    assert!(faults[0].to_string().starts_with("--listen = here:80 is no IP address"), "{}", faults[0]);
}

#[test]
fn no_fault_shows_what_may_be_a_secret() {
    let dir = folder();
    let text = "data = \"d\"\n[database]\nurl = \"postgres://u:hunter2@h/d\"\nurl_file = \"secret\"\n\
        [credentials.a]\nkind = \"snmp-v1\"\ncommunity = \"hunter2\"\n\
        [channels.b]\nkind = \"webhook\"\nurl = \"htp://example.vn/hunter2\"\n";
    let all = messages(text, dir.path()).join("\n");
    assert!(!all.contains("hunter2") && !all.contains("correct horse"), "{all}");
    assert_eq!(all.lines().count(), 4, "{all}");
}

#[test]
fn the_examples_for_administrators_are_good() {
    let guide = include_str!("../../docs/configuration.md");
    let blocks = guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let blocks: Vec<String> = blocks.map(|block| block.replace("secrets/", "")).collect();
    assert!(blocks.len() >= 3, "the guide has its examples");
    let dir = folder();
    let copies = [
        ("community", "halls-community"),
        ("community", "old-community"),
        ("secret", "webhook"),
        ("secret", "mail-password"),
        ("key", "openwrt-key"),
        ("secret", "esms-api-key"),
        ("secret", "esms-secret-key"),
        ("bot-token", "telegram-token"),
        ("secret", "sms-token"),
        ("zalo-tokens", "zalo-tokens.json"),
        ("secret", "zalo-app-secret"),
    ];
    for (from, to) in copies {
        std::fs::copy(dir.path().join(from), dir.path().join(to)).expect("a copy, mode and all");
    }
    for block in blocks {
        // The first is a whole file, the others show one section.
        let text = if block.contains("listen ") { block } else { format!("data = \"d\"\n{block}") };
        assert_eq!(messages(&text, dir.path()), [""; 0], "{text}");
    }
}
