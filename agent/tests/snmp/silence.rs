//! Why a device does not answer: each reason has its own kind and its own words, and none takes longer than allowed.

use std::time::Instant;

use agent::snmp::ask_uptime;
use inventory::reading::FailureKind;
use tokio::net::UdpSocket;

use super::*;

async fn failure(target: &Target) -> (Failure, Duration) {
    let client = Client::bind().unwrap();
    let began = Instant::now();
    let failure = ask_uptime(&client, target).await.expect_err("it cannot be read");
    (failure, began.elapsed())
}

/// Everything that can be wrong with one address, asked with the same patience.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_silence_has_its_own_words_and_keeps_to_its_time() {
    let black_hole = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let closed = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let options = Options { community: "secret".to_owned(), ..Options::default() };
    let other_community = Agent::start(Values::router("gw", 1), options).await.unwrap();
    let speaks_http = router().await;
    speaks_http.play(fleetsim::snmp::Fault::Garbage);

    let mut looks = Vec::new();
    for (address, kind) in [
        (black_hole.local_addr().unwrap(), FailureKind::Timeout),
        (closed, FailureKind::Refused),
        (other_community.address(), FailureKind::Community),
        (speaks_http.address(), FailureKind::Protocol),
    ] {
        for retries in [0, 2] {
            let target = v2c(address).within(HASTE, retries);
            looks.push((address, kind, tokio::spawn(async move { failure(&target).await })));
        }
    }
    let mut told = Vec::new();
    for (address, kind, look) in looks {
        let (failure, took) = look.await.unwrap();
        assert_eq!(failure.kind, kind, "{failure:?}");
        assert!(failure.message.contains(&address.to_string()), "{failure:?}");
        assert!(took < HASTE * 3, "{kind:?} took {took:?}");
        told.push((failure.message.replace(&address.to_string(), ""), failure.hint));
    }
    told.dedup();
    assert_eq!(told.len(), 4, "{told:#?}");
}

#[tokio::test]
async fn a_closed_port_is_known_before_the_time_is_up() {
    let closed = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let target = v2c(closed).within(PATIENCE, 2);
    let (failure, took) = failure(&target).await;
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(took < PATIENCE / 2, "took {took:?} of {PATIENCE:?}");
}

#[tokio::test]
async fn a_device_that_just_lost_a_datagram_is_not_accused_of_a_wrong_community() {
    let device = router().await;
    let client = Client::bind().unwrap();
    // one sending; its datagram is lost, the discovery is answered, and the request is sent once more
    let target = v2c(device.address()).within(Duration::from_secs(10), 0);
    device.play(fleetsim::snmp::Fault::Lossy { lost: 1, of: 1000 });
    let answered = ask_uptime(&client, &target).await.expect("the repetition is answered");
    assert!(answered.uptime.is_some());
    assert_eq!((client.counts().probes, client.counts().repeated), (1, 1));
}

#[tokio::test]
async fn a_healthy_device_is_never_probed() {
    let device = router().await;
    let client = Client::bind().unwrap();
    read(&client, &v2c(device.address())).await.unwrap();
    let counts = client.counts();
    assert_eq!((counts.probes, counts.repeated, counts.answered), (0, 0, counts.sent));
}

#[tokio::test]
async fn ipv6_devices_are_asked_on_a_socket_of_their_own() {
    let listen = "[::1]:0".parse().unwrap();
    let Ok(device) = Agent::start(Values::router("gw", 2), Options { listen, ..Options::default() }).await else {
        return super::recordings::say("no IPv6 on this machine's loopback: the IPv6 socket is not tested");
    };
    let client = Client::bind().unwrap();
    assert_eq!(read(&client, &v2c(device.address())).await.unwrap().interfaces.len(), 2);
}
