//! A mail server made of a script: it answers every command as told, may be slow, silent or gone,
//! and keeps what it received, byte for byte. A real TCP server on loopback; benches use it too.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Where in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Greeting,
    Ehlo,
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

type Script = Box<dyn Fn(&Seen<'_>) -> Answer + Send + Sync>;

#[derive(Default)]
struct Log {
    received: Vec<Received>,
    connections: usize,
    /// Of these, still talking.
    open: usize,
}

struct Shared {
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
        Self::with(script, false)
    }

    /// Keeps no bytes, only one empty record a mail.
    pub fn forgetful(script: impl Fn(&Seen<'_>) -> Answer + Send + Sync + 'static) -> Self {
        Self::with(script, true)
    }

    fn with(script: impl Fn(&Seen<'_>) -> Answer + Send + Sync + 'static, forgetful: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
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

    pub fn connections(&self) -> usize {
        lock(&self.shared.log).connections
    }

    /// Waits until so many mails have come (accepted or not); false if they don't come within a
    /// minute.
    pub fn wait_for(&self, mails: usize) -> bool {
        self.wait_until(|log| log.received.len() >= mails)
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
            let _gone = Talk {
                shared: Arc::clone(&shared),
                number,
                mails: 0,
                out: stream,
            }
            .hold();
            lock(&shared.log).open -= 1;
            shared.news.notify_all();
        });
    }
}

struct Talk {
    shared: Arc<Shared>,
    number: usize,
    mails: usize,
    out: TcpStream,
}

impl Talk {
    fn hold(mut self) -> std::io::Result<()> {
        self.out.set_nodelay(true)?;
        let mut lines = BufReader::new(self.out.try_clone()?);
        if !self.answer(Step::Greeting, "", "220 sink.example ESMTP")? {
            return Ok(());
        }
        let (mut from, mut to) = (String::new(), String::new());
        let mut line = String::new();
        loop {
            line.clear();
            if lines.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let command = line.trim_end().to_owned();
            let (step, fine) = match command
                .get(..4)
                .unwrap_or_default()
                .to_ascii_uppercase()
                .as_str()
            {
                "EHLO" | "HELO" => (
                    Step::Ehlo,
                    "250-sink.example\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES",
                ),
                "MAIL" => (Step::Mail, "250 2.1.0 fine"),
                "RCPT" => (Step::Rcpt, "250 2.1.5 fine"),
                "DATA" => (Step::Data, "354 go on"),
                "RSET" => (Step::Rset, "250 2.0.0 fine"),
                "QUIT" => (Step::Quit, "221 2.0.0 bye"),
                _ => (Step::Other, "250 2.0.0 fine"),
            };
            match step {
                Step::Mail => from = between(&command),
                Step::Rcpt => to = between(&command),
                _ => {}
            }
            let answer = self.ask(step, &command);
            let goes_on = self.give(&answer, fine)?;
            if !goes_on || step == Step::Quit {
                return Ok(());
            }
            if step == Step::Data && matches!(settled(&answer), Answer::Fine) {
                let raw = content(&mut lines)?;
                if !self.take(&from, &to, raw)? {
                    return Ok(());
                }
            }
        }
    }

    /// The mail is on record before the client hears of it, as with a server that keeps its word.
    fn take(&mut self, from: &str, to: &str, raw: Vec<u8>) -> std::io::Result<bool> {
        let answer = self.ask(Step::Dot, to);
        let accepted = match settled(&answer) {
            Answer::Fine => true,
            Answer::Say(words) | Answer::SayAndDrop(words) => words.starts_with('2'),
            Answer::Bytes(bytes) => bytes.starts_with(b"2"),
            _ => false,
        };
        if let Answer::After(time, _) = &answer {
            std::thread::sleep(*time);
        }
        let raw = if self.shared.forgetful {
            Vec::new()
        } else {
            raw
        };
        let (mail_from, rcpt_to) = (from.to_owned(), to.to_owned());
        lock(&self.shared.log).received.push(Received {
            mail_from,
            rcpt_to,
            raw,
            accepted,
            connection: self.number,
        });
        self.shared.news.notify_all();
        self.mails += 1;
        self.give(settled(&answer), "250 2.0.0 taken")
    }

    fn ask(&self, step: Step, line: &str) -> Answer {
        let script = Arc::clone(&lock(&self.shared.script));
        let open = lock(&self.shared.log).open;
        script(&Seen {
            step,
            line,
            connection: self.number,
            mails_before: self.mails,
            open,
        })
    }

    fn answer(&mut self, step: Step, line: &str, fine: &str) -> std::io::Result<bool> {
        let answer = self.ask(step, line);
        self.give(&answer, fine)
    }

    /// False if the conversation is over.
    fn give(&mut self, answer: &Answer, fine: &str) -> std::io::Result<bool> {
        match answer {
            Answer::Fine => self.say(fine).map(|()| true),
            Answer::Say(words) => self.say(words).map(|()| true),
            Answer::Bytes(bytes) => self.out.write_all(bytes).map(|()| true),
            Answer::Hang => {
                // Until the client has had enough.
                std::io::copy(&mut self.out.try_clone()?, &mut std::io::sink())?;
                Ok(false)
            }
            Answer::Drop => self.out.shutdown(Shutdown::Both).map(|()| false),
            Answer::SayAndDrop(words) => {
                self.say(words)?;
                self.out.shutdown(Shutdown::Both).map(|()| false)
            }
            Answer::After(time, then) => {
                std::thread::sleep(*time);
                self.give(then, fine)
            }
        }
    }

    fn say(&mut self, words: &str) -> std::io::Result<()> {
        self.out.write_all(format!("{words}\r\n").as_bytes())
    }
}

fn settled(answer: &Answer) -> &Answer {
    match answer {
        Answer::After(_, then) => settled(then),
        other => other,
    }
}

fn between(command: &str) -> String {
    let start = command.find('<').map_or(0, |at| at + 1);
    let end = command.rfind('>').unwrap_or(command.len());
    command.get(start..end).unwrap_or_default().to_owned()
}

fn content(lines: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(raw);
        }
        raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
