//! Graphs: what the script draws, and the same as a table for those who see no drawing.

use alerts::outage::Outage;
use inventory::id::{DeviceId, InterfaceId};
use inventory::metric::Metric;
use jiff::Timestamp;
use serde::Serialize;

use crate::series::PART_STEP;
use crate::web::format;
use crate::web::frame::Frame;

/// The span of the graphs of a page, up to the moment it is rendered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Range {
    /// One hour.
    Hour,
    /// 24 hours.
    #[default]
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
}

impl Range {
    /// Every range.
    pub const ALL: [Range; 4] = [Range::Hour, Range::Day, Range::Week, Range::Month];

    /// The range of a query `?range=`; what is none asks for the default.
    pub fn from_query(range: Option<&str>) -> Range {
        Range::ALL.into_iter().find(|known| range == Some(known.as_str())).unwrap_or_default()
    }

    /// The word in the address.
    pub fn as_str(self) -> &'static str {
        match self {
            Range::Hour => "1h",
            Range::Day => "24h",
            Range::Week => "7d",
            Range::Month => "30d",
        }
    }

    /// Its length in seconds.
    pub fn length_s(self) -> i64 {
        match self {
            Range::Hour => 3_600,
            Range::Day => 86_400,
            Range::Week => 7 * 86_400,
            Range::Month => 30 * 86_400,
        }
    }

    /// The step of the drawing in seconds: a visit a minute at most, some 300 points, about as many as a phone has
    /// pixels to draw them.
    pub fn step_s(self) -> i64 {
        match self {
            Range::Hour => 60,
            Range::Day => 300,
            Range::Week => 1_800,
            Range::Month => 7_200,
        }
    }

    /// The step of the table in seconds: some 12 to 30 rows.
    pub fn table_step_s(self) -> i64 {
        match self {
            Range::Hour => 300,
            Range::Day => 3_600,
            Range::Week => 6 * 3_600,
            Range::Month => 86_400,
        }
    }

    /// The span that ends with the step in which `now` lies, both ends on multiples of the step: pages rendered within
    /// a step ask for the same. `(from, to)`.
    pub fn span(self, now: Timestamp) -> (Timestamp, Timestamp) {
        self.span_in(self.step_s(), now)
    }

    fn span_in(self, step: i64, now: Timestamp) -> (Timestamp, Timestamp) {
        let to = now.as_second().div_euclid(step) * step + step;
        let at = |second| Timestamp::from_second(second).unwrap_or(now);
        (at(to - self.length_s()), at(to))
    }

    pub(super) fn key(self) -> &'static str {
        match self {
            Range::Hour => "range-hour",
            Range::Day => "range-day",
            Range::Week => "range-week",
            Range::Month => "range-month",
        }
    }
}

/// What is drawn, and told in a table.
#[derive(Debug, Clone)]
pub struct Graph {
    /// The drawing, as the script reads it.
    spec: Spec,
    /// The heads of the columns of the table, without the time.
    columns: Vec<String>,
    /// The rows of the table, the newest first.
    rows: Vec<Row>,
}

/// A step of the table: its beginning, and a value for each column. `None` is a gap, never a zero.
#[derive(Debug, Clone, PartialEq)]
pub struct TableStep {
    /// The beginning of the step.
    pub at: Timestamp,
    /// Means: bits per second received and sent, or the latency in seconds.
    pub values: Vec<Option<f64>>,
}

#[derive(Debug, Clone)]
struct Row {
    at: String,
    values: Vec<String>,
}

/// The JSON of `data-graph`; `controller/web/src/plot.ts` has the same shape.
#[derive(Debug, Clone, Serialize)]
struct Spec {
    from: i64,
    to: i64,
    step: i64,
    scale: &'static str,
    unit: String,
    factor: f64,
    utc_offset_s: i32,
    lines: Vec<Line>,
    limits: Vec<Limit>,
    bands: Vec<Band>,
    time: String,
    failed: String,
}

#[derive(Debug, Clone, Serialize)]
struct Line {
    url: String,
    label: String,
    style: &'static str,
}

#[derive(Debug, Clone, Serialize)]
struct Limit {
    label: String,
    value: f64,
}

#[derive(Debug, Clone, Serialize)]
struct Band {
    from: i64,
    to: Option<i64>,
}

impl Graph {
    /// The traffic of an interface. `contracted_mbps` is the contracted speed (towards the hall, from it), for the
    /// interface that the line hangs on; `outages` are drawn as bands; `table` is in steps of
    /// [`Range::table_step_s`], with two values each: bits per second received and sent.
    pub fn traffic(
        frame: &Frame,
        (device, interface): (DeviceId, InterfaceId),
        range: Range,
        contracted_mbps: (Option<f64>, Option<f64>),
        outages: &[Outage],
        table: &[TableStep],
    ) -> Graph {
        let (received, sent) = (frame.t("graph-received"), frame.t("graph-sent"));
        let line = |metric, label: &String, style| Line {
            url: series_url(device, Some(interface), metric, range, frame.now),
            label: label.clone(),
            style,
        };
        let (down, up) = contracted_mbps;
        let limit = |key, mbps: Option<f64>| mbps.map(|mbps| Limit { label: frame.t(key), value: mbps * 1e6 });
        let limits = if down == up {
            vec![limit("graph-contracted", down)]
        } else {
            vec![limit("graph-contracted-down", down), limit("graph-contracted-up", up)]
        };
        let spec = Spec {
            lines: vec![line(Metric::InOctets, &received, "solid"), line(Metric::OutOctets, &sent, "dashed")],
            limits: limits.into_iter().flatten().collect(),
            scale: "bits",
            factor: 8.0,
            ..Spec::empty(frame, range, outages)
        };
        let rows = rows(frame, table, format::bit_rate);
        Graph { spec, columns: vec![received, sent], rows }
    }

