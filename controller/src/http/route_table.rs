//! The table of every route and who may use it, and the requests that prove it: on a controller that runs, with two
//! communes in its records, as nobody and as everybody that there can be. A route that does not stand here fails the
//! test, and so does a line here for which there is no route.

mod cross_site;
mod merger;
mod ready;
mod refresh;
mod table;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};

use alerts::Effect;
use alerts::alert::{Alert, AlertKey, AlertState};
use alerts::group::{Group, Member};
use alerts::outage::{Cause, Outage, Subject};
use alerts::people::{Step, Target};
use alerts::rule::{Rule as AlertRule, Severity};
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use axum::{Extension, Router};
use inventory::clock::{Clock, SystemClock};
use inventory::id::{AccountId, AreaId, DeviceId, HallId};
use inventory::reading::{InterfaceReading, Reading};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use self::table::{Row, TABLE};
use super::{gated, routes};
use crate::api;
use crate::api::caller::Caller;
use crate::app::App;
use crate::app::audit::Actor;
use crate::app::contact::ContactWish;
use crate::app::ledger::CorrectionWish;
use crate::app::principal::{Grant, Principal, Role, Who};
use crate::app::schedule::{RotationWish, ScheduleWish};
use crate::app::silence::SilenceWish;
use crate::config::{Config, Overrides, parse};
use crate::store::{AlertFilter, AuditAction, Db, EscalationDraft, OutageFilter, OutageOf, PageAsk, Scope, VisitSeen};
use crate::wiring::{Running, open_records, start};

