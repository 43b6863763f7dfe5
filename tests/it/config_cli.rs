//! The configuration is read whole before anything is opened, and told whole what is wrong with it.

use villagenet_tests::installation::Installation;
use villagenet_tests::process::Ended;

/// EX_USAGE of sysexits.h, which contracts.md gives to a bad configuration.
const BAD_CONFIGURATION: Option<i32> = Some(64);

fn serve_with(toml: &str) -> (Installation, Ended) {
    let home = Installation::new().configure(toml);
    let ended = home.command(&["serve", "--json"]);
    (home, ended)
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_good_one() {
    let (_home, ended) = serve_with("[polling]\nreach_intervall_s = 20");
    assert_eq!(ended.code, BAD_CONFIGURATION, "{}", ended.text());
    let text = ended.text();
    // Three lines come before: `listen`, `log` and `outbound_allow`.
    assert!(text.contains("reach_intervall_s") && text.contains("reach_interval_s"), "{text}");
    assert!(text.contains("line 5") || text.contains("villagenet.toml:5"), "{text}");
}

#[test]
fn all_faults_are_told_at_once_and_nothing_is_begun() {
    let toml = "languagee = \"vi\"\n[polling]\nreach_interval_s = 0\n[credentials.x]\nkind = \"snmp-v9\"\n\
                community_file = \"nowhere\"\n[channels.hook]\nkind = \"webhook\"\n";
    let (home, ended) = serve_with(toml);
    assert_eq!(ended.code, BAD_CONFIGURATION, "{}", ended.text());
    for word in ["languagee", "reach_interval_s", "snmp-v9", "url"] {
        assert!(ended.text().contains(word), "{word} is not told in\n{}", ended.text());
    }
    assert!(!home.data().join("villagenet.db").exists(), "a database was made by a bad configuration");
}

#[test]
fn a_listener_that_the_network_could_reach_in_the_clear_is_refused() {
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        let home = Installation::new().configure("tls = \"off\"");
        let ended = home.command(&["serve", "--json", "--listen", listen]);
        assert_eq!(ended.code, BAD_CONFIGURATION, "{listen}: {}", ended.text());
        assert!(ended.text().contains("loopback"), "{listen}: {}", ended.text());
    }
}

#[test]
fn a_secret_that_others_may_read_is_refused_and_never_shown() {
    let home = Installation::new();
    let open = home.file("open.community", "very-secret-word\n");
    std::fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let toml = format!("[credentials.x]\nkind = \"snmp-v2c\"\ncommunity_file = {open:?}");
    let ended = home.configure(&toml).command(&["serve", "--json"]);
    assert_eq!(ended.code, BAD_CONFIGURATION, "{}", ended.text());
    assert!(ended.text().contains("open.community"), "{}", ended.text());
    assert!(!ended.text().contains("very-secret-word"), "{}", ended.text());
}
