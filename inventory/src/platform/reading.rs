//! From a [`Family`]'s tables to what is asked, and from the answers to what is told. Knows no family.

use std::collections::BTreeMap;

use super::family::{Ask, Clues, Cpu, Family, Memory, Name, Seen, Sensor, Source, Verdict, mean, share};
use super::{neighbours, registry, routing};
use crate::condition::{Condition, SensorReading};
use crate::mib::{Answers, Oid};
use crate::reading::{Identity, InterfaceReading};

/// More than any device of a hall has; a device that goes on is a faulty one.
const SENSORS_MAX: usize = 1000;

/// hrStorageEntry, and the types of its rows (RFC 2790): other, RAM.
const STORAGE: &str = "1.3.6.1.2.1.25.2.3.1";
const STORAGE_RAM: &str = "1.3.6.1.2.1.25.2.1.2";
/// UCD-SNMP-MIB memory: total, available, buffers, cached.
const UCD: [&str; 4] =
    ["1.3.6.1.4.1.2021.4.5.0", "1.3.6.1.4.1.2021.4.6.0", "1.3.6.1.4.1.2021.4.14.0", "1.3.6.1.4.1.2021.4.15.0"];

/// Which family a device is of, as far as the clues go.
#[derive(Debug, Clone)]
pub enum Recognised {
    /// It is of this one.
    Family(&'static Family),
    /// Ask for what comes after these names, and come again with the answers.
    Probe(Vec<&'static str>),
}

/// The first family of the registry that a device is of. Once [`Clues::probed`] is there, it is a family.
pub fn recognise(clues: &Clues<'_>) -> Recognised {
    let mut probes = Vec::new();
    for family in registry::ALL {
        match ((family.recognise)(clues), clues.probed) {
            (Verdict::Yes, _) if probes.is_empty() => return Recognised::Family(family),
            (Verdict::Yes, _) => break,
            (Verdict::Maybe, None) => probes.extend(family.probes),
            (Verdict::Maybe, Some(probed)) if family.probes.iter().any(|probe| probed.has(probe)) => {
                return Recognised::Family(family);
            }
            (Verdict::Maybe, Some(_)) | (Verdict::No, _) => {}
        }
    }
    if probes.is_empty() { Recognised::Family(&registry::GENERIC) } else { Recognised::Probe(probes) }
}

/// Names to ask for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asks {
    /// Instances.
    pub objects: Vec<Oid>,
    /// Columns.
    pub columns: Vec<Oid>,
}

impl Asks {
    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.columns.is_empty()
    }

    /// What of it was answered when it was last asked: the rest need not be asked each minute.
    #[must_use]
    pub fn answered(&self, answers: &Answers) -> Asks {
        let has = |name: &&Oid| answers.has(&name.to_string());
        Asks {
            objects: self.objects.iter().filter(has).cloned().collect(),
            columns: self.columns.iter().filter(has).cloned().collect(),
        }
    }

    fn object(&mut self, name: &str) {
        // Tests hold every name of every family against the type.
        push(&mut self.objects, name.parse().ok());
    }

    fn column(&mut self, name: &str) {
        push(&mut self.columns, name.parse().ok());
    }

    fn columns(&mut self, entry: &str, numbers: &[u32]) {
        for number in numbers {
            self.column(&format!("{entry}.{number}"));
        }
    }

    fn asks(&mut self, asks: &[Ask]) {
        for ask in asks {
            match ask {
                Ask::Object(name) => self.object(name),
                Ask::Columns(entry, numbers) => self.columns(entry, numbers),
            }
        }
    }
}

fn push(names: &mut Vec<Oid>, name: Option<Oid>) {
    if let Some(name) = name.filter(|name| !names.contains(name)) {
        names.push(name);
    }
}

/// What seldom changes: who the device is, and what its parts are called. Asked at full visits.
pub fn facts(family: &Family) -> Asks {
    let mut asks = Asks::default();
    for source in [family.model, family.version, family.serial, family.restart_reason].into_iter().flatten() {
        match source {
            Source::Object(name) | Source::Within(name, _) => asks.object(name),
            Source::Column(name) | Source::WithinColumn(name, _) => asks.column(name),
            Source::Descr(_) => {}
            Source::Made(names, _) => names.iter().for_each(|name| asks.object(name)),
        }
    }
    if family.memory.iter().any(|memory| matches!(memory, Memory::Storage)) {
        asks.columns(STORAGE, &[2, 3, 4, 5]);
    }
    for sensor in family.sensors.iter().copied().flatten() {
        if let Name::Cell(column, _) = sensor.name {
            asks.column(column);
        }
    }
    asks.asks(family.facts);
    asks.asks(neighbours::ASKS);
    asks.asks(routing::ASKS);
    asks
}

