//! Spans that are exported to an OpenTelemetry collector.

use std::process::Command;

use crate::both_databases;
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::process::{Served, program};

both_databases!(requests_are_exported_as_spans);

/// With the feature: what a collector is sent. Without it: the setting is refused by name.
#[cfg(feature = "opentelemetry")]
fn requests_are_exported_as_spans(app: &TestApp) {
    use std::net::TcpListener;

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let collector = format!("http://{}/", listener.local_addr().unwrap());
    let exported = std::thread::spawn(move || received(&listener.accept().unwrap().0));
    let mut command = Command::new(program());
    command.env("TINBAI_TELEMETRY__ENDPOINT", collector);
    let served = Served::by(app, command);
    let browser = Browser::at(&served.address.to_string());
    let reply = browser.get("/dat-lai/lien-ket-bi-mat?ai=toi");
    let request_id = reply.header("x-request-id").to_owned();
    let log = served.stop();
    let (head, body) = exported.join().unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
    assert!(head.contains("application/x-protobuf"), "{head}");
    for said in ["tinbai", "GET /dat-lai/{token}", "http.route", &request_id] {
        assert!(body.contains(said), "{said} is not in {body:?}");
    }
    for secret in ["lien-ket", "ai=toi"] {
        assert!(!body.contains(secret), "{secret} is in {body:?}");
    }
    // the log does not repeat what is traced
    let line = log.lines().find(|line| line.contains(&request_id)).unwrap();
    assert!(!line.contains("http.route"), "{line}");
}

/// The head and the body of the request that a client sends, answered with 200.
#[cfg(feature = "opentelemetry")]
fn received(mut client: &std::net::TcpStream) -> (String, String) {
    use std::io::{Read as _, Write as _};

    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let read = client.read(&mut piece).unwrap();
        assert!(read > 0, "the client left within its request");
        bytes.extend(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, _)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_owned();
        let length = head.to_lowercase();
        let length = length.split("content-length: ").nth(1).unwrap();
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        let body = &bytes[head.len() + 4..];
        if body.len() >= length {
            let body = String::from_utf8_lossy(body).into_owned();
            client
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                .unwrap();
            return (head, body);
        }
    }
}

#[cfg(not(feature = "opentelemetry"))]
fn requests_are_exported_as_spans(app: &TestApp) {
    let refused = Command::new(program())
        .arg("serve")
        .env("TINBAI_DATABASE__URL", app.url())
        .env("TINBAI_TELEMETRY__ENDPOINT", "http://127.0.0.1:4318")
        .output()
        .unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && said.contains("telemetry.endpoint"),
        "{said}"
    );
}
