//! Takes into the ledger what agents had seen and could tell only later: what nobody knew becomes what was seen, and
//! outages begin and end where they did. Nobody is told. It works from the samples, so it may be killed and run again.

use std::time::Duration;

use alerts::health::HallState;
use alerts::late::{self, Late};
use alerts::ledger::{Entry, Span, observed};
use alerts::outage::{CAUSE_KNOWN_S, Cause, Outage, Subject};
use alerts::recompute::{self, Part};
use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::app::error::AppError;
use crate::app::now::every_page;
use crate::live::Change;
use crate::store::{OutageFilter, OutageRecord, PageAsk, Scope};

/// How often.
pub const EVERY: Duration = Duration::from_secs(15);
/// More comes while an agent empties its queue: what it brought is taken in when nothing came for so long.
const QUIET: SignedDuration = SignedDuration::from_secs(30);
/// The engine may still write an outage that ended so lately.
const SETTLED: SignedDuration = SignedDuration::from_secs(CAUSE_KNOWN_S + 60);
/// What is lost so soon after its hall hangs behind what took that.
const BEHIND: SignedDuration = SignedDuration::from_secs(90);

/// Takes in what came.
///
/// # Errors
/// When the records or samples cannot be read or written; what is left is taken in at the next run.
pub async fn run(app: &App) -> Result<Option<String>, AppError> {
    let before = app.clock.now().saturating_sub(QUIET).unwrap_or(Timestamp::MIN);
    let mut taken = 0;
    for late in app.db.late_list(before).await? {
        taken += usize::from(take(app, &late).await?);
    }
    Ok((taken > 0).then(|| format!("took late observations of {taken} halls into their ledgers")))
}

/// Whether it is done with. As long as an outage lasts, or ended just now, the engine holds it, and its end is to come.
async fn take(app: &App, late: &Late) -> Result<bool, AppError> {
    let (now, gap) = (app.clock.now(), app.settings.reach_gap);
    let from = late.span.from.saturating_sub(gap).unwrap_or(late.span.from);
    let to = late.span.to.saturating_add(gap).unwrap_or(late.span.to).min(now);
    let span = Span { from, to };
    let parts = app.hall_parts_seen(late.hall, span).await?;
    let lines: Vec<_> = parts.iter().map(|(_, part, line)| (*part, line.clone())).collect();
    let Some(wide) = lines.first().map(|(_, line)| Span { from: line.from(), to: line.to() }) else {
        // Nothing stands in this hall any more that could have been seen.
        app.db.late_taken(late, span, None, &[], true).await?;
        return Ok(true);
    };
    let seen = recompute::hall(&lines, wide);

    let filter =
        OutageFilter { hall: Some(late.hall), from: Some(wide.from), to: Some(wide.to), ..OutageFilter::default() };
    let known: Result<Vec<OutageRecord>, AppError> =
        every_page!(ask => async { app.db.outage_list(&Scope::All, &filter, &ask).await.map_err(AppError::from) });
    let known: Vec<Outage> = known?.into_iter().map(|record| record.outage).collect();
    let is_over = |row: &Outage| row.end.is_some_and(|end| now.duration_since(end) > SETTLED);
    let is_done = known.iter().all(is_over);
    let mut outages = Vec::new();
    if is_done {
        let of = |subject| known.iter().filter(|row| row.subject == subject).copied().collect::<Vec<_>>();
        let hall = Subject::Hall(late.hall);
        outages.extend(late::outages(hall, &late::seen_of_hall(&seen), late.span, &of(hall), Cause::Unknown));
        for (device, part, line) in &parts {
            let device = Subject::Device(*device);
            let rows = late::outages(device, line, late.span, &of(device), Cause::Unknown);
            let is_behind = |row: &Outage| *part == Part::AccessPoint && is_down_near(&seen, row.start);
            let is_new = |row: &Outage| known.iter().all(|old| (old.subject, old.start) != (row.subject, row.start));
            let cause = |row: Outage| {
                if is_new(&row) && is_behind(&row) { Outage { cause: Cause::CutOff, ..row } } else { row }
            };
            outages.extend(rows.into_iter().map(cause));
        }
    }

    let entries = app.db.hall_history(&Scope::All, wide.from, Some(late.hall)).await?;
    let entries = entries.get(&late.hall).cloned().unwrap_or_default();
    let written = observed(&entries, wide);
    let within = recompute::hall(&lines, span);
    let filled = late::filled(&observed(&entries, span), &within);
    let is_news = filled.intervals() != observed(&entries, span).intervals();
    let before = from.checked_sub(SignedDuration::from_millis(1)).ok().and_then(|at| written.at(at));
    let entry = |interval: alerts::ledger::Interval<HallState>| {
        let is_first = interval.from == from && before == Some(interval.state);
        (!is_first).then_some(Entry { hall: late.hall, from: interval.from, state: interval.state })
    };
    let entries: Vec<Entry> = filled.intervals().into_iter().filter_map(entry).collect();
    app.db.late_taken(late, span, is_news.then_some(&entries), &outages, is_done).await?;
    if let Some(hall) = app.world().fleet.hall(late.hall).filter(|_| is_news) {
        app.live.tell(Change::Hall(hall.code.clone()));
        app.live.tell(Change::Fleet);
    }
    Ok(is_done)
}

