//! SSH servers, as OpenSSH's client sees them.

use std::sync::Arc;
use std::time::Duration;

use fleetsim::ssh::{Counters, Fault, Login, Options, Output, Server, key_pair};
use fleetsim::village::{
    Asked, Credential, Device, Family, Fault as VillageFault, Fleet, Options as FleetOptions, SSH_KEY, Target,
};
use russh::keys::ssh_key::LineEnding;

use crate::tools::{run, words};

/// A folder with a key of 0600, and what ssh is told in every case.
struct Client {
    folder: tempfile::TempDir,
}

impl Client {
    fn new(key: &str) -> Client {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, key).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        Client { folder }
    }

    /// `secret` is what ssh is told when it asks for a password.
    async fn ssh(
        &self,
        server: std::net::SocketAddr,
        options: &str,
        command: &str,
        secret: &str,
    ) -> Result<String, String> {
        use std::os::unix::fs::PermissionsExt;
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let ask = path("ask");
        std::fs::write(&ask, format!("#!/bin/sh\necho '{secret}'\n")).unwrap();
        std::fs::set_permissions(&ask, std::fs::Permissions::from_mode(0o700)).unwrap();
        let line = format!(
            "SSH_ASKPASS={ask} SSH_ASKPASS_REQUIRE=force ssh -F /dev/null -i {} -o IdentitiesOnly=yes -o \
             UserKnownHostsFile={} -o StrictHostKeyChecking=accept-new -o ConnectTimeout=2 -o NumberOfPasswordPrompts=1 \
             {options} -p {} root@{}",
            path("key"),
            path("known"),
            server.port(),
            server.ip(),
        );
        let mut arguments = words(&line);
        arguments.push(command.to_owned());
        run("env", arguments).await
    }
}

fn pem(seed: u64) -> String {
    key_pair(seed).to_openssh(LineEnding::LF).unwrap().to_string()
}

async fn server(logins: Vec<Login>, is_legacy: bool) -> Server {
    let options = Options { logins, is_legacy, ..Options::default() };
    let exec = |command: &str| match command {
        "fail" => Output { stderr: b"no\n".to_vec(), status: 3, ..Output::default() },
        _ => Output::text(&format!("ran {command}\n")),
    };
    Server::start(options, Arc::new(exec)).await.unwrap()
}

#[tokio::test]
async fn open_ssh_logs_in_by_key_by_password_and_by_question() {
    let ways = [
        (Login::key("root", &key_pair(7)), "publickey", "x"),
        (Login::password("root", "bimat123"), "password", "bimat123"),
        (Login::keyboard_interactive("root", "bimat123"), "keyboard-interactive", "bimat123"),
    ];
    for (login, method, secret) in ways {
        let server = server(vec![login], false).await;
        let client = Client::new(&pem(7));
        let only = format!("-o PreferredAuthentications={method}");
        let said = client.ssh(server.address(), &only, "uptime", secret).await;
        assert_eq!(said.as_deref(), Ok("ran uptime\n"), "{method}");
        let failed = client.ssh(server.address(), &only, "fail", secret).await.unwrap_err();
        assert!(failed.contains("exit status: 3") && failed.contains("no"), "{failed}");
        let Counters { connections, auth_messages, execs } = server.counters();
        assert_eq!((connections, execs), (2, 2));
        assert!(auth_messages >= 4, "{method}: {auth_messages}");
        let (wrong, secret) = (Client::new(&pem(8)), "wrong");
        let refused = wrong.ssh(server.address(), &only, "uptime", secret).await.unwrap_err();
        assert!(refused.contains("Permission denied"), "{refused}");
    }
}

#[tokio::test]
async fn a_changed_host_key_is_noticed_before_anybody_logs_in() {
    let server = server(vec![Login::key("root", &key_pair(7))], false).await;
    let client = Client::new(&pem(7));
    assert!(client.ssh(server.address(), "", "x", "").await.is_ok());
    let before = server.counters().auth_messages;
    server.play(Fault::HostKey);
    let told = client.ssh(server.address(), "", "x", "").await.unwrap_err();
    assert!(told.contains("REMOTE HOST IDENTIFICATION HAS CHANGED"), "{told}");
    assert_eq!(server.counters().auth_messages, before);
    server.heal();
    assert!(client.ssh(server.address(), "", "x", "").await.is_ok());
}

