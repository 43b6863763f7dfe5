//! The control port: a little HTTP on loopback, for tests and for people with curl.
//!
//! | request | does |
//! |---|---|
//! | `GET /fleet` | halls and devices: address, family, uplink, whether it is reached now, requests served, SSH counters |
//! | `GET /faults` | the faults that are on |
//! | `POST /faults` `{"fault":"power-cut","target":"dr-03","seconds":90}` | begins one (201, with its id) |
//! | `DELETE /faults/ID`, `DELETE /faults` | ends one, or all |
//! | `GET /timetable` | what is played, as text |
//!
//! ```sh
//! curl -d '{"fault":"uplink-cut","target":"lx"}' http://127.0.0.1:PORT/faults
//! ```

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::fault::{Fault, Target};
use super::fleet::{ActiveFault, Fleet};
use super::timetable::Timetable;

/// The longest request.
const LONGEST: usize = 64 * 1024;
/// For a request to come in.
const PATIENCE: Duration = Duration::from_secs(10);

/// The open port. It closes when it is dropped.
#[derive(Debug)]
pub struct Control {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Control {
    /// Opens it on 127.0.0.1.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn open(fleet: Arc<Fleet>, timetable: Timetable, port: u16) -> io::Result<Control> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => drop(tokio::spawn(serve(stream, fleet.clone(), timetable.clone()))),
                    // Out of descriptors: they come back.
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
        });
        Ok(Control { address, task })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Request {
    method: String,
    path: String,
    body: Vec<u8>,
}

struct Answer {
    status: &'static str,
    kind: &'static str,
    body: String,
}

impl Answer {
    fn json(status: &'static str, body: &Value) -> Answer {
        Answer { status, kind: "application/json", body: format!("{body}\n") }
    }

    fn refusal(status: &'static str, why: &str) -> Answer {
        Answer::json(status, &json!({ "error": why }))
    }
}

async fn serve(mut stream: TcpStream, fleet: Arc<Fleet>, timetable: Timetable) {
    let answer = match timeout(PATIENCE, read(&mut stream)).await {
        Ok(Some(request)) => answer(&request, &fleet, &timetable),
        Ok(None) => Answer::refusal("400 Bad Request", "this is no HTTP request of at most 64 KiB"),
        Err(_) => return,
    };
    let Answer { status, kind, body } = answer;
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // Whether the asker still listens is its affair.
    drop(stream.write_all((head + &body).as_bytes()).await);
    drop(stream.shutdown().await);
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        if let Some(request) = parse(&bytes) {
            return Some(request);
        }
        let mut part = [0; 4096];
        let size = stream.read(&mut part).await.ok().filter(|size| *size > 0)?;
        bytes.extend(&part[..size]);
        if bytes.len() > LONGEST {
            return None;
        }
    }
}

/// A request, once all of it is there.
fn parse(bytes: &[u8]) -> Option<Request> {
    let head_end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..head_end]).ok()?;
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let length =
        lines.filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.map_or(Some(0), |(_, value)| value.trim().parse().ok())?;
    let body = bytes.get(head_end + 4..(head_end + 4).checked_add(length)?)?.to_vec();
    Some(Request { method, path, body })
}

fn answer(request: &Request, fleet: &Arc<Fleet>, timetable: &Timetable) -> Answer {
    let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["fleet"]) => Answer::json("200 OK", &describe(fleet)),
        ("GET", ["faults"]) => Answer::json("200 OK", &json!({ "items": faults(fleet) })),
        ("GET", ["timetable"]) => Answer { status: "200 OK", kind: "text/plain", body: timetable.to_string() },
        ("POST", ["faults"]) => begin(&request.body, fleet),
        ("DELETE", ["faults"]) => {
            let ended = fleet.faults().iter().filter(|fault| fleet.end(fault.id)).count();
            Answer::json("200 OK", &json!({ "ended": ended }))
        }
        ("DELETE", ["faults", id]) => match id.parse().is_ok_and(|id| fleet.end(id)) {
            true => Answer::json("200 OK", &json!({ "ended": 1 })),
            false => Answer::refusal("404 Not Found", "no fault of this number is on"),
        },
        _ => Answer::refusal(
            "404 Not Found",
            "GET /fleet, /faults, /timetable; POST /faults; DELETE /faults, /faults/ID",
        ),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    fault: String,
    target: String,
    seconds: Option<u32>,
}

fn begin(body: &[u8], fleet: &Arc<Fleet>) -> Answer {
    const REFUSED: &str = "422 Unprocessable Content";
    let wish: Wish = match serde_json::from_slice(body) {
        Ok(wish) => wish,
        Err(error) => return Answer::refusal("400 Bad Request", &error.to_string()),
    };
    let fault: Fault = match wish.fault.parse() {
        Ok(fault) => fault,
        Err(error) => return Answer::refusal(REFUSED, &format!("{error}")),
    };
    let lasts = wish.seconds.map(|seconds| Duration::from_secs(u64::from(seconds)));
    match fleet.begin(fault, Target::from(wish.target.as_str()), lasts) {
        Ok(id) => Answer::json("201 Created", &json!({ "id": id })),
        Err(error) => Answer::refusal(REFUSED, &error.to_string()),
    }
}

fn faults(fleet: &Fleet) -> Vec<Value> {
    let item = |ActiveFault { id, fault, target, since, lasts }: ActiveFault| {
        json!({
            "id": id, "fault": fault.to_string(), "target": target.to_string(), "since": since,
            "seconds": lasts.as_secs(),
        })
    };
    fleet.faults().into_iter().map(item).collect()
}

fn describe(fleet: &Fleet) -> Value {
    let states = fleet.states();
    let halls = fleet.village().halls.iter().map(|hall| {
        let devices = hall.devices.iter().map(|device| {
            let (is_reached, served) = states.get(&device.full_name()).copied().unwrap_or_default();
            json!({
                "name": device.name, "kind": device.kind.word(), "address": device.address.to_string(),
                "platform": device.family.platform(), "uplink": device.uplink, "reached": is_reached,
                "served": served, "ssh": fleet.ssh(&device.full_name()).map(|server| {
                    let counters = server.counters();
                    json!({
                        "connections": counters.connections, "auth_messages": counters.auth_messages,
                        "execs": counters.execs,
                    })
                }),
            })
        });
        json!({ "code": hall.code, "name": hall.name, "devices": devices.collect::<Vec<Value>>() })
    });
    json!({
        "seed": fleet.village().seed, "snmp_port": fleet.snmp_port(), "ssh_port": fleet.ssh_port(), "halls": halls.collect::<Vec<Value>>(),
        "faults": faults(fleet),
    })
}
