//! One SMTP connection, and what its replies mean.
//!
//! | file | what |
//! |---|---|
//! | here | the commands of a session, and what a failed one means for mail and connection |
//! | `conversation` | the socket: encryption, time-outs, a command and its reply |
//! | `reply` | reading a reply |
//!
//! lettre's SMTP client is not used (docs/decisions): it refuses replies that RFC 5321 allows, so
//! that a mail which was accepted would be sent again. Every delivery worker has its own socket with
//! nodelay and speaks command by command, so that each has its time-out and we know how far a
//! failed try got.

mod conversation;
mod reply;

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpStream;
use tokio::time::timeout;

use self::conversation::{Conversation, Fault, in_time};
use self::reply::Reply;
use super::build::Raw;
use super::outcome::{Outcome, Progress, Unreachable};
use crate::domain::mail::{MAX_HEADER, line};

/// A mail server and how to speak to it.
#[derive(Debug, Clone)]
pub struct SmtpOptions {
    /// Name or address of the server; certificates must be for this name.
    pub host: String,
    /// TCP port: usually 25, 465 (implicit TLS) or 587 (STARTTLS).
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// Certificates (PEM) to trust besides those every browser trusts: for servers with a
    /// certificate of the app.
    pub extra_roots: Option<Vec<u8>>,
    /// The name we greet with.
    pub hello_name: String,
    /// User and password, if the server asks for them.
    pub login: Option<Login>,
    /// How long each step may take.
    pub timeouts: Timeouts,
}

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: for a server on the same machine.
    None,
    /// After STARTTLS; a server that does not offer it gets no mail.
    Starttls,
    /// From the first byte.
    Implicit,
}

/// User and password; never printed.
#[derive(Clone)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// How long each step may take. RFC 5321 (4.5.3.2) asks for minutes: servers delay
/// unknown clients on purpose.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Name look-up, TCP connection, TLS, each.
    pub connect: Duration,
    /// Greeting, EHLO, AUTH, MAIL, RCPT, DATA, each.
    pub command: Duration,
    /// Sending the content and waiting for the reply to the final dot.
    pub content: Duration,
}

impl Timeouts {
    /// The content may take five times as long as a command: the server checks it meanwhile.
    #[must_use]
    pub fn new(connect: Duration, command: Duration) -> Self {
        Self {
            connect,
            command,
            content: command * 5,
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::new(Duration::from_secs(30), Duration::from_secs(60))
    }
}

/// One connection to a mail server.
pub struct SmtpLink {
    conversation: Conversation,
    timeouts: Timeouts,
    /// Whether it has sent a mail before: then the server may have closed it since.
    reused: bool,
    usable: bool,
}

impl fmt::Debug for SmtpLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpLink")
            .field("reused", &self.reused)
            .field("usable", &self.usable)
            .finish_non_exhaustive()
    }
}

impl SmtpLink {
    pub(super) async fn open(options: &SmtpOptions) -> Result<Self, Unreachable> {
        let at = format!("{}:{}", options.host, options.port);
        let conversation = greeted(options)
            .await
            .map_err(|(step, why)| Unreachable(line(&format!("{step} {at}: {why}"), MAX_HEADER)))?;
        Ok(Self {
            conversation,
            timeouts: options.timeouts,
            reused: false,
            usable: true,
        })
    }

    pub(super) fn is_usable(&self) -> bool {
        self.usable
    }

    pub(super) async fn send(&mut self, raw: &Raw, progress: &Progress) -> Outcome {
        let reused = std::mem::replace(&mut self.reused, true);
        let from = raw.envelope.from().map(ToString::to_string);
        let mail = format!("MAIL FROM:<{}>", from.unwrap_or_default());
        let limit = self.timeouts.command;
        if let Err(fault) = self.conversation.command(&mail, limit).await {
            return self.failed_at_mail(&fault, reused);
        }
        for recipient in raw.envelope.to() {
            let rcpt = format!("RCPT TO:<{recipient}>");
            if let Err(fault) = self.conversation.command(&rcpt, limit).await {
                return self.failed_at("RCPT", &fault).await;
            }
        }
        if let Err(fault) = self.conversation.intermediate("DATA", limit).await {
            return self.failed_at("DATA", &fault).await;
        }
        progress.hand_over();
        let content = self.conversation.content(&raw.bytes, self.timeouts.content);
        match content.await {
            Ok(()) => Outcome::Sent,
            Err(fault) => self.failed_at_final_dot(&fault),
        }
    }

    /// A stale connection does not count as a try (R11); a refused sender concerns all mails, and
    /// 421 on a new connection says that there are too many.
    fn failed_at_mail(&mut self, fault: &Fault, reused: bool) -> Outcome {
        self.usable = false;
        let words = described("MAIL", fault);
        match fault.code() {
            None | Some(421) if reused => Outcome::Reopen(words),
            Some(451) if reused && fault.enhanced() == Some((4, 4, 2)) => Outcome::Reopen(words),
            Some(421) => Outcome::Busy(words),
            Some(500..) => Outcome::Refused(words),
            Some(_) | None => Outcome::Retry(words),
        }
    }

