//! The mails of accounts. They leave at once, at night too: somebody waits for them.

use chrono::{DateTime, Utc};

use crate::domain::account::Purpose;
use crate::domain::text::local_time;
use crate::domain::words::say;
use crate::identity::secret;
use crate::mail::render::{Anchor, Block, Letter};
use crate::service::notices::post::{Envelope, outgoing};
use crate::service::notices::recipients::Recipient;
use crate::service::{App, Error};
use crate::store::accounts::AccountRow;
use crate::store::people::PersonRow;
use crate::store::types::micros;
use crate::store::{Conn, outbox};

/// The kind of mails about accounts.
pub const KIND: &str = "account";

/// Queues the mail with a link.
pub(crate) fn send_in(
    conn: &mut Conn,
    app: &App,
    account: &AccountRow,
    person: &PersonRow,
    (purpose, link): (Purpose, &str),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let name = purpose.as_str();
    let until = local_time(now + purpose.life());
    let values = [("mail", account.mail.as_str()), ("until", until.as_str())];
    let sentence = |part: &str| say("vi", &format!("account.mail.{name}.{part}"), &values);
    let address = app.link(&format!("{}{link}", purpose.path()));
    let blocks = vec![
        Block::Paragraph(sentence("lead")),
        Block::Button(Anchor::new(sentence("button"), address)),
        Block::Paragraph(sentence("until")),
    ];
    let letter = framed(app, person, sentence, blocks);
    // the link's hash makes the key its own and tells nothing
    let key = format!("account-{name}:{}:{}", account.id, secret::hash(link));
    queue_in(
        conn,
        app,
        (account, person),
        &letter,
        (key, Some(now + purpose.life())),
        now,
    )
}

/// Queues the mail that says that the second factor was taken away, why and by whom.
pub(crate) fn tell_of_reset_in(
    conn: &mut Conn,
    app: &App,
    account: &AccountRow,
    person: &PersonRow,
    (by, reason): (&str, &str),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let at = local_time(now);
    let values = [
        ("mail", account.mail.as_str()),
        ("at", at.as_str()),
        ("by", by),
        ("reason", reason),
    ];
    let sentence = |part: &str| {
        say(
            "vi",
            &format!("account.mail.second_factor_reset.{part}"),
            &values,
        )
    };
    let blocks = vec![
        Block::Paragraph(sentence("lead")),
        Block::Paragraph(sentence("reason")),
        Block::Paragraph(sentence("next")),
        Block::Button(Anchor::new(sentence("button"), app.link("/dang-nhap"))),
    ];
    let letter = framed(app, person, sentence, blocks);
    let key = format!("account-second-factor:{}:{}", account.id, micros(now));
    queue_in(conn, app, (account, person), &letter, (key, None), now)
}

/// What all of them have around what they say.
fn framed(
    app: &App,
    person: &PersonRow,
    sentence: impl Fn(&str) -> String,
    blocks: Vec<Block>,
) -> Letter {
    Letter {
        title: sentence("title"),
        pressing: None,
        greeting: say(
            "vi",
            "digest.greeting_person",
            &[("name", person.name.as_str())],
        ),
        blocks,
        why: sentence("why"),
        signature: app.settings.mail.from_name.clone(),
    }
}

fn queue_in(
    conn: &mut Conn,
    app: &App,
    (account, person): (&AccountRow, &PersonRow),
    letter: &Letter,
    (key, expires_at): (String, Option<DateTime<Utc>>),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let reader = Recipient {
        mail: account.mail.clone(),
        ..Recipient::of(person)
    };
    let (kind, unit_id) = (KIND, person.unit_id);
    let envelope = Envelope {
        key,
        kind,
        reader: &reader,
        unit_id,
        leaves_at: now,
        expires_at,
        check_at: None,
    };
    outbox::enqueue(conn, &[outgoing(app, letter, envelope)?])?;
    Ok(())
}
