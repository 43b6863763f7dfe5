//! The uplink of a commune is cut, and with it all of its halls: everybody concerned hears of it once, and of its end once, by
//! the way that is his.

use std::time::Duration;

use fleetsim::village::{Fault, Fleet, Options, Target};
use reqwest::Method;
use serde_json::{Value, json};
use villagenet_tests::api::Api;
use villagenet_tests::installation::{Installation, path_text};
use villagenet_tests::smtp_sink::{Mail, SmtpSink};
use villagenet_tests::wait::{stays, wait_until};
use villagenet_tests::webhook_sink::WebhookSink;

use crate::simulated_halls::{EVENING, with_profiles};

const LIMIT: Duration = Duration::from_secs(500);
/// Longer than the grouping's quiet time: a second message would have come.
const AND_NO_MORE: Duration = Duration::from_secs(30);

/// What a person and the two channels got.
struct Receivers {
    hook: WebhookSink,
    mail: SmtpSink,
    sms: WebhookSink,
}

impl Receivers {
    fn mails_to(&self, address: &str) -> Vec<Mail> {
        self.mail.mails().into_iter().filter(|mail| mail.to == [address]).collect()
    }

    /// Messages by webhook, to the technician, to the officer, and by SMS to the head.
    fn counts(&self) -> [usize; 4] {
        let mails = |address| self.mails_to(address).len();
        let (hooks, texts) = (self.hook.requests().len(), self.sms.requests().len());
        [hooks, mails("ktv@example.vn"), mails("canbo@example.vn"), texts]
    }

    async fn all_have(&self, number: usize, what: &str) {
        wait_until(what, LIMIT, async || self.counts().iter().all(|count| *count >= number).then_some(())).await;
        stays("no further message", AND_NO_MORE, async || self.counts() == [number; 4]).await;
    }
}

async fn made(api: &Api, path: &str, body: Value) -> Value {
    let answer = api.send_body(Method::POST, path, "application/json", body.to_string()).await.expect("it answers");
    let status = answer.status().as_u16();
    let told: Value = answer.json().await.unwrap_or_default();
    assert_eq!(status, 201, "{path}: {told}");
    told["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_uplink_is_one_message_and_one_recovery_for_everybody_concerned() {
    let receivers = Receivers { hook: WebhookSink::start(), mail: SmtpSink::start(), sms: WebhookSink::start() };
    let fleet = Fleet::start(Options::at(jiff::Timestamp::from_second(EVENING).unwrap())).await.unwrap();
    let home = with_profiles(Installation::new().brisk().webhook(&receivers.hook.url()), &fleet);
    let channels = format!(
        "[channels.mail]\nkind = \"smtp\"\nserver = {:?}\ntls = \"none\"\nfrom = \"villagenet@example.vn\"\n\
         [channels.phones]\nkind = \"sms\"\ngateway = \"http\"\nurl = {:?}\nbody = \"{{{{ to }}}} {{{{ text }}}}\"\n",
        receivers.mail.address(),
        receivers.sms.url()
    );
    let mut home = home.configure(&channels);
    for (name, text) in [("halls.csv", fleet.village().halls_csv()), ("devices.csv", fleet.devices_csv())] {
        let file = home.file(name, &text);
        home.command(&["inventory", "import", path_text(&file)]).expect_success();
    }
    let serve = home.serve().await;
    let api = &serve.api;

    let contact = async |name: &str, channel: &str, address: &str| {
        let addresses = json!([{"channel": channel, "address": address}]);
        made(api, "/api/v1/contacts", json!({"name": name, "addresses": addresses})).await
    };
    let technician = contact("Kỹ thuật viên", "mail", "ktv@example.vn").await;
    let officer = contact("Cán bộ công nghệ thông tin", "mail", "canbo@example.vn").await;
    let head = contact("Trưởng nhóm", "phones", "0901234567").await;
    let elsewhere = contact("Kỹ thuật viên nơi khác", "mail", "khac@example.vn").await;
    let hall_of =
        async |prefix: &str| api.find("/api/v1/halls", "code", &format!("{prefix}-01")).await.expect("a hall");
    let [cut, other] = ["lx", "dr"];
    let area = |hall: &Value| hall["area"]["id"].clone();
    let at_once = |contacts: &[&Value]| {
        let targets: Vec<Value> = contacts.iter().map(|id| json!({"contact": id})).collect();
        json!([{"targets": targets}])
    };
    let here =
        json!({"name": "Xã", "area": area(&hall_of(cut).await), "steps": at_once(&[&technician, &officer, &head])});
    let there = json!({"name": "Xã khác", "area": area(&hall_of(other).await), "steps": at_once(&[&elsewhere])});
    made(api, "/api/v1/escalations", here).await;
    made(api, "/api/v1/escalations", there).await;

    let all = fleet.village().devices().map(|(hall, _)| &hall.code).collect::<std::collections::BTreeSet<_>>().len();
    let up = async || {
        let halls = api.items("/api/v1/halls").await;
        (halls.iter().filter(|hall| hall["state"] == "up").count() == all).then_some(())
    };
    wait_until("all halls are up", LIMIT, up).await;

    let fault = fleet.begin(Fault::UplinkCut, Target::from(cut), None).unwrap();
    receivers.all_have(1, "everybody concerned is told once").await;
    let halls: Vec<String> = fleet.village().commune(cut).map(|hall| hall.code.clone()).collect();
    let told = receivers.hook.requests()[0].json();
    let alarm = &receivers.mails_to("ktv@example.vn")[0];
    for text in [told.to_string(), alarm.body.clone()] {
        assert!(halls.iter().all(|code| text.contains(code.as_str())), "not all of {halls:?} are named: {text}");
    }
    let text = &receivers.sms.requests()[0].body;
    assert!(text.contains("84901234567") && text.contains("MAT%20KET%20NOI"), "{text}");

    assert!(fleet.end(fault));
    receivers.all_have(2, "everybody who was told is told of the end").await;
    let relief = &receivers.mails_to("canbo@example.vn")[1];
    let thread = receivers.mails_to("canbo@example.vn")[0].header("Message-ID").map(str::to_owned);
    assert_eq!(relief.header("In-Reply-To").map(str::to_owned), thread);
    assert!(receivers.mails_to("khac@example.vn").is_empty(), "whom it does not concern is told nothing");

    let decisions = api.items(&format!("/api/v1/decisions?contact={head}")).await;
    let reasons: Vec<&str> = decisions.iter().filter_map(|decision| decision["reason"].as_str()).collect();
    assert!(reasons.contains(&"first_notification") && reasons.contains(&"recovery"), "{reasons:?}");
}
