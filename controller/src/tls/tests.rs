//! Certificates as they are made, exchanged and refused.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::ToSpan;

use super::*;
use crate::config::{Overrides, parse};

const NOW: &str = "2026-11-25T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

fn later(days: i64) -> Timestamp {
    now() + (24 * days).hours()
}

fn config(dir: &Path, toml: &str) -> Config {
    let overrides = Overrides { data: Some(dir.join("data")), ..Overrides::default() };
    parse(toml, dir, &overrides).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// Writes a pair as somebody else's certificate authority would.
fn write_pair(dir: &Path, name: &str) -> rcgen::KeyPair {
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = rcgen::CertificateParams::new(vec![name.to_owned()]).expect("a name").self_signed(&key);
    std::fs::write(dir.join("cert.pem"), certificate.expect("a certificate").pem()).expect("written");
    write_key(dir, &key);
    key
}

fn write_key(dir: &Path, key: &rcgen::KeyPair) {
    let path = dir.join("key.pem");
    std::fs::write(&path, key.serialize_pem()).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("its mode");
}

const FILES: &str = "listen = \"0.0.0.0:8443\"\n[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n";

#[test]
fn a_self_signed_certificate_is_made_once_and_again_before_it_ends() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = config(dir.path(), "listen = \"192.0.2.7:8443\"\nhosts = [\"Villagenet.Lan\"]\n");
    assert_eq!(look(&config).expect("plain sight"), Seen::NotMade);
    let first = Identity::open(&config, now()).expect("made").expect("TLS is on").facts();
    for name in ["192.0.2.7", "villagenet.lan", "localhost", "127.0.0.1", "::1"] {
        assert!(first.covers(name), "{name} in {:?}", first.names);
    }
    assert!(first.is_valid_at(now()) && !first.is_valid_at(later(399)) && first.is_valid_at(later(390)));
    let mode = |name: &str| dir.path().join("data/tls").join(name).metadata().expect(name).permissions().mode() & 0o777;
    assert_eq!((mode("self-signed.key"), mode("")), (0o600, 0o700));

    let identity = Identity::open(&config, later(300)).expect("there").expect("TLS is on");
    assert_eq!(identity.facts(), first, "it is made once");
    assert_eq!(identity.refresh(later(360)).expect("good"), None);
    let key = std::fs::read(dir.path().join("data/tls/self-signed.key")).expect("the key");
    let second = identity.refresh(later(375)).expect("made").expect("anew before its end");
    assert!(second.fingerprint != first.fingerprint && second.is_valid_at(later(760)));
    assert_eq!(std::fs::read(dir.path().join("data/tls/self-signed.key")).expect("the key"), key, "the key stays");
    let Seen::There { facts, is_self_signed: true } = look(&config).expect("there") else { panic!("it is there") };
    assert_eq!(facts, second);
}

#[test]
fn a_self_signed_certificate_is_made_again_for_another_name() {
    let dir = tempfile::tempdir().expect("a folder");
    let one = Identity::open(&config(dir.path(), "listen = \"192.0.2.7:1\"\n"), now()).expect("made");
    let two = Identity::open(&config(dir.path(), "listen = \"192.0.2.8:1\"\n"), now()).expect("made");
    let (one, two) = (one.expect("TLS").facts(), two.expect("TLS").facts());
    assert!(!one.covers("192.0.2.8") && two.covers("192.0.2.8"));
}

#[test]
fn new_files_are_served_and_broken_ones_leave_the_old_in_place_and_are_told_once() {
    let dir = tempfile::tempdir().expect("a folder");
    write_pair(dir.path(), "one.example");
    let identity = Identity::open(&config(dir.path(), FILES), now()).expect("good").expect("TLS is on");
    assert!(identity.covers("one.example") && !identity.is_self_signed());
    assert_eq!(identity.refresh(now()).expect("nothing new"), None);

    // Half of a pair is new: what a renewal looks like between its two files.
    let old_key = std::fs::read(dir.path().join("key.pem")).expect("the key");
    let new_key = write_pair(dir.path(), "two.example");
    std::fs::write(dir.path().join("key.pem"), old_key).expect("written");
    let refused = identity.refresh(now()).expect_err("the two do not belong together");
    assert!(refused.to_string().contains("were both files replaced"), "{refused}");
    assert_eq!(identity.refresh(now()).expect("told once"), None);
    assert!(identity.covers("one.example"), "the old one goes on");

    write_key(dir.path(), &new_key);
    assert!(identity.refresh(now()).expect("good").expect("exchanged").covers("two.example"));
    std::fs::remove_file(dir.path().join("cert.pem")).expect("removed");
    assert!(identity.refresh(now()).is_err() && identity.covers("two.example"));
}

#[test]
fn files_that_cannot_be_served_say_what_to_do() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = config(dir.path(), FILES);
    let refusal = || Identity::open(&config, now()).expect_err("refused").to_string();
    assert!(refusal().contains("cert.pem cannot be read"), "{}", refusal());
    let key = write_pair(dir.path(), "one.example");
    std::fs::set_permissions(dir.path().join("key.pem"), std::fs::Permissions::from_mode(0o644)).expect("its mode");
    assert!(refusal().contains("chmod 600"), "{}", refusal());
    write_key(dir.path(), &rcgen::KeyPair::generate().expect("a key"));
    assert!(refusal().contains("were both files replaced"), "{}", refusal());
    std::fs::write(dir.path().join("key.pem"), "no key\n").expect("written");
    std::fs::set_permissions(dir.path().join("key.pem"), std::fs::Permissions::from_mode(0o600)).expect("its mode");
    assert!(refusal().contains("no private key"), "{}", refusal());
    write_key(dir.path(), &key);
    std::fs::write(dir.path().join("cert.pem"), "no certificate\n").expect("written");
    assert!(refusal().contains("no certificate"), "{}", refusal());
}

#[test]
fn a_wildcard_stands_for_one_label() {
    let facts = Facts {
        fingerprint: String::new(),
        names: vec!["*.example.vn".into(), "example.vn".into()],
        not_before: now(),
        not_after: now(),
    };
    assert!(facts.covers("a.example.vn") && facts.covers("example.vn"));
    assert!(!facts.covers("a.b.example.vn") && !facts.covers(".example.vn") && !facts.covers("evil.vn"));
}
