//! What a series is of, as labels: names from the records, so that people can find it in the other store. Pure, but for
//! the names of interfaces and parts, which are handed in.

use std::collections::{BTreeMap, BTreeSet};

use inventory::id::{AreaId, DeviceId, InterfaceId, PartId};
use inventory::metric::SeriesKey;
use inventory::part::PartKey;

use super::metric;
use super::proto::Label;
use crate::world::World;

/// The longest value of a label, in characters. Names are shorter; what a device makes up is cut.
const VALUE_MAX: usize = 128;

/// The names of what a device has.
#[derive(Debug, Default)]
pub(super) struct Names {
    interfaces: BTreeMap<InterfaceId, String>,
    parts: BTreeMap<PartId, PartKey>,
}

impl Names {
    /// Of these interfaces and parts. A second interface of a name is told from the first by its id: two series with the
    /// same labels would be one.
    pub(super) fn new(interfaces: Vec<(InterfaceId, String)>, parts: BTreeMap<PartId, PartKey>) -> Self {
        let mut seen = BTreeSet::new();
        let told = |(id, name): (InterfaceId, String)| {
            let name = if seen.insert(name.clone()) { name } else { format!("{name} #{}", id.0) };
            (id, name)
        };
        Names { interfaces: interfaces.into_iter().map(told).collect(), parts }
    }
}

/// The labels of a series, by name: its metric, what it is of, and the ones that all have. What the records do not know
/// any more is named by its id.
pub(super) fn labels(
    key: SeriesKey,
    world: &World,
    names: Option<&Names>,
    constant: &[(String, String)],
) -> Vec<Label> {
    let mut found: BTreeMap<&str, String> = constant.iter().map(|(name, value)| (name.as_str(), cut(value))).collect();
    found.insert("__name__", metric::name(key.metric).to_owned());
    match world.fleet.device(key.device) {
        Some(device) => {
            found.insert("hall", cut(device.name.hall.as_str()));
            found.insert("device", cut(device.name.name.as_str()));
            let area = world.fleet.hall(device.hall).and_then(|hall| area_code(world, hall.area));
            found.extend(area.map(|code| ("area", cut(&code))));
        }
        None => {
            found.insert("device_id", key.device.0.to_string());
        }
    }
    if let Some(interface) = key.interface {
        match names.and_then(|names| names.interfaces.get(&interface)).filter(|name| !name.is_empty()) {
            Some(name) => found.insert("interface", cut(name)),
            None => found.insert("interface_id", interface.0.to_string()),
        };
    }
    if let Some(part) = key.part {
        match names.and_then(|names| names.parts.get(&part)) {
            Some(part) => {
                found.insert("part_class", part.class.as_str().to_owned());
                found.insert("part", cut(&part.name));
            }
            None => {
                found.insert("part_id", part.0.to_string());
            }
        }
    }
    let label = |(name, value): (&str, String)| Label { name: name.to_owned(), value };
    // A label without a value is one that is not there.
    found.into_iter().filter(|(_, value)| !value.is_empty()).map(label).collect()
}

/// The names that the product gives to labels: an administrator's own may be none of them.
pub(crate) const OWN: [&str; 10] =
    ["__name__", "area", "device", "device_id", "hall", "interface", "interface_id", "part", "part_class", "part_id"];

fn area_code(world: &World, area: AreaId) -> Option<String> {
    world.areas.area(area).map(|area| area.code.clone())
}

fn cut(text: &str) -> String {
    text.chars().take(VALUE_MAX).collect()
}

/// The devices of which names are needed for these series, each once.
pub(super) fn devices(keys: &[SeriesKey]) -> BTreeSet<DeviceId> {
    keys.iter().filter(|key| key.interface.is_some() || key.part.is_some()).map(|key| key.device).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use inventory::fleet::Fleet;
    use inventory::metric::Metric;
    use inventory::part::PartClass;

    use super::*;

    fn shown(labels: &[Label]) -> Vec<String> {
        labels.iter().map(|label| format!("{}={}", label.name, label.value)).collect()
    }

    fn key(interface: Option<i64>, part: Option<i64>) -> SeriesKey {
        SeriesKey {
            device: DeviceId(7),
            interface: interface.map(InterfaceId),
            part: part.map(PartId),
            metric: Metric::InOctets,
            width: None,
        }
    }

    #[test]
    fn what_the_records_do_not_know_is_named_by_its_id_and_labels_are_in_order() {
        let world = World { fleet: Arc::new(Fleet::new(Vec::new(), Vec::new())), ..World::default() };
        let constant = [("site".to_owned(), "lam-ha".to_owned()), ("a".to_owned(), "é".repeat(200))];
        let found = labels(key(Some(3), Some(5)), &world, None, &constant);
        assert!(found.is_sorted_by(|a, b| a.name < b.name));
        let expected = ["__name__=villagenet_in_octets_total", &format!("a={}", "é".repeat(128))];
        assert_eq!(shown(&found)[..2], expected);
        assert_eq!(shown(&found)[2..], ["device_id=7", "interface_id=3", "part_id=5", "site=lam-ha"]);
    }

    #[test]
    fn interfaces_of_one_name_stay_two_series() {
        let interfaces = [(3, "eth0"), (4, "eth0"), (5, "")].map(|(id, name)| (InterfaceId(id), name.to_owned()));
        let part = PartKey { class: PartClass::Radio, name: "phy0".to_owned() };
        let names = Names::new(interfaces.to_vec(), BTreeMap::from([(PartId(9), part)]));
        let of =
            |interface, part| shown(&labels(key(interface, part), &World::default(), Some(&names), &[])).split_off(2);
        assert_eq!(of(Some(3), None), ["interface=eth0"]);
        assert_eq!(of(Some(4), None), ["interface=eth0 #4"]);
        assert_eq!(of(Some(5), None), ["interface_id=5"]);
        assert_eq!(of(None, Some(9)), ["part=phy0", "part_class=radio"]);
    }
}
