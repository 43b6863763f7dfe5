//! What the engine decides, as one transaction, and back again.

use agent_api::Position;
use alerts::Effect;
use alerts::alert::{Alert, AlertKey, AlertState};
use alerts::cause::{Evidence, Run};
use alerts::decision::{Decision, Reason};
use alerts::group::{Group, Member, Progress, Told};
use alerts::health::{DeviceHealth, DeviceState, HallHealth, HallState, Reachability, SeenStart};
use alerts::ledger::Entry;
use alerts::outage::{Cause, Outage, Subject};
use alerts::people::Receiver;
use alerts::rule::setting::Amount;
use alerts::rule::{Judged, Rule, Severity};
use inventory::id::{AlertId, ContactId, DeviceId, EscalationId, HallId, OutageId, ScheduleId};
use inventory::reading::FailureKind;
use jiff::Timestamp;

use super::fixture::{area_of, at, device, hall, small_fleet};
use super::on_both;
use crate::store::{
    AlertFilter, AlertPhase, AlertRecord, Db, DeviceFilter, HallFilter, NewOutbox, OutageFilter, OutageOf, PageAsk,
    Scope,
};

on_both! {
    the_engine_goes_on_from_what_was_written,
    writing_the_same_again_changes_nothing,
    a_judgement_is_all_or_nothing,
    judging_never_goes_back,
    states_are_counted_and_found,
    a_subject_has_one_open_outage,
    outages_are_found_by_hall_device_area_and_time,
    alerts_are_found_by_where_they_stand,
    an_alert_that_was_withdrawn_can_come_back,
    decisions_are_kept_with_their_reasons_and_pruned_in_steps,
    the_history_of_a_hall_is_what_was_last_said_of_each_time,
    when_a_controller_last_ran_is_known_to_the_next,
    a_past_is_written_before_anything_is_judged,
    a_simulated_fleet_says_so_for_good,
}

fn key(rule: Rule, subject: Subject, seconds: i64) -> AlertKey {
    AlertKey { rule, subject, since: at(seconds) }
}

fn health(device: DeviceId) -> DeviceHealth {
    DeviceHealth {
        device,
        state: DeviceState::Down,
        reach: Reachability::Down,
        since: at(10),
        last_seen: Some(at(31)),
        answered: Some(at(0)),
        first_answer: Some(at(30)),
        failure: Some(FailureKind::Timeout),
        visit_failure: Some(FailureKind::Refused),
        last_visit: Some(at(5)),
        failed_visits: 2,
        start: Some(SeenStart { at: at(1), read: at(7), is_sure: true }),
    }
}

fn outage(subject: Subject, start: i64, end: Option<i64>) -> Outage {
    let evidence = Evidence { run: Some(Run::Started(at(start))), halls_beside: 2, ..Evidence::default() };
    Outage { end: end.map(at), suspected: Cause::Upstream, evidence, ..Outage::new(subject, at(start), Cause::Unknown) }
}

fn group(alert: AlertKey, other: AlertKey, cut_off: DeviceId) -> Group {
    let member = |alert, told: Option<Timestamp>| Member {
        alert,
        decided: at(31),
        judged: told.map(|_| JUDGED),
        told,
        resolved: told.map(|_| at(90)),
        over: told.map(|_| at(95)),
        end_told: None,
    };
    let told = |to, until| Told { to, alerts: [alert].into(), held: [other].into(), until };
    let by_sms = Receiver::Contact { contact: ContactId(4), channel: Some("sms".to_owned()) };
    let progress = Progress { steps: 2, at: at(52), is_paused: true };
    Group {
        grown: at(33),
        members: vec![member(alert, Some(at(51))), member(other, None)],
        told: Some(at(51)),
        cut_off: vec![cut_off],
        reminded: Some(at(9)),
        spoken: Some(at(51)),
        grows: true,
        receivers: vec![told(Receiver::Everybody, None), told(by_sms, Some(at(99)))],
        progress: [(EscalationId(7), progress)].into(),
        ..Group::new(member(alert, None), at(31))
    }
}