#[tokio::test]
async fn a_legacy_server_wants_legacy_algorithms() {
    let server = server(vec![Login::key("root", &key_pair(7))], true).await;
    let client = Client::new(&pem(7));
    let told = client.ssh(server.address(), "", "x", "").await.unwrap_err();
    assert!(told.contains("no matching key exchange method"), "{told}");
    let old = "-o KexAlgorithms=diffie-hellman-group14-sha1 -o Ciphers=aes128-cbc -o MACs=hmac-sha1";
    assert_eq!(client.ssh(server.address(), old, "x", "").await.as_deref(), Ok("ran x\n"));
}

#[tokio::test]
async fn servers_hang_flood_refuse_and_cut() {
    let server = server(vec![Login::key("root", &key_pair(7))], false).await;
    let client = Client::new(&pem(7));
    let bounded = async |command: &str| {
        let asked = client.ssh(server.address(), "-o BatchMode=yes", command, "");
        tokio::time::timeout(Duration::from_millis(3500), asked).await
    };
    server.play(Fault::HangAtOnce);
    assert!(bounded("x").await.is_ok_and(|told| told.is_err()), "ssh gives up by itself");
    server.play(Fault::NoLogin);
    assert!(bounded("x").await.unwrap().unwrap_err().contains("Permission denied"));
    server.play(Fault::Cut);
    assert!(bounded("x").await.unwrap().is_err());
    server.play(Fault::Slow(Duration::from_millis(300)));
    assert_eq!(bounded("x").await.unwrap().as_deref(), Ok("ran x\n"));
    // A client that waits for ever is ended with its server, below.
    server.play(Fault::HangInExec);
    assert!(bounded("x").await.is_err());
    server.play(Fault::Endless);
    assert!(bounded("x").await.is_err());
    assert_eq!(server.counters().execs, 4);
    server.restart();
}

#[tokio::test]
async fn a_cut_line_is_silent_and_goes_on_when_it_is_mended() {
    let server = server(vec![Login::key("root", &key_pair(7))], false).await;
    let client = Client::new(&pem(7));
    let known = client.ssh(server.address(), "", "x", "").await;
    assert!(known.is_ok(), "{known:?}");
    server.set_line(false);
    tokio::time::timeout(Duration::from_secs(50), async {
        loop {
            let told = client.ssh(server.address(), "", "x", "").await;
            // Not refused: silent.
            if told.is_err_and(|told| told.contains("timed out")) {
                return;
            }
        }
    })
    .await
    .unwrap();
    server.set_line(true);
    tokio::time::timeout(Duration::from_secs(50), async {
        while client.ssh(server.address(), "", "x", "").await.is_err() {}
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_device_of_the_village_runs_scripts_and_agrees_with_its_agent() {
    let now = jiff::Timestamp::from_second(1_795_525_200).unwrap();
    let fleet = Fleet::start(FleetOptions::at(now)).await.unwrap();
    let is_openwrt = |device: &Device| device.family == Family::OpenWrt && device.asked == Asked::V2cAndSshKey;
    let (_, device) = fleet.village().devices().find(|(_, device)| is_openwrt(device)).unwrap();
    let Credential::Ssh { key: Some(key), port, .. } = &fleet.credentials()[SSH_KEY] else { unreachable!() };
    let client = Client::new(key);
    let address = std::net::SocketAddr::from((device.address, *port));
    let script = "echo '== board'; ubus call system board; echo '== net'; for d in /sys/class/net/*; do echo \
                  \"${d##*/} $(cat $d/ifindex) $(cat $d/address)\"; done; cat /proc/uptime";
    let said = client.ssh(address, "", script, "").await.unwrap();
    assert!(said.contains("\"hostname\"") && said.contains("\"distribution\": \"OpenWrt\""), "{said}");
    assert!(said.contains("\nwan 2 02:"), "{said}");
    let fingerprint = fleet.ssh(&device.full_name()).unwrap().fingerprint();
    assert!(fleet.devices_csv().lines().any(|line| line.contains("snmp+ssh") && line.ends_with(&fingerprint)));
    fleet.begin(VillageFault::HostKey, Target::from(device.full_name().as_str()), None).unwrap();
    let told = client.ssh(address, "", script, "").await.unwrap_err();
    assert!(told.contains("IDENTIFICATION HAS CHANGED"), "{told}");
}
