//! A mail server made of a script: it answers every command as told, may be slow, silent or gone,
//! and keeps what it received, byte for byte. A real TCP server on loopback; benches use it too.
//! [`Door`] says whether it encrypts and asks for a sign-in.

mod talk;
mod wire;

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_rustls::rustls::ServerConfig;

use talk::Talk;

/// Where in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Before the handshake of TLS.
    Handshake,
    Greeting,
    Ehlo,
    Starttls,
    /// `AUTH` and the lines that follow it.
    Auth,
    Mail,
    Rcpt,
    Data,
    /// The mail is here, up to its final dot.
    Dot,
    Rset,
    Quit,
    Other,
}

/// What the script knows when it answers.
#[derive(Debug)]
pub struct Seen<'a> {
    pub step: Step,
    /// The command's line; for [`Step::Dot`] the recipient's.
    pub line: &'a str,
    /// Number of the connection, from 0.
    pub connection: usize,
    /// Mails this connection has carried before this one.
    pub mails_before: usize,
    /// Connections that are open, with this one.
    pub open: usize,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
}

/// What the server does.
#[derive(Debug, Clone)]
pub enum Answer {
    /// What a friendly server says.
    Fine,
    /// These words.
    Say(&'static str),
    /// These bytes, and nothing after them.
    Bytes(&'static [u8]),
    /// Nothing, ever.
    Hang,
    /// Closes the connection without a word.
    Drop,
    /// Says something and closes the connection.
    SayAndDrop(&'static str),
    /// Takes its time.
    After(Duration, Box<Answer>),
}

/// A mail as it came over the wire.
#[derive(Debug, Clone)]
pub struct Received {
    pub mail_from: String,
    pub rcpt_to: String,
    /// Dot stuffing undone, without the final dot.
    pub raw: Vec<u8>,
    /// Was it answered with 2xx?
    pub accepted: bool,
    pub connection: usize,
}

impl Received {
    pub fn text(&self) -> String {
        String::from_utf8(self.raw.clone()).expect("our mails are ASCII")
    }

    /// The lines of the head, folded ones joined.
    pub fn head(&self) -> Vec<String> {
        let text = self.text();
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        head.replace("\r\n ", " ")
            .replace("\r\n\t", " ")
            .split("\r\n")
            .map(str::to_owned)
            .collect()
    }

    pub fn message_id(&self) -> String {
        let head = self.head();
        let line = head
            .iter()
            .find_map(|line| line.strip_prefix("Message-ID: "));
        line.expect("every mail has a Message-ID").to_owned()
    }
}

/// A line that a client sent, the content of mails excepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    pub encrypted: bool,
}

/// How the server is entered.
#[derive(Clone, Default)]
pub struct Door {
    pub tls: Option<Arc<ServerConfig>>,
    /// TLS from the first byte; else after STARTTLS.
    pub implicit: bool,
    /// User and password, without which no mail is taken.
    pub login: Option<(&'static str, &'static str)>,
}

type Script = Box<dyn Fn(&Seen<'_>) -> Answer + Send + Sync>;

#[derive(Default)]
struct Log {
    received: Vec<Received>,
    lines: Vec<Line>,
    connections: usize,
    /// Of these, still talking.
    open: usize,
}

struct Shared {
    door: Door,
    script: Mutex<Arc<Script>>,
    log: Mutex<Log>,
    news: Condvar,
    streams: Mutex<Vec<TcpStream>>,
    stop: AtomicBool,
    /// Only counts; for benches with many mails.
    forgetful: bool,
}

/// The server; it goes away with this value.
pub struct Sink {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

impl Sink {
    pub fn friendly() -> Self {
        Self::start(|_| Answer::Fine)
    }

    pub fn start(script: impl Fn(&Seen<'_>) -> Answer + Send + Sync + 'static) -> Self {
        Self::with(script, Door::default(), false)
    }

    /// One that encrypts or asks for a sign-in.
    pub fn behind(
        door: Door,
        script: impl Fn(&Seen<'_>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::with(script, door, false)
    }

    /// Keeps no bytes, only one empty record a mail.
    pub fn forgetful(script: impl Fn(&Seen<'_>) -> Answer + Send + Sync + 'static) -> Self {
        Self::with(script, Door::default(), true)
    }

    fn with(
        script: impl Fn(&Seen<'_>) -> Answer + Send + Sync + 'static,
        door: Door,
        forgetful: bool,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            door,
            script: Mutex::new(Arc::new(Box::new(script))),
            log: Mutex::default(),
            news: Condvar::new(),
            streams: Mutex::default(),
            stop: AtomicBool::new(false),
            forgetful,
        });
        let server = Arc::clone(&shared);
        std::thread::spawn(move || serve(&listener, &server));
        Self { address, shared }
    }

    /// Answers differently from now on.
    pub fn script(&self, script: impl Fn(&Seen<'_>) -> Answer + Send + Sync + 'static) {
        *lock(&self.shared.script) = Arc::new(Box::new(script));
    }

    pub fn received(&self) -> Vec<Received> {
        lock(&self.shared.log).received.clone()
    }

    pub fn accepted(&self) -> Vec<Received> {
        self.received()
            .into_iter()
            .filter(|mail| mail.accepted)
            .collect()
    }

    pub fn count(&self) -> usize {
        lock(&self.shared.log).received.len()
    }

    /// Every line that clients sent, the content of mails excepted.
    pub fn lines(&self) -> Vec<Line> {
        lock(&self.shared.log).lines.clone()
    }

    pub fn connections(&self) -> usize {
        lock(&self.shared.log).connections
    }

    /// Waits until so many mails have come (accepted or not); false if they don't come within a
    /// minute.
    pub fn wait_for(&self, mails: usize) -> bool {
        self.wait_until(|log| log.received.len() >= mails)
    }

    /// Like [`Sink::wait_for`], but only accepted mails count.
    pub fn wait_for_accepted(&self, mails: usize) -> bool {
        let accepted = |log: &Log| log.received.iter().filter(|mail| mail.accepted).count();
        self.wait_until(|log| accepted(log) >= mails)
    }

    pub fn wait_for_connections(&self, connections: usize) -> bool {
        self.wait_until(|log| log.connections >= connections)
    }

    /// Waits until no connection is open.
    pub fn wait_until_idle(&self) -> bool {
        self.wait_until(|log| log.open == 0)
    }

    fn wait_until(&self, enough: impl Fn(&Log) -> bool) -> bool {
        let end = Instant::now() + Duration::from_secs(60);
        let mut log = lock(&self.shared.log);
        while !enough(&log) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            log = self
                .shared
                .news
                .wait_timeout(log, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        let _wake_up = TcpStream::connect(self.address);
        for stream in lock(&self.shared.streams).drain(..) {
            let _closed = stream.shutdown(Shutdown::Both);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let number = {
            let mut log = lock(&shared.log);
            log.connections += 1;
            log.open += 1;
            log.connections - 1
        };
        shared.news.notify_all();
        if let Ok(copy) = stream.try_clone() {
            lock(&shared.streams).push(copy);
        }
        let shared = Arc::clone(shared);
        std::thread::spawn(move || {
            // Clients that go away are what the tests are about.
            let _gone = Talk::hold(Arc::clone(&shared), number, stream);
            lock(&shared.log).open -= 1;
            shared.news.notify_all();
        });
    }
}
