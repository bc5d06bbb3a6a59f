//! Clients that are slow on purpose (F29): each is let go after its dead-line, and honest ones are
//! answered meanwhile. Sockets do not care which database there is, so these run on SQLite only.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};
use tinbai::app::server::{self, Running};
use tinbai::config::{Seconds, Settings};
use tinbai::service::App;

use crate::support::app::{Client, TestApp};
use crate::support::{Kind, run};

/// Longer than any dead-line here, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(30);

/// A long reply that is open to everybody.
const LONG: &str = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";

fn server_with(app: &TestApp, change: impl FnOnce(&mut Settings)) -> Running {
    let mut settings = (*app.house.settings).clone();
    settings.server.header_timeout_seconds = Seconds(1);
    settings.server.write_timeout_seconds = Seconds(1);
    change(&mut settings);
    server::start(
        App::new(app.store.clone(), settings),
        app.clock.clone(),
        None,
    )
    .unwrap()
}

fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn answered(honest: &Client) {
    assert_eq!(honest.get("/readyz").status, 200);
}

#[test]
fn who_says_nothing_or_half_a_header_is_let_go() {
    run(Kind::Sqlite, |app: &TestApp| {
        let running = server_with(app, |_| ());
        let honest = app.nobody().at(running.address());
        let silent = connect(running.address());
        let mut halting = connect(running.address());
        write!(halting, "GET /readyz HTTP/1.1\r\nHost: x\r\nX-Part: ").unwrap();
        answered(&honest);
        for mut stream in [silent, halting] {
            let mut said = String::new();
            stream.read_to_string(&mut said).expect("let go, not kept");
            assert!(
                said.is_empty() || said.starts_with("HTTP/1.1 408"),
                "{said}"
            );
        }
        running.stop().unwrap();
    });
}

#[test]
fn forms_of_pages_have_a_dead_line_too() {
    run(Kind::Sqlite, |app: &TestApp| {
        for page in ["/thu/abc", "/dang-nhap"] {
            let mut slow = connect(app.address().parse().unwrap());
            let kind = "application/x-www-form-urlencoded";
            let head = format!(
                "Host: x\r\nOrigin: http://localhost:8080\r\nContent-Type: {kind}\r\nContent-Length: 50"
            );
            write!(slow, "POST {page} HTTP/1.1\r\n{head}\r\n\r\na").unwrap();
            let mut said = [0; 10];
            slow.read_exact(&mut said)
                .expect("an answer, while half of the form is lacking");
            assert!(said.starts_with(b"HTTP/1.1 4"), "{page}");
        }
    });
}

