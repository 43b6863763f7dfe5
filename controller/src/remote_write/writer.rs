//! The edge: reads the log, posts, and counts. What to do next is decided in [`super::delivery`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use inventory::id::DeviceId;
use inventory::metric::{Sample, SeriesKey};
use inventory::network::IpNetwork;
use inventory::secret::Secret;
use inventory::text::one_line;
use jiff::Timestamp;
use notify::Outbound;
use notify::outbound::target::{Target, TargetError};
use notify::outbound::{Answer, ClientError};

use super::delivery::{Delivery, Outcome, Step};
use super::encode::{self, Entry};
use super::label::{self, Names};
use super::metric;
use super::proto::Label;
use crate::app::App;
use crate::app::error::{AppError, chain};
use crate::config::{RemoteLogin, RemoteWrite};
use crate::events::Event;
use crate::series::RemoteHand;
use crate::store::Scope;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How often is looked for what waits. What comes in between goes together.
const LOOK: Duration = Duration::from_secs(1);
/// The most samples of one request.
const SAMPLES: usize = 4_000;
/// How long names of interfaces and parts are believed.
const NAMES_FOR: Duration = Duration::from_secs(300);
/// How long a request under way may go on when the program ends. What is not acknowledged by then is sent again.
const FAREWELL: Duration = Duration::from_secs(4);
/// What is shown of a receiver's answer, in characters.
const SHOWN: usize = 200;

/// Why samples cannot be sent on.
#[derive(Debug, thiserror::Error)]
pub enum RemoteWriteError {
    /// No HTTP client could be made.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The address cannot be posted to.
    #[error("[remote_write] url: {0}")]
    Url(#[from] TargetError),
    /// The secret cannot stand in a header.
    #[error("[remote_write] the token, user or password has characters that no HTTP header can hold")]
    Login,
}

/// Sends samples on.
pub struct Writer {
    outbound: Outbound,
    target: Target,
    headers: HeaderMap,
    /// What must not be shown when the receiver repeats it.
    secrets: Vec<Secret>,
    labels: Vec<(String, String)>,
}

/// Names of what a device has, and since when they are believed.
type Believed = (Timestamp, Names);

impl Writer {
    /// Sends to the receiver that is configured. Nothing is opened yet.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(settings: &RemoteWrite) -> Result<Self, RemoteWriteError> {
        // Who writes this section writes `outbound_allow` too: it would protect nothing here.
        let everywhere = ["0.0.0.0/0", "::/0"].map(|text| text.parse::<IpNetwork>().expect("a network"));
        let outbound = Outbound::new(everywhere.to_vec(), TIMEOUT)?;
        let target = outbound.target(&Secret::new(settings.url.clone()))?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("snappy"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        let version = HeaderName::from_static("x-prometheus-remote-write-version");
        headers.insert(version, HeaderValue::from_static("0.1.0"));
        let mut secrets = Vec::new();
        if let Some(login) = &settings.login {
            let (scheme, word) = match login {
                RemoteLogin::Bearer(token) => ("Bearer", token.clone()),
                RemoteLogin::Basic { user, password } => {
                    secrets.push(password.clone());
                    ("Basic", Secret::new(STANDARD.encode(format!("{user}:{}", password.reveal()))))
                }
            };
            let value = HeaderValue::from_str(&format!("{scheme} {}", word.reveal()));
            let mut value = value.map_err(|_| RemoteWriteError::Login)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
            secrets.push(word);
        }
        Ok(Writer { outbound, target, headers, secrets, labels: settings.labels.clone() })
    }

