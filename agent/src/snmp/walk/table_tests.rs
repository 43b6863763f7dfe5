//! Tables against answers written by hand.

use std::time::Duration;

use super::*;

fn oid(text: &str) -> Oid {
    text.parse().unwrap()
}

const UPTIME: &str = "1.3.6.1.2.1.1.3";
const NAMES: &str = "1.3.6.1.2.1.31.1.1.1.1";
const OCTETS: &str = "1.3.6.1.2.1.31.1.1.1.6";

fn table() -> Table {
    let column = |name: &str, text: &str| Column { name: name.to_owned().into(), oid: oid(text) };
    Table::new(vec![oid(UPTIME)], vec![column("names", NAMES), column("octets", OCTETS)], Limits::default())
}

fn response(varbinds: &[(&str, Value)]) -> Response {
    Response {
        status: Status::Good,
        index: 0,
        varbinds: varbinds.iter().map(|(name, value)| Varbind { oid: oid(name), value: value.clone() }).collect(),
        cut: None,
        bytes: 100,
        rtt: Duration::ZERO,
    }
}

fn step(table: &mut Table, varbinds: &[(&str, Value)]) {
    let request = table.next(&Pace::default(), true).expect("there is more to ask");
    table.accept(&request, response(varbinds));
}

fn at(column: &str, row: u32) -> String {
    format!("{column}.{row}")
}

#[test]
fn rows_are_made_of_names_and_end_where_the_column_ends() {
    let mut table = table();
    let (up, one) = (Value::Ticks(5), Value::Counter64(1));
    step(
        &mut table,
        &[
            (&at(UPTIME, 0), up.clone()),
            (&at(NAMES, 1), Value::Gauge32(1)),
            (&at(OCTETS, 2), one.clone()),
            (&at(NAMES, 2), Value::Gauge32(2)),
            ("1.3.6.1.2.1.31.1.1.1.7.1", one.clone()),
            ("1.3.6.1.2.1.31.1.1.1.2.1", Value::Gauge32(0)),
            ("1.3.6.1.2.1.31.1.1.1.7.2", one.clone()),
        ],
    );
    assert!(table.next(&Pace::default(), true).is_none());
    assert!(table.is_complete());
    let expected = [
        (Index::from_slice(&[1]), vec![Some(Value::Gauge32(1)), None]),
        (Index::from_slice(&[2]), vec![Some(Value::Gauge32(2)), Some(one)]),
    ];
    assert_eq!(table.rows, BTreeMap::from(expected), "a row missing in a column is missing, not shifted");
    assert_eq!(table.scalar(0), (Some(&up), Some(&up)));
    assert!(table.warnings.is_empty());
}

#[test]
fn what_was_not_reached_is_asked_for_again() {
    let mut table = table();
    step(&mut table, &[(&at(UPTIME, 0), Value::Ticks(5)), (&at(NAMES, 7), Value::Gauge32(1))]);
    let request = table.next(&Pace::default(), true).unwrap();
    assert_eq!(request.names, [oid(UPTIME), oid(&at(NAMES, 7)), oid(OCTETS)]);
    assert_eq!(request.ask, Ask::GetBulk { non_repeaters: 1, max_repetitions: 25 });
    assert_eq!(table.next(&Pace::default(), false).unwrap().ask, Ask::GetNext, "version 1");
}

#[test]
fn a_walk_that_repeats_or_goes_back_stops_with_a_reason() {
    for (second, reason) in [(at(NAMES, 3), "again"), ("1.3.6.1.2.1.2.2.1.1.9".to_owned(), "comes before")] {
        let mut table = table();
        let end = ("1.3.6.1.2.1.31.1.1.1.7.1", Value::Null);
        step(&mut table, &[(&at(UPTIME, 0), Value::Ticks(5)), (&at(NAMES, 3), Value::Gauge32(1)), end.clone()]);
        step(&mut table, &[(&at(UPTIME, 0), Value::Ticks(5)), (&second, Value::Gauge32(1))]);
        assert!(table.next(&Pace::default(), true).is_none());
        assert!(!table.is_complete(), "{second}");
        assert!(table.warnings[0].starts_with("walk of names cut short") && table.warnings[0].contains(reason));
    }
}

