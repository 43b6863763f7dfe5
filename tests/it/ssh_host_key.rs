//! A device read over SSH, from its first host key to another one: confirmed by a person, then told once, and nobody logs
//! in to what is not confirmed. The device is a real OpenSSH server, and its own log says who tried to.

use std::time::Duration;

use serde_json::{Value, json};
use villagenet_tests::api::Api;
use villagenet_tests::installation::{Installation, Serve, path_text};
use villagenet_tests::machine::PASSWORD;
use villagenet_tests::person::post;
use villagenet_tests::ssh_server::SshServer;
use villagenet_tests::village::Village;
use villagenet_tests::wait::{stays, wait_for, wait_until};
use villagenet_tests::webhook_sink::WebhookSink;

const SOON: Duration = Duration::from_secs(120);

/// The id of the only device, once somebody is asked to confirm the host key `fingerprint`.
async fn shown(serve: &Serve, fingerprint: &str) -> i64 {
    wait_until("the host key is shown", SOON, async || {
        let device = serve.api.find("/api/v1/devices", "name", "dr-01/gw").await?;
        if device["offered_host_key"] == fingerprint { device["id"].as_i64() } else { None }
    })
    .await
}

async fn confirm(admin: &Api, id: i64, fingerprint: &str) {
    let order = json!({ "fingerprint": fingerprint });
    let confirmed = post(admin, &format!("/api/v1/devices/{id}/host-key"), &order).await;
    assert_eq!(confirmed.status(), 200);
}

#[tokio::test]
async fn a_host_key_is_confirmed_then_read_and_another_one_is_told_once_without_a_log_in() {
    let mut device = SshServer::openssh("");
    let sink = WebhookSink::start();
    let mut home = Installation::new().brisk().webhook(&sink.url());
    let password = home.secret_file("ssh.password", PASSWORD);
    home = home.configure(&format!(
        "[credentials.linux]\nkind = \"ssh\"\nuser = \"root\"\nport = {}\npassword_file = {password:?}",
        device.port()
    ));
    let serve = home.serve().await;
    home.import(&Village::default().hall("dr-01", "Suối Thông B1"));
    let rows = "device_name,hall_code,kind,address,poll,ssh\ngw,dr-01,router,127.0.0.1,ssh,linux\n";
    let csv = home.file("ssh-devices.csv", rows);
    home.command(&["inventory", "import", path_text(&csv)]).expect_success();

    let admin = home.user_add("admin", &["--role", "admin"]).log_in(&serve.api.anonymous()).await;
    let id = shown(&serve, device.fingerprint()).await;
    assert_eq!(device.login_messages(), 0, "{}", device.log());
    confirm(&admin, id, device.fingerprint()).await;
    wait_until("its port is known", SOON, async || {
        let ports = serve.api.items(&format!("/api/v1/devices/{id}/interfaces")).await;
        ports.iter().any(|port| port["name"] == "lo").then_some(())
    })
    .await;
    assert!(device.login_messages() > 0, "the log would have told of it:\n{}", device.log());

    device.swap();
    let about_keys = || sink.accepted().iter().filter(|message| message.to_string().contains("host key")).count();
    wait_until("somebody is told", SOON, async || (about_keys() > 0).then_some(())).await;
    wait_for("it is visited again and again", SOON, async || device.host_keys_shown() >= 3).await;
    stays("it is told once", Duration::from_secs(5), async || about_keys() == 1).await;
    assert_eq!(device.login_messages(), 0, "nobody logs in to another key:\n{}", device.log());
    let told: Value = serve.api.json(&format!("/api/v1/devices/{id}")).await;
    assert_eq!(told["last_visit"]["result"], "hostkey", "{told}");

    assert_eq!(shown(&serve, device.fingerprint()).await, id);
    confirm(&admin, id, device.fingerprint()).await;
    wait_for("it is logged in to", SOON, async || device.login_messages() > 0).await;
}
