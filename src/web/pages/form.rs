//! Forms that write: each carries a random key, so that sending it twice does it once, and the
//! version of what it edits. Both stand in the hidden fields that `parts::state` writes.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::error::PageError;
use crate::domain::ids::AccountId;
use crate::service::accounts::sign_in::CurrentSession;
use crate::service::core::idempotency::Asked;
use crate::web::body::form_pairs;
use crate::web::error::{Kind, Problem};
use crate::web::fault::fault;

/// The hidden field of the form's key.
pub const KEY: &str = "khoa";

/// The hidden field of the version of what is edited.
pub const VERSION: &str = "phien_ban";

/// What stands before the names of fields that wait for a new sign-in ([`super::sign_in::kept`]).
pub const KEPT: &str = "giu.";

/// A field of a form, for what is said about its faults: messages name the label that the person
/// sees, never a field of the API.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The name of the input, which is also its id.
    pub name: &'static str,
    /// The key of its label.
    pub label: &'static str,
    /// What use cases call it.
    pub of: &'static [&'static str],
}

impl Field {
    /// A field with its label, for these fields of the use case.
    pub const fn new(name: &'static str, label: &'static str, of: &'static [&'static str]) -> Self {
        Self { name, label, of }
    }

    /// Whether a fault of the use case belongs here: `rows[0].title` belongs to `title` and `rows`.
    pub(super) fn is_meant_by(&self, path: &str) -> bool {
        let mut names = path.split(['.', '[']);
        self.name == path || self.of.contains(&path) || names.any(|name| self.of.contains(&name))
    }
}

/// A form that was sent, without what was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    key: String,
    version: Option<i32>,
    fingerprint: String,
    /// Whether it only comes back after signing in, to be shown.
    is_unsent: bool,
}

/// What a form of one button sends: nothing but its key.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Nothing {}

/// A form that was sent: `Sent { typed, form }: Sent<Typed>`. Every field of `Typed` is there when
/// nothing is typed (`#[serde(default)]`); a name that comes several times is a `Vec`.
#[derive(Debug)]
pub struct Sent<T> {
    /// What was typed.
    pub typed: T,
    /// Its key and its version.
    pub form: Form,
}

impl<T: DeserializeOwned + 'static> FromRequest for Sent<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let (pairs, form) = with_form(&req, form_pairs(&req, payload).await?)?;
            let encoded = serde_html_form::to_string(filled(&pairs)).map_err(Problem::internal)?;
            let typed = serde_html_form::from_str(&encoded);
            Ok(Self {
                typed: typed.map_err(|error| fault("", &error.to_string()))?,
                form,
            })
        })
    }
}

/// The fields of a form and its key; those of a form that comes back after signing in have the names
/// that they had before.
///
/// # Errors
/// 409 for one that comes back to somebody else.
pub(super) fn with_form(
    req: &HttpRequest,
    pairs: Vec<(String, String)>,
) -> Result<(Vec<(String, String)>, Form), Problem> {
    let is_unsent = req.query_string() == UNSENT;
    let pairs = if is_unsent { kept(pairs) } else { pairs };
    let form = Form::of(&pairs, req.path(), is_unsent);
    let signed = req.extensions().get::<CurrentSession>().cloned();
    if is_unsent && form.account() != signed.map(|signed| signed.session.account_id) {
        // what somebody else typed is shown to nobody
        return Err(Problem::new(Kind::Conflict));
    }
    Ok((pairs, form))
}

/// The query of the address at which a form comes back after signing in.
pub const UNSENT: &str = "lai=1";

/// The fields without those that are empty and stand alone: a select whose choice is "none" sends an
/// empty value, which is no id. Of a name that comes several times every value counts, by its place.
fn filled(pairs: &[(String, String)]) -> Vec<&(String, String)> {
    let is_alone = |name: &str| pairs.iter().filter(|(other, _)| other == name).count() == 1;
    pairs
        .iter()
        .filter(|(name, value)| !value.is_empty() || !is_alone(name))
        .collect()
}

/// What was typed before signing in again.
fn kept(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let own = |(name, value): (String, String)| Some((name.strip_prefix(KEPT)?.to_owned(), value));
    pairs.into_iter().filter_map(own).collect()
}

