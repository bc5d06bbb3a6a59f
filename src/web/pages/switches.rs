//! The switches of language and colours: each keeps the choice, on the account of somebody who is
//! signed in and in a cookie, and comes back to the page that it stood on.

use serde::Deserialize;

use super::call::{PageCall, to};
use super::error::PageError;
use super::sign_in::within;
use crate::domain::account::SessionStage;
use crate::domain::preference::{Lang, Preferences, Theme};
use crate::service::accounts::sign_in;
use crate::web::body::Form;
use crate::web::call::Reply;
use crate::web::cookies;

/// What the switch of the language sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Language {
    lang: String,
    toi: String,
}

/// What the switch of the colours sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Colours {
    theme: String,
    toi: String,
}

pub(super) async fn language(call: PageCall, Form(chosen): Form<Language>) -> Reply {
    let mut reply = to(within(&chosen.toi));
    if let Some(lang) = Lang::parse(&chosen.lang) {
        keep(&call, move |kept| Preferences {
            language: Some(lang),
            ..kept
        })
        .await?;
        cookies::set_language(&mut reply, lang)?;
    }
    Ok(reply)
}

pub(super) async fn colours(call: PageCall, Form(chosen): Form<Colours>) -> Reply {
    let mut reply = to(within(&chosen.toi));
    let theme = Theme::parse(&chosen.theme);
    if theme.is_some() || chosen.theme == SYSTEM {
        keep(&call, move |kept| Preferences { theme, ..kept }).await?;
        cookies::set_theme(&mut reply, theme)?;
    }
    Ok(reply)
}

/// The colours of the system: no choice of one's own.
pub(super) const SYSTEM: &str = "system";

/// Keeps a choice on the account of somebody who is signed in.
async fn keep(
    call: &PageCall,
    change: impl Fn(Preferences) -> Preferences,
) -> Result<(), PageError> {
    let Some(signed) = call.session_at(SessionStage::Done).cloned() else {
        return Ok(());
    };
    let chosen = change(signed.preferences);
    call.write(move |tx| sign_in::set_preferences(tx, &signed, chosen))
        .await
}