fn message(dedupe: &str) -> NewOutbox {
    NewOutbox {
        contact: None,
        follows: false,
        link: None,
        channel: "webhook".into(),
        thread: "t".into(),
        dedupe: dedupe.into(),
        message: "{}".into(),
        made_at: at(51),
    }
}

async fn write(db: &Db, effects: &[Effect]) {
    db.judgement_write(effects, &[], None).await.expect("it writes");
}

/// One fault of a hall with everything that the engine writes about it.
struct Fault {
    effects: Vec<Effect>,
    alert: Alert,
    group: Group,
}

async fn fault(db: &Db) -> Fault {
    let (hall, gateway, access_point) =
        (hall(db, "dr-01").await, device(db, "dr-01/gw").await, device(db, "dr-01/ap-1").await);
    let hall_key = key(Rule::HallDown, Subject::Hall(hall), 10);
    let device_key = key(Rule::DeviceDown, Subject::Device(access_point), 12);
    let alert =
        Alert { key: hall_key, decided: at(31), state: AlertState::Firing { at: at(51) }, judged: Some(JUDGED) };
    let group = group(hall_key, device_key, access_point);
    let effects = vec![
        Effect::Reask { devices: vec![gateway] },
        Effect::DeviceHealth(health(gateway)),
        Effect::HallHealth(HallHealth { hall, state: HallState::Down, since: at(10) }),
        Effect::Outage(outage(Subject::Device(gateway), 10, None)),
        Effect::Outage(outage(Subject::Hall(hall), 10, None)),
        Effect::Alert(alert),
        Effect::Alert(Alert { key: device_key, decided: at(32), state: AlertState::Pending, judged: None }),
        Effect::Group(group.clone()),
        Effect::Decision(Decision { alert: hall_key, contact: None, at: at(51), reason: Reason::FirstNotification }),
    ];
    Fault { effects, alert, group }
}

/// What a measured alert was judged by; of what cannot be reached there is no such thing, and the rows do not mind.
const JUDGED: Judged = Judged {
    value: Amount::from_thousandths(34_200),
    threshold: Amount::from_thousandths(10_000),
    hold_s: 600,
    severity: Severity::Critical,
};

async fn the_engine_goes_on_from_what_was_written(db: &Db) {
    small_fleet(db).await;
    let fault = fault(db).await;
    write(db, &fault.effects).await;
    let snapshot = db.engine_snapshot().await.expect("it loads");
    assert_eq!(*snapshot.fleet, db.fleet_load().await.expect("it loads").fleet);
    assert_eq!(snapshot.devices, [health(device(db, "dr-01/gw").await)]);
    assert_eq!(snapshot.halls.len(), 1);
    assert_eq!(snapshot.outages.len(), 2);
    assert_eq!(snapshot.alerts.len(), 2);
    assert!(snapshot.alerts.contains(&fault.alert));
    assert_eq!(snapshot.groups, std::slice::from_ref(&fault.group));
    // What is over is not needed to go on.
    let hall = hall(db, "dr-01").await;
    let resolved = AlertState::Resolved { fired: Some(at(51)), at: at(90) };
    write(
        db,
        &[
            Effect::Outage(outage(Subject::Hall(hall), 10, Some(90))),
            Effect::Alert(Alert { state: resolved, ..fault.alert }),
            Effect::GroupDone(fault.group),
        ],
    )
    .await;
    let snapshot = db.engine_snapshot().await.expect("it loads");
    assert_eq!((snapshot.outages.len(), snapshot.alerts.len(), snapshot.groups.len()), (1, 1, 0));
}

