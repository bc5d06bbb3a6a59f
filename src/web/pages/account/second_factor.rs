//! The second factor of the own account: set up in two steps, and turned off.

use askama::Template;
use serde::Deserialize;

use super::{hashing, renewed};
use crate::service::accounts::sign_in::{self, Enrolment, OwnAccount};
use crate::web::body::Form;
use crate::web::call::Reply;
use crate::web::cookies;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::layout::Layout;
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

#[derive(Template)]
#[template(path = "account/second_factor.html")]
struct SecondFactor {
    page: Layout,
    own: OwnAccount,
    step: Step,
}

/// How far somebody is.
enum Step {
    /// Nothing is begun.
    Nothing,
    /// A code has to confirm what was begun. The secret is shown only to who has seen it.
    Confirming(Option<Enrolment>),
}

impl Step {
    fn is_confirming(&self) -> bool {
        matches!(self, Self::Confirming(_))
    }

    fn enrolment(&self) -> Option<&Enrolment> {
        match self {
            Self::Confirming(enrolment) => enrolment.as_ref(),
            Self::Nothing => None,
        }
    }
}

#[derive(Template)]
#[template(path = "account/recovery.html")]
struct Recovery {
    page: Layout,
    codes: Vec<String>,
}

/// What the forms that begin and turn off send.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct TypedPassword {
    password: String,
}

/// What the form that confirms sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct TypedCode {
    code: String,
    /// The secret that the form's page showed, so that it can be shown again.
    secret: String,
}

/// A key as it is typed off a screen.
fn in_fours(key: &str) -> String {
    let blocks: Vec<String> = key
        .as_bytes()
        .chunks(4)
        .map(|four| String::from_utf8_lossy(four).into_owned())
        .collect();
    blocks.join(" ")
}

pub(in crate::web::pages) async fn show(call: PageCall) -> Reply {
    page(&call, call.layout(), Step::Nothing).await
}

async fn page(call: &PageCall, page: Layout, step: Step) -> Reply {
    let signed = call.signed()?;
    let own = call.read(move |tx| sign_in::own(tx, &signed)).await?;
    page.comes_back_to(routes::SECOND_FACTOR)
        .show(|page| SecondFactor { page, own, step })
}

pub(in crate::web::pages) async fn begin(
    call: PageCall,
    Form(typed): Form<TypedPassword>,
) -> Reply {
    let begun = hashing(&call, move |app, signed, now| {
        sign_in::begin_second_factor(app, signed, &typed.password, now)
    });
    match begun.await {
        Ok(enrolment) => page(&call, call.layout(), Step::Confirming(Some(enrolment))).await,
        Err(error) => page(&call, call.refused(error)?, Step::Nothing).await,
    }
}

pub(in crate::web::pages) async fn confirm(call: PageCall, Form(typed): Form<TypedCode>) -> Reply {
    let signed = call.signed()?;
    match try_code(&call, typed.code).await {
        Ok((secret, codes)) => {
            let page = call.layout().shown_once();
            let mut reply = page.show(|page| Recovery { page, codes })?;
            let kept = call.signed()?.kept_seconds(call.now());
            cookies::set_session(&mut reply, &secret, kept)?;
            Ok(reply)
        }
        Err(error) => {
            let layout = call.refused(error)?;
            let shown = typed.secret;
            let again = call.read(move |tx| sign_in::pending_enrolment(tx, &signed, &shown));
            page(&call, layout, Step::Confirming(again.await?)).await
        }
    }
}

/// Confirms the second factor; answers the session's new secret and the recovery codes.
async fn try_code(call: &PageCall, code: String) -> Result<(String, Vec<String>), PageError> {
    let signed = call.signed()?;
    let account = signed.session.account_id.to_string();
    call.state().limits.of_account("code", &account)?;
    call.write(move |tx| sign_in::confirm_second_factor(tx, &signed, &code))
        .await
}

pub(in crate::web::pages) async fn turn_off(
    call: PageCall,
    Form(typed): Form<TypedPassword>,
) -> Reply {
    let done = hashing(&call, move |app, signed, now| {
        sign_in::drop_second_factor(app, signed, &typed.password, now)
    });
    match done.await {
        Ok(secret) => renewed(&call, Notice::SecondFactorOff, &secret),
        Err(error) => page(&call, call.refused(error)?, Step::Nothing).await,
    }
}
