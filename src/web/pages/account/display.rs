//! How pages look for the person of an account: language and colours.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::account;
use crate::domain::error::Invalid;
use crate::domain::preference::{Lang, Preferences, Theme};
use crate::service::accounts::sign_in;
use crate::web::call::Reply;
use crate::web::cookies;
use crate::web::error::Problem;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Form, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::{routes, switches};

/// The fields of the form.
const FIELDS: &[Field] = &[
    Field::new("ngon_ngu", "pages.account.display.language", &["language"]),
    Field::new("mau", "pages.layout.theme", &["theme"]),
];

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Display {
    pub(super) ngon_ngu: String,
    pub(super) mau: String,
}

impl Display {
    /// What is shown to start with.
    pub(super) fn of(page: &Layout) -> Self {
        Self {
            ngon_ngu: page.locale().to_owned(),
            mau: page
                .theme()
                .map_or(switches::SYSTEM, Theme::as_str)
                .to_owned(),
        }
    }

    fn read(&self) -> Result<Preferences, Vec<Invalid>> {
        let language = Lang::parse(&self.ngon_ngu);
        let theme = Theme::parse(&self.mau);
        let mut faults = Vec::new();
        if language.is_none() {
            faults.push(Invalid::new("language", "form_choice"));
        }
        if theme.is_none() && self.mau != switches::SYSTEM {
            faults.push(Invalid::new("theme", "form_choice"));
        }
        match faults.is_empty() {
            true => Ok(Preferences { language, theme }),
            false => Err(faults),
        }
    }
}

/// The languages, each in its own words.
pub(super) fn languages(page: &Layout) -> Vec<Choice> {
    let (own, other) = (page.lang(), page.lang().other());
    let mut choices = vec![
        Choice::new(own, page.say("pages.layout.this_language")),
        Choice::new(other, page.say("pages.layout.other_language")),
    ];
    choices.sort_by(|one, other| other.value.cmp(&one.value));
    choices
}

/// The colours.
pub(super) fn colours(page: &Layout) -> Vec<Choice> {
    vec![
        Choice::new(Theme::Light, page.say("pages.layout.light")),
        Choice::new(Theme::Dark, page.say("pages.layout.dark")),
        Choice::new(switches::SYSTEM, page.say("pages.layout.system")),
    ]
}

pub(in crate::web::pages) async fn save(
    call: PageCall,
    Sent { typed, form }: Sent<Display>,
) -> Reply {
    match try_to_save(&call, &typed, &form).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &form, FIELDS)?;
            account(&call, page.comes_back_to(routes::ACCOUNT), Some(typed)).await
        }
    }
}

async fn try_to_save(
    call: &PageCall,
    typed: &Display,
    form: &Form,
) -> Result<HttpResponse, PageError> {
    form.sent()?;
    let chosen = typed.read().map_err(Problem::from)?;
    let signed = call.signed()?;
    let saved = call.once(form, move |tx| {
        sign_in::set_preferences(tx, &signed, chosen)?;
        Ok(Notice::PreferencesSaved.at(routes::ACCOUNT))
    });
    let mut reply = saved.await?;
    if let Some(language) = chosen.language {
        cookies::set_language(&mut reply, language)?;
    }
    cookies::set_theme(&mut reply, chosen.theme)?;
    Ok(reply)
}
