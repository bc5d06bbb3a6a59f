//! What was typed into a form whose sender has to sign in again. The form of signing in carries it
//! in hidden fields; the same person then gets the form back, filled in, and another person nothing
//! of it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;

use super::{Typed, form as sign_in_form};
use crate::domain::ids::AccountId;
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::form::{KEPT, KEY, UNSENT, account_of};

/// The hidden field of the address that the form was sent to.
const TO: &str = "giu_toi";

/// Parts of names of fields that are not carried.
const SECRET: [&str; 5] = ["password", "old", "again", "code", "secret"];

/// A form that waits for its sender to sign in again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    address: String,
    fields: Vec<(String, String)>,
}

impl Kept {
    /// A form as it was sent to this address; `None` for one without a key, whose sender is not
    /// known.
    pub fn of(address: &str, mut fields: Vec<(String, String)>) -> Option<Self> {
        fields.retain(|(name, _)| !SECRET.contains(&name.as_str()));
        let kept = Self {
            address: address.to_owned(),
            fields,
        };
        kept.account().is_some().then_some(kept)
    }

    /// What a form of signing in carries.
    pub(super) fn carried(sent: &[(String, String)]) -> Option<Self> {
        let (_, address) = sent.iter().find(|(name, _)| name == TO)?;
        let own = |(name, value): &(String, String)| {
            Some((name.strip_prefix(KEPT)?.to_owned(), value.clone()))
        };
        Self::of(
            super::within(address),
            sent.iter().filter_map(own).collect(),
        )
    }

    /// The account of the person who filled it in.
    pub(super) fn account(&self) -> Option<AccountId> {
        let key = self.fields.iter().find(|(name, _)| name == KEY);
        account_of(&key?.1)
    }

    /// The hidden fields that carry it.
    pub(super) fn hidden(&self) -> Vec<(String, &str)> {
        let address = (TO.to_owned(), self.address.as_str());
        let fields = self.fields.iter();
        let fields = fields.map(|(name, value)| (format!("{KEPT}{name}"), value.as_str()));
        std::iter::once(address).chain(fields).collect()
    }

    /// Has the browser send the form of signing in once more, to the address of the form that
    /// waits: that is shown again with what it carries, and nothing is done.
    pub(super) fn give_back(&self) -> HttpResponse {
        HttpResponse::TemporaryRedirect()
            .insert_header((LOCATION, format!("{}?{UNSENT}", self.address)))
            .finish()
    }
}

/// The form of signing in, for the sender of a form whose session has ended.
///
/// # Errors
/// Only if a template fails to write into a string.
pub fn ask(call: &PageCall, kept: Kept) -> Reply {
    let page = call.layout().status(StatusCode::UNAUTHORIZED);
    let typed = Typed {
        kept: Some(kept),
        ..Typed::default()
    };
    sign_in_form(call, page, typed, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::form::new_key;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn a_form_is_carried_whole_but_for_secrets() {
        let key = new_key(AccountId(7));
        let sent = pairs(&[
            ("khoa", &key),
            ("ten", "<b>"),
            ("password", "x"),
            ("ten", "B"),
        ]);
        let kept = Kept::of("/nop", sent).unwrap();
        let carried: Vec<_> = kept
            .hidden()
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect();
        assert_eq!(carried.len(), 4, "{carried:?}");
        assert_eq!(Kept::carried(&carried), Some(kept.clone()));
        assert_eq!(kept.account(), Some(AccountId(7)));
    }

    #[test]
    fn a_form_of_nobody_is_not_carried() {
        assert_eq!(Kept::of("/nop", pairs(&[("ten", "A")])), None);
        let foreign = pairs(&[
            ("giu_toi", "https://x.example/"),
            ("giu.khoa", &new_key(AccountId(7))),
        ]);
        assert_eq!(Kept::carried(&foreign).unwrap().address, "/");
    }
}
