//! What became of a try to send, and how far it had come.

use std::sync::atomic::{AtomicBool, Ordering};

/// What became of one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it: 250 to the final dot.
    Sent,
    /// Not now (4xx, time-out, connection lost before the final dot): costs an attempt, tried again
    /// later.
    Retry(String),
    /// Never (5xx for this recipient or this content).
    Dead(String),
    /// The connection was lost after the final dot: the server may have taken it (RFC 1047). One
    /// later try, with the same Message-ID.
    Unknown(String),
    /// A connection that had rested was stale at its first command: costs no attempt, try at once
    /// on a fresh one.
    Reopen(String),
    /// The server wants none of our mails (sender refused, directory not writable): costs no
    /// attempt, nothing else goes out for a while.
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
