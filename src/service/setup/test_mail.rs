//! A mail to oneself with a code in it. Whoever types the code proves that mail arrives; that a mail
//! server took it proves less. One fact for the installation: the latest test counts.

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};

use crate::config::MailTransport;
use crate::domain::error::Invalid;
use crate::domain::mail::{EmailAddress, MailState};
use crate::domain::preference::Lang;
use crate::domain::text::clean;
use crate::domain::words::say;
use crate::mail::render::{Anchor, Block, Letter};
use crate::service::core::access::Action;
use crate::service::notices::post::{Envelope, outgoing};
use crate::service::notices::recipients::Recipient;
use crate::service::{Error, Tx};
use crate::store::{StoreError, accounts, meta, outbox, people};

/// Where the latest test is kept.
const KEY: &str = "test_mail";

/// The page that takes the code.
const PAGE: &str = "/thiet-lap/thu-thu";

/// The next test may be sent this long after the one before.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// A test as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    address: String,
    key: String,
    code: String,
    #[serde(deserialize_with = "crate::domain::years::read")]
    sent_at: DateTime<Utc>,
    #[serde(deserialize_with = "crate::domain::years::read")]
    arrived_at: Option<DateTime<Utc>>,
}

/// The latest test mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestMail {
    /// Where it was sent.
    pub address: String,
    /// When it was asked for.
    pub sent_at: DateTime<Utc>,
    /// How far it has come; `None`: it is deleted.
    pub state: Option<MailState>,
    /// What the mail server said when it refused it last.
    pub last_error: Option<String>,
    /// Whether mails are written to files and go nowhere.
    pub is_to_file: bool,
    /// When its code was typed.
    pub arrived_at: Option<DateTime<Utc>>,
}

/// The code of a test mail, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmTestMail {
    /// Six digits.
    pub code: String,
}

/// Sends a test mail to the address with which the actor signs in.
///
/// # Errors
/// [`Error::Conflict`] for an actor without an account, and within a minute of the test before;
/// [`Error::Forbidden`].
pub fn send_test_mail(tx: &mut Tx<'_>) -> Result<TestMail, Error> {
    tx.require_by_any_role(Action::ManageAccounts)?;
    let reader = reader(tx)?.ok_or_else(|| refused("test_mail_no_account"))?;
    if let Some(before) = kept(tx)?
        && tx.now < before.sent_at + PAUSE
    {
        return Err(refused("test_mail_too_soon"));
    }
    let test = Kept {
        address: reader.mail.to_string(),
        key: format!("test:{}:{}", reader.party, tx.now.timestamp_micros()),
        code: format!("{:06}", rand::rng().random_range(0..1_000_000)),
        sent_at: tx.now,
        arrived_at: None,
    };
    let letter = letter(tx, &reader, &test.code);
    let envelope = Envelope {
        key: test.key.clone(),
        kind: "test",
        unit_id: reader.unit_id,
        reader: &reader,
        leaves_at: tx.now,
        expires_at: None,
        check_at: None,
    };
    let mail = outgoing(tx.app, &letter, envelope)?;
    tx.enqueue(vec![mail])?;
    keep(tx, &test)?;
    tx.audit("send", "test_mail", &test.address).record()?;
    seen(tx, test)
}

/// Notes that the test mail arrived.
///
/// # Errors
/// `test_mail_code` on `code` for another code than that of the latest test; [`Error::Conflict`]
/// where none was sent; [`Error::Forbidden`].
pub fn confirm_test_mail(tx: &mut Tx<'_>, typed: &ConfirmTestMail) -> Result<TestMail, Error> {
    tx.require_by_any_role(Action::ManageAccounts)?;
    let mut test = kept(tx)?.ok_or_else(|| refused("test_mail_none"))?;
    let digits: String = clean(&typed.code)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    if digits != test.code {
        return Err(Invalid::new("code", "test_mail_code").into());
    }
    if test.arrived_at.is_none() {
        test.arrived_at = Some(tx.now);
        keep(tx, &test)?;
        tx.audit("confirm", "test_mail", &test.address).record()?;
    }
    seen(tx, test)
}

/// The latest test, if there was one.
pub(super) fn latest(tx: &mut Tx<'_>) -> Result<Option<TestMail>, Error> {
    match kept(tx)? {
        Some(test) => seen(tx, test).map(Some),
        None => Ok(None),
    }
}

fn refused(code: &'static str) -> Error {
    Error::Conflict(Invalid::new("", code))
}

/// The actor, at the address with which they sign in.
fn reader(tx: &mut Tx<'_>) -> Result<Option<Recipient>, Error> {
    let Some(id) = tx.actor.person_id else {
        return Ok(None);
    };
    let (Some(account), Some(person)) = (
        accounts::of_person(tx.conn, id)?,
        people::find(tx.conn, id)?,
    ) else {
        return Ok(None);
    };
    let mail: EmailAddress = account.mail;
    Ok(Some(Recipient::person(&person, mail)))
}

fn kept(tx: &mut Tx<'_>) -> Result<Option<Kept>, Error> {
    let text = meta::get(tx.conn, KEY)?;
    let test = text.map(|text| serde_json::from_str(&text)).transpose();
    Ok(test.map_err(|error| StoreError::Corrupt(format!("meta.{KEY}: {error}")))?)
}

fn keep(tx: &mut Tx<'_>, test: &Kept) -> Result<(), Error> {
    let text = serde_json::to_string(test)
        .map_err(|error| StoreError::Corrupt(format!("meta.{KEY}: {error}")))?;
    Ok(meta::put(tx.conn, KEY, &text)?)
}

fn seen(tx: &mut Tx<'_>, test: Kept) -> Result<TestMail, Error> {
    let mail = outbox::find_by_key(tx.conn, &test.key)?;
    Ok(TestMail {
        address: test.address,
        sent_at: test.sent_at,
        state: mail.as_ref().map(|mail| mail.queued.state),
        last_error: mail.and_then(|mail| mail.queued.last_error),
        is_to_file: tx.app.settings.mail.transport == MailTransport::File,
        arrived_at: test.arrived_at,
    })
}

fn letter(tx: &Tx<'_>, reader: &Recipient, code: &str) -> Letter {
    let words = |part: &str| say("vi", &format!("test_mail.{part}"), &[("code", code)]);
    let name = [("name", reader.name.as_str())];
    Letter {
        lang: Lang::Vi,
        title: words("title"),
        pressing: None,
        greeting: say("vi", "digest.greeting_person", &name),
        blocks: vec![
            Block::Paragraph(words("lead")),
            Block::Paragraph(words("code")),
            Block::Button(Anchor::new(words("button"), tx.app.link(PAGE))),
        ],
        why: words("why"),
        signature: tx.app.settings.mail.from_name.clone(),
    }
}
