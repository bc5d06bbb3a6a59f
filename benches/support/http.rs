//! A client that tells when the first byte of a reply came, many of them at once, and a server that
//! answers "hello".

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Instant;

use actix_web::{App, HttpServer, web};

/// A connection that is kept open.
pub struct Connection {
    stream: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

/// What came back.
pub struct Reply {
    pub status: u16,
    /// Milliseconds until the first byte.
    pub first_byte: f64,
    /// Length of the body.
    pub bytes: usize,
    /// The session that the reply sets, if it sets one.
    session: Option<String>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        Self {
            stream: BufReader::new(stream),
            line: String::new(),
            body: Vec::new(),
        }
    }

    /// Signs in; the session's cookie.
    pub fn sign_in(&mut self, mail: &str, password: &str) -> String {
        let form =
            serde_urlencoded::to_string([("mail", mail), ("password", password)]).expect("a form");
        let head = format!(
            "POST /dang-nhap HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:8080\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        );
        let reply = self.send(&head);
        assert_eq!(reply.status, 303, "signed in");
        reply.session.expect("a session")
    }

    /// Reads an address with a session.
    pub fn get(&mut self, path: &str, session: &str) -> Reply {
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: __Host-tinbai={session}\r\n\r\n"
        ))
    }

    fn send(&mut self, request: &str) -> Reply {
        let start = Instant::now();
        let stream = self.stream.get_mut();
        stream
            .write_all(request.as_bytes())
            .expect("a request sent");
        let first = self.stream.fill_buf().expect("a reply").len();
        assert_ne!(first, 0, "the connection stays open");
        let mut reply = Reply {
            first_byte: start.elapsed().as_secs_f64() * 1e3,
            status: 0,
            bytes: 0,
            session: None,
        };
        reply.status = self.next_line().split(' ').nth(1).map_or(0, number) as u16;
        loop {
            let line = self.next_line().to_owned();
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => reply.bytes = number(value),
                "set-cookie" => reply.session = session(value).or(reply.session),
                _ => {}
            }
        }
        self.body.resize(reply.bytes, 0);
        self.stream.read_exact(&mut self.body).expect("a body");
        reply
    }

    fn next_line(&mut self) -> &str {
        self.line.clear();
        self.stream.read_line(&mut self.line).expect("a line");
        self.line.trim_end()
    }
}

fn number(text: &str) -> usize {
    text.parse().expect("a number")
}

fn session(cookie: &str) -> Option<String> {
    let value = cookie.strip_prefix("__Host-tinbai=")?.split(';').next()?;
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

/// What many connections took.
pub struct Flood {
    pub per_second: f64,
    /// Milliseconds.
    pub p99: f64,
}

/// Reads an address over this many connections at once, each so many times.
pub fn flood(
    address: SocketAddr,
    (connections, reads): (usize, usize),
    path: &str,
    session: &str,
) -> Flood {
    let start = Instant::now();
    let mut took: Vec<f64> = thread::scope(|scope| {
        let clients: Vec<_> = (0..connections)
            .map(|_| {
                scope.spawn(|| {
                    let mut connection = Connection::open(address);
                    let read = |_| {
                        let start = Instant::now();
                        assert_eq!(connection.get(path, session).status, 200);
                        start.elapsed().as_secs_f64() * 1e3
                    };
                    (0..reads).map(read).collect::<Vec<f64>>()
                })
            })
            .collect();
        let ended = clients
            .into_iter()
            .flat_map(|one| one.join().expect("a client"));
        ended.collect()
    });
    let all = start.elapsed().as_secs_f64();
    took.sort_by(f64::total_cmp);
    Flood {
        per_second: took.len() as f64 / all,
        p99: took.get(took.len() * 99 / 100).copied().unwrap_or_default(),
    }
}

/// Serves "hello" until the process is ended.
pub fn say_hello() {
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(|| App::new().route("/", web::get().to(async || "hello")))
            .bind(("127.0.0.1", 0))
            .expect("a port");
        let address = *server.addrs().first().expect("an address");
        println!("(nghe ở {address})");
        server.run().await.expect("served");
    });
}