async fn writing_the_same_again_changes_nothing(db: &Db) {
    small_fleet(db).await;
    let fault = fault(db).await;
    let judged = ("embedded".to_owned(), Position { epoch: 1, seq: 1 });
    for _ in 0..2 {
        db.judgement_write(&fault.effects, &[message("one")], Some(&judged)).await.expect("it writes");
    }
    let snapshot = db.engine_snapshot().await.expect("it loads");
    assert_eq!((snapshot.outages.len(), snapshot.alerts.len(), snapshot.groups.len()), (2, 2, 1));
    assert_eq!(db.decision_list(&Scope::All, &fault.alert.key).await.expect("it lists").len(), 1);
    let due = db.outbox_claim("webhook", at(60), std::time::Duration::from_secs(60), 10).await.expect("it claims");
    assert_eq!(due.len(), 1);
}

async fn a_judgement_is_all_or_nothing(db: &Db) {
    small_fleet(db).await;
    let mut fault = fault(db).await;
    fault.effects.push(Effect::HallHealth(HallHealth { hall: HallId(999), state: HallState::Up, since: at(0) }));
    let judged = ("embedded".to_owned(), Position { epoch: 1, seq: 1 });
    db.judgement_write(&fault.effects, &[message("one")], Some(&judged)).await.expect_err("there is no such hall");
    let snapshot = db.engine_snapshot().await.expect("it loads");
    assert_eq!(
        (snapshot.devices.len(), snapshot.outages.len(), snapshot.alerts.len(), snapshot.groups.len()),
        (0, 0, 0, 0)
    );
    assert_eq!(db.outbox_next_due().await.expect("it reads"), None);
    assert!(db.judged().await.expect("it reads").is_empty());
}

async fn judging_never_goes_back(db: &Db) {
    let position = |epoch, seq| Position { epoch, seq };
    for (agent, at) in
        [("embedded", position(5, 2)), ("far", position(1, 7)), ("embedded", position(5, 1)), ("far", position(2, 1))]
    {
        db.judgement_write(&[], &[], Some(&(agent.to_owned(), at))).await.expect("it writes");
    }
    let judged = db.judged().await.expect("it reads");
    let expected = [("embedded".to_owned(), position(5, 2)), ("far".to_owned(), position(2, 1))];
    assert_eq!(judged.into_iter().collect::<Vec<_>>(), expected);
}

async fn states_are_counted_and_found(db: &Db) {
    small_fleet(db).await;
    write(db, &fault(db).await.effects).await;
    let devices = db.device_counts(&Scope::All).await.expect("it counts");
    assert_eq!((devices[&DeviceState::Down], devices[&DeviceState::Unknown], devices[&DeviceState::Up]), (1, 3, 0));
    let halls = db.hall_counts(&Scope::All).await.expect("it counts");
    assert_eq!((halls[&HallState::Down], halls[&HallState::Unknown]), (1, 2));
    let filter = DeviceFilter { state: Some(DeviceState::Down), ..DeviceFilter::default() };
    let page = db.device_list(&Scope::All, &filter, &PageAsk::first()).await.expect("it lists");
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].health, Some(health(page.items[0].device.id)));
    let filter = HallFilter { state: Some(HallState::Down), ..HallFilter::default() };
    let page = db.hall_list(&Scope::All, &filter, &PageAsk::first()).await.expect("it lists");
    assert_eq!(page.items[0].health.map(|health| (health.state, health.since)), Some((HallState::Down, at(10))));
}

async fn a_subject_has_one_open_outage(db: &Db) {
    small_fleet(db).await;
    let subject = Subject::Device(device(db, "dr-01/gw").await);
    write(db, &[Effect::Outage(outage(subject, 10, None))]).await;
    let second = db.judgement_write(&[Effect::Outage(outage(subject, 20, None))], &[], None).await;
    assert!(second.is_err(), "two open outages of one device");
    let cut_off = Outage { cause: Cause::CutOff, ..outage(subject, 10, Some(15)) };
    write(db, &[Effect::Outage(cut_off), Effect::Outage(outage(subject, 20, None))]).await;
    let all = db.outage_list(&Scope::All, &OutageFilter::default(), &PageAsk::first()).await.expect("it lists").items;
    assert_eq!(all.iter().map(|record| record.outage).collect::<Vec<_>>(), [outage(subject, 20, None), cut_off]);
}