/// What changes from minute to minute.
pub fn live(family: &Family) -> Asks {
    let mut asks = Asks::default();
    for cpu in family.cpu {
        match cpu {
            Cpu::Object(name, _) | Cpu::Idle(name) | Cpu::Within(name, _) => asks.object(name),
            Cpu::Column(name) => asks.column(name),
            Cpu::Made(names, _) => names.iter().for_each(|name| asks.column(name)),
        }
    }
    for memory in family.memory {
        match memory {
            Memory::Storage => asks.columns(STORAGE, &[6]),
            Memory::Ucd => UCD.iter().for_each(|name| asks.object(name)),
            Memory::Percent(name) | Memory::Within(name, _) => asks.object(name),
            Memory::PercentColumn(name) => asks.column(name),
            Memory::Made(names, _) => names.iter().for_each(|name| asks.column(name)),
            Memory::Free(one, other) | Memory::Used(one, other) => {
                [one, other].into_iter().for_each(|name| asks.object(name))
            }
            Memory::FreeColumns(one, other) | Memory::UsedColumns(one, other) => {
                [one, other].into_iter().for_each(|name| asks.column(name));
            }
        }
    }
    for sensor in family.sensors.iter().copied().flatten() {
        if sensor.is_column { asks.column(sensor.at) } else { asks.object(sensor.at) }
    }
    asks.asks(family.live);
    if family.is_gateway {
        asks.column(routing::ARP);
    }
    asks
}

/// Fills in who the device is.
pub fn identify(family: &Family, answers: &Answers, identity: &mut Identity) {
    let descr = identity.sys_descr.clone().unwrap_or_default();
    let told = |sources: &[Source]| sources.iter().find_map(|source| fact(source, answers, &descr));
    identity.platform = Some(family.platform.to_owned());
    identity.vendor = family.vendor.map(str::to_owned).or_else(|| maker(identity.sys_object_id.as_deref()?));
    identity.model = told(family.model);
    identity.version = told(family.version);
    identity.serial = told(family.serial);
    identity.restart_reason = told(family.restart_reason);
}

/// The maker by the number under which sysObjectID stands (IANA private enterprise numbers), for devices of no known
/// family.
fn maker(object_id: &str) -> Option<String> {
    let number = object_id.strip_prefix("1.3.6.1.4.1.")?.split('.').next()?;
    registry::MAKERS.iter().find(|(known, _)| *known == number).map(|(_, name)| (*name).to_owned())
}

