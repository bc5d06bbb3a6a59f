//! The transport of tests: a list of what was sent.

use std::sync::{Arc, Mutex, PoisonError};

use super::build::Raw;
use super::outcome::Outcome;

/// A list of mails, shared by its clones.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Vec<Captured>>>);

/// One mail as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// Envelope sender.
    pub from: String,
    /// Envelope recipient.
    pub to: String,
    /// With its angle brackets.
    pub message_id: String,
    /// The bytes that would have been sent.
    pub raw: Vec<u8>,
}

impl Memory {
    /// Everything sent so far.
    #[must_use]
    pub fn sent(&self) -> Vec<Captured> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Everything sent so far, leaving the list empty.
    #[must_use]
    pub fn take(&self) -> Vec<Captured> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn send(&self, raw: &Raw) -> Outcome {
        let address = |address: Option<&lettre::Address>| {
            address.map(ToString::to_string).unwrap_or_default()
        };
        let captured = Captured {
            from: address(raw.envelope.from()),
            to: address(raw.envelope.to().first()),
            message_id: raw.message_id.clone(),
            raw: raw.bytes.clone(),
        };
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(captured);
        Outcome::Sent
    }
}
