//! A device of any family that answers anything to what its family is asked.

use inventory::condition::Condition;
use inventory::mib::{Answers, Oid};
use inventory::platform::{self, Clues, Family, linux, registry, routeros_ssh};
use inventory::reading::{Identity, InterfaceReading};

use crate::bytes::Bytes;

/// Reads who it is and how it is. Whatever it says, what is told of it can be stored and shown.
pub(crate) fn told(bytes: &[u8]) {
    let mut device = Bytes(bytes);
    let nth = usize::from(device.byte().unwrap_or(0));
    let family: &Family = registry::ALL.get(nth).copied().unwrap_or(&registry::GENERIC);
    let descr = String::from_utf8_lossy(device.text()).into_owned();
    let object_id = device.oid(&[1, 3, 6, 1, 4, 1]).map(|oid| oid.to_string()).unwrap_or_default();
    let answers = answers(&mut device, family);
    for probed in [None, Some(&answers)] {
        let recognised = platform::recognise(&Clues { descr: &descr, object_id: &object_id, probed });
        assert!(probed.is_none() || matches!(recognised, platform::Recognised::Family(_)), "it is of some family");
    }
    let mut identity = Identity { sys_descr: Some(descr), sys_object_id: Some(object_id), ..Identity::default() };
    platform::identify(family, &answers, &mut identity);
    let port = |index| InterfaceReading { index, name: format!("port {index}"), ..InterfaceReading::default() };
    check(&platform::condition(family, &answers, &[port(1), port(2)]));
}

/// Answers to some of what the family is asked: a name of it, what stands below, a value.
fn answers(device: &mut Bytes<'_>, family: &Family) -> Answers {
    let (facts, live) = (platform::facts(family), platform::live(family));
    let names: Vec<&Oid> =
        [&facts, &live].into_iter().flat_map(|asks| asks.objects.iter().chain(&asks.columns)).collect();
    let mut answers = Answers::default();
    while let Some(nth) = device.byte() {
        let Some(name) = names.get(usize::from(nth) % names.len().max(1)) else { break };
        let oid = device.oid(name.arcs());
        if let (Some(oid), Some(value)) = (oid, device.value()) {
            answers.insert(oid, value);
        }
    }
    answers
}

/// Reads what a shell on a Linux printed.
pub(crate) fn shell(bytes: &[u8]) {
    if let Ok(reading) = linux::read(bytes) {
        check(&reading.condition);
    }
}

/// Reads what RouterOS printed: what each command did, with a byte 0 between them.
pub(crate) fn routeros(bytes: &[u8]) {
    let mut outputs = bytes.split(|byte| *byte == 0).map(<[u8]>::to_vec);
    let first = outputs.next().unwrap_or_default();
    let further = routeros_ssh::further(&first, true).into_iter().zip(outputs);
    let told: Vec<_> = [(routeros_ssh::FIRST, first)].into_iter().chain(further).collect();
    if let Ok(reading) = routeros_ssh::read(&told) {
        check(&reading.condition);
    }
}

fn check(condition: &Condition) {
    for percent in [condition.cpu_percent, condition.memory_used_percent].into_iter().flatten() {
        assert!((0.0..=100.0).contains(&percent), "{percent} %");
    }
    assert!(condition.sensors.len() <= 1000);
    for sensor in &condition.sensors {
        assert!(sensor.value.is_finite(), "{sensor:?}");
    }
}
