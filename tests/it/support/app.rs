//! A running server with its own database, a clock that stands still, and mails kept in memory. The
//! scheduler does not run by itself: tests run it for the instant they mean.

use std::io::{Cursor, Read as _};
use std::net::SocketAddr;
use std::ops::Deref;
use std::time::Duration;

use serde_json::Value;
use tinbai::app::scheduler::{self, DueReport};
use tinbai::app::server::{self, Running};
use tinbai::config::{Seconds, Settings};
use tinbai::demo;
use tinbai::domain::access::{Actor, Role};
use tinbai::mail::{Builder, Captured, Memory, Transport};
use tinbai::service::accounts::tokens;
use tinbai::service::accounts::tokens::NewToken;
use tinbai::service::{App, Tx};
use tinbai::store::units::UnitRow;
use tinbai::worker::delivery::Delivery;

use super::{Fixture, Kind, TestDb, post};

/// The server, on a [`TestDb`].
pub struct TestApp {
    pub house: App,
    db: TestDb,
    /// The delivery of mails into memory; runs when a test lets it.
    pub delivery: Delivery,
    running: Option<Running>,
    memory: Memory,
}

impl Deref for TestApp {
    type Target = TestDb;

    fn deref(&self) -> &TestDb {
        &self.db
    }
}

impl Fixture for TestApp {
    fn start(kind: Kind) -> Self {
        let db = TestDb::start(kind);
        let mut settings = Settings::default();
        settings.server.listen = "127.0.0.1:0".parse().unwrap();
        settings.server.threads = 1;
        settings.server.body_timeout_seconds = Seconds(1);
        settings.server.shutdown_timeout_seconds = Seconds(1);
        settings.worker.in_server = false;
        let memory = Memory::default();
        let builder =
            Builder::new("Tin bài", "tinbai@tinbai.example", "bounces@tinbai.example").unwrap();
        let transport = Transport::Memory(memory.clone());
        let delivery = Delivery::new(
            db.store.clone(),
            transport,
            builder,
            settings.mail.delivery.clone(),
            db.clock.clone(),
        );
        let house = App::new(db.store.clone(), settings);
        let running = server::start(house.clone(), db.clock.clone(), None).unwrap();
        Self {
            house,
            db,
            delivery,
            running: Some(running),
            memory,
        }
    }

    fn finish(mut self) {
        self.running
            .take()
            .unwrap()
            .stop()
            .expect("the server ends well");
        self.db.finish();
    }
}

impl TestApp {
    /// Makes the database a demonstration; the key of its mailbox.
    pub fn make_demonstration(&self) -> String {
        let key = self.house.write(&Actor::cli(), self.now(), |tx| {
            demo::mark(tx)?;
            demo::mailbox_key(tx)
        });
        key.unwrap().unwrap()
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        self.running.as_ref().unwrap().address().to_string()
    }

    /// A client without a token.
    pub fn nobody(&self) -> Client {
        self.client(None)
    }

    /// A client whose token has a role on a unit; `None` = on every unit.
    pub fn client_of(&self, role: Role, unit: Option<&UnitRow>) -> Client {
        let new = NewToken {
            name: role.as_str().to_owned(),
            role,
            unit_id: unit.map(|unit| unit.id),
            person_id: None,
            days: None,
        };
        self.client(Some(self.token(&new)))
    }

    /// The secret of a new token.
    pub fn token(&self, new: &NewToken) -> String {
        let create = |tx: &mut Tx<'_>| tokens::create(tx, new);
        let issued = self.house.write(&Actor::cli(), self.now(), create);
        issued.unwrap().secret
    }

    /// A client that administers everything.
    pub fn admin(&self) -> Client {
        self.client_of(Role::Admin, None)
    }

    /// A client that sends this token.
    pub fn client(&self, token: Option<String>) -> Client {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(120)))
            .allow_non_standard_methods(true)
            .build();
        Client {
            agent: config.into(),
            base: format!("http://{}", self.address()),
            token,
            headers: Vec::new(),
        }
    }

    /// Runs what is due at the clock's instant.
    pub fn run_due(&self) -> DueReport {
        scheduler::run_due(&self.house, self.now()).unwrap()
    }

    /// Mails sent so far.
    pub fn sent(&self) -> usize {
        self.memory.sent().len()
    }

    /// Delivers what waits; the mails sent since the last time, in the order in which they were
    /// queued: several connections send at once.
    pub fn mails(&self) -> Vec<Captured> {
        post::drain(&self.delivery);
        self.db.mark_mails_read();
        let queued = self.db.message_ids();
        let mut sent = self.memory.take();
        sent.sort_by_key(|mail| queued.iter().position(|id| *id == mail.message_id));
        sent
    }
}

