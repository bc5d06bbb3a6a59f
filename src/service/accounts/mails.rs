//! The mails about accounts. They leave at once, also at night: somebody is waiting for them.

use chrono::{DateTime, Utc};

use super::Account;
use super::links::OneTimeLink;
use crate::domain::mail::EmailAddress;
use crate::domain::preference::Lang;
use crate::domain::text::local_time;
use crate::domain::words::say;
use crate::identity::secret;
use crate::mail::render::{Anchor, Block, Letter};
use crate::service::notices::post::{Envelope, outgoing};
use crate::service::notices::recipients::Recipient;
use crate::service::{Error, Tx};

/// The kind of mails about accounts.
pub const KIND: &str = "account";

/// How administrators who are not people (the command line, programs) are called in mails.
const ADMINISTRATOR: &str = "người quản trị";

/// A mail about an account: its words, under `account.mail.<name>`, and what makes it unique.
struct AccountMail<'a> {
    name: &'static str,
    values: &'a [(&'a str, &'a str)],
    key: String,
    expires_at: Option<DateTime<Utc>>,
}

impl AccountMail<'_> {
    fn sentence(&self, part: &str) -> String {
        let key = format!("account.mail.{}.{part}", self.name);
        say("vi", &key, self.values)
    }

    fn paragraph(&self, part: &str) -> Block {
        Block::Paragraph(self.sentence(part))
    }

    fn button(&self, address: String) -> Block {
        Block::Button(Anchor::new(self.sentence("button"), address))
    }
}

/// Puts the mail with a one-time link into the outbox.
pub(super) fn send_link(
    tx: &mut Tx<'_>,
    account: &Account,
    link: &OneTimeLink,
) -> Result<(), Error> {
    let expires_at = tx.now + link.purpose.lifetime();
    let (name, until) = (link.purpose.as_str(), local_time(expires_at));
    let mail = AccountMail {
        name,
        values: &[("mail", account.row.mail.as_str()), ("until", &until)],
        // the hash makes the key unique and reveals nothing
        key: format!(
            "account-{name}:{}:{}",
            account.row.id,
            secret::hash(&link.secret)
        ),
        expires_at: Some(expires_at),
    };
    let blocks = vec![
        mail.paragraph("lead"),
        mail.button(link.address(tx.app)),
        mail.paragraph("until"),
    ];
    send(tx, account, mail, blocks)
}

/// Puts the mail into the outbox that says by whom and why the second factor was removed.
pub(super) fn tell_of_reset(tx: &mut Tx<'_>, account: &Account, reason: &str) -> Result<(), Error> {
    let mail = AccountMail {
        name: "second_factor_reset",
        values: &[
            ("mail", account.row.mail.as_str()),
            ("at", &local_time(tx.now)),
            (
                "by",
                tx.actor.person_name.as_deref().unwrap_or(ADMINISTRATOR),
            ),
            ("reason", reason),
        ],
        key: format!(
            "account-second-factor:{}:{}",
            account.row.id,
            tx.now.timestamp_micros()
        ),
        expires_at: None,
    };
    let blocks = vec![
        mail.paragraph("lead"),
        mail.paragraph("reason"),
        mail.paragraph("next"),
        mail.button(tx.app.link("/dang-nhap")),
    ];
    send(tx, account, mail, blocks)
}

/// Puts the mail into the outbox, to the old address, that says to which address signing in moves.
pub(super) fn tell_of_new_mail(
    tx: &mut Tx<'_>,
    account: &Account,
    new: &EmailAddress,
) -> Result<(), Error> {
    let mail = AccountMail {
        name: "mail_changed",
        values: &[
            ("mail", account.row.mail.as_str()),
            ("new", new.as_str()),
            ("at", &local_time(tx.now)),
            (
                "by",
                tx.actor.person_name.as_deref().unwrap_or(ADMINISTRATOR),
            ),
        ],
        key: format!(
            "account-mail-changed:{}:{}",
            account.row.id,
            tx.now.timestamp_micros()
        ),
        expires_at: None,
    };
    let blocks = vec![mail.paragraph("lead"), mail.paragraph("next")];
    send(tx, account, mail, blocks)
}

/// Puts the mail into the outbox that says that the address signs in to another account.
pub(super) fn tell_of_other_account(tx: &mut Tx<'_>, account: &Account) -> Result<(), Error> {
    let mail = AccountMail {
        name: "elsewhere",
        values: &[("mail", account.row.mail.as_str())],
        key: format!(
            "account-elsewhere:{}:{}",
            account.row.id,
            tx.now.timestamp_micros()
        ),
        expires_at: None,
    };
    let blocks = vec![
        mail.paragraph("lead"),
        mail.paragraph("next"),
        mail.button(tx.app.link("/dang-nhap")),
    ];
    send(tx, account, mail, blocks)
}

fn send(
    tx: &mut Tx<'_>,
    account: &Account,
    mail: AccountMail<'_>,
    blocks: Vec<Block>,
) -> Result<(), Error> {
    let person = &account.person;
    let name = [("name", person.name.as_str())];
    let letter = Letter {
        lang: Lang::Vi,
        title: mail.sentence("title"),
        pressing: None,
        greeting: say("vi", "digest.greeting_person", &name),
        blocks,
        why: mail.sentence("why"),
        signature: tx.app.settings.mail.from_name.clone(),
    };
    let reader = Recipient::person(person, account.row.mail.clone());
    let envelope = Envelope {
        key: mail.key,
        kind: KIND,
        reader: &reader,
        unit_id: person.unit_id,
        leaves_at: tx.now,
        expires_at: mail.expires_at,
        check_at: None,
    };
    let mail = outgoing(tx.app, &letter, envelope)?;
    tx.enqueue(vec![mail])?;
    Ok(())
}
