//! A test mail to oneself, and the code in it.

use askama::Template;
use serde::Deserialize;

use super::super::call::PageCall;
use super::super::error::PageError;
use super::super::form::{Field, Form, Nothing, Sent};
use super::super::layout::Layout;
use super::super::notice::Notice;
use super::super::routes;
use super::below;
use crate::domain::mail::MailState;
use crate::service::Tx;
use crate::service::setup::{self, ConfirmTestMail, TestMail};
use crate::web::call::Reply;

const FIELDS: &[Field] = &[Field::new("ma", "pages.setup.mail.code", &["code"])];

/// The code, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    ma: String,
}

#[derive(Template)]
#[template(path = "setup/test_mail.html")]
struct Page {
    page: Layout,
    test: Option<TestMail>,
    code: String,
}

/// How far a test mail has come.
pub(super) fn words(page: &Layout, test: &TestMail) -> String {
    let key = match (test.arrived_at, test.state) {
        (Some(_), _) => "arrived",
        (None, Some(MailState::Sent)) if test.is_to_file => "written",
        (None, Some(MailState::Sent)) => "sent",
        (None, Some(MailState::Dead)) => "dead",
        (None, Some(MailState::Retry | MailState::Unknown)) => "refused",
        (None, Some(MailState::Queued | MailState::Leased)) => "waiting",
        (None, None) => "gone",
    };
    let at = test.arrived_at.unwrap_or(test.sent_at);
    page.say_two(
        format!("pages.setup.mail.state.{key}"),
        ("address", &test.address),
        ("at", page.time(&at)),
    )
}

impl Page {
    fn words(&self, test: &TestMail) -> String {
        words(&self.page, test)
    }
}

pub async fn show(call: PageCall) -> Reply {
    let setup = call.read(setup::setup).await?;
    page(call.layout(), setup.test_mail, String::new())
}

fn page(page: Layout, test: Option<TestMail>, code: String) -> Reply {
    let page = below(page);
    page.show(|page| Page { page, test, code })
}

/// Sends a test mail.
pub async fn send(call: PageCall, Sent { form, .. }: Sent<Nothing>) -> Reply {
    let work = |tx: &mut Tx<'_>| {
        setup::send_test_mail(tx)?;
        Ok(Notice::TestMailSent.at(routes::SETUP_MAIL))
    };
    match call.once(&form, work).await {
        Ok(reply) => Ok(reply),
        Err(error) => again(&call, (error, &form), String::new()).await,
    }
}

/// Takes the code.
pub async fn confirm(call: PageCall, Sent { typed, form }: Sent<Typed>) -> Reply {
    let code = ConfirmTestMail {
        code: typed.ma.clone(),
    };
    let work = move |tx: &mut Tx<'_>| {
        setup::confirm_test_mail(tx, &code)?;
        Ok(Notice::TestMailArrived.at(routes::SETUP))
    };
    match call.once(&form, work).await {
        Ok(reply) => Ok(reply),
        Err(error) => again(&call, (error, &form), typed.ma).await,
    }
}

/// The page again, with what was wrong.
async fn again(call: &PageCall, (error, form): (PageError, &Form), code: String) -> Reply {
    let setup = call.read(setup::setup).await?;
    let layout = call.again(error, form, FIELDS)?;
    page(
        layout.comes_back_to(routes::SETUP_MAIL),
        setup.test_mail,
        code,
    )
}
