//! Where mails go, one connection ([`Link`]) of it, and what became of a try.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use super::build::Raw;
use super::file::FileLink;
use super::memory::Memory;
use super::smtp::{SmtpLink, SmtpOptions};

/// Where mails go.
#[derive(Debug, Clone)]
pub enum Transport {
    /// To a mail server.
    Smtp(Box<SmtpOptions>),
    /// Into a directory, one `.eml` a mail.
    File(PathBuf),
    /// Into a list; for tests.
    Memory(Memory),
}

/// What became of one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it: 250 to the final dot.
    Sent,
    /// Not now (4xx, time-out, connection lost before the final dot): costs an attempt, tried again later.
    Retry(String),
    /// Never (5xx for this recipient or this content).
    Dead(String),
    /// The connection was lost after the final dot: the server may have taken it (RFC 1047). One later try, with the same Message-ID.
    Unknown(String),
    /// A connection that had rested was stale at its first command: costs no attempt, try at once on a fresh one.
    Reopen(String),
    /// The server wants none of our mails (sender refused, directory not writable): costs no attempt, nothing else goes out for a while.
    Refused(String),
}

/// No connection: refused, no such name, TLS or sign-in failed. Nobody's mail is to blame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreachable(pub String);

/// How far a try has come; read when it has to be given up half-way.
#[derive(Debug, Default)]
pub struct Progress(AtomicBool);

impl Progress {
    /// From here on the server may have the mail.
    pub(super) fn hand_over(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// May the server have the mail?
    #[must_use]
    pub fn handed_over(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Transport {
    /// A connection of one's own.
    ///
    /// # Errors
    /// [`Unreachable`], with the reason.
    pub async fn open(&self) -> Result<Link, Unreachable> {
        match self {
            Self::Smtp(options) => SmtpLink::open(options).await.map(|link| Link::Smtp(Box::new(link))),
            Self::File(directory) => FileLink::open(directory).await.map(Link::File),
            Self::Memory(memory) => Ok(Link::Memory(memory.clone())),
        }
    }

    /// The transport in a word, for logs and pages; no secrets.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Smtp(options) => format!("smtp {}:{}", options.host, options.port),
            Self::File(directory) => format!("file {}", directory.display()),
            Self::Memory(_) => "memory".into(),
        }
    }
}

/// One connection, used by one delivery worker.
#[derive(Debug)]
pub enum Link {
    /// To a mail server.
    Smtp(Box<SmtpLink>),
    /// Into a directory.
    File(FileLink),
    /// Into a list.
    Memory(Memory),
}

impl Link {
    /// Tries to send one mail.
    pub async fn send(&mut self, raw: &Raw, progress: &Progress) -> Outcome {
        match self {
            Self::Smtp(link) => link.send(raw, progress).await,
            Self::File(link) => link.send(raw).await,
            Self::Memory(memory) => memory.send(raw),
        }
    }

    /// May it be used for another mail?
    #[must_use]
    pub fn is_usable(&self) -> bool {
        match self {
            Self::Smtp(link) => link.is_usable(),
            Self::File(_) | Self::Memory(_) => true,
        }
    }

    /// Takes leave of the server, within two seconds.
    pub async fn close(self) {
        if let Self::Smtp(link) = self {
            link.close().await;
        }
    }
}
