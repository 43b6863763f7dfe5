//! A device with two ways in: it is read over SSH for as long as its SNMP agent is dead, and that is said.

use std::net::UdpSocket;
use std::time::Duration;

use serde_json::{Value, json};
use villagenet_tests::installation::{Installation, path_text, villagenet};
use villagenet_tests::machine::PASSWORD;
use villagenet_tests::snmpd::Snmpd;
use villagenet_tests::ssh_server::SshServer;
use villagenet_tests::village::Village;
use villagenet_tests::wait::wait_until;

const SOON: Duration = Duration::from_secs(120);

#[tokio::test]
async fn a_device_whose_snmp_agent_dies_is_read_over_ssh_until_it_is_back() {
    let (mut snmpd, server) = (Snmpd::start("hall-read"), SshServer::dropbear());
    let mut home = Installation::new().brisk().snmp_v2c("halls", snmpd.community());
    let password = home.secret_file("ssh.password", PASSWORD);
    home = home.configure(&format!(
        "[credentials.linux]\nkind = \"ssh\"\nuser = \"root\"\nport = {}\npassword_file = {password:?}",
        server.port()
    ));
    snmpd.stop();
    let serve = home.serve().await;
    home.import(&Village::default().hall("dr-01", "Suối Thông B1"));
    let rows = format!(
        "device_name,hall_code,kind,address,poll,snmp,ssh,host_key\nap,dr-01,access_point,{},snmp+ssh,halls,linux,{}\n",
        snmpd.address(),
        server.fingerprint()
    );
    let csv = home.file("devices-ssh.csv", &rows);
    home.command(&["inventory", "import", path_text(&csv)]).expect_success();

    let device_read_over = async |protocol: &str| {
        wait_until(&format!("it is read over {protocol}"), SOON, async || {
            let id = serve.api.find("/api/v1/devices", "name", "dr-01/ap").await?["id"].as_i64()?;
            let device = serve.api.json(&format!("/api/v1/devices/{id}")).await;
            let visit = &device["last_visit"];
            (visit["protocol"] == protocol && visit["result"] == "ok").then_some(device)
        })
        .await
    };
    let warnings = |device: &Value| device["last_visit"]["warnings"].to_string();
    let device = device_read_over("ssh").await;
    assert_eq!(device["identity"]["platform"], "openwrt", "{device}");
    let told = warnings(&device);
    assert!(told.contains("read over SSH, because over SNMP") && told.contains(&snmpd.address()), "{device}");
    let ports = serve.api.items(&format!("/api/v1/devices/{}/interfaces", device["id"])).await;
    assert!(ports.iter().any(|port| port["name"] == "lo"), "{ports:?}");
    wait_until("it is up", SOON, async || {
        serve.api.find("/api/v1/devices", "name", "dr-01/ap").await.filter(|device| device["state"] == "up")
    })
    .await;

    snmpd.start_again();
    let device = device_read_over("snmp2c").await;
    assert!(!warnings(&device).contains("SSH"), "{device}");
    snmpd.stop();
    assert!(warnings(&device_read_over("ssh").await).contains("over SNMP"));
}

#[test]
fn poll_reads_over_ssh_what_does_not_answer_over_snmp() {
    let server = SshServer::openssh("");
    // Bound and never read: what is sent there gets no answer and no refusal.
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap().to_string();
    let refusing = format!("127.0.0.1:{}", server.port());
    let (user, key) = (format!("root@{}", server.port()), server.key());
    for address in [silent, refusing] {
        let ssh = ["--ssh", &user, "--key", path_text(&key), "--host-key", server.fingerprint()];
        let ended = villagenet(&[&["poll", &address, "--community", "hall-read", "--json"], &ssh[..]].concat());
        let visit: Value = serde_json::from_str(&ended.expect_success().stdout).unwrap();
        assert_eq!((&visit["protocols"], &visit["error"]), (&json!(["ssh"]), &Value::Null), "{visit}");
        assert!(visit["interfaces"].as_array().is_some_and(|ports| !ports.is_empty()), "{visit}");
        let warnings = visit["warnings"].to_string();
        assert!(warnings.contains("snmp2c: ") && warnings.contains(&address), "{visit}");
    }
}
