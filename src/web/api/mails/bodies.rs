//! Mails and their numbers as replies.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::mail::MailState;
use crate::service::notices::mails::{Queued, Stats, Whole};
use crate::web::api::Instant;

/// A mail in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct MailLine {
    /// Its number.
    pub(super) id: i64,
    /// Where it stands.
    state: MailState,
    /// Which sort of mail: digest, summary…
    kind: String,
    /// The recipient's address.
    to_mail: String,
    /// The recipient's name.
    to_name: String,
    /// The unit that it is about.
    unit_id: Option<i64>,
    /// Its subject.
    subject: String,
    /// Since when it waits or waited.
    queued_at: Instant,
    /// The next try.
    next_at: Option<Instant>,
    /// When it was sent or given up.
    finished_at: Option<Instant>,
    /// Failed tries.
    attempts: i32,
    /// Why the last try failed.
    last_error: Option<String>,
}

/// A mail with its texts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct MailBody {
    /// As in lists.
    #[serde(flatten)]
    line: MailLine,
    /// Its Message-ID, the same on every try.
    message_id: Option<String>,
    /// The plain text.
    text: Option<String>,
    /// The HTML.
    html: Option<String>,
    /// Why the row can't be read, if it can't.
    unreadable: Option<String>,
}

/// The outbox in numbers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::web::api) struct MailStats {
    /// Wait for their first try.
    queued: i64,
    /// Wait for another try.
    retry: i64,
    /// May have been taken; wait for their one later try.
    unknown: i64,
    /// Given up.
    dead: i64,
    /// Sent since `since`.
    sent: i64,
    /// From when `sent` counts.
    since: Instant,
    /// Since when the oldest unsent mail waits.
    oldest_queued: Option<Instant>,
}

impl MailStats {
    pub(in crate::web::api) fn new(found: &Stats, since: DateTime<Utc>) -> Self {
        Self {
            queued: found.queued,
            retry: found.retry,
            unknown: found.unknown,
            dead: found.dead,
            sent: found.sent,
            since: Instant(since),
            oldest_queued: found.oldest_queued.map(Instant),
        }
    }
}

impl From<Queued> for MailLine {
    fn from(mail: Queued) -> Self {
        Self {
            id: mail.id,
            kind: mail.kind,
            to_mail: mail.to_mail,
            to_name: mail.to_name,
            unit_id: mail.unit_id,
            subject: mail.subject,
            queued_at: Instant(mail.queued_at),
            next_at: (!mail.state.is_final()).then_some(Instant(mail.next_at)),
            finished_at: mail.finished_at.map(Instant),
            attempts: mail.attempts,
            last_error: mail.last_error,
            state: mail.state,
        }
    }
}

impl From<Whole> for MailBody {
    fn from(whole: Whole) -> Self {
        let line = MailLine::from(whole.queued);
        match whole.mail {
            Ok(mail) => Self {
                line,
                message_id: Some(mail.message_id),
                text: Some(mail.text),
                html: Some(mail.html),
                unreadable: None,
            },
            Err(cause) => Self {
                line,
                message_id: None,
                text: None,
                html: None,
                unreadable: Some(cause),
            },
        }
    }
}