/// Who may use a route.
#[derive(Debug, Clone, Copy)]
enum May {
    /// Everybody: it proves or tells nothing.
    Open,
    /// Whoever is logged in: it is about himself, or about nothing of the fleet.
    LoggedIn,
    /// Whoever sees something: he gets what he sees and nothing else.
    See,
    /// Whoever has this role somewhere: he gets, or changes, what lies there and nothing else.
    Somewhere(Role),
    /// Who has this role over everything.
    Everywhere(Role),
    /// Who has this role over the object. Who only sees it is refused; for all others there is no such object.
    Object(Role),
}
use May::{Everywhere, LoggedIn, Object, Open, See, Somewhere};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A commune with one hall, which has one device and some trouble.
struct Commune {
    area: AreaId,
    hall: HallId,
    code: &'static str,
    device: DeviceId,
    outage: i64,
    alert: i64,
    incident: i64,
    silence: i64,
    contact: i64,
    schedule: i64,
    escalation: i64,
    correction: i64,
    /// Words that stand in no answer to somebody from elsewhere.
    words: [&'static str; 4],
}

/// Code and name of the area, code and name of the hall.
const WORDS: [[&str; 4]; 2] =
    [["24937", "Đạ Ròn", "dr-01", "Suối Thông"], ["24931", "Đơn Dương", "dd-01", "Lạc Nghiệp"]];

struct Ground {
    running: Running,
    communes: [Commune; 2],
    stop: CancellationToken,
    _dir: tempfile::TempDir,
}

async fn ground() -> Ground {
    let dir = tempfile::tempdir().expect("a folder");
    let overrides = Overrides { data: Some(dir.path().join("data")), ..Overrides::default() };
    let config = parse("listen = \"127.0.0.1:0\"\n", dir.path(), &overrides).expect("a good configuration");
    std::fs::create_dir_all(&config.data).expect("a folder");
    fill(&config).await;
    let stop = CancellationToken::new();
    let running = start(config, Arc::new(SystemClock), stop.clone()).await.expect("it starts");
    let [near, far] = WORDS;
    let communes = [commune(&running.app, near).await, commune(&running.app, far).await];
    Ground { running, communes, stop, _dir: dir }
}

/// Two communes before the controller starts: the same in both but for their names.
async fn fill(config: &Config) {
    let install = crate::app::inventory::Installation::open(config).await.expect("it opens");
    let (mut halls, mut devices) =
        ("hall_code,hall_name,area_code,area_name\n".to_owned(), "device_name,hall_code,kind,address\n".to_owned());
    for (n, [area, area_name, code, name]) in WORDS.iter().enumerate() {
        halls.push_str(&format!("{code},Nhà văn hóa {name},{area},{area_name}\n"));
        devices.push_str(&format!("gw,{code},router,127.0.{n}.1:9\n"));
    }
    for file in [halls, devices] {
        install.import(file.as_bytes(), false).await.expect("it imports");
    }
    let db = open_records(config).await.expect("it opens");
    let now = SystemClock.now();
    let fleet = db.fleet_load().await.expect("it loads").fleet;
    for device in fleet.devices() {
        trouble(&db, device.hall, device.id, now).await;
    }
    db.close().await;
}

async fn trouble(db: &Db, hall: HallId, device: DeviceId, now: Timestamp) {
    let outage = |subject| Effect::Outage(Outage::new(subject, now, Cause::Unknown));
    let key = AlertKey { rule: AlertRule::HallDown, subject: Subject::Hall(hall), since: now };
    let alert = Effect::Alert(Alert { key, decided: now, state: AlertState::Firing { at: now }, judged: None });
    let told = Some(now);
    let member = Member { alert: key, decided: now, judged: None, told, resolved: None, over: None, end_told: None };
    let group = Effect::Group(Group { told, ..Group::new(member, now) });
    let effects = [outage(Subject::Hall(hall)), outage(Subject::Device(device)), alert, group];
    db.judgement_write(&effects, &[], None).await.expect("it writes");
    let port = InterfaceReading { index: 1, name: "ether1".into(), ..InterfaceReading::default() };
    let reading = Reading { interfaces: vec![port], has_all_interfaces: true, ..Reading::default() };
    let visit = VisitSeen { device, at: now, protocol: "snmp2c".into(), is_full: true, outcome: Ok(reading) };
    db.visit_write(&[visit]).await.expect("it writes");
}

async fn commune(app: &App, words: [&'static str; 4]) -> Commune {
    let code = words[2];
    let world = app.world();
    let hall = world.fleet.hall_by_code(&code.parse().expect("a code")).expect("it is there").clone();
    let device = world.fleet.devices_of(hall.id).next().expect("it is there").id;
    let (db, ask) = (&app.db, PageAsk::first());
    let filter = OutageFilter { hall: Some(hall.id), of: OutageOf::Halls, ..OutageFilter::default() };
    let outage = db.outage_list(&Scope::All, &filter, &ask).await.expect("it lists").items[0].id.0;
    let filter = AlertFilter { hall: Some(hall.id), ..AlertFilter::default() };
    let alert = db.alert_list(&Scope::All, &filter, &ask).await.expect("it lists").items[0].id.0;
    let scope = Scope::Part { areas: [hall.area].into(), halls: [].into() };
    let incident = db.incident_list(&scope, true, &ask).await.expect("it lists").items[0].id.0;
    let wish = SilenceWish {
        hall: Some(hall.code.clone()),
        until: app.clock.now().checked_add(jiff::SignedDuration::from_hours(1)).ok(),
        reason: "it is being worked on".to_owned(),
        ..SilenceWish::default()
    };
    let everybody = principal(vec![Grant { role: Role::Admin, scope: Scope::All }]);
    let silence = app.silence_create(&everybody, wish).await.expect("it is made").id.0;
    let now = app.clock.now();
    let wish = CorrectionWish {
        kind: "excused".to_owned(),
        from: now.checked_sub(jiff::SignedDuration::from_hours(1)).ok(),
        until: Some(now),
        reason: "the mains were cut by plan".to_owned(),
        ..CorrectionWish::default()
    };
    let correction = app.correction_create(&everybody, code, wish).await.expect("it is made").id.0;
    let [contact, schedule, escalation] = told(app, &everybody, hall.area, words[1]).await;
    let (area, hall) = (hall.area, hall.id);
    Commune {
        area,
        hall,
        code,
        device,
        outage,
        alert,
        incident,
        silence,
        contact,
        schedule,
        escalation,
        correction,
        words,
    }
}

/// Somebody who is told of what goes wrong in an area, and takes turns.
async fn told(app: &App, admin: &Principal, area: AreaId, name: &str) -> [i64; 3] {
    let people = app.people(admin).await.expect("it reads");
    let contact = match people.contacts.first() {
        Some(contact) => contact.id,
        None => {
            let wish = ContactWish { name: "Hà".to_owned(), ..ContactWish::default() };
            app.contact_write(admin, None, wish).await.expect("it is made").id
        }
    };
    let schedule = match people.schedules.first() {
        Some(schedule) => schedule.id,
        None => {
            let (contacts, start) = (vec![contact], Some(app.today()));
            let rotation = RotationWish { contacts, start, ..RotationWish::default() };
            let wish = ScheduleWish { name: "Tuần".to_owned(), rotations: vec![rotation] };
            app.schedule_write(admin, None, wish).await.expect("it is made").id
        }
    };
    let target = Target { who: alerts::people::Who::OnCall(schedule), channel: None };
    let draft = EscalationDraft {
        name: name.to_owned(),
        area: Some(area),
        least: Severity::Warning,
        steps: vec![Step { wait_s: 0, targets: vec![target] }],
    };
    let entry = Actor::of(admin);
    let entry = entry.did(app.clock.now(), AuditAction::EscalationCreate, "escalation");
    // Nobody has an address here, so that the use case would refuse it.
    let escalation = app.db.escalation_write(None, &draft, &entry).await.expect("it writes").expect("it is made");
    [contact.0, schedule.0, escalation.0]
}

impl Commune {
    /// The path of this commune's object.
    fn path(&self, path: &str) -> String {
        let id = if path.contains("/areas/") {
            self.area.0
        } else if path.contains("/outages/") {
            self.outage
        } else if path.contains("/alerts/") {
            self.alert
        } else if path.contains("/incidents/") {
            self.incident
        } else if path.contains("/silences/") {
            self.silence
        } else if path.contains("/contacts/") {
            self.contact
        } else if path.contains("/schedules/") {
            self.schedule
        } else if path.contains("/escalations/") {
            self.escalation
        } else if path.contains("/corrections/") {
            self.correction
        } else {
            self.device.0
        };
        path.replace("{code}", self.code)
            .replace("{id}", &id.to_string())
            .replace("{file}", "none.css")
            .replace("{secret}", "none")
            .replace("{rule}", "cpu")
            .replace("{name}", "none")
            .replace("{override}", "0")
    }

    fn scope(&self) -> Scope {
        Scope::Part { areas: [self.area].into(), halls: [].into() }
    }
}

fn principal(grants: Vec<Grant>) -> Principal {
    let who = Who::Account { id: AccountId(7), name: "ha".into() };
    let now = SystemClock.now();
    Principal { who, grants, session: None, stepped_up_at: Some(now), address: None }
}

fn request(row: &Row, commune: &Commune) -> Request {
    let (method, path, _, more) = row;
    let (query, body) = if more.starts_with('?') { (*more, "") } else { ("", *more) };
    let kind = if body.starts_with('{') { JSON } else { FORM };
    let uri = format!("{}{query}", commune.path(path));
    let request = Request::builder().method(*method).uri(uri).header(header::CONTENT_TYPE, kind);
    let mut request = request.body(Body::from(body)).expect("a request");
    let stranger = SocketAddr::from((Ipv4Addr::new(203, 0, 113, 9), 4711));
    request.extensions_mut().insert(ConnectInfo(stranger));
    request
}

/// The routes as this principal reaches them, behind the place where the gate puts whoever asks.
fn as_principal(app: &Arc<App>, principal: Principal) -> Router {
    ROUTES.clone().layer(Extension(Caller::from(principal))).with_state(Arc::clone(app))
}

/// Made once: what they are described by is long.
static ROUTES: LazyLock<Router<Arc<App>>> = LazyLock::new(routes);

async fn send(routes: Router, request: Request) -> (StatusCode, String) {
    let response: Response = routes.oneshot(request).await.expect("it never fails");
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("text/event-stream") {
        return (status, String::new());
    }
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("it is read");
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

/// What has to come back to somebody with `role` over a part, who asks about what lies in it, or elsewhere.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Done,
    Forbidden,
    NotFound,
}

fn expected(may: May, role: Option<Role>, is_own: bool, has_everything: bool) -> Answer {
    let allowed = |needed| if role.is_some_and(|role| role >= needed) { Answer::Done } else { Answer::Forbidden };
    match may {
        Open | LoggedIn => Answer::Done,
        See => allowed(Role::Viewer),
        Somewhere(needed) => allowed(needed),
        Everywhere(needed) if has_everything => allowed(needed),
        Everywhere(_) => Answer::Forbidden,
        Object(_) if role.is_none() => Answer::Forbidden,
        Object(_) if !is_own => Answer::NotFound,
        Object(needed) => allowed(needed),
    }
}

fn answer(may: May, status: StatusCode) -> Answer {
    // What everybody may ask for, and what names objects that do not exist, has its own 404.
    let is_own_404 = matches!(may, Open | LoggedIn | Everywhere(_));
    match status {
        StatusCode::FORBIDDEN => Answer::Forbidden,
        StatusCode::NOT_FOUND if !is_own_404 => Answer::NotFound,
        status => {
            assert!(!status.is_server_error(), "{status}");
            Answer::Done
        }
    }
}

#[tokio::test]
async fn every_route_answers_each_role_as_its_line_says() {
    let ground = ground().await;
    let app = &ground.running.app;
    let [near, far] = &ground.communes;
    let mut wrong = Vec::new();
    for row in TABLE {
        let (method, path, may, _) = *row;
        let response = gated(Arc::clone(app)).oneshot(request(row, near)).await.expect("it never fails");
        let is_refused = response.headers().contains_key(header::WWW_AUTHENTICATE);
        let is_right = match may {
            Open => !is_refused,
            LoggedIn | See | Somewhere(_) | Everywhere(_) | Object(_) => {
                is_refused && response.status() == StatusCode::UNAUTHORIZED
            }
        };
        if !is_right {
            wrong.push(format!("{method} {path} as nobody: {}", response.status()));
        }
        let roles = [None, Some(Role::Viewer), Some(Role::Technician), Some(Role::Admin)];
        for (role, (own, other)) in roles.into_iter().flat_map(|role| [(role, (near, far)), (role, (far, near))]) {
            for (scope, has_everything) in [(own.scope(), false), (Scope::All, true)] {
                for (asked, is_own) in [(own, true), (other, false)] {
                    let grants = role.map(|role| Grant { role, scope: scope.clone() }).into_iter().collect();
                    let routes = as_principal(app, principal(grants));
                    let (status, text) = send(routes, request(row, asked)).await;
                    let wanted = expected(may, role, is_own || has_everything, has_everything);
                    let name = role.map_or("nothing", Role::as_str);
                    let what = format!("{method} {path} as {name} of {} about {}", own.code, asked.code);
                    if answer(may, status) != wanted {
                        wrong.push(format!("{what} (everything: {has_everything}): {status}, not {wanted:?}"));
                    }
                    if !has_everything && asked.code == own.code {
                        let leaked = other.words.iter().filter(|word| text.contains(**word));
                        wrong.extend(leaked.map(|word| format!("{what}: the answer has {word}")));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} answers are wrong:\n{}", wrong.len(), wrong.join("\n"));
    ground.stop.cancel();
    ground.running.join().await;
}

/// What a list leaves out would also be left out by an answer with nothing in it.
#[tokio::test]
async fn lists_do_have_what_lies_in_the_own_part() {
    let ground = ground().await;
    let app = &ground.running.app;
    let lists = [
        ("/api/v1/areas", 0),
        ("/api/v1/halls", 3),
        ("/api/v1/devices", 2),
        ("/api/v1/outages", 2),
        ("/api/v1/alerts", 2),
        ("/api/v1/inventory/export", 2),
        ("/", 3),
    ];
    for commune in &ground.communes {
        for (path, word) in lists {
            let grants = vec![Grant { role: Role::Viewer, scope: commune.scope() }];
            let (status, text) =
                send(as_principal(app, principal(grants)), request(&("GET", path, See, ""), commune)).await;
            assert!(status == StatusCode::OK && text.contains(commune.words[word]), "{path}: {status} {text}");
        }
        // One hall that was granted by name shows the same, and the name of its area.
        let scope = Scope::Part { areas: BTreeSet::new(), halls: [commune.hall].into() };
        let routes = as_principal(app, principal(vec![Grant { role: Role::Viewer, scope }]));
        let (_, text) = send(routes, request(&("GET", "/", See, ""), commune)).await;
        assert!(text.contains(commune.words[3]) && text.contains(commune.words[1]), "{text}");
    }
    ground.stop.cancel();
    ground.running.join().await;
}

#[tokio::test]
async fn a_host_key_is_confirmed_only_after_a_second_factor_and_an_import_stays_in_its_part() {
    let ground = ground().await;
    let app = &ground.running.app;
    let [near, far] = &ground.communes;
    let admin = || principal(vec![Grant { role: Role::Admin, scope: near.scope() }]);
    let row = TABLE.iter().find(|row| row.1 == "/api/v1/devices/{id}/host-key").expect("it stands in the table");
    let stale = Principal { stepped_up_at: None, ..admin() };
    let (status, text) = send(as_principal(app, stale), request(row, near)).await;
    assert!(status == StatusCode::FORBIDDEN && text.contains(api::problem::STEP_UP), "{status} {text}");
    let (status, _) = send(as_principal(app, admin()), request(row, near)).await;
    assert_eq!(status, StatusCode::CONFLICT);

    let import = |file: String| {
        let request = Request::builder().method(Method::POST).uri("/api/v1/inventory/import?dry_run=true");
        send(as_principal(app, admin()), request.body(Body::from(file)).expect("a request"))
    };
    let hall = |code: &str, area: &str| format!("hall_code,hall_name,area_code\n{code},x,{area}\n");
    let device = |hall: &str| format!("device_name,hall_code,kind,address\ngw2,{hall},router,127.0.0.9\n");
    let key = format!("SHA256:{}", "A".repeat(43));
    let pinned = |hall: &str| {
        format!("device_name,hall_code,kind,address,poll,host_key\ngw2,{hall},router,127.0.0.9,ping,{key}\n")
    };
    let [own_area, .., own, _] = near.words;
    let [other_area, _, other, _] = far.words;
    for (file, wanted) in [
        (hall("dr-09", own_area), StatusCode::OK),
        (hall(own, own_area), StatusCode::OK),
        (device(own), StatusCode::OK),
        (hall(own, other_area), StatusCode::UNPROCESSABLE_ENTITY),
        (hall("dr-09", other_area), StatusCode::UNPROCESSABLE_ENTITY),
        (hall(other, own_area), StatusCode::UNPROCESSABLE_ENTITY),
        (hall(other, other_area), StatusCode::UNPROCESSABLE_ENTITY),
        (device(other), StatusCode::UNPROCESSABLE_ENTITY),
        // Where credentials go is for who administers everything.
        (pinned(own), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (status, text) = import(file.clone()).await;
        assert_eq!(status, wanted, "{file}{text}");
    }
    let new_area = "hall_code,hall_name,area_code,area_name\ndr-09,x,99999,Nơi khác\n";
    assert_eq!(import(new_area.to_owned()).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    ground.stop.cancel();
    ground.running.join().await;
}

/// The routes of the pages as their source adds them: a router of axum does not tell.
fn page_routes() -> BTreeSet<(String, String)> {
    let source = include_str!("../web/pages/mod.rs");
    let body = source.split_once("pub fn router()").expect("it is there").1;
    let body = body.split_once("\n}\n").expect("it ends").0;
    assert!(!body.contains(".merge(") && !body.contains(".nest"), "routes are added where they can be read");
    let mut found = BTreeSet::new();
    for route in body.split(".route(").skip(1) {
        let path = route.split('"').nth(1).expect("a path").to_owned();
        let handlers = route.split_once(',').expect("a handler").1;
        let handlers: String = handlers.chars().filter(|c| !c.is_whitespace()).collect();
        for method in ["get", "post", "put", "patch", "delete"] {
            if handlers.starts_with(&format!("{method}(")) || handlers.contains(&format!(").{method}(")) {
                found.insert((method.to_uppercase(), path.clone()));
            }
        }
    }
    found
}

fn api_routes() -> BTreeSet<(String, String)> {
    let api = serde_json::to_value(api::router().1).expect("it is JSON");
    let paths = api["paths"].as_object().expect("it has paths");
    let methods = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("a path has methods").keys();
        methods.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    });
    methods.collect()
}

#[test]
fn every_route_stands_in_the_table_once_and_nothing_else_does() {
    let listed: BTreeSet<(String, String)> =
        TABLE.iter().map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(listed.len(), TABLE.len(), "a route stands in the table twice");
    let there: BTreeSet<(String, String)> = page_routes().into_iter().chain(api_routes()).collect();
    let unlisted: Vec<_> = there.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&there).collect();
    assert!(unlisted.is_empty(), "not in the table; say there who may use them: {unlisted:?}");
    assert!(gone.is_empty(), "in the table, but there are no such routes: {gone:?}");
}