fn fact(source: &Source, answers: &Answers, descr: &str) -> Option<String> {
    let rows = |column: &str| answers.column(column).filter_map(|(_, value)| value.as_text()).collect::<Vec<_>>();
    let told = match source {
        Source::Object(name) => answers.text(name),
        Source::Column(column) => rows(column).into_iter().find(|text| !text.is_empty()),
        Source::Within(name, part) => answers.text(name).and_then(|text| part(&text)),
        Source::WithinColumn(column, part) => rows(column).iter().find_map(|text| part(text)),
        Source::Descr(part) => part(descr),
        Source::Made(_, make) => make(answers),
    };
    told.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// How the device is, from what it answered.
pub fn condition(family: &Family, answers: &Answers, ports: &[InterfaceReading]) -> Condition {
    let ports: BTreeMap<u32, String> = ports.iter().map(|port| (port.index, port.name.clone())).collect();
    let seen = Seen { answers, ports: &ports };
    let mut condition = Condition {
        cpu_percent: family.cpu.iter().find_map(|cpu| cpu_percent(cpu, answers)),
        memory_used_percent: family.memory.iter().find_map(|memory| memory_percent(memory, answers)),
        neighbours: neighbours::read(&seen),
        ..Condition::default()
    };
    for sensor in family.sensors.iter().copied().flatten() {
        sensor_readings(sensor, &seen, &mut condition.sensors);
    }
    if family.is_gateway {
        routing::read_arp(&seen, &mut condition);
    }
    (family.read)(&seen, &mut condition);
    leave_out_sums_of_parts(family, answers, &mut condition);
    condition.sensors.truncate(SENSORS_MAX);
    crate::plausible::keep_plausible(&mut condition);
    condition
}

/// Sums over Wi-Fi tables that were not read to their end are too small, and nobody sees by how much.
fn leave_out_sums_of_parts(family: &Family, answers: &Answers, condition: &mut Condition) {
    let is_whole = |ask: &Ask| match ask {
        Ask::Object(_) => true,
        Ask::Columns(entry, numbers) => numbers.iter().all(|number| answers.is_whole(&format!("{entry}.{number}"))),
    };
    if family.facts.iter().chain(family.live).all(is_whole) {
        return;
    }
    if let Some(wifi) = &mut condition.wifi {
        wifi.clients = None;
        wifi.access_points = None;
        wifi.networks.clear();
        wifi.radios.iter_mut().for_each(|radio| radio.clients = None);
    }
}

fn percent(value: f64) -> Option<f64> {
    (0.0..=100.0).contains(&value).then_some(value)
}

/// All numbers of a column; of one with a row missing, or with something else in it, there is neither sum nor mean.
fn every(answers: &Answers, column: &str) -> Option<Vec<f64>> {
    answers.is_whole(column).then(|| answers.column(column).map(|(_, value)| value.as_f64()).collect())?
}

fn cpu_percent(cpu: &Cpu, answers: &Answers) -> Option<f64> {
    match cpu {
        Cpu::Object(name, divisor) => percent(answers.number(name)? / divisor),
        Cpu::Column(column) => mean(every(answers, column)?.into_iter().map(percent).collect::<Option<Vec<f64>>>()?),
        Cpu::Idle(name) => percent(100.0 - answers.number(name)?),
        Cpu::Within(name, part) => percent(part(&answers.text(name)?)?),
        Cpu::Made(_, make) => percent(make(answers)?),
    }
}

fn memory_percent(memory: &Memory, answers: &Answers) -> Option<f64> {
    let share = |used: f64, total: f64| share(used, total).and_then(percent);
    let sum = |column: &str| every(answers, column)?.into_iter().reduce(|a, b| a + b);
    match memory {
        Memory::Storage => storage_percent(answers),
        Memory::Ucd => {
            let [total, available, buffers, cached] = UCD.map(|name| answers.number(name));
            let total = total?;
            share(total - available? - buffers.unwrap_or(0.0) - cached.unwrap_or(0.0), total)
        }
        Memory::Percent(name) => percent(answers.number(name)?),
        Memory::PercentColumn(column) => {
            mean(every(answers, column)?.into_iter().map(percent).collect::<Option<Vec<f64>>>()?)
        }
        Memory::Free(free, total) => {
            let total = answers.number(total)?;
            share(total - answers.number(free)?, total)
        }
        Memory::FreeColumns(free, total) => {
            let total = sum(total)?;
            share(total - sum(free)?, total)
        }
        Memory::Used(used, total) => share(answers.number(used)?, answers.number(total)?),
        Memory::UsedColumns(used, total) => share(sum(used)?, sum(total)?),
        Memory::Within(name, part) => percent(part(&answers.text(name)?)?),
        Memory::Made(_, make) => percent(make(answers)?),
    }
}

/// The row of main memory, less what net-snmp lists beside it as buffers and cache: both are given back when needed.
fn storage_percent(answers: &Answers) -> Option<f64> {
    let cell = |number: u32, index: &[u32]| answers.cell_number(&format!("{STORAGE}.{number}"), index);
    let bytes = |number: u32, index: &[u32]| Some(cell(number, index)? * cell(4, index)?);
    let descr = |index: &[u32]| answers.cell_text(&format!("{STORAGE}.3"), index).unwrap_or_default();
    if ![2, 3, 4, 5, 6].iter().all(|number| answers.is_whole(&format!("{STORAGE}.{number}"))) {
        return None;
    }
    let rows: Vec<&[u32]> = answers.column(&format!("{STORAGE}.2")).map(|(index, _)| index).collect();
    let is_ram = |index: &&&[u32]| match answers.cell(&format!("{STORAGE}.2"), index) {
        Some(crate::mib::Value::Oid(of)) => of.to_string() == STORAGE_RAM,
        _ => false,
    };
    let main = rows.iter().find(is_ram)?;
    let total = bytes(5, main).filter(|total| *total > 0.0)?;
    let given_back = rows.iter().filter(|index| matches!(descr(index).as_str(), "Memory buffers" | "Cached memory"));
    let given_back: f64 = given_back.filter_map(|index| bytes(6, index)).sum();
    percent((bytes(6, main)? - given_back) * 100.0 / total)
}

fn sensor_readings(sensor: &Sensor, seen: &Seen<'_>, readings: &mut Vec<SensorReading>) {
    let mut tell = |index: &[u32], value: Option<f64>| {
        if let Some(value) = value.filter(|value| (sensor.is_told)(*value)) {
            let state =
                sensor.states.iter().find(|(number, _)| *number as f64 == value).map(|(_, word)| (*word).into());
            let name = sensor_name(sensor.name, index, seen);
            readings.push(SensorReading { class: sensor.class, name, value: value * sensor.scale, state });
        }
    };
    if sensor.is_column {
        for (index, value) in seen.answers.column(sensor.at) {
            tell(index, value.as_f64());
        }
    } else {
        tell(&[], seen.answers.number(sensor.at));
    }
}

fn sensor_name(name: Name, index: &[u32], seen: &Seen<'_>) -> String {
    let dotted = || index.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
    match name {
        Name::Fixed(name) => name.to_owned(),
        Name::Row(before) => format!("{before} {}", dotted()),
        Name::Cell(column, after) => {
            let cell = seen.answers.cell_text(column, index).unwrap_or_else(dotted);
            format!("{cell} {after}").trim().to_owned()
        }
        Name::Port(after) => {
            let port = index.last().map_or_else(String::new, |index| seen.port(*index));
            format!("{port} {after}").trim().to_owned()
        }
    }
}
