//! Spans that are exported to an OpenTelemetry collector, in a program with the feature
//! `opentelemetry`.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use crate::both_databases;
use crate::kill::deliver;
use crate::support::TestDb;
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::post::mails;
use crate::support::process::{Served, program};
use crate::support::sink::{Answer, Sink};

both_databases!(
    requests_are_exported_as_spans,
    runs_of_jobs_are_exported_as_spans,
    mails_are_exported_as_spans,
    a_collector_that_is_away_costs_a_line_in_the_log,
);

const ENDPOINT: &str = "TINBAI_TELEMETRY__ENDPOINT";

fn requests_are_exported_as_spans(app: &TestApp) {
    let collector = Collector::start();
    let mut command = Command::new(program());
    command.env(ENDPOINT, collector.endpoint());
    let served = Served::by(app, command);
    let browser = Browser::at(&served.address.to_string());
    let reply = browser.get("/dat-lai/lien-ket-bi-mat?ai=toi");
    let request_id = reply.header("x-request-id").to_owned();
    let log = served.stop();
    let spans = collector.spans();
    for said in ["tinbai", "GET /dat-lai/{token}", "http.route", &request_id] {
        assert!(spans.contains(said), "{said} is not in {spans:?}");
    }
    for secret in ["lien-ket", "ai=toi"] {
        assert!(!spans.contains(secret), "{secret} is in {spans:?}");
    }
    // the log does not repeat what is traced
    let line = log.lines().find(|line| line.contains(&request_id)).unwrap();
    assert!(!line.contains("http.route"), "{line}");
}

fn runs_of_jobs_are_exported_as_spans(db: &TestDb) {
    let collector = Collector::start();
    let tinbai = |words: &[&str]| {
        Command::new(program())
            .args(words)
            .env("TINBAI_DATABASE__URL", db.url())
            .env(ENDPOINT, collector.endpoint())
            .output()
            .unwrap()
    };
    // the first command that looks at jobs writes their rows
    tinbai(&["jobs"]);
    let at = "2099-01-01T00:00:00+07:00";
    let output = tinbai(&["run-due", "--dry-run", "--json", "--at", at]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let spans = collector.spans();
    let runs = report["runs"].as_array().unwrap();
    assert!(!runs.is_empty(), "{report:#}");
    for run in runs {
        let job = run["job"].as_str().unwrap();
        assert!(spans.contains(job), "{job} is not in {spans:?}");
    }
}

fn mails_are_exported_as_spans(db: &TestDb) {
    let collector = Collector::start();
    let sink = Sink::start(|_| Answer::Fine);
    let mail = mails(1, db.now()).remove(0);
    let (address, title) = (mail.to_mail.to_string(), mail.subject.clone());
    db.enqueue(&[mail]);
    let mut command = deliver(db, &sink);
    assert!(
        command
            .env(ENDPOINT, collector.endpoint())
            .status()
            .unwrap()
            .success()
    );
    let spans = collector.spans();
    assert!(spans.contains("mail"), "{spans:?}");
    for secret in [address, title] {
        assert!(!spans.contains(&secret), "{secret} is in {spans:?}");
    }
}

fn a_collector_that_is_away_costs_a_line_in_the_log(db: &TestDb) {
    let sink = Sink::start(|_| Answer::Fine);
    db.enqueue(&mails(1, db.now()));
    // bound and closed: nobody listens there
    let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let mut command = deliver(db, &sink);
    command.env(ENDPOINT, format!("http://{}", away.unwrap()));
    let ended = command.stderr(Stdio::piped()).output().unwrap();
    let log = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{log}");
    assert!(log.contains("spans were not exported"), "{log}");
}

/// A collector: keeps the bodies that it is sent.
struct Collector {
    address: SocketAddr,
    bodies: Arc<Mutex<String>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let bodies = Arc::default();
        let kept = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                take(client.unwrap(), &kept);
            }
        });
        Self { address, bodies }
    }

    fn endpoint(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// What it was sent, after the program has ended. Texts stand in protobuf as they are.
    fn spans(&self) -> String {
        self.bodies.lock().unwrap().clone()
    }
}

/// Takes one request and keeps its body before it is answered.
fn take(mut client: TcpStream, bodies: &Mutex<String>) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let read = client.read(&mut piece).unwrap();
        assert!(read > 0, "the client left within its request");
        bytes.extend(&piece[..read]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        assert!(head.starts_with("post /v1/traces http/1.1"), "{head}");
        assert!(head.contains("application/x-protobuf"), "{head}");
        let length = head.split("content-length: ").nth(1).unwrap();
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        let body = &bytes[end + 4..];
        if body.len() >= length {
            let body = String::from_utf8_lossy(body);
            bodies.lock().unwrap().push_str(&body);
            let answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
            return client.write_all(answer).unwrap();
        }
    }
}