    async fn failed_at(&mut self, command: &str, fault: &Fault) -> Outcome {
        let words = described(command, fault);
        if let Some(500..) = fault.code() {
            let reset = self.conversation.command("RSET", self.timeouts.command);
            self.usable = reset.await.is_ok();
            permanent(fault, words)
        } else {
            self.usable = false;
            Outcome::Retry(words)
        }
    }

    /// Without a reply the server may have taken the mail (R9).
    fn failed_at_final_dot(&mut self, fault: &Fault) -> Outcome {
        let words = described("the final dot", fault);
        match fault.code() {
            Some(500..) => permanent(fault, words),
            Some(_) => {
                self.usable = false;
                Outcome::Retry(words)
            }
            None => {
                self.usable = false;
                Outcome::Unknown(words)
            }
        }
    }

    pub(super) async fn close(mut self) {
        let limit = Duration::from_secs(2);
        if self.usable {
            let _ = timeout(limit, self.conversation.command("QUIT", limit)).await;
        }
    }
}

/// Whether a 5xx concerns this mail, all mails, or cannot be told.
fn permanent(fault: &Fault, words: String) -> Outcome {
    let code = fault.code().unwrap_or_default();
    match fault.enhanced() {
        // the sender's address, the sign-in
        Some((5, 1, 7 | 8) | (5, 7, 8 | 9)) => Outcome::Refused(words),
        // this mailbox, the size or form of this mail
        Some((5, 1, 1..=4 | 6 | 10) | (5, 2, _) | (5, 3, 4) | (5, 6, _)) => Outcome::Dead(words),
        _ => match code {
            521 | 530 | 534 | 535 | 538 => Outcome::Refused(words),
            551 | 552 => Outcome::Dead(words),
            _ => Outcome::Rejected(words),
        },
    }
}

fn described(command: &str, fault: &Fault) -> String {
    line(&format!("{command}: {fault}"), MAX_HEADER)
}

/// A failed step of opening a connection, and why it failed.
type Failed = (&'static str, String);

/// A connection up to the point at which it takes mails.
async fn greeted(options: &SmtpOptions) -> Result<Conversation, Failed> {
    let within = options.timeouts;
    let address = (options.host.as_str(), options.port);
    let tcp = in_time(within.connect, TcpStream::connect(address))
        .await
        .map_err(failed("cannot connect to"))?;
    tcp.set_nodelay(true)
        .map_err(failed("cannot set nodelay on"))?;
    let mut conversation = Conversation::plain(tcp);
    if options.tls == Tls::Implicit {
        let secured = conversation.encrypted(options).await;
        conversation = secured.map_err(failed("no TLS with"))?;
    }
    let welcome = conversation.greeting(within.command).await;
    welcome.map_err(failed("no welcome from"))?;
    let mut hello = hello(&mut conversation, options).await?;
    if options.tls == Tls::Starttls {
        let agreed = conversation.command("STARTTLS", within.command).await;
        agreed.map_err(failed("no STARTTLS with"))?;
        let secured = conversation.encrypted(options).await;
        conversation = secured.map_err(failed("no STARTTLS with"))?;
        hello = self::hello(&mut conversation, options).await?;
    }
    if let Some(login) = &options.login {
        let signed_in = sign_in(&mut conversation, &hello, login, within.command).await;
        signed_in.map_err(failed("cannot sign in at"))?;
    }
    Ok(conversation)
}

fn failed<E: fmt::Display>(step: &'static str) -> impl Fn(E) -> Failed {
    move |why| (step, why.to_string())
}

/// Says hello. A server that does not know EHLO gets HELO (RFC 5321, 3.2), unless the connection
/// needs what only EHLO offers: encryption or a sign-in.
async fn hello(conversation: &mut Conversation, options: &SmtpOptions) -> Result<Reply, Failed> {
    let (name, limit) = (&options.hello_name, options.timeouts.command);
    let extended = conversation.command(&format!("EHLO {name}"), limit).await;
    let reply = match extended {
        Err(Fault::Reply(Reply { code: 500.., .. }))
            if options.tls != Tls::Starttls && options.login.is_none() =>
        {
            conversation.command(&format!("HELO {name}"), limit).await
        }
        reply => reply,
    };
    reply.map_err(failed("no welcome from"))
}

async fn sign_in(
    conversation: &mut Conversation,
    hello: &Reply,
    login: &Login,
    limit: Duration,
) -> Result<(), Fault> {
    let offers = |mechanism: &str| {
        hello.lines.iter().any(|line| {
            let line = line.to_ascii_uppercase().replace('=', " ");
            let mut words = line.split_whitespace();
            words.next() == Some("AUTH") && words.any(|word| word == mechanism)
        })
    };
    let Login { user, password } = login;
    if offers("PLAIN") {
        let secret = STANDARD.encode(format!("\0{user}\0{password}"));
        let command = format!("AUTH PLAIN {secret}");
        return conversation.command(&command, limit).await.map(|_| ());
    }
    if !offers("LOGIN") {
        let why = "the server offers neither AUTH PLAIN nor AUTH LOGIN";
        return Err(Fault::Lost(why.to_owned()));
    }
    conversation.intermediate("AUTH LOGIN", limit).await?;
    conversation
        .intermediate(&STANDARD.encode(user), limit)
        .await?;
    let password = STANDARD.encode(password);
    conversation.command(&password, limit).await.map(|_| ())
}
