//! `villagenet channel test`: whether a channel works is asked before a hall depends on it.

use villagenet_tests::installation::Installation;
use villagenet_tests::webhook_sink::WebhookSink;

/// EX_USAGE of sysexits.h, which contracts.md gives to a bad configuration.
const BAD_CONFIGURATION: Option<i32> = Some(64);

#[test]
fn a_test_message_says_that_it_is_one_and_what_the_receiver_answered() {
    let hook = WebhookSink::start();
    let home = Installation::new().webhook(&hook.url());
    let ended = home.command(&["channel", "test", "hook"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "sent     hook: HTTP 204\n"), "{}", ended.text());
    let requests = hook.requests();
    let [request] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    let message = request.json();
    assert_eq!(message["status"], "test");
    assert!(message["title"].as_str().is_some_and(|title| title.contains("Test message")), "{message}");
    assert!(message["body"].as_str().is_some_and(|body| body.contains("Nothing is wrong.")), "{message}");
    assert!(!home.data().join("villagenet.db").exists(), "a test needs no installation");
}

#[test]
fn each_phone_of_a_channel_is_tried_and_a_failure_says_what_to_do() {
    let hook = WebhookSink::start();
    let toml = format!(
        "[channels.phones]\nkind = \"sms\"\ngateway = \"http\"\nurl = {:?}\nbody = \"to={{{{ to }}}}&text={{{{ text }}}}\"\n\
         to = [\"0901234567\", \"0912345678\"]\n[channels.gone]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:1/T0KEN\"\n",
        hook.url()
    );
    let home = Installation::new().configure(&toml);
    let ended = home.command(&["channel", "test", "phones"]);
    assert_eq!(ended.code, Some(0), "{}", ended.text());
    assert_eq!(ended.stdout, "sent     phones/84901234567: HTTP 204\nsent     phones/84912345678: HTTP 204\n");
    assert_eq!(hook.requests().len(), 2);
    let ended = home.command(&["channel", "test", "phones/84912345678"]);
    assert_eq!((ended.code, hook.requests().len()), (Some(0), 3), "{}", ended.text());

    let ended = home.command(&["channel", "test", "gone"]);
    assert_eq!(ended.code, Some(1), "{}", ended.text());
    let text = ended.text();
    assert!(text.contains("FAILED   gone: http://127.0.0.1:1 cannot be reached: "), "{text}");
    assert!(text.contains("would be tried again for 24 hours") && !text.contains("T0KEN"), "{text}");

    let ended = home.command(&["channel", "test", "phone"]);
    assert_eq!(ended.code, Some(2), "{}", ended.text());
    assert!(ended.text().contains("there is no channel \"phone\": choose one of gone, phones"), "{}", ended.text());
    assert_eq!(home.command(&["channel", "test"]).code, Some(2));
}

#[test]
fn a_bad_configuration_sends_nothing() {
    let numbers = "[channels.phones]\nkind = \"sms\"\ngateway = \"pigeon\"\nto = [\"113\"]\n";
    let ended = Installation::new().configure(numbers).command(&["channel", "test", "phones"]);
    assert_eq!(ended.code, BAD_CONFIGURATION, "{}", ended.text());
    assert!(ended.text().contains("is no mobile number of Vietnam"), "{}", ended.text());
    // What only shows when the channel is made.
    let inside = "[channels.ops]\nkind = \"webhook\"\nurl = \"https://10.0.0.5/\"\n";
    let ended = Installation::new().configure(inside).command(&["channel", "test", "ops"]);
    assert_eq!(ended.code, BAD_CONFIGURATION, "{}", ended.text());
    assert!(ended.text().contains("[channels.ops] url: is refused: it leads to 10.0.0.5"), "{}", ended.text());
}
