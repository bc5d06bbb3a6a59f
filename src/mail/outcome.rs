//! How a try to send a mail ended, and how far it got.

use std::sync::atomic::{AtomicBool, Ordering};

/// The outcome of a try to send one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server accepted it: 250 to the final dot.
    Sent,
    /// Not now (4xx, time-out, connection lost before the final dot): costs an attempt, tried again
    /// later.
    Retry(String),
    /// Never (5xx that names this recipient or this content).
    Dead(String),
    /// Never, or the server refuses all our mails: a 5xx after MAIL that does not say which.
    Rejected(String),
    /// The connection was lost after the final dot: the server may have taken it (RFC 1047). One
    /// later try, with the same Message-ID.
    Unknown(String),
    /// An idle connection was stale at its first command: does not count as a try; the mail is sent
    /// at once on a new connection.
    Reopen(String),
    /// The server wants fewer connections: does not count as a try.
    Busy(String),
    /// The server accepts none of our mails (sender refused, directory not writable): does not
    /// count as a try, and sending pauses for a while.
    Refused(String),
}

/// No connection: refused, no such name, TLS or sign-in failed. Not the fault of a mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreachable(pub String);

/// How far a try has got; read when it has to be stopped before its end.
#[derive(Debug, Default)]
pub struct Progress(AtomicBool);

impl Progress {
    /// Records that the server may have the mail from now on.
    pub(super) fn hand_over(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether the server may have the mail.
    #[must_use]
    pub fn handed_over(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
