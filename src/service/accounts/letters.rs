//! The mails of accounts. They leave at once, at night too: somebody waits for them.

use chrono::{DateTime, Utc};

use super::links::life;
use crate::domain::account::Purpose;
use crate::domain::text::local_time;
use crate::domain::words::say;
use crate::identity::secret;
use crate::mail::render::{Anchor, Block, Letter};
use crate::service::post::{Envelope, outgoing};
use crate::service::recipients::Recipient;
use crate::service::{Error, House};
use crate::store::accounts::AccountRow;
use crate::store::people::PersonRow;
use crate::store::{Conn, outbox};

/// Queues the mail with a link.
pub(super) fn send_in(
    conn: &mut Conn,
    house: &House,
    account: &AccountRow,
    person: &PersonRow,
    (purpose, link): (Purpose, &str),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let name = purpose.as_str();
    let until = local_time(now + life(purpose));
    let values = [("mail", account.mail.as_str()), ("until", until.as_str())];
    let sentence = |part: &str| say("vi", &format!("account.mail.{name}.{part}"), &values);
    let address = house.link(&format!("{}{link}", purpose.path()));
    let letter = Letter {
        title: sentence("title"),
        pressing: None,
        greeting: say("vi", "digest.greeting_person", &[("name", person.name.as_str())]),
        blocks: vec![
            Block::Paragraph(sentence("lead")),
            Block::Button(Anchor::new(sentence("button"), address)),
            Block::Paragraph(sentence("until")),
        ],
        why: sentence("why"),
        signature: house.settings.mail.from_name.clone(),
    };
    let reader = Recipient { mail: account.mail.clone(), ..Recipient::of(person) };
    let envelope = Envelope {
        // the link's hash makes the key its own and tells nothing
        key: format!("account-{name}:{}:{}", account.id, secret::hash(link)),
        kind: "account",
        reader: &reader,
        unit_id: person.unit_id,
        leaves_at: now,
        expires_at: Some(now + life(purpose)),
        check_at: None,
    };
    outbox::enqueue(conn, &[outgoing(house, &letter, envelope)?])?;
    Ok(())
}