    /// Sends until told to stop.
    pub async fn run(self, app: Arc<App>) {
        let mut names = BTreeMap::new();
        let mut is_away = false;
        loop {
            let did = self.send_oldest(&app, &mut names, &mut is_away).await;
            let (is_more, error) = match did {
                Ok(did) => (did.is_some(), None),
                Err(error) => (false, Some(chain(&error))),
            };
            app.events.emit(Event::TaskRan { task: "remote_write", did: None, error });
            if is_more {
                continue;
            }
            tokio::select! {
                () = app.stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Delivers the oldest of what waits. `None` when nothing does, or when the program ends.
    async fn send_oldest(
        &self,
        app: &App,
        names: &mut BTreeMap<DeviceId, Believed>,
        is_away: &mut bool,
    ) -> Result<Option<()>, AppError> {
        let Some(hand) = app.series.remote_oldest(SAMPLES).await.map_err(AppError::internal)? else {
            return Ok(None);
        };
        if hand.unreadable > 0 {
            app.events.emit(Event::RemoteUnreadable { samples: hand.unreadable });
        }
        self.learn(app, &hand, names).await?;
        if !self.deliver(app, &hand, names, is_away).await {
            return Ok(None);
        }
        app.series.remote_forget(hand.upto).await.map_err(AppError::internal)?;
        Ok(Some(()))
    }

    /// Reads the names that are not known, or have been believed for long.
    async fn learn(
        &self,
        app: &App,
        hand: &RemoteHand,
        names: &mut BTreeMap<DeviceId, Believed>,
    ) -> Result<(), AppError> {
        let now = app.clock.now();
        let keys: Vec<SeriesKey> = hand.batches.iter().flatten().map(|(key, _)| *key).collect();
        let is_known = |device: &DeviceId, names: &BTreeMap<DeviceId, Believed>| {
            names.get(device).is_some_and(|(since, _)| now.duration_since(*since).unsigned_abs() < NAMES_FOR)
        };
        for device in label::devices(&keys) {
            if !is_known(&device, names) {
                let interfaces = app.db.interface_names(device).await?;
                let parts = app.db.part_list(&Scope::All, device).await?;
                let parts = parts.into_iter().map(|part| (part.id, part.key)).collect();
                names.insert(device, (now, Names::new(interfaces, parts)));
            }
        }
        let fleet = &app.world().fleet;
        names.retain(|device, _| fleet.device(*device).is_some());
        Ok(())
    }

    /// Sends what is in hand until it is accepted or refused. False when the program ends before that.
    async fn deliver(
        &self,
        app: &App,
        hand: &RemoteHand,
        names: &BTreeMap<DeviceId, Believed>,
        is_away: &mut bool,
    ) -> bool {
        let labelled = Labelled::new(app, hand, names, &self.labels);
        let mut delivery = Delivery::new(labelled.entries.len(), labelled.cuts, SAMPLES);
        let mut refusal = None;
        loop {
            match delivery.step(app.clock.now()) {
                Step::Done => break,
                Step::Wait(wait) => tokio::select! {
                    () = app.stop.cancelled() => return false,
                    () = tokio::time::sleep(wait) => {}
                },
                Step::Send(part) => {
                    let entries = labelled.entries.get(part).unwrap_or_default();
                    let request = encode::request(&labelled.labels, entries);
                    let sent = tokio::select! {
                        sent = self.send(&request, app.clock.now()) => sent,
                        () = async { app.stop.cancelled().await; tokio::time::sleep(FAREWELL).await } => return false,
                    };
                    let (outcome, text) = sent;
                    match outcome {
                        Outcome::Accepted | Outcome::Refused { .. } if *is_away => {
                            *is_away = false;
                            app.events.emit(Event::RemoteReached { receiver: self.target.to_string() });
                        }
                        Outcome::Later { .. } if !*is_away => {
                            *is_away = true;
                            app.events.emit(Event::RemoteAway { error: text.clone() });
                        }
                        Outcome::Accepted | Outcome::Refused { .. } | Outcome::Later { .. } => {}
                    }
                    if matches!(outcome, Outcome::Refused { .. }) {
                        refusal = Some(text);
                    }
                    delivery.heard(outcome, app.clock.now(), rand::random());
                }
            }
        }
        let tally = delivery.tally();
        app.events.emit(Event::RemoteSent { samples: tally.sent as u64 });
        if let Some(error) = refusal.filter(|_| tally.refused > 0) {
            app.events.emit(Event::RemoteRefused { samples: tally.refused as u64, error });
        }
        true
    }

    /// One attempt: what became of it, and what was answered.
    async fn send(&self, request: &super::proto::WriteRequest, now: Timestamp) -> (Outcome, String) {
        let body = match encode::body(request) {
            Ok(body) => body,
            Err(error) => return (Outcome::Refused { is_divisible: true }, error.to_string()),
        };
        match self.outbound.post(&self.target, self.headers.clone(), body).await {
            Ok(answer) => (outcome(&answer, now), self.shown(&answer)),
            Err(error) => (Outcome::Later { asked: error.retry_after }, error.text),
        }
    }

    /// What was answered, on one line, cut, and without our secrets.
    fn shown(&self, answer: &Answer) -> String {
        let mut text = answer.text.clone();
        for secret in &self.secrets {
            text = text.replace(secret.reveal(), "…");
        }
        format!("{} answered HTTP {}: {}", self.target, answer.status.as_u16(), one_line(&text, SHOWN))
    }
}

/// What a status means (Remote-Write 1.0, "Retries & Backoff"). A redirect is not followed: it would take samples to an
/// address that nobody configured, and is also what the portal of a provider says while a bill is open.
fn outcome(answer: &Answer, now: Timestamp) -> Outcome {
    match answer.status {
        status if status.is_success() => Outcome::Accepted,
        StatusCode::TOO_MANY_REQUESTS => Outcome::Later { asked: answer.retry_after(now) },
        // Something in it is wrong, or it is too large: a part of it may be right.
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
            Outcome::Refused { is_divisible: true }
        }
        status if status.is_client_error() => Outcome::Refused { is_divisible: false },
        _ => Outcome::Later { asked: answer.retry_after(now) },
    }
}

/// What is in hand, with the labels of its series.
struct Labelled {
    labels: Vec<Vec<Label>>,
    entries: Vec<Entry>,
    cuts: Vec<usize>,
}

impl Labelled {
    fn new(
        app: &App,
        hand: &RemoteHand,
        names: &BTreeMap<DeviceId, Believed>,
        constant: &[(String, String)],
    ) -> Labelled {
        let world = app.world();
        let (mut by_labels, mut by_key) = (BTreeMap::<Vec<Label>, usize>::new(), BTreeMap::<SeriesKey, usize>::new());
        let (mut entries, mut cuts) = (Vec::new(), Vec::new());
        for batch in &hand.batches {
            cuts.push(entries.len());
            for (key, Sample { at, value }) in batch {
                let place = *by_key.entry(*key).or_insert_with(|| {
                    let names = names.get(&key.device).map(|(_, names)| names);
                    let next = by_labels.len();
                    // A counter that is read with another width goes on under the same labels.
                    *by_labels.entry(label::labels(*key, &world, names, constant)).or_insert(next)
                });
                let value = metric::value(key.metric, *value);
                entries.push(Entry { labels: place, at_ms: at.as_millisecond(), value });
            }
        }
        let mut labels = vec![Vec::new(); by_labels.len()];
        for (set, place) in by_labels {
            labels[place] = set;
        }
        Labelled { labels, entries, cuts }
    }
}