async fn outages_are_found_by_hall_device_area_and_time(db: &Db) {
    small_fleet(db).await;
    let (here, there) = (hall(db, "dr-01").await, hall(db, "dd-01").await);
    let gateway = device(db, "dr-01/gw").await;
    let far = device(db, "dd-01/gw").await;
    let effects = [
        outage(Subject::Hall(here), 100, Some(200)),
        outage(Subject::Device(gateway), 100, Some(200)),
        outage(Subject::Device(far), 300, None),
        outage(Subject::Hall(there), 310, None),
    ];
    write(db, &effects.map(Effect::Outage)).await;
    let starts = async |filter: OutageFilter| {
        let page = db.outage_list(&Scope::All, &filter, &PageAsk::first()).await.expect("it lists");
        let start = |time: Timestamp| time.duration_since(at(0)).as_secs();
        page.items.iter().map(|record| (start(record.outage.start), record.hall)).collect::<Vec<_>>()
    };
    let all = OutageFilter::default;
    assert_eq!(starts(all()).await, [(310, there), (300, there), (100, here), (100, here)]);
    assert_eq!(starts(OutageFilter { hall: Some(here), ..all() }).await.len(), 2);
    assert_eq!(starts(OutageFilter { hall: Some(here), of: OutageOf::Halls, ..all() }).await.len(), 1);
    assert_eq!(starts(OutageFilter { of: OutageOf::Devices, ..all() }).await.len(), 2);
    assert_eq!(starts(OutageFilter { device: Some(far), ..all() }).await, [(300, there)]);
    assert_eq!(starts(OutageFilter { open_only: true, ..all() }).await, [(310, there), (300, there)]);
    let area = area_of(db, "dd-01").await;
    assert_eq!(starts(OutageFilter { areas: Some(vec![area]), ..all() }).await.len(), 2);
    // An outage is in a stretch of time when some of it is.
    let between = |from, to| OutageFilter { from: Some(at(from)), to: Some(at(to)), ..all() };
    assert_eq!(starts(between(0, 100)).await, []);
    assert_eq!(starts(between(0, 101)).await.len(), 2);
    assert_eq!(starts(between(200, 300)).await, []);
    assert_eq!(starts(between(199, 310)).await.len(), 3);
    assert_eq!(starts(between(1_000, 2_000)).await.len(), 2);
    let mut ask = PageAsk { cursor: None, limit: 3 };
    let first = db.outage_list(&Scope::All, &all(), &ask).await.expect("it lists");
    ask.cursor = first.next;
    let second = db.outage_list(&Scope::All, &all(), &ask).await.expect("it lists");
    assert_eq!((first.items.len(), second.items.len()), (3, 1));
    assert!(!first.items.contains(&second.items[0]));
    let id = second.items[0].id;
    assert_eq!(db.outage_by_id(&Scope::All, id).await.expect("it reads"), Some(second.items[0]));
    assert_eq!(db.outage_by_id(&Scope::All, OutageId(999)).await.expect("it reads"), None);
}

