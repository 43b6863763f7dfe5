//! A device read over SSH, from its first host key to another one: confirmed by a person, then told once, and nobody logs
//! in to what is not confirmed.

use std::sync::Arc;
use std::time::Duration;

use fleetsim::ssh::{Fault, Login, Options, Output, Server};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use villagenet_tests::installation::{Installation, path_text};
use villagenet_tests::village::Village;
use villagenet_tests::wait::{stays, wait_until};
use villagenet_tests::webhook_sink::WebhookSink;

const SOON: Duration = Duration::from_secs(120);

/// What Linux prints, as short as it gets.
const LINUX: &str = "== uptime\n12.50 3.00\n== hostname\nap-lang\n== port eth0\nifindex=2\noperstate=up\n== end\n";

#[tokio::test]
async fn a_host_key_is_confirmed_then_read_and_another_one_is_told_once_without_a_log_in() {
    let options = Options { logins: vec![Login::password("root", "bí mật")], ..Options::default() };
    let device = Server::start(options, Arc::new(|_: &str| Output::text(LINUX))).await.unwrap();
    let sink = WebhookSink::start();
    let mut home = Installation::new().brisk().webhook(&sink.url());
    let password = home.secret_file("ssh.password", "bí mật");
    let port = device.address().port();
    home = home.configure(&format!(
        "[credentials.linux]\nkind = \"ssh\"\nuser = \"root\"\nport = {port}\npassword_file = {password:?}"
    ));
    let serve = home.serve().await;
    home.import(&Village::default().hall("dr-01", "Suối Thông B1"));
    let rows = "device_name,hall_code,kind,address,poll,ssh\ngw,dr-01,router,127.0.0.1,ssh,linux\n";
    let csv = home.file("ssh-devices.csv", rows);
    home.command(&["inventory", "import", path_text(&csv)]).expect_success();

    let shown = wait_until("the host key is shown", SOON, async || {
        let device = serve.api.find("/api/v1/devices", "name", "dr-01/gw").await?;
        Some((device["id"].as_i64()?, device["offered_host_key"].as_str()?.to_owned()))
    });
    let (id, key) = shown.await;
    assert_eq!(key, device.fingerprint());
    assert_eq!(device.counters().auth_messages, 0);
    let client = reqwest::Client::builder().timeout(SOON).build().unwrap();
    let confirmed = client
        .post(format!("{}/api/v1/devices/{id}/host-key", serve.api.url()))
        .header(AUTHORIZATION, format!("Bearer {}", home.token()))
        .header(CONTENT_TYPE, "application/json")
        .body(format!("{{\"fingerprint\":\"{key}\"}}"));
    assert_eq!(confirmed.send().await.unwrap().status(), 200);
    wait_until("its port is known", SOON, async || {
        let ports = serve.api.items(&format!("/api/v1/devices/{id}/interfaces")).await;
        ports.iter().any(|port| port["name"] == "eth0").then_some(())
    })
    .await;

    device.play(Fault::HostKey);
    device.restart();
    let before = device.counters().auth_messages;
    let about_keys = || sink.accepted().iter().filter(|message| message.to_string().contains("host key")).count();
    wait_until("somebody is told", SOON, async || (about_keys() > 0).then_some(())).await;
    stays("it is told once", Duration::from_secs(5), async || about_keys() == 1).await;
    assert_eq!(device.counters().auth_messages, before, "nobody logs in to another key");
}
