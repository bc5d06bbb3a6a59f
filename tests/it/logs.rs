//! What the program writes to its log: no secret, nobody's address, and nothing that a caller could
//! write into it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::time::Duration;

use tinbai::domain::access::Role;
use tinbai::domain::mail::{MailState, Outgoing};
use tinbai::domain::unit::Category;

use crate::both_databases;
use crate::kill::deliver;
use crate::support::TestDb;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, ORIGIN, PASSWORD, account, person};
use crate::support::post::mails;
use crate::support::process::Served;
use crate::support::sink::{Answer, Sink, Step};
use crate::support::tree::found;

both_databases!(
    logs_hold_no_secret_and_no_address,
    what_a_mail_server_says_names_nobody_in_the_log,
    nobody_writes_lines_into_the_log,
);

const MAIL: &str = "bt@tinh.example";

fn logs_hold_no_secret_and_no_address(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    account(app, &person(app, &root, Role::Editor, MAIL));
    let served = Served::start(app);
    assert!(
        served.told.contains(&format!("chạy tại {ORIGIN},")),
        "where people can sign in: {}",
        served.told
    );
    let browser = Browser::at(&served.address.to_string());
    browser.form(
        "/dang-nhap",
        &[("mail", MAIL), ("password", "mật khẩu gõ nhầm")],
    );
    assert_eq!(browser.sign_in(MAIL).status, 303);
    assert_eq!(
        browser.form("/quen-mat-khau", &[("mail", MAIL)]).status,
        200
    );
    browser.get("/dat-lai/lien-ket-bi-mat");
    assert!(browser.is_in());
    let secrets: Vec<String> = browser.cookies.borrow().values().cloned().collect();
    let log = served.stop();
    assert!(
        log.contains("/dang-nhap") && log.contains("/dat-lai/{token}"),
        "{log}"
    );
    let hidden = [
        MAIL,
        PASSWORD,
        "gõ nhầm",
        "lien-ket",
        "tinh.example",
        "Người",
    ];
    for secret in hidden.into_iter().chain(secrets.iter().map(String::as_str)) {
        assert!(!log.contains(secret), "{secret} stands in the log:\n{log}");
    }
    assert_eq!(app.unread_mails(), ["bt@tinh.example: Đặt lại mật khẩu"]);
}

fn what_a_mail_server_says_names_nobody_in_the_log(db: &TestDb) {
    let refused =
        "550 5.1.1 <bt.tho+x@donvi.example> Recipient address rejected: bt.tho+x@donvi.example";
    let away = "421 4.3.2 bt.tho+x@donvi.example: not now";
    for (step, words, told) in [
        (Step::Rcpt, refused, "a mail is given up"),
        (Step::Mail, away, "tried"),
    ] {
        for format in ["text", "json"] {
            let sink = Sink::start(move |seen| {
                if seen.step == step {
                    Answer::Say(words)
                } else {
                    Answer::Fine
                }
            });
            db.enqueue(&[Outgoing {
                key: format!("{told} {format}"),
                ..mails(1, db.now()).remove(0)
            }]);
            let mut command = deliver(db, &sink);
            command
                .env("TINBAI_TELEMETRY__FILTER", "debug")
                .env("TINBAI_TELEMETRY__FORMAT", format);
            let ended = command.stderr(Stdio::piped()).output().unwrap();
            let log = String::from_utf8(ended.stderr).unwrap();
            assert!(
                log.contains(told) && log.contains("***@donvi.example"),
                "{log}"
            );
            assert!(!log.contains("bt.tho"), "{log}");
            if format == "json" {
                assert!(
                    log.lines()
                        .all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()),
                    "{log}"
                );
            }
        }
    }
    // an address that is refused for good ends its mail; a server that is busy ends none
    assert_eq!(db.in_state(MailState::Dead).len(), 2);
}

/// Sends bytes as they are; what came back is of no interest.
fn raw(address: SocketAddr, request: &[u8]) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    // the server may hang up before it has read all of it
    let _hung_up = stream.write_all(request);
    let _hung_up = stream.read_to_end(&mut Vec::new());
}

fn nobody_writes_lines_into_the_log(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    account(app, &person(app, &root, Role::Editor, MAIL));
    let long = "x".repeat(6_000);
    for format in ["text", "json"] {
        let served = Served::logging(app, format);
        let evil = "a\r\n2026-11-20T01:00:00Z  INFO gia-mao: \u{1b}[2J\u{1b}]0;gia-mao\u{7}";
        let typed = Browser::at(&served.address.to_string());
        typed.form(
            "/dang-nhap",
            &[
                ("mail", evil),
                ("password", evil),
                ("toi", evil),
                (evil, evil),
            ],
        );
        typed.form("/dang-nhap", &[("mail", &long), ("password", &long)]);
        typed.form("/quen-mat-khau", &[("mail", evil)]);
        typed.json("/api/v1/units", &serde_json::json!({ evil: evil }));
        let path = format!("/api/v1/units/%0d%0a%1b[31mgia-mao/{long}?q=%0agia-mao");
        typed.get(&path.replace('[', "%5B"));
        typed.get("/dat-lai/%0a%1bgia-mao");
        for header in [
            "User-Agent",
            "X-Request-Id",
            "X-Forwarded-For",
            "Forwarded",
            "Accept-Language",
            "Host",
            "Cookie",
        ] {
            for value in [
                "\u{1b}[31mgia-mao",
                "\u{9b}31mgia-mao\u{2028}gia-mao",
                &long,
                "gia-mao\u{b}",
            ] {
                raw(
                    served.address,
                    format!(
                        "GET /dang-nhap HTTP/1.1\r\n{header}: {value}\r\nConnection: close\r\n\r\n"
                    )
                    .as_bytes(),
                );
            }
        }
        raw(
            served.address,
            b"G\x1b[31mgia-mao /\ngia-mao HTTP/9.9\r\n\r\n",
        );
        raw(
            served.address,
            b"POST /dang-nhap HTTP/1.1\r\nHost: a\r\nContent-Length: gia-mao\n\x1b[31m\r\n\r\n",
        );
        raw(
            served.address,
            format!("GET /{long}{long}{long} HTTP/1.1\r\n\r\n").as_bytes(),
        );
        assert_eq!(typed.get("/healthz").status, 200);
        let log = served.stop();
        assert!(log.lines().count() > 10, "{log}");
        assert!(
            !log.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{2028}'),
            "{log:?}"
        );
        for line in log.lines() {
            assert!(line.len() < 2_000, "{line}");
            match format {
                "json" => assert!(
                    serde_json::from_str::<serde_json::Value>(line).is_ok(),
                    "{line}"
                ),
                // an instant, in seconds or finer, and the level
                _ => assert!(
                    line.starts_with("20") && line.get(10..11) == Some("T"),
                    "{line}"
                ),
            }
            assert!(!line.contains("gia-mao"), "{line}");
        }
    }
}