    /// The latency of a device; `table` is in steps of [`Range::table_step_s`], with one value each: seconds.
    pub fn latency(frame: &Frame, device: DeviceId, range: Range, outages: &[Outage], table: &[TableStep]) -> Graph {
        let label = frame.t("graph-latency");
        let url = series_url(device, None, Metric::RttSeconds, range, frame.now);
        let spec = Spec {
            lines: vec![Line { url, label: label.clone(), style: "solid" }],
            scale: "milliseconds",
            factor: 1e3,
            ..Spec::empty(frame, range, outages)
        };
        Graph { spec, columns: vec![label], rows: rows(frame, table, format::milliseconds) }
    }

    /// What a part of a device tells: the address of its series, its label and its unit. `table` has one value each, in
    /// steps of [`Range::table_step_s`]. No step is shorter than the stretches in which parts are kept.
    pub fn part(
        frame: &Frame,
        (series, label, unit): (&str, String, &str),
        range: Range,
        outages: &[Outage],
        table: &[TableStep],
    ) -> Graph {
        let step = range.step_s().max(i64::try_from(PART_STEP.as_secs()).unwrap_or(i64::MAX));
        let (from, to) = range.span_in(step, frame.now);
        let spec = Spec {
            from: from.as_second(),
            to: to.as_second(),
            step,
            lines: vec![Line {
                url: format!("{series}&from={from}&to={to}&step={step}"),
                label: label.clone(),
                style: "solid",
            }],
            scale: if unit == "bit/s" { "bits" } else { "plain" },
            unit: unit.to_owned(),
            ..Spec::empty(frame, range, outages)
        };
        let none = frame.t("graph-no-sample");
        let write = |value: f64| match unit {
            "bit/s" => format::bit_rate(frame.language, value),
            "" => format::short_number(frame.language, value),
            unit => format!("{}\u{a0}{unit}", format::short_number(frame.language, value)),
        };
        let row = |step: &TableStep| Row {
            at: format::short_date_time(frame.now, step.at),
            values: step.values.iter().map(|value| value.map_or_else(|| none.clone(), write)).collect(),
        };
        Graph { spec, columns: vec![label], rows: table.iter().rev().map(row).collect() }
    }

    pub(super) fn json(&self) -> String {
        serde_json::to_string(&self.spec).expect("a graph has only strings and finite numbers")
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = (&String, &Vec<String>)> {
        self.rows.iter().map(|row| (&row.at, &row.values))
    }
}

impl Spec {
    fn empty(frame: &Frame, range: Range, outages: &[Outage]) -> Spec {
        let (from, to) = range.span(frame.now);
        let band = |outage: &Outage| Band { from: outage.start.as_second(), to: outage.end.map(Timestamp::as_second) };
        Spec {
            from: from.as_second(),
            to: to.as_second(),
            step: range.step_s(),
            scale: "bits",
            unit: String::new(),
            factor: 1.0,
            utc_offset_s: format::OFFSET.seconds(),
            lines: Vec::new(),
            limits: Vec::new(),
            bands: outages.iter().map(band).collect(),
            time: frame.t("graph-moment"),
            failed: frame.t("graph-failed"),
        }
    }
}

fn rows(frame: &Frame, table: &[TableStep], write: fn(crate::web::language::Language, f64) -> String) -> Vec<Row> {
    let none = frame.t("graph-no-sample");
    let value = |value: &Option<f64>| value.map_or_else(|| none.clone(), |value| write(frame.language, value));
    let row = |step: &TableStep| Row {
        at: format::short_date_time(frame.now, step.at),
        values: step.values.iter().map(value).collect(),
    };
    let mut steps: Vec<&TableStep> = table.iter().collect();
    steps.sort_by_key(|step| std::cmp::Reverse(step.at));
    steps.into_iter().map(row).collect()
}

fn series_url(
    device: DeviceId,
    interface: Option<InterfaceId>,
    metric: Metric,
    range: Range,
    now: Timestamp,
) -> String {
    let (from, to) = range.span(now);
    let interface = interface.map(|id| format!("&interface={id}")).unwrap_or_default();
    format!("/api/v1/devices/{device}/series?metric={metric}{interface}&from={from}&to={to}&step={}", range.step_s())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_rendered_within_a_step_ask_for_the_same_span() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let span = Range::Day.span(at("2026-11-25T03:01:10Z"));
        assert_eq!(span, (at("2026-11-24T03:05:00Z"), at("2026-11-25T03:05:00Z")));
        assert_eq!(Range::Day.span(at("2026-11-25T03:04:59Z")), span);
    }

    #[test]
    fn a_range_that_is_none_is_a_day() {
        assert_eq!(Range::from_query(Some("7d")), Range::Week);
        assert_eq!(Range::from_query(Some("\"><script>")), Range::Day);
        assert_eq!(Range::from_query(None), Range::Day);
    }
}