#[test]
fn rows_out_of_order_are_taken_and_a_walk_that_goes_round_ends() {
    let mut table = table();
    let end = ("1.3.6.1.2.1.31.1.1.1.7.1", Value::Null);
    let uptime = || (at(UPTIME, 0), Value::Ticks(5));
    step(&mut table, &[(&uptime().0, uptime().1), (&at(NAMES, 3), Value::Gauge32(3)), end]);
    for row in [1, 2] {
        step(&mut table, &[(&uptime().0, uptime().1), (&at(NAMES, row), Value::Gauge32(row))]);
    }
    assert_eq!(table.rows.len(), 3);
    assert_eq!(table.warnings, ["the rows of names are not in order; some may be missing"]);
    step(&mut table, &[(&uptime().0, uptime().1), (&at(NAMES, 3), Value::Gauge32(9))]);
    assert!(table.next(&Pace::default(), true).is_none() && !table.is_complete());
    assert_eq!(table.rows[&Index::from_slice(&[3])], [Some(Value::Gauge32(3)), None], "what came first counts");
    assert!(table.warnings[1].contains("again"), "{:?}", table.warnings);
}

#[test]
fn an_empty_answer_does_not_keep_a_walk_going() {
    let mut table = table();
    step(&mut table, &[]);
    assert!(table.next(&Pace::default(), true).is_none() && !table.is_complete());
    assert_eq!(table.warnings, ["walk of names, octets cut short: answers are empty"]);
}

#[test]
fn known_rows_are_enough() {
    let mut table = table().with_known_rows(2);
    let request = table.next(&Pace::default(), true).unwrap();
    assert_eq!(request.rows(), 2, "no row too many is asked for");
    let cells: Vec<(String, Value)> =
        [1, 2].iter().flat_map(|row| [NAMES, OCTETS].map(|column| (at(column, *row), Value::Gauge32(*row)))).collect();
    let mut varbinds = vec![("1.3.6.1.2.1.1.3.0", Value::Ticks(5))];
    varbinds.extend(cells.iter().map(|(name, value)| (name.as_str(), value.clone())));
    table.accept(&request, response(&varbinds));
    assert!(table.next(&Pace::default(), true).is_none() && table.is_complete());
}

#[test]
fn rows_and_bytes_are_bounded() {
    let limits = [
        (Limits { rows: 5, ..Limits::default() }, "more than 5 rows"),
        (Limits { bytes: 2048, ..Limits::default() }, "more than 2 KiB"),
    ];
    for (limits, reason) in limits {
        let mut table = Table::new(vec![], vec![Column { name: "names".into(), oid: oid(NAMES) }], limits);
        let mut row = 0;
        while let Some(request) = table.next(&Pace::default(), true) {
            row += 1;
            assert!(row < 100, "it never stops");
            table.accept(&request, response(&[(&at(NAMES, row), Value::Gauge32(1))]));
        }
        assert!(table.warnings[0].contains(reason), "{:?}", table.warnings);
        assert!(!table.is_complete());
    }
}

#[test]
fn no_such_name_of_version_1_ends_the_column_it_points_at() {
    let mut table = table();
    let mut pace = Pace::default();
    let request = table.next(&pace, false).unwrap();
    table.end_at(&request, 2, &mut pace);
    let request = table.next(&pace, false).unwrap();
    assert_eq!(request.names, [oid(UPTIME), oid(OCTETS)], "names is at its end");
    table.end_at(&request, 1, &mut pace);
    let request = table.next(&pace, false).unwrap();
    assert_eq!(request.names, [oid(OCTETS)], "there is no uptime");
    table.end_at(&request, 0, &mut pace);
    assert!(table.next(&pace, false).is_none() && table.is_complete());
}

#[test]
fn no_such_name_about_nothing_in_particular_has_the_columns_asked_one_by_one() {
    let mut table = table();
    let mut pace = Pace::default();
    let request = table.next(&pace, false).unwrap();
    table.end_at(&request, 0, &mut pace);
    assert_eq!(table.next(&pace, false).unwrap().names, [oid(NAMES)]);
}
