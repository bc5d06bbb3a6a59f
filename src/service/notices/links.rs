//! Signed links in mails. Without signing in the holder can see one obligation, acknowledge it and ask
//! to be reminded later, or see one item that waits for approval, and nothing else. A link holds no secret and ends with its date.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::RngExt as _;
use sha2::Sha256;

use crate::domain::account::AccountState;
use crate::domain::ids::{ItemId, ObligationId};
use crate::domain::party::Party;
use crate::domain::text::local_date;
use crate::service::{App, Error, Tx};
use crate::store::types::{instant, micros};
use crate::store::{Conn, accounts, meta, people};

/// Where links lead, below the server's address.
pub const PATH: &str = "/thu/";

/// How long a link works after it was made.
const LIFE: TimeDelta = TimeDelta::days(120);

/// The key under which the secret is kept.
const SECRET: &str = "link_secret";

/// What a link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// An obligation.
    Obligation(ObligationId),
    /// An item that waits for the approval of the unit's leader.
    Item(ItemId),
}

/// As it stands in a link: `7` for an obligation, `7i` for an item.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Obligation(id) => write!(f, "{id}"),
            Self::Item(id) => write!(f, "{id}i"),
        }
    }
}

impl Target {
    fn read(text: &str) -> Option<Self> {
        match text.strip_suffix('i') {
            Some(id) => id.parse().ok().map(Self::Item),
            None => text.parse().ok().map(Self::Obligation),
        }
    }
}

/// A link that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it shows.
    pub target: Target,
    /// To whom it was sent.
    pub recipient: Party,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Signs links with the secret of this installation.
#[derive(Clone)]
pub struct Signer(Vec<u8>);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// With the secret of this installation, which is made the first time.
    pub fn create_or_read(conn: &mut Conn) -> Result<Self, Error> {
        if let Some(known) =
            meta::get(conn, SECRET)?.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        {
            return Ok(Self(known));
        }
        let secret: [u8; 32] = rand::rng().random();
        meta::put(conn, SECRET, &URL_SAFE_NO_PAD.encode(secret))?;
        Ok(Self(secret.to_vec()))
    }

    /// With the secret of this installation, if it has one: only then can one of its links exist.
    pub fn read(conn: &mut Conn) -> Result<Option<Self>, Error> {
        Ok(meta::get(conn, SECRET)?
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
            .map(Self))
    }

    /// The address of a link made at `now`.
    #[must_use]
    pub fn address(
        &self,
        app: &App,
        target: Target,
        recipient: Party,
        now: DateTime<Utc>,
    ) -> String {
        let link = Link {
            target,
            recipient,
            expires_at: now + LIFE,
        };
        app.link(&format!("{PATH}{}", self.sign(&link)))
    }

    fn sign(&self, link: &Link) -> String {
        let text = format!(
            "{}.{}.{}",
            link.target,
            link.recipient,
            micros(link.expires_at) / 1_000_000
        );
        format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(&text),
            URL_SAFE_NO_PAD.encode(self.mac(text.as_bytes()))
        )
    }

    /// What a token is for.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it was not signed here or has ended.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Link, Error> {
        let link = self.opened(token).ok_or(Error::not_found("link"))?;
        if link.expires_at < now {
            Err(Error::not_found("link"))
        } else {
            Ok(link)
        }
    }

    fn opened(&self, token: &str) -> Option<Link> {
        let (text, mac) = token.split_once('.')?;
        let (text, mac) = (
            URL_SAFE_NO_PAD.decode(text).ok()?,
            URL_SAFE_NO_PAD.decode(mac).ok()?,
        );
        let mut check = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        check.update(&text);
        // half of a SHA-256 is kept: 128 bits
        check
            .verify_truncated_left(&mac)
            .ok()
            .filter(|()| mac.len() == MAC_BYTES)?;
        let text = String::from_utf8(text).ok()?;
        let mut parts = text.split('.');
        let (id, recipient, expires) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Link {
            target: Target::read(id)?,
            recipient: recipient.parse().ok()?,
            expires_at: instant(expires.parse::<i64>().ok()?.checked_mul(1_000_000)?).ok()?,
        })
    }

    /// A seal on a text of another kind than a link: one that does not begin with a number.
    #[must_use]
    pub(crate) fn seal(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(text.as_bytes()))
    }

    /// Whether `seal` is the one that [`Signer::seal`] puts on `text`; takes as long whatever it
    /// is.
    #[must_use]
    pub(crate) fn is_sealed(&self, text: &str, seal: &str) -> bool {
        let Ok(mac) = URL_SAFE_NO_PAD.decode(seal) else {
            return false;
        };
        let Ok(mut check) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return false;
        };
        check.update(text.as_bytes());
        mac.len() == MAC_BYTES && check.verify_truncated_left(&mac).is_ok()
    }

    fn mac(&self, text: &[u8]) -> Vec<u8> {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return Vec::new();
        };
        mac.update(text);
        mac.finalize()
            .into_bytes()
            .iter()
            .copied()
            .take(MAC_BYTES)
            .collect()
    }
}

const MAC_BYTES: usize = 16;

/// What a token is for. Changes nothing: mail scanners follow links too.
///
/// # Errors
/// [`Error::NotFound`] if the link was not signed here, has ended, or was sent to somebody who has
/// left or whose account was disabled.
pub fn open(tx: &mut Tx<'_>, token: &str) -> Result<Link, Error> {
    let missing = || Error::not_found("link");
    let signer = Signer::read(tx.conn)?.ok_or_else(missing)?;
    let link = signer.verify(token, tx.now)?;
    match is_reader(tx, link.recipient)? {
        true => Ok(link),
        false => Err(missing()),
    }
}

/// Whether a recipient is still one: a unit's address is; a person in service is, unless their
/// account was disabled.
fn is_reader(tx: &mut Tx<'_>, recipient: Party) -> Result<bool, Error> {
    let Party::Person(id) = recipient else {
        return Ok(true);
    };
    let account = accounts::of_person(tx.conn, id)?;
    let disabled = account.is_some_and(|row| *row.state == AccountState::Disabled);
    Ok(!disabled && people::serving(tx.conn, id, local_date(tx.now))?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::PersonId;

    #[test]
    fn a_link_opens_as_it_was_signed_and_not_otherwise() {
        for target in [Target::Obligation(ObligationId(7)), Target::Item(ItemId(7))] {
            opens_as_signed(target);
        }
    }

    fn opens_as_signed(target: Target) {
        let signer = Signer(vec![7; 32]);
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let link = Link {
            target,
            recipient: Party::Person(PersonId(3)),
            expires_at: now + TimeDelta::days(1),
        };
        let token = signer.sign(&link);
        assert_eq!(signer.verify(&token, now).unwrap(), link);
        assert!(
            signer.verify(&token, now + TimeDelta::days(2)).is_err(),
            "it ends"
        );
        assert!(
            Signer(vec![8; 32]).verify(&token, now).is_err(),
            "another installation's"
        );
        for cut in [1, 5, token.len() - 1] {
            assert!(signer.verify(&token[..cut], now).is_err());
        }
        let forged = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode("8.p3.1900000000"),
            token.split_once('.').unwrap().1
        );
        assert!(signer.verify(&forged, now).is_err());
        assert!(
            signer
                .verify(&format!("{}.", token.split_once('.').unwrap().0), now)
                .is_err()
        );
    }
}
