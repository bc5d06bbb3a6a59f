//! One SMTP connection, and what its replies mean.
//!
//! | file | what |
//! |---|---|
//! | here | sending a mail, and what a failed command means for mail and connection |
//! | `opening` | opening a connection: greeting, encryption, sign-in, and advice when they fail |
//! | `tls` | the encryption, and which certificates are trusted |
//! | `conversation` | the socket: encryption, time-outs, a command and its reply |
//! | `reply` | reading a reply |
//! | `validity` | until when a certificate holds |
//!
//! lettre's SMTP client is not used (docs/decisions): it refuses replies that RFC 5321 allows, so
//! that a mail which was accepted would be sent again. Every delivery worker has its own socket with
//! nodelay and speaks command by command, so that each has its time-out and we know how far a
//! failed try got.

mod conversation;
mod opening;
mod reply;
mod tls;
mod validity;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::timeout;

use self::conversation::{Conversation, Fault};
use self::opening::greeted;
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
    /// A file with certificates (PEM) to trust besides those of public authorities. It is read for
    /// each connection.
    pub ca_file: Option<PathBuf>,
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

/// What a mail server offers to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offers {
    /// The extensions that it names: `SIZE 35882577`, `AUTH PLAIN LOGIN`.
    pub words: Vec<String>,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// Whether it took our user and password.
    pub signed_in: bool,
    /// Until when its certificate holds.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Opens a connection up to the point at which mails could be sent, and closes it.
///
/// # Errors
/// [`Unreachable`], with the reason.
pub async fn probe(options: &SmtpOptions) -> Result<Offers, Unreachable> {
    let (link, reply) = SmtpLink::open_offered(options).await?;
    let certificate = link.conversation.certificate();
    let offers = Offers {
        // its first line is its name
        words: reply.lines.into_iter().skip(1).collect(),
        encrypted: certificate.is_some(),
        signed_in: options.login.is_some(),
        expires_at: certificate.and_then(validity::ends),
    };
    link.close().await;
    Ok(offers)
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
        Ok(Self::open_offered(options).await?.0)
    }

    /// A connection, and the reply to our greeting.
    async fn open_offered(options: &SmtpOptions) -> Result<(Self, Reply), Unreachable> {
        let (conversation, offers) = greeted(options)
            .await
            .map_err(|why| Unreachable(line(&why, MAX_HEADER)))?;
        let link = Self {
            conversation,
            timeouts: options.timeouts,
            reused: false,
            usable: true,
        };
        Ok((link, offers))
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
            let _ = timeout(limit, self.conversation.farewell(limit)).await;
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
