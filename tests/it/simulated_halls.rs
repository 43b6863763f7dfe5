//! The simulated halls as an installation takes them over: the files are good as they are, and an agent that is asked
//! answers.

use fleetsim::village::{Asked, Credential, Fleet, Options};
use villagenet_tests::installation::{Installation, path_text, villagenet};

/// 24 November 2026, 20:00 in Vietnam.
pub(crate) const EVENING: i64 = 1_795_525_200;

/// The fleet's credential profiles as configuration.
pub(crate) fn with_profiles(mut home: Installation, fleet: &Fleet) -> Installation {
    for (name, credential) in fleet.credentials() {
        let file = |what: &str, secret: &str| home.secret_file(&format!("{name}.{what}"), secret);
        let table = match &credential {
            Credential::SnmpV2c { community } => {
                format!("kind = \"snmp-v2c\"\ncommunity_file = {:?}", file("community", community))
            }
            Credential::SnmpV3 { user, auth, auth_pass, privacy, privacy_pass } => format!(
                "kind = \"snmp-v3\"\nuser = {user:?}\nauth = {auth:?}\nauth_file = {:?}\nprivacy = {privacy:?}\n\
                 privacy_file = {:?}",
                file("auth", auth_pass),
                file("privacy", privacy_pass)
            ),
            Credential::Ssh { user, port, password, key } => {
                let secret = match (password, key) {
                    (Some(password), _) => format!("password_file = {:?}", file("password", password)),
                    (None, Some(key)) => format!("key_file = {:?}", file("key", key.trim_end())),
                    (None, None) => unreachable!("one of them opens it"),
                };
                format!("kind = \"ssh\"\nuser = {user:?}\nport = {port}\n{secret}")
            }
        };
        home = home.configure(&format!("[credentials.{name}]\n{table}"));
    }
    home
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulated_halls_are_imported_as_they_are_and_answer() {
    let fleet = Fleet::start(Options::at(jiff::Timestamp::from_second(EVENING).unwrap())).await.unwrap();
    let home = with_profiles(Installation::new(), &fleet);
    let files = [("halls.csv", fleet.village().halls_csv()), ("devices.csv", fleet.devices_csv())];
    for (name, text) in files {
        let file = home.file(name, &text);
        home.command(&["inventory", "import", path_text(&file)]).expect_success();
    }
    let [halls, devices] = home.export();
    assert_eq!(halls.lines().count(), 38);
    assert_eq!(devices.lines().count(), 1 + fleet.village().devices().count());

    for asked in [Asked::V2c, Asked::V3] {
        let (_, device) = fleet.village().devices().find(|(_, device)| device.asked == asked).unwrap();
        let address = format!("{}:{}", device.address, fleet.snmp_port());
        let arguments = match &fleet.credentials()[if asked == Asked::V3 { "snmp-v3" } else { "snmp-v2c" }] {
            Credential::SnmpV2c { community } => {
                vec!["--snmp".into(), "2c".into(), "--community".into(), community.clone()]
            }
            Credential::SnmpV3 { user, auth, auth_pass, privacy, privacy_pass } => {
                let (auth, privacy) = (format!("{auth}:{auth_pass}"), format!("{privacy}:{privacy_pass}"));
                ["--snmp", "3", "--user", user, "--auth", &auth, "--priv", &privacy].map(str::to_owned).to_vec()
            }
            Credential::Ssh { .. } => unreachable!("both are SNMP"),
        };
        let words = ["poll", &address, "--json"].into_iter().chain(arguments.iter().map(String::as_str));
        let ended = villagenet(&words.collect::<Vec<&str>>());
        let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(told["reachable"], true, "{told}");
        assert_eq!(told["warnings"], serde_json::json!([]), "{told}");
        assert!(!told["interfaces"].as_array().unwrap().is_empty(), "{told}");
    }
}
