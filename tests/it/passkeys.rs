//! Passkeys in a real browser, with a device that is played by it.

use serde_json::json;
use villagenet_tests::browser::Browser;
use villagenet_tests::installation::Installation;

#[tokio::test]
async fn a_passkey_logs_in_confirms_and_is_gone_when_it_was_taken_away() {
    let mut home = Installation::new();
    let serve = home.serve().await;
    let mut person = home.user_add("ha", &["--role", "admin"]);
    person.log_in(&serve.api.anonymous()).await;
    let order = json!({
        "url": serve.api.url().replace("127.0.0.1", "localhost"),
        "number": serve.api.url(),
        "username": person.name,
        "password": person.passphrase,
        "code": person.recovery[0],
    });
    // In a thread of its own, so that this one hears when the server ends what stands idle.
    let told = tokio::task::spawn_blocking(move || Browser::ready().run("passkey.mjs", &order)).await.unwrap();
    assert_eq!(told["faults"], json!([]), "{told:#}");
    assert_eq!(told["told"].as_array().unwrap().len(), 10, "{told:#}");
    let log = serve.api.items("/api/v1/audit").await;
    let of_passkeys: Vec<(&str, bool)> = log
        .iter()
        .filter(|entry| entry["details"]["passkey"] == "Điện thoại của Hà")
        .map(|entry| (entry["action"].as_str().unwrap(), entry["ok"].as_bool().unwrap()))
        .rev()
        .collect();
    let by_passkey = ("login", true);
    assert_eq!(
        of_passkeys,
        [("passkey.add", true), by_passkey, by_passkey, ("step-up", true), by_passkey, ("passkey.remove", true)]
    );
    let refused = log.iter().filter(|entry| entry["action"] == "login" && entry["ok"] == false).count();
    assert_eq!(refused, 1, "the one that was taken away; who did not unlock his device sent nothing");
}