/// Connects with room for little on this side, so that the server notices what is not taken.
fn connect_with_little_room(to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    socket.connect(&to.into()).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

#[test]
fn who_takes_next_to_nothing_of_a_reply_is_cut_off() {
    run(Kind::Sqlite, |app: &TestApp| {
        let running = server_with(app, |_| ());
        let honest = app.nobody().at(running.address());
        // the system gives up on one that takes nothing for a second, but not on one that takes a little
        for bytes in [1, 8] {
            let mut slow = connect_with_little_room(running.address());
            slow.write_all(LONG.repeat(60).as_bytes()).unwrap();
            let (began, mut taken) = (Instant::now(), vec![0; bytes]);
            loop {
                answered(&honest);
                let read = slow.read(&mut taken);
                // a server that gave up on us says so only when it hears from us again
                if matches!(read, Ok(0) | Err(_)) || slow.write_all(b"\r\n").is_err() {
                    break;
                }
                assert!(began.elapsed() < PATIENCE, "still served");
            }
        }
        running.stop().unwrap();
    });
}

#[test]
fn who_takes_a_reply_slowly_but_steadily_gets_all_of_it() {
    run(Kind::Sqlite, |app: &TestApp| {
        let running = server_with(app, |_| ());
        let honest = app.nobody().at(running.address());
        let mut slow = connect_with_little_room(running.address());
        let last = "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        write!(slow, "{}{last}", LONG.repeat(5)).unwrap();
        let mut taken = Vec::new();
        while (&slow).take(4_096).read_to_end(&mut taken).unwrap() > 0 {
            answered(&honest);
        }
        let taken = String::from_utf8_lossy(&taken);
        assert_eq!(taken.matches("HTTP/1.1 200 OK").count(), 6);
        running.stop().unwrap();
    });
}

#[test]
fn who_goes_on_sending_what_nobody_wants_is_cut_off() {
    run(Kind::Sqlite, |app: &TestApp| {
        let head = "Host: x\r\nOrigin: http://localhost:8080\r\nContent-Type: application/x-www-form-urlencoded";
        // refused unread; refused when the body has taken too long
        for page in ["/api/v1/nowhere", "/dang-nhap"] {
            let mut endless = connect(app.address().parse().unwrap());
            write!(
                endless,
                "POST {page} HTTP/1.1\r\n{head}\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            .unwrap();
            let began = Instant::now();
            while endless.write_all(b"1\r\nx\r\n").is_ok() {
                answered(&app.nobody());
                assert!(began.elapsed() < PATIENCE, "still listened to: {page}");
            }
        }
        // what is read to its end may be followed by another request
        let mut whole = connect(app.address().parse().unwrap());
        for _ in 0..2 {
            let body = "Transfer-Encoding: chunked\r\n\r\n4\r\na=b&\r\n0\r\n\r\n";
            write!(whole, "POST /quen-mat-khau HTTP/1.1\r\n{head}\r\n{body}").unwrap();
            let mut said = vec![0; 16_384];
            let length = whole.read(&mut said).unwrap();
            assert!(
                said[..length].starts_with(b"HTTP/1.1 200"),
                "{}",
                String::from_utf8_lossy(&said[..length])
            );
        }
    });
}

#[test]
fn silent_connections_take_no_place_from_others_for_long() {
    run(Kind::Sqlite, |app: &TestApp| {
        let running = server_with(app, |settings| settings.server.max_connections = 20);
        let silent: Vec<TcpStream> = (0..60).map(|_| connect(running.address())).collect();
        // answered as soon as the dead-line of headers has made room
        answered(&app.nobody().at(running.address()));
        drop(silent);
        running.stop().unwrap();
    });
}

#[test]
fn hundreds_of_idle_connections_disturb_nobody() {
    run(Kind::Sqlite, |app: &TestApp| {
        let idle: Vec<TcpStream> = (0..300)
            .map(|_| {
                let mut stream = connect(app.address().parse().unwrap());
                write!(stream, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
                stream.read_exact(&mut [0; 15]).unwrap();
                stream
            })
            .collect();
        for _ in 0..20 {
            answered(&app.nobody());
        }
        for mut stream in idle {
            // kept alive: it is served again
            write!(stream, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            stream.read_exact(&mut [0; 15]).unwrap();
        }
    });
}

/// Reads one reply whose body is announced by its length; its first line.
fn one_reply(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse().unwrap())
    });
    stream.read_exact(&mut vec![0; length.unwrap()]).unwrap();
    head.lines().next().unwrap().to_owned()
}

#[test]
fn the_second_head_of_a_connection_has_a_dead_line_too() {
    run(Kind::Sqlite, |app: &TestApp| {
        let running = server_with(app, |settings| {
            settings.server.keep_alive_seconds = Seconds(20)
        });
        let whole = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";
        for (first, then) in [
            (whole, "G"),
            (whole, "GET /readyz HTTP/1.1\r\nHost: x\r\nX-Part: "),
        ] {
            for requests in [1, 3] {
                let mut stream = connect(running.address());
                for _ in 0..requests {
                    write!(stream, "{first}").unwrap();
                    assert_eq!(one_reply(&mut stream), "HTTP/1.1 200 OK");
                }
                write!(stream, "{then}").unwrap();
                let began = Instant::now();
                let mut said = String::new();
                stream.read_to_string(&mut said).expect("let go, not kept");
                assert!(said.starts_with("HTTP/1.1 408 "), "{said:?}");
                assert!(
                    began.elapsed() < Duration::from_secs(10),
                    "sooner than an idle connection"
                );
            }
        }
        // one byte now and then is no progress
        let mut dripping = connect(running.address());
        write!(dripping, "{whole}").unwrap();
        assert_eq!(one_reply(&mut dripping), "HTTP/1.1 200 OK");
        let began = Instant::now();
        dripping
            .set_read_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        while !matches!(dripping.read(&mut [0; 2_000]), Ok(0)) && dripping.write_all(b"G").is_ok() {
            assert!(began.elapsed() < PATIENCE, "still listened to");
        }
        running.stop().unwrap();
    });
}

#[test]
fn a_part_of_the_next_head_sent_along_does_not_keep_a_connection_forever() {
    run(Kind::Sqlite, |app: &TestApp| {
        let running = server_with(app, |settings| {
            settings.server.keep_alive_seconds = Seconds(1)
        });
        let mut stream = connect(running.address());
        write!(stream, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\nGET /rea").unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("let go, not kept");
        assert!(said.starts_with("HTTP/1.1 200 OK"), "{said}");
        running.stop().unwrap();
    });
}

#[test]
fn idle_connections_make_room_for_new_ones() {
    run(Kind::Sqlite, |app: &TestApp| {
        let running = server_with(app, |settings| {
            settings.server.max_connections = 40;
            settings.server.connections_per_address = 10;
            settings.server.keep_alive_seconds = Seconds(600);
            settings.server.header_timeout_seconds = Seconds(600);
        });
        let ask = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";
        let mut idle: Vec<TcpStream> = (0..100)
            .map(|_| {
                let mut stream = connect(running.address());
                write!(stream, "{ask}").unwrap();
                assert_eq!(one_reply(&mut stream), "HTTP/1.1 200 OK", "each is served");
                stream
            })
            .collect();
        // the last ones are still there, the first ones made room
        let kept = |stream: &mut TcpStream| {
            let asked = write!(stream, "{ask}").is_ok();
            asked && stream.read_exact(&mut [0; 15]).is_ok()
        };
        assert!(!kept(&mut idle[0]));
        assert!(kept(idle.last_mut().unwrap()));
        // those that never said anything as well
        let silent: Vec<TcpStream> = (0..100).map(|_| connect(running.address())).collect();
        answered(&app.nobody().at(running.address()));
        drop(silent);
        running.stop().unwrap();
    });
}

#[test]
fn what_never_becomes_a_request_is_answered_in_our_form() {
    run(Kind::Sqlite, |app: &TestApp| {
        let running = server_with(app, |_| ());
        let long = format!(
            "GET /readyz HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n",
            "a".repeat(200_000)
        );
        for (sent, status, kind) in [
            ("no http at all\r\n\r\n", "400 Bad Request", "malformed"),
            (
                "GET /readyz HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                "400 Bad Request",
                "malformed",
            ),
            (
                "GET / HTTP/1.1\r\nHost: x\r\n x: y",
                "400 Bad Request",
                "malformed",
            ),
            (
                &long,
                "431 Request Header Fields Too Large",
                "head_too_long",
            ),
            (
                "GET /readyz HTTP/1.1\r\nHost: x\r\nX-Part: ",
                "408 Request Timeout",
                "too_slow",
            ),
        ] {
            let mut stream = connect(running.address());
            let _cut_off = stream.write_all(sent.as_bytes());
            let mut said = Vec::new();
            let _reset = stream.read_to_end(&mut said);
            let said = String::from_utf8(said).unwrap();
            let (head, body) = said
                .split_once("\r\n\r\n")
                .unwrap_or_else(|| panic!("{status}: {said:?}"));
            assert!(
                head.starts_with(&format!("HTTP/1.1 {status}\r\n")),
                "{head}"
            );
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(body["type"], format!("urn:tinbai:problem:{kind}"));
            let head = head.to_ascii_lowercase();
            for header in [
                "content-type: application/problem+json",
                "x-content-type-options: nosniff",
                "content-security-policy: default-src 'none'",
                "cache-control: no-store",
                "referrer-policy: no-referrer",
                "connection: close",
                &format!("x-request-id: {}", body["request_id"].as_str().unwrap()),
            ] {
                assert!(head.contains(header), "{status}: {header} in {head}");
            }
        }
        let encoded = app
            .nobody()
            .at(running.address())
            .with("Accept-Encoding", "br;q=1, identity;q=0");
        let refused = encoded.get("/readyz");
        assert_eq!(
            refused.expect(406)["type"],
            "urn:tinbai:problem:not_acceptable"
        );
        assert_eq!(refused.header("x-content-type-options"), "nosniff");
        running.stop().unwrap();
    });
}
