//! From a letter to a mail in the outbox: the one place that gives mails their identity, subject
//! and bodies.

use chrono::{DateTime, Utc};

use crate::domain::ids::UnitId;
use crate::domain::mail::{Extras, Outgoing, message_id};
use crate::mail::render::Letter;
use crate::service::notices::recipients::Recipient;
use crate::service::{App, Error};
use crate::store::StoreError;

/// What a mail is besides its letter.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// Names the mail for good: what has a key that is known is not queued again.
    pub key: String,
    /// What sort of mail it is.
    pub kind: &'static str,
    /// Who gets it.
    pub reader: &'a Recipient,
    /// The unit that it is about.
    pub unit_id: UnitId,
    /// When it may leave.
    pub leaves_at: DateTime<Utc>,
    /// When it is not worth sending any more.
    pub expires_at: Option<DateTime<Utc>>,
    /// The check that it belongs to.
    pub check_at: Option<DateTime<Utc>>,
}

/// The mail that carries a letter. Its Message-ID follows from its key, so that a copy sent again
/// is known as one.
///
/// # Errors
/// A letter that can't be rendered.
pub fn outgoing(app: &App, letter: &Letter, envelope: Envelope<'_>) -> Result<Outgoing, Error> {
    let bodies = letter
        .render()
        .map_err(|e| StoreError::Corrupt(format!("a letter can't be written: {e}")))?;
    let (mail, reader) = (&app.settings.mail, envelope.reader);
    let pressing = letter
        .pressing
        .as_ref()
        .map(|pressing| format!(" - {pressing}"))
        .unwrap_or_default();
    let outgoing = Outgoing {
        message_id: message_id(&envelope.key, mail.message_id_domain()),
        key: envelope.key,
        kind: envelope.kind.to_owned(),
        to_mail: reader.mail.clone(),
        to_name: reader.name.clone(),
        person_id: reader.party.person_id(),
        unit_id: Some(envelope.unit_id),
        subject: format!("[{}] {}{pressing}", mail.from_name, letter.title),
        text: bodies.text,
        html: bodies.html,
        headers: Extras::default(),
        created_at: envelope.leaves_at,
        expires_at: envelope.expires_at,
        check_at: envelope.check_at,
    };
    Ok(outgoing.cleaned())
}