fn is_down_near(seen: &alerts::ledger::Timeline<HallState>, at: Timestamp) -> bool {
    let around = [at.checked_sub(BEHIND).ok(), Some(at), at.checked_add(BEHIND).ok()];
    around.into_iter().flatten().any(|at| seen.at(at) == Some(HallState::Down))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alerts::Effect;
    use alerts::ledger::Timeline;
    use inventory::clock::SystemClock;
    use inventory::metric::{Metric, Sample, SeriesKey};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::config::{Overrides, parse};
    use crate::store::AlertFilter;
    use crate::wiring::{Running, start};

    async fn one_hall(dir: &std::path::Path, stop: &CancellationToken) -> Running {
        let overrides = Overrides { data: Some(dir.join("data")), ..Overrides::default() };
        let config = parse("listen = \"127.0.0.1:0\"\n", dir, &overrides).expect("a good configuration");
        std::fs::create_dir_all(&config.data).expect("a folder");
        let install = crate::app::inventory::Installation::open(&config).await.expect("it opens");
        let halls = "hall_code,hall_name,area_code,area_name\ndr-01,Suối Thông,24937,Đạ Ròn\n";
        let devices = "device_name,hall_code,kind,address\ngw,dr-01,router,127.0.0.1:9\n";
        for file in [halls, devices] {
            install.import(file.as_bytes(), false).await.expect("it imports");
        }
        drop(install);
        start(config, Arc::new(SystemClock), stop.clone()).await.expect("it starts")
    }

    #[tokio::test]
    async fn six_hours_that_came_late_are_taken_in_once_and_nobody_is_told() {
        let (dir, stop) = (tempfile::tempdir().expect("a folder"), CancellationToken::new());
        let running = one_hall(dir.path(), &stop).await;
        let app = &running.app;
        let gateway = app.world().fleet.devices().next().expect("a device").clone();
        let (hall, now_s) = (gateway.hall, app.clock.now().as_second());
        let hours_ago = |hours: i64| Timestamp::from_second(now_s - hours * 3_600).expect("a time");
        let said = |state, hours| Entry { hall, from: hours_ago(hours), state };
        let before = [said(HallState::Up, 8), said(HallState::Unknown, 7), said(HallState::Up, 1)];
        app.db.past_write(&[], &before).await.expect("it writes");
        let key = SeriesKey { device: gateway.id, interface: None, part: None, metric: Metric::Reachable, width: None };
        // What was seen from an hour ago on was judged as it happened.
        let asks = (-8 * 3_600..-3_000).step_by(20).map(|second| {
            let is_lost = (-4 * 3_600..-3 * 3_600).contains(&second);
            let at = Timestamp::from_second(now_s + second).expect("a time");
            (key, Sample { at, value: i64::from(!is_lost) })
        });
        app.series.backfill(&asks.collect::<Vec<_>>()).await.expect("it writes");

        let whole = Span { from: hours_ago(8), to: hours_ago(1) };
        let account = async || -> Timeline<HallState> {
            let history = app.db.hall_history(&Scope::All, whole.from, Some(hall)).await.expect("it reads");
            observed(&history[&hall], whole)
        };
        let outages = async || {
            let page = app.db.outage_list(&Scope::All, &OutageFilter::default(), &PageAsk::first()).await;
            page.expect("it lists").items.into_iter().map(|record| record.outage).collect::<Vec<_>>()
        };
        let late = |span| Effect::Late(Late { hall, span, came: hours_ago(0) - SignedDuration::from_mins(1) });
        // It comes in two batches, the second of which is told twice.
        for span in [Span { from: hours_ago(7), to: hours_ago(5) }, Span { from: hours_ago(5), to: hours_ago(1) }] {
            app.db.judgement_write(&[late(span), late(span)], &[], None).await.expect("it writes");
        }
        assert!(run(app).await.expect("it runs").is_some());
        let expected =
            Timeline::new(whole.from, whole.to, HallState::Up).paint(hours_ago(4), hours_ago(3), HallState::Down);
        assert_eq!(account().await.intervals(), expected.intervals());
        let lost = |subject| Outage { end: Some(hours_ago(3)), ..Outage::new(subject, hours_ago(4), Cause::Unknown) };
        let both = [lost(Subject::Device(gateway.id)), lost(Subject::Hall(hall))];
        assert_eq!(outages().await, both);

        assert_eq!(run(app).await.expect("it runs"), None, "there is no more of it");
        app.db.judgement_write(&[late(whole)], &[], None).await.expect("it writes");
        assert!(run(app).await.expect("it runs").is_some());
        assert_eq!((account().await.intervals(), outages().await), (expected.intervals(), both.to_vec()));
        let alerts = app.db.alert_list(&Scope::All, &AlertFilter::default(), &PageAsk::first()).await;
        assert_eq!(alerts.expect("it lists").items, [], "nobody is told");
        stop.cancel();
        running.join().await;
    }

    #[tokio::test]
    async fn an_outage_that_lasts_keeps_what_came_late_until_it_is_over() {
        let (dir, stop) = (tempfile::tempdir().expect("a folder"), CancellationToken::new());
        let running = one_hall(dir.path(), &stop).await;
        let app = &running.app;
        let gateway = app.world().fleet.devices().next().expect("a device").clone();
        let (hall, now_s) = (gateway.hall, app.clock.now().as_second());
        let ago = |minutes: i64| Timestamp::from_second(now_s - minutes * 60).expect("a time");
        let open = Outage::new(Subject::Hall(hall), ago(120), Cause::Unknown);
        let span = Span { from: ago(100), to: ago(60) };
        let late = Late { hall, span, came: ago(1) };
        app.db.judgement_write(&[Effect::Outage(open), Effect::Late(late)], &[], None).await.expect("it writes");
        assert_eq!(run(app).await.expect("it runs"), None);
        assert_eq!(app.db.late_list(ago(0)).await.expect("it reads"), [late]);
        let over = Outage { end: Some(ago(30)), ..open };
        app.db.judgement_write(&[Effect::Outage(over)], &[], None).await.expect("it writes");
        assert!(run(app).await.expect("it runs").is_some());
        assert_eq!(app.db.late_list(ago(0)).await.expect("it reads"), []);
        stop.cancel();
        running.join().await;
    }
}