async fn alerts_are_found_by_where_they_stand(db: &Db) {
    small_fleet(db).await;
    write(db, &fault(db).await.effects).await;
    let far = Subject::Device(device(db, "dd-01/gw").await);
    let over = AlertState::Resolved { fired: None, at: at(20) };
    write(
        db,
        &[Effect::Alert(Alert { key: key(Rule::DeviceDown, far, 5), decided: at(6), state: over, judged: None })],
    )
    .await;
    let found = async |filter: AlertFilter| -> Vec<AlertRecord> {
        db.alert_list(&Scope::All, &filter, &PageAsk::first()).await.expect("it lists").items
    };
    let all = AlertFilter::default;
    assert_eq!(found(all()).await.len(), 3);
    assert_eq!(found(AlertFilter { open_only: true, ..all() }).await.len(), 2);
    let resolved = found(AlertFilter { phase: Some(AlertPhase::Resolved), ..all() }).await;
    assert_eq!(resolved.iter().map(|record| record.alert.state).collect::<Vec<_>>(), [over]);
    let firing = found(AlertFilter { phase: Some(AlertPhase::Firing), ..all() }).await;
    assert_eq!(firing.iter().map(|record| record.alert.state).collect::<Vec<_>>(), [AlertState::Firing { at: at(51) }]);
    assert_eq!(found(AlertFilter { hall: Some(hall(db, "dr-01").await), ..all() }).await.len(), 2);
    assert_eq!(found(AlertFilter { device: Some(device(db, "dr-01/ap-1").await), ..all() }).await.len(), 1);
    assert_eq!(found(AlertFilter { from: Some(at(31)), to: Some(at(32)), ..all() }).await.len(), 1);
    let area = area_of(db, "dd-01").await;
    assert_eq!(found(AlertFilter { areas: Some(vec![area]), ..all() }).await, resolved);
    assert_eq!(db.alert_by_id(&Scope::All, firing[0].id).await.expect("it reads"), Some(firing[0]));
    assert_eq!(db.alert_by_id(&Scope::All, AlertId(999)).await.expect("it reads"), None);
    let page = db.alert_list(&Scope::All, &all(), &PageAsk { cursor: None, limit: 2 }).await.expect("it lists");
    let rest = db.alert_list(&Scope::All, &all(), &PageAsk { cursor: page.next, limit: 2 }).await.expect("it lists");
    assert_eq!((page.items[0].alert.decided, rest.items, rest.next), (at(32), resolved, None));
}

async fn an_alert_that_was_withdrawn_can_come_back(db: &Db) {
    small_fleet(db).await;
    let key = key(Rule::DeviceDown, Subject::Device(device(db, "dr-01/ap-1").await), 10);
    let states = [AlertState::Pending, AlertState::Resolved { fired: None, at: at(40) }, AlertState::Pending];
    for state in states {
        write(db, &[Effect::Alert(Alert { key, decided: at(31), state, judged: None })]).await;
        let found =
            db.alert_list(&Scope::All, &AlertFilter::default(), &PageAsk::first()).await.expect("it lists").items;
        assert_eq!(found.iter().map(|record| record.alert.state).collect::<Vec<_>>(), [state]);
    }
}

async fn decisions_are_kept_with_their_reasons_and_pruned_in_steps(db: &Db) {
    small_fleet(db).await;
    let gateway = device(db, "dr-01/gw").await;
    let alert = key(Rule::HallDown, Subject::Hall(hall(db, "dr-01").await), 10);
    let reasons = [
        Reason::Maintenance,
        Reason::InhibitedBy(gateway),
        Reason::GroupedInto(key(Rule::DeviceDown, Subject::Device(gateway), 9)),
        Reason::FirstNotification,
        Reason::OverBeforeTold,
        Reason::Recovery,
        Reason::Unstable,
        Reason::Escalated,
        Reason::Digest,
        Reason::QuietUntil(at(900)),
        Reason::NotOnCall(ScheduleId(3)),
        Reason::NobodyOnCall(ScheduleId(4)),
        Reason::LaterStep,
        Reason::Acknowledged,
        Reason::Nobody,
    ];
    // Of all, and of a contact each.
    let contact = |n: i64| (n % 2 == 0).then_some(ContactId(n));
    let decisions: Vec<Decision> =
        (20..).zip(reasons).map(|(n, reason)| Decision { alert, contact: contact(n), at: at(n), reason }).collect();
    write(db, &decisions.iter().copied().map(Effect::Decision).collect::<Vec<_>>()).await;
    assert_eq!(db.decision_list(&Scope::All, &alert).await.expect("it lists"), decisions);
    // More than one step can take.
    let other = key(Rule::HallDown, Subject::Hall(hall(db, "dr-02").await), 10);
    let many: Vec<Effect> = (0..1_500)
        .map(|n| {
            Effect::Decision(Decision { alert: other, contact: None, at: at(-2_000 + n), reason: Reason::Maintenance })
        })
        .collect();
    write(db, &many).await;
    let mut gone = Vec::new();
    while gone.last() != Some(&0) {
        gone.push(db.decision_prune(at(23)).await.expect("it prunes"));
    }
    assert_eq!(gone, [1_000, 503, 0]);
    assert_eq!(db.decision_list(&Scope::All, &alert).await.expect("it lists"), decisions[3..]);
}

