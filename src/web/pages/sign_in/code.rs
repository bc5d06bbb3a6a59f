//! The second step of signing in: a code.

use actix_web::http::StatusCode;
use askama::Template;

use super::kept::Kept;
use super::{Pairs, Query, go_on, value};
use crate::domain::account::SessionStage;
use crate::domain::error::Invalid;
use crate::service::accounts::sign_in::{self, CurrentSession, NewSession};
use crate::web::body::Form;
use crate::web::call::Reply;
use crate::web::page::Params;
use crate::web::pages::call::{PageCall, to};
use crate::web::pages::error::PageError;
use crate::web::pages::layout::Layout;
use crate::web::pages::routes;

#[derive(Template)]
#[template(path = "sign_in/code.html")]
struct Code {
    page: Layout,
    toi: String,
    kept: Option<Kept>,
}

/// The form of the code.
pub(super) fn form(page: Layout, toi: String, kept: Option<Kept>) -> Reply {
    page.comes_back_to(routes::with(routes::SIGN_IN_CODE, "toi", &toi))
        .show(|page| Code { page, toi, kept })
}

pub(in crate::web::pages) async fn show(call: PageCall, Params(query): Params<Query>) -> Reply {
    if call.session_at(SessionStage::Code).is_none() {
        return Ok(to(routes::SIGN_IN));
    }
    form(call.layout(), query.toi, None)
}

pub(in crate::web::pages) async fn enter(call: PageCall, Form(sent): Form<Pairs>) -> Reply {
    let (code, toi) = (value(&sent, "code")?, value(&sent, "toi")?);
    let Some(signed) = call.session_at(SessionStage::Code).cloned() else {
        return Ok(to(routes::SIGN_IN));
    };
    let kept = Kept::carried(&sent);
    match try_code(&call, signed, code).await {
        Ok(Some(opened)) => go_on(&opened, &toi, kept.as_ref()),
        Ok(None) => {
            let page = call.refused(Invalid::new("code", "sign_in_wrong_code").into())?;
            form(page.status(StatusCode::UNAUTHORIZED), toi, kept)
        }
        Err(error) => form(call.refused(error)?, toi, kept),
    }
}

/// Finishes a sign-in with a code; `None` if it is wrong.
async fn try_code(
    call: &PageCall,
    signed: CurrentSession,
    code: String,
) -> Result<Option<NewSession>, PageError> {
    let account = signed.session.account_id.to_string();
    call.state().limits.of_account("code", &account)?;
    let client = call.client();
    call.write(move |tx| sign_in::second_step(tx, &signed, &code, &client))
        .await
}
