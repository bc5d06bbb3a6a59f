//! The secrets of one sign-in on its way to the provider and back. They travel in a cookie of the
//! browser, not in a table: so nobody can fill a table by pressing the button, every replica can
//! finish what another began, and the browser that comes back is the one that went. All of them are
//! made from one secret; what the provider sees of it (hashes) tells nothing of the others.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};

use crate::identity::secret;

/// How long the way may take.
const LIFE: TimeDelta = TimeDelta::minutes(10);

/// Longest address to go to afterwards.
const TO_MAX: usize = 1_000;

/// One sign-in on its way.
#[derive(Clone, PartialEq, Eq)]
pub struct Flow {
    secret: String,
    /// Unix seconds.
    begun_at: i64,
    to: String,
}

impl Flow {
    /// A new one; `to` is where the browser goes afterwards (too long: forgotten).
    pub fn fresh(to: &str, now: DateTime<Utc>) -> Self {
        let to = if to.len() > TO_MAX { "" } else { to };
        Self {
            secret: secret::fresh(),
            begun_at: now.timestamp(),
            to: to.to_owned(),
        }
    }

    /// The value of the cookie. It is not signed: an attacker who can write this cookie (`__Host-`)
    /// into a browser could also write the cookie of a session.
    pub fn text(&self) -> String {
        format!(
            "{}.{}.{}",
            self.secret,
            self.begun_at,
            URL_SAFE_NO_PAD.encode(&self.to)
        )
    }

    /// What a cookie carried, unless the way took too long.
    pub fn read(text: &str, now: DateTime<Utc>) -> Option<Self> {
        let mut parts = text.split('.');
        let (secret, begun_at, to) = (
            parts.next()?.to_owned(),
            parts.next()?.parse().ok()?,
            parts.next()?,
        );
        let to = String::from_utf8(URL_SAFE_NO_PAD.decode(to).ok()?).ok()?;
        let since = now.signed_duration_since(DateTime::from_timestamp(begun_at, 0)?);
        let alive = (-LIFE..LIFE).contains(&since)
            && secret.len() == secret::LENGTH
            && parts.next().is_none();
        alive.then_some(Self {
            secret,
            begun_at,
            to,
        })
    }

    /// Where the browser goes afterwards, as it was asked for.
    pub fn to(&self) -> &str {
        &self.to
    }

    pub(super) fn state(&self) -> String {
        self.derived("state")
    }

    pub(super) fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// The verifier of RFC 7636.
    pub(super) fn verifier(&self) -> String {
        self.derived("verifier")
    }

    /// Its challenge, method S256: the hash of secrets is the same function.
    pub(super) fn challenge(&self) -> String {
        secret::hash(&self.verifier())
    }

    fn derived(&self, what: &str) -> String {
        secret::hash(&format!("openid:{what}:{}", self.secret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_known_again_for_ten_minutes() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let flow = Flow::fresh("/tai-khoan?a=.b", now);
        assert!(Flow::read(&flow.text(), now + LIFE - TimeDelta::seconds(1)) == Some(flow.clone()));
        assert!(Flow::read(&flow.text(), now + LIFE).is_none());
        let text = flow.text();
        for bad in [
            "",
            "a.1.",
            &text[1..],
            &format!("{text}.x"),
            &text.replace('.', ""),
        ] {
            assert!(Flow::read(bad, now).is_none(), "{bad}");
        }
        let all = [
            flow.state(),
            flow.nonce(),
            flow.verifier(),
            flow.challenge(),
        ];
        assert!(all.iter().all(|one| one.len() == 43 && all.iter().filter(|other| *other == one).count() == 1));
        assert_eq!(Flow::fresh(&"/x".repeat(1_000), now).to(), "");
    }

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636 appendix B
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(
            secret::hash(verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