async fn the_history_of_a_hall_is_what_was_last_said_of_each_time(db: &Db) {
    small_fleet(db).await;
    let (here, there) = (hall(db, "dr-01").await, hall(db, "dr-02").await);
    let health = |hall, state, seconds| Effect::Ledger(Entry { hall, from: at(seconds), state });
    write(db, &[health(there, HallState::Up, 50)]).await;
    for (state, seconds) in
        [(HallState::Up, 0), (HallState::Partial, 100), (HallState::Up, 200), (HallState::Unknown, 300)]
    {
        write(db, &[health(here, state, seconds)]).await;
    }
    // It was not unknown but down, and since earlier.
    write(db, &[health(here, HallState::Down, 280)]).await;
    let told = |all: &[(HallState, i64)]| all.iter().map(|(state, seconds)| (at(*seconds), *state)).collect::<Vec<_>>();
    let history = db.hall_history(&Scope::All, at(150), None).await.expect("it reads");
    let expected = told(&[(HallState::Partial, 100), (HallState::Up, 200), (HallState::Down, 280)]);
    assert_eq!(history.get(&here), Some(&expected), "with the state that it was in at that time");
    assert_eq!(history.get(&there), Some(&told(&[(HallState::Up, 50)])));
    let one = db.hall_history(&Scope::All, at(200), Some(here)).await.expect("it reads");
    assert_eq!(one.keys().copied().collect::<Vec<_>>(), [here]);
    assert_eq!(one[&here].first().map(|(time, _)| *time), Some(at(100)));
    // What is too old goes, but for the state that a hall was in.
    assert_eq!(db.hall_history_prune(at(250)).await.expect("it prunes"), 2);
    let expected = told(&[(HallState::Up, 200), (HallState::Down, 280)]);
    let history = db.hall_history(&Scope::All, at(0), None).await.expect("it reads");
    assert_eq!((history.get(&here), history.get(&there)), (Some(&expected), Some(&told(&[(HallState::Up, 50)]))));
}

async fn when_a_controller_last_ran_is_known_to_the_next(db: &Db) {
    assert_eq!(db.alive_at().await.expect("it reads"), None);
    let now: jiff::Timestamp = "2026-11-25T03:00:00Z".parse().expect("a time");
    db.alive_write(now).await.expect("it writes");
    assert_eq!(db.alive_at().await.expect("it reads"), Some(now));
}

async fn a_past_is_written_before_anything_is_judged(db: &Db) {
    small_fleet(db).await;
    let here = hall(db, "dr-01").await;
    let outage = Outage { end: Some(at(200)), ..Outage::new(Subject::Hall(here), at(100), Cause::CutOff) };
    let state = |state, seconds| Entry { hall: here, from: at(seconds), state };
    let states = [state(HallState::Up, 0), state(HallState::Down, 100), state(HallState::Up, 200)];
    // Written twice it is there once.
    for _ in 0..2 {
        db.past_write(&[outage], &states).await.expect("it writes");
    }
    let listed =
        db.outage_list(&Scope::All, &OutageFilter::default(), &PageAsk::first()).await.expect("it lists").items;
    assert_eq!(listed.iter().map(|record| record.outage).collect::<Vec<_>>(), [outage]);
    let history = db.hall_history(&Scope::All, at(-1), Some(here)).await.expect("it reads");
    assert_eq!(history[&here], [(at(0), HallState::Up), (at(100), HallState::Down), (at(200), HallState::Up)]);
}

async fn a_simulated_fleet_says_so_for_good(db: &Db) {
    assert!(!db.is_simulated().await.expect("it reads"));
    db.simulated_write().await.expect("it writes");
    assert!(db.is_simulated().await.expect("it reads"));
}