/// Somebody who calls the API.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
    pub token: Option<String>,
    headers: Vec<(&'static str, String)>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    /// Of an Excel or Word file, what its parts say.
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn of(mut reply: ureq::http::Response<ureq::Body>) -> Self {
        let bytes = reply.body_mut().read_to_vec().unwrap();
        let headers = reply.headers().clone();
        let kind = headers
            .get("content-type")
            .map(|kind| kind.to_str().unwrap());
        let text =
            match kind.is_some_and(|kind| kind.contains("officedocument")) && !bytes.is_empty() {
                true => parts_of(&bytes),
                false => String::from_utf8_lossy(&bytes).into_owned(),
            };
        Self {
            status: reply.status().as_u16(),
            headers,
            text,
            bytes,
        }
    }
}

/// The texts of a zip file's parts.
fn parts_of(bytes: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    for part in 0..archive.len() {
        archive
            .by_index(part)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
    }
    text
}

impl Client {
    /// The same client, sending this header too.
    pub fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut client = self.clone();
        client.headers.push((name, value.into()));
        client
    }

    /// The same client, calling another server.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self {
            base: format!("http://{address}"),
            ..self.clone()
        }
    }

    /// The same client, editing this version.
    pub fn knowing(&self, version: impl Into<i64>) -> Self {
        self.with("If-Match", format!("\"{}\"", version.into()))
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, Some(body.to_string()))
    }

    pub fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send("PATCH", path, Some(body.to_string()))
    }

    pub fn put(&self, path: &str, body: &Value) -> Reply {
        self.send("PUT", path, Some(body.to_string()))
    }

    /// Sends a file as the body.
    pub fn upload(&self, path: &str, file: &[u8]) -> Reply {
        let client = self.with("Content-Type", "application/octet-stream");
        client.call("POST", path, Some(file.to_vec()))
    }

    /// Any verb, any body.
    pub fn send(&self, verb: &str, path: &str, body: Option<String>) -> Reply {
        self.call(verb, path, body.map(String::into_bytes))
    }

    /// Sends a file and keeps the one that comes back.
    pub fn download(&self, path: &str, file: &[u8]) -> Vec<u8> {
        let reply = self.upload(path, file);
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.bytes
    }

    /// A file.
    pub fn fetch(&self, path: &str) -> Vec<u8> {
        let reply = self.get(path);
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.bytes
    }

    fn call(&self, verb: &str, path: &str, body: Option<Vec<u8>>) -> Reply {
        let mut request = ureq::http::Request::builder()
            .method(verb)
            .uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        if body.is_some() && !self.headers.iter().any(|(name, _)| *name == "Content-Type") {
            request = request.header("Content-Type", "application/json");
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let sent = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        Reply::of(sent.unwrap_or_else(|error| panic!("{verb} {path}: {error}")))
    }
}

impl Reply {
    /// The body, if the status is this one.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The page, if the status is this one.
    #[track_caller]
    pub fn expect_page(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        self.text.clone()
    }

    /// `field code` of every fault, if the reply is a problem with this status.
    #[track_caller]
    pub fn faults(&self, status: u16) -> Vec<String> {
        let body = self.expect(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let faults = body["errors"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        faults
            .iter()
            .map(|fault| format!("{} {}", text(&fault["field"]), text(&fault["code"])))
            .collect()
    }

    /// A header, empty if absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The `items` of a page.
    #[track_caller]
    pub fn items(&self) -> Vec<Value> {
        self.expect(200)["items"]
            .as_array()
            .cloned()
            .expect("a page")
    }
}

/// The texts under a key of every row.
pub fn texts(rows: &[Value], key: &str) -> Vec<String> {
    rows.iter()
        .map(|row| {
            row[key]
                .as_str()
                .unwrap_or_else(|| panic!("{key} of {row}"))
                .to_owned()
        })
        .collect()
}