impl Form {
    pub(super) fn of(pairs: &[(String, String)], path: &str, is_unsent: bool) -> Self {
        let mut hash = Sha256::new_with_prefix(path);
        let (mut key, mut version) = (String::new(), None);
        for (name, value) in pairs {
            match name.as_str() {
                KEY => key.clone_from(value),
                VERSION => version = value.parse().ok(),
                _ => hash.update(format!("\n{}:{name}={}:{value}", name.len(), value.len())),
            }
        }
        Self {
            key,
            version,
            fingerprint: URL_SAFE_NO_PAD.encode(hash.finalize()),
            is_unsent,
        }
    }

    /// Checks that it is to be acted on, before anything is read out of it.
    ///
    /// # Errors
    /// [`PageError::Unsent`] for a form that only comes back after signing in.
    pub fn sent(&self) -> Result<(), PageError> {
        match self.is_unsent {
            true => Err(PageError::Unsent),
            false => Ok(()),
        }
    }

    /// The version that the form was filled in for.
    ///
    /// # Errors
    /// 428 for a form without one.
    pub fn version(&self) -> Result<i32, Problem> {
        self.version
            .ok_or_else(|| Problem::new(Kind::VersionRequired))
    }

    /// The version, where the form carries one.
    pub(super) fn known_version(&self) -> Option<i32> {
        self.version
    }

    /// The account for which the form was made.
    pub(super) fn account(&self) -> Option<AccountId> {
        account_of(&self.key)
    }

    /// Under which key the result is kept; `None` for a form without a key.
    pub(super) fn asked(&self) -> Option<Asked> {
        self.account()?;
        Some(Asked {
            key: self.key.clone(),
            fingerprint: self.fingerprint.clone(),
        })
    }
}

/// A new key for a form of this account.
pub(super) fn new_key(account: AccountId) -> String {
    let random: [u8; 16] = rand::rng().random();
    format!("{account}.{}", URL_SAFE_NO_PAD.encode(random))
}

/// For which account a key was made.
pub(super) fn account_of(key: &str) -> Option<AccountId> {
    let (account, random) = key.split_once('.')?;
    let fits = random.len() == 22 && random.bytes().all(|byte| byte.is_ascii_graphic());
    account.parse().ok().filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(encoded: &str) -> Vec<(String, String)> {
        serde_urlencoded::from_str(encoded).unwrap()
    }

    #[test]
    fn a_form_is_known_by_its_key_and_by_what_it_asks_for() {
        let key = new_key(AccountId(7));
        assert_ne!(key, new_key(AccountId(7)));
        let form = |rest: &str| Form::of(&pairs(&format!("khoa={key}&{rest}")), "/a", false);
        let first = form("phien_ban=3&ten=A");
        assert_eq!(
            (first.account(), first.version().unwrap()),
            (Some(AccountId(7)), 3)
        );
        assert_eq!(
            first.asked(),
            form("phien_ban=4&ten=A").asked(),
            "an edit of the same"
        );
        assert_ne!(first.asked(), form("ten=B").asked());
        assert_ne!(form("ten=A&b=1").asked(), form("ten=A&b=1&b=1").asked());
        for bad in ["", "x", "7", "7.", "7.abc", "a.aaaaaaaaaaaaaaaaaaaaaa"] {
            assert_eq!(account_of(bad), None, "{bad}");
        }
        assert!(Form::of(&[], "/a", false).asked().is_none());
        assert!(Form::of(&[], "/a", false).version().is_err());
    }

    #[test]
    fn a_field_owns_the_faults_of_its_use_case() {
        let field = Field::new("gio", "pages.field.code", &["starts_at"]);
        for path in ["gio", "starts_at", "events[0].starts_at"] {
            assert!(field.is_meant_by(path), "{path}");
        }
        assert!(!field.is_meant_by("ends_at") && !field.is_meant_by(""));
    }

    #[test]
    fn what_waited_for_a_sign_in_is_taken_out_of_its_form() {
        let sent = pairs("mail=a&password=b&giu.khoa=7.x&giu.ten=A&giu.ten=B");
        let of = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            kept(sent),
            [of("khoa", "7.x"), of("ten", "A"), of("ten", "B")]
        );
    }
}
