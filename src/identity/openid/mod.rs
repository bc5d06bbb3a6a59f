//! Single sign-on with an OpenID provider (OpenID Connect Core 1.0: authorization code flow, with
//! PKCE of RFC 7636 and the `iss` of RFC 9207).
//!
//! | file | what |
//! |---|---|
//! | here | the authorization request, and the identity behind its answer |
//! | `flow` | the secrets of one sign-in |
//! | `remote` | what the provider publishes, and requests to it: the only outgoing HTTP requests |
//! | `token` | ID tokens and their signatures |

mod flow;
mod remote;
mod token;

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::secret;
use crate::config::OpenIdSettings;

pub use flow::Flow;
use remote::{Published, Remote};
use token::{Claims, Expected, UserInfo};

/// What the provider publishes is read anew after this long.
const PUBLISHED_FOR: TimeDelta = TimeDelta::hours(1);

/// What we ask for.
const SCOPE: &str = "openid email profile";

/// Why the provider did not identify anybody. The texts are for the log and contain no secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The answer was used before, took too long, or belongs to another browser.
    #[error("no such sign-in was begun in this browser, or it is over")]
    Stale,
    /// The person or the provider refused.
    #[error("denied at the provider")]
    Denied,
    /// No answer, or one that is no success.
    #[error("the provider does not answer: {0}")]
    Unreachable(String),
    /// An answer that fails a check.
    #[error("the provider's answer does not hold: {0}")]
    Untrue(String),
}

impl Failure {
    /// Its name in the audit trail.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Denied => "denied",
            Self::Unreachable(_) => "provider_unreachable",
            Self::Untrue(_) => "provider_untrue",
        }
    }

    fn untrue(what: &str) -> Self {
        Self::Untrue(what.to_owned())
    }
}

/// The answer of the provider, which the browser brings.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// The person whom the provider identified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Their mail address, as the provider writes it; empty if it names none.
    pub mail: String,
    /// Whether the provider has verified the address.
    pub verified: bool,
    /// The state of the answer, by which it is known again.
    pub state: String,
}

/// A provider, and what it last published about itself. Its functions wait for the network, up to
/// some seconds.
pub struct Provider {
    issuer: String,
    client_id: String,
    redirect_uri: String,
    remote: Remote,
    published: Mutex<Option<Arc<Published>>>,
}

impl Provider {
    /// The provider of the settings, if they name one. No request is made yet. `redirect_uri` is the
    /// address that the provider sends people back to.
    pub fn of(settings: &OpenIdSettings, redirect_uri: String) -> Option<Self> {
        let (issuer, client_id) = (settings.issuer.clone()?, settings.client_id.clone()?);
        let remote = Remote::new(client_id.clone(), settings.client_secret.clone()?);
        Some(Self {
            issuer,
            client_id,
            redirect_uri,
            remote,
            published: Mutex::default(),
        })
    }

    /// The address at the provider to which a browser is sent.
    ///
    /// # Errors
    /// [`Failure::Unreachable`], [`Failure::Untrue`].
    pub fn authorization_url(&self, flow: &Flow, now: DateTime<Utc>) -> Result<String, Failure> {
        let published = self.published(now)?;
        let query = serde_urlencoded::to_string([
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", SCOPE),
            ("state", &flow.state()),
            ("nonce", &flow.nonce()),
            ("code_challenge", &flow.challenge()),
            ("code_challenge_method", "S256"),
            ("ui_locales", "vi"),
        ]);
        let query = query.map_err(|error| Failure::Untrue(error.to_string()))?;
        let endpoint = &published.authorization_endpoint;
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        Ok(format!("{endpoint}{joint}{query}"))
    }

    /// The person whom the provider identified in its answer to the request of `flow`.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn identify(
        &self,
        flow: Option<&Flow>,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<Identity, Failure> {
        let (flow, code) = self.check_answer(flow, answer)?;
        let published = self.published(now)?;
        if published.names_itself && answer.iss.is_none() {
            return Err(Failure::untrue("the answer does not name its provider"));
        }
        let tokens = self
            .remote
            .redeem(&published, code, &flow.verifier(), &self.redirect_uri)?;
        let expected = Expected {
            issuer: &self.issuer,
            client_id: &self.client_id,
            nonce: &flow.nonce(),
            now,
        };
        let claims = self.verify(&published, &tokens.id_token, &expected)?;
        let user = UserInfo {
            sub: claims.sub.clone(),
            email: claims.email,
            email_verified: claims.email_verified,
        };
        let user = match (
            &user.email,
            &user.email_verified,
            &published.userinfo_endpoint,
        ) {
            (Some(_), Some(_), _) | (_, _, None) => user,
            (_, _, Some(endpoint)) => self.remote.ask(endpoint, &tokens.access_token)?,
        };
        if user.sub != claims.sub {
            return Err(Failure::untrue("userinfo speaks of somebody else"));
        }
        let verified = user.email_verified.is_some_and(|verified| verified.holds());
        Ok(Identity {
            mail: user.email.unwrap_or_default(),
            verified,
            state: flow.state(),
        })
    }

    /// Checks that the answer belongs to `flow` and reports success; returns the flow and the code.
    fn check_answer<'a>(
        &self,
        flow: Option<&'a Flow>,
        answer: &'a Answer,
    ) -> Result<(&'a Flow, &'a str), Failure> {
        // Hashes are compared, so that the time of the comparison does not reveal the state.
        let is_own = |flow: &&Flow| secret::hash(&flow.state()) == secret::hash(&answer.state);
        let flow = flow.filter(is_own).ok_or(Failure::Stale)?;
        if answer.iss.as_ref().is_some_and(|iss| *iss != self.issuer) {
            return Err(Failure::untrue("another provider answers"));
        }
        match answer.error.as_deref() {
            Some("access_denied") => return Err(Failure::Denied),
            Some(error) => return Err(Failure::Unreachable(format!("error {}", plain(error)))),
            None => {}
        }
        let code = answer
            .code
            .as_deref()
            .ok_or_else(|| Failure::untrue("neither code nor error"))?;
        Ok((flow, code))
    }

    /// The claims of an ID token whose signature and content are valid. The keys are fetched again
    /// if the token names an unknown one: the provider may have changed its keys.
    fn verify(
        &self,
        published: &Published,
        id_token: &str,
        expected: &Expected<'_>,
    ) -> Result<Claims, Failure> {
        let token = token::read(id_token)?;
        let key = match token.key(&published.keys) {
            Some(key) => key.clone(),
            None => token
                .key(&self.read(expected.now)?.keys)
                .cloned()
                .ok_or_else(|| Failure::untrue("an unknown key"))?,
        };
        token.verify(&key, expected)
    }

    fn published(&self, now: DateTime<Utc>) -> Result<Arc<Published>, Failure> {
        let known = self
            .published
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let age = |published: &Arc<Published>| now.signed_duration_since(published.read_at).abs();
        match known.filter(|published| age(published) < PUBLISHED_FOR) {
            Some(published) => Ok(published),
            None => self.read(now),
        }
    }

    /// Reads it anew; nobody else waits meanwhile, so that a provider that hangs holds up only
    /// those who ask it.
    fn read(&self, now: DateTime<Utc>) -> Result<Arc<Published>, Failure> {
        let published = Arc::new(self.remote.published(&self.issuer, now)?);
        *self
            .published
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(published.clone());
        Ok(published)
    }
}

/// A name of an error, fit for the log.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .take(50)
        .collect()
}
