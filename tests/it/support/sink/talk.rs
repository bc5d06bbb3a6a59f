//! One conversation of the mail server.

use std::io::{BufRead as _, BufReader, Error, ErrorKind, Result, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::wire::Wire;
use super::{Answer, Line, Received, Seen, Shared, Step, lock};

pub struct Talk {
    shared: Arc<Shared>,
    number: usize,
    mails: usize,
    tcp: TcpStream,
    wire: BufReader<Wire>,
    signed_in: bool,
    from: String,
    to: String,
}

impl Talk {
    /// Talks until the client or the script has had enough.
    pub fn hold(shared: Arc<Shared>, number: usize, tcp: TcpStream) -> Result<()> {
        tcp.set_nodelay(true)?;
        let wire = BufReader::new(Wire::Plain(tcp.try_clone()?));
        let mut talk = Self {
            shared,
            number,
            mails: 0,
            tcp,
            wire,
            signed_in: false,
            from: String::new(),
            to: String::new(),
        };
        if talk.shared.door.implicit && !talk.encrypt()? {
            return Ok(());
        }
        let greeting = talk.ask(Step::Greeting, "");
        if !talk.give(&greeting, "220 sink.example ESMTP")? {
            return Ok(());
        }
        while let Some(line) = talk.line()? {
            if !talk.hear(&line)? {
                break;
            }
        }
        Ok(())
    }

    /// Answers a command; false if the conversation is over.
    fn hear(&mut self, command: &str) -> Result<bool> {
        let verb = command.get(..4).unwrap_or_default().to_ascii_uppercase();
        let needs_login = self.shared.door.login.is_some() && !self.signed_in;
        let (step, fine) = match verb.as_str() {
            "EHLO" | "HELO" => (Step::Ehlo, self.offers()),
            "STAR" => (Step::Starttls, "220 2.0.0 go ahead"),
            "AUTH" => return self.sign_in(command),
            "MAIL" if needs_login => (Step::Mail, "530 5.7.0 sign in first"),
            "MAIL" => (Step::Mail, "250 2.1.0 fine"),
            "RCPT" => (Step::Rcpt, "250 2.1.5 fine"),
            "DATA" => (Step::Data, "354 go on"),
            "RSET" => (Step::Rset, "250 2.0.0 fine"),
            "QUIT" => (Step::Quit, "221 2.0.0 bye"),
            _ => (Step::Other, "250 2.0.0 fine"),
        };
        match step {
            Step::Mail => self.from = between(command),
            Step::Rcpt => self.to = between(command),
            _ => {}
        }
        let answer = self.ask(step, command);
        let goes_on = self.give(&answer, fine)? && step != Step::Quit;
        match step {
            Step::Starttls if goes_on && agrees(&answer) => self.encrypt(),
            Step::Data if goes_on && matches!(settled(&answer), Answer::Fine) => {
                let raw = self.content()?;
                self.take(raw)
            }
            _ => Ok(goes_on),
        }
    }

    fn offers(&self) -> &'static str {
        let door = &self.shared.door;
        let encrypted = self.wire.get_ref().is_encrypted();
        match (&door.tls, &door.login) {
            (Some(_), _) if !encrypted => "250-sink.example\r\n250-STARTTLS\r\n250 8BITMIME",
            (_, Some(_)) => "250-sink.example\r\n250-AUTH PLAIN LOGIN\r\n250 ENHANCEDSTATUSCODES",
            _ => "250-sink.example\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES",
        }
    }

    /// Encrypts the connection. What came before it and was not read is forgotten.
    fn encrypt(&mut self) -> Result<bool> {
        if !matches!(self.ask(Step::Handshake, ""), Answer::Fine) {
            // in the middle of it: once the client has begun
            self.tcp.peek(&mut [0])?;
            return self.tcp.shutdown(Shutdown::Both).map(|()| false);
        }
        let Some(config) = self.shared.door.tls.clone() else {
            self.tcp.peek(&mut [0])?;
            return self.say("500 5.5.1 what?").map(|()| false);
        };
        let tcp = self.tcp.try_clone()?;
        self.wire = BufReader::new(Wire::encrypted(tcp, config)?);
        Ok(true)
    }

    fn sign_in(&mut self, command: &str) -> Result<bool> {
        let answer = self.ask(Step::Auth, command);
        if !matches!(answer, Answer::Fine) {
            return self.give(&answer, "");
        }
        let mut words = command.split_whitespace().skip(1);
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        let login = if mechanism == "PLAIN" {
            let secret = decoded(words.next().unwrap_or_default());
            let mut parts = secret.split('\0').skip(1).map(str::to_owned);
            parts.next().zip(parts.next())
        } else {
            self.say("334 VXNlcm5hbWU6")?;
            let user = self.line()?.unwrap_or_default();
            self.say("334 UGFzc3dvcmQ6")?;
            let password = self.line()?.unwrap_or_default();
            Some((decoded(&user), decoded(&password)))
        };
        let expected = self.shared.door.login;
        let expected = expected.map(|(user, password)| (user.to_owned(), password.to_owned()));
        self.signed_in = expected.is_some() && login == expected;
        self.say(if self.signed_in {
            "235 2.7.0 welcome"
        } else {
            "535 5.7.8 authentication credentials invalid"
        })?;
        Ok(true)
    }

    /// The mail is on record before the client hears of it, as with a server that keeps its word.
    fn take(&mut self, raw: Vec<u8>) -> Result<bool> {
        let answer = self.ask(Step::Dot, &self.to);
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
        lock(&self.shared.log).received.push(Received {
            mail_from: self.from.clone(),
            rcpt_to: self.to.clone(),
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
            encrypted: self.wire.get_ref().is_encrypted(),
        })
    }

    /// False if the conversation is over.
    fn give(&mut self, answer: &Answer, fine: &str) -> Result<bool> {
        match answer {
            Answer::Fine => self.say(fine).map(|()| true),
            Answer::Say(words) => self.say(words).map(|()| true),
            Answer::Bytes(bytes) => self.write(bytes).map(|()| true),
            Answer::Hang => {
                // Until the client has had enough.
                std::io::copy(&mut self.tcp.try_clone()?, &mut std::io::sink())?;
                Ok(false)
            }
            Answer::Drop => self.tcp.shutdown(Shutdown::Both).map(|()| false),
            Answer::SayAndDrop(words) => {
                self.say(words)?;
                self.tcp.shutdown(Shutdown::Both).map(|()| false)
            }
            Answer::After(time, then) => {
                std::thread::sleep(*time);
                self.give(then, fine)
            }
        }
    }

    fn say(&mut self, words: &str) -> Result<()> {
        self.write(format!("{words}\r\n").as_bytes())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let wire = self.wire.get_mut();
        wire.write_all(bytes)?;
        wire.flush()
    }

    /// The next line without its end; `None` when the client has gone.
    fn line(&mut self) -> Result<Option<String>> {
        let mut line = String::new();
        if self.wire.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let text = line.trim_end().to_owned();
        if !self.shared.forgetful {
            let encrypted = self.wire.get_ref().is_encrypted();
            let heard = Line {
                text: text.clone(),
                encrypted,
            };
            lock(&self.shared.log).lines.push(heard);
        }
        Ok(Some(text))
    }

    fn content(&mut self) -> Result<Vec<u8>> {
        let mut raw = Vec::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            if self.wire.read_until(b'\n', &mut line)? == 0 {
                return Err(Error::from(ErrorKind::UnexpectedEof));
            }
            if line == b".\r\n" {
                return Ok(raw);
            }
            raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }
}

/// Whether an answer to STARTTLS says that the handshake follows.
fn agrees(answer: &Answer) -> bool {
    match settled(answer) {
        Answer::Fine => true,
        Answer::Say(words) => words.starts_with("220"),
        Answer::Bytes(bytes) => bytes.starts_with(b"220"),
        _ => false,
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

fn decoded(text: &str) -> String {
    let bytes = STANDARD.decode(text).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}
