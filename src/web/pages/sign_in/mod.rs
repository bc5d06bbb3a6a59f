//! Signing in and out. What was typed stays in the form, but for the password; every refusal of a
//! sign-in reads the same.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the first step, with a password; signing out |
//! | `code` | the second step |
//! | `kept` | what was typed into a form whose sender has to sign in again |
//! | `sign_on` | single sign-on |

use std::net::IpAddr;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, Uri};
use askama::Template;
use serde::Deserialize;

use super::call::{PageCall, to};
use super::error::PageError;
use super::layout::Layout;
use super::notice::Notice;
use super::routes;
use crate::domain::account::SessionStage;
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::service::accounts::sign_in::{self, Client, Credentials, NewSession};
use crate::web::body::Form;
use crate::web::call::Reply;
use crate::web::cookies;
use crate::web::error::Problem;
use crate::web::page::Params;
use kept::Kept;

pub(super) mod code;
pub mod kept;
pub(super) mod sign_on;

/// Longest mail that the form shows again, in characters.
const MAIL_MAX: usize = 200;

#[derive(Template)]
#[template(path = "sign_in/sign_in.html")]
struct SignIn {
    page: Layout,
    /// Whether a password was set just before.
    password_set: bool,
    typed: Typed,
    /// What the button of single sign-on says; empty without a provider.
    button: String,
}

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    toi: String,
}

/// What the form sends.
#[derive(Default)]
pub(super) struct Typed {
    mail: String,
    password: String,
    toi: String,
    /// Whether the device is said to be a personal one.
    own_device: bool,
    kept: Option<Kept>,
}

/// Pairs of names and values, as a form sends them.
pub(super) type Pairs = Vec<(String, String)>;

/// The value of a name; empty without one.
///
/// # Errors
/// A name that comes twice.
fn value(sent: &Pairs, name: &'static str) -> Result<String, Problem> {
    let mut found = sent.iter().filter(|(own, _)| own == name);
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(Invalid::new(name, "json_duplicate").into()),
        (one, None) => Ok(one.map_or_else(String::new, |(_, value)| value.clone())),
    }
}

impl Typed {
    fn of(sent: &Pairs) -> Result<Self, Problem> {
        Ok(Self {
            mail: value(sent, "mail")?,
            password: value(sent, "password")?,
            toi: value(sent, "toi")?,
            own_device: !value(sent, "may_rieng")?.is_empty(),
            kept: Kept::carried(sent),
        })
    }

    /// Nothing typed yet.
    fn nothing(toi: String) -> Self {
        Self {
            toi,
            ..Self::default()
        }
    }

    /// What the form shows again.
    fn shown(self) -> Self {
        Self {
            mail: self.mail.chars().take(MAIL_MAX).collect(),
            password: String::new(),
            toi: self.toi,
            own_device: self.own_device,
            kept: self.kept,
        }
    }
}

/// The address of the form for somebody who wants to go to `toi`.
fn address(toi: &str) -> String {
    match toi {
        "" => routes::SIGN_IN.to_owned(),
        toi => routes::with(routes::SIGN_IN, "toi", toi),
    }
}

/// The form. It comes at other addresses too, and the switch of the language comes back here.
fn form(call: &PageCall, page: Layout, typed: Typed, password_set: bool) -> Reply {
    let state = call.state();
    let button = state.provider.as_ref();
    let button = button.map(|_| state.app.settings.openid.button.clone());
    page.comes_back_to(address(&typed.toi)).show(|page| SignIn {
        page,
        password_set,
        typed: typed.shown(),
        button: button.unwrap_or_default(),
    })
}

/// The form for somebody who has just set a password.
pub(super) fn after_password(call: &PageCall, mail: String) -> Reply {
    let typed = Typed {
        mail,
        ..Typed::default()
    };
    form(call, call.layout(), typed, true)
}

pub(super) async fn show(call: PageCall, Params(query): Params<Query>) -> Reply {
    if call.session_at(SessionStage::Done).is_some() {
        return Ok(to(within(&query.toi)));
    }
    form(&call, call.layout(), Typed::nothing(query.toi), false)
}

pub(super) async fn begin(call: PageCall, Form(sent): Form<Pairs>) -> Reply {
    let typed = Typed::of(&sent)?;
    match try_password(&call, &typed).await {
        Ok(Some(opened)) if opened.stage == SessionStage::Code && typed.kept.is_some() => {
            // the second step carries the form as well
            let mut reply = code::form(call.layout(), typed.toi, typed.kept)?;
            cookies::set_session(&mut reply, &opened.secret, None)?;
            Ok(reply)
        }
        Ok(Some(opened)) => go_on(&opened, &typed.toi, typed.kept.as_ref()),
        Ok(None) => {
            let page = call.refused(Invalid::new("", "sign_in_refused").into())?;
            form(&call, page.status(StatusCode::UNAUTHORIZED), typed, false)
        }
        Err(error) => form(&call, call.refused(error)?, typed, false),
    }
}

/// Signs in with a mail and a password; `None` if they are wrong.
async fn try_password(call: &PageCall, typed: &Typed) -> Result<Option<NewSession>, PageError> {
    let taken = budget(call, &typed.mail).await?;
    let slot = call.hashing_slot().await?;
    let credentials = Credentials {
        mail: typed.mail.clone(),
        password: typed.password.clone(),
    };
    let client = Client {
        keeps: typed.own_device,
        ..call.client()
    };
    let begun = call.run(move |app, now| {
        let begun = sign_in::begin(app, &credentials, &client, now);
        drop(slot);
        begun
    });
    let opened = begun.await?;
    if let (Some(address), Some(_)) = (taken, &opened) {
        call.state().limits.succeeded(address);
    }
    Ok(opened)
}

/// A device that signed in before has a budget of its own; every other try takes from those of the
/// mail and of the address. Answers the address that a try was taken from.
async fn budget(call: &PageCall, mail: &str) -> Result<Option<IpAddr>, PageError> {
    let limits = &call.state().limits;
    if let Some(device) = call.cookie(cookies::DEVICE) {
        let (mail, name) = (mail.to_owned(), device.clone());
        let known = call.read(move |tx| sign_in::is_known(tx, &mail, &name));
        if known.await? {
            limits.of_account("device", &device)?;
            return Ok(None);
        }
    }
    let from = call.address();
    limits.of_address(from)?;
    limits.of_account("mail", &text::clean(mail))?;
    Ok(Some(from))
}

pub(super) async fn sign_out(call: PageCall) -> Reply {
    signed_out(&call, to(&Notice::SignedOut.at(routes::SIGN_IN))).await
}

/// Ends the session of the browser, whosever it is, and has it forget the cookie.
pub(super) async fn signed_out(call: &PageCall, mut reply: HttpResponse) -> Reply {
    if let Some(signed) = call.session().cloned() {
        call.write(move |tx| sign_in::sign_out(tx, &signed)).await?;
    }
    cookies::clear_session(&mut reply)?;
    Ok(reply)
}

/// Leads on after a step of signing in: back to a form that waits for this person, or to `toi`.
fn go_on(opened: &NewSession, toi: &str, kept: Option<&Kept>) -> Reply {
    let mut reply = match opened.stage {
        SessionStage::Done => match kept {
            Some(kept) if kept.account() == Some(opened.account_id) => kept.give_back(),
            _ => to(within(toi)),
        },
        SessionStage::Code => to(&routes::with(routes::SIGN_IN_CODE, "toi", toi)),
        SessionStage::Enrol => to(routes::SECOND_FACTOR),
    };
    if opened.stage == SessionStage::Done {
        cookies::set_opened(&mut reply, opened)?;
    } else {
        cookies::set_session(&mut reply, &opened.secret, None)?;
    }
    Ok(reply)
}

/// An address to go to afterwards: a page of ours, or the first one.
pub(super) fn within(address: &str) -> &str {
    let path = address.starts_with('/') && !address.starts_with("//") && !address.contains('\\');
    let plain =
        address.bytes().all(|byte| byte.is_ascii_graphic()) && address.parse::<Uri>().is_ok();
    if path && plain && !address.starts_with("/api/") {
        address
    } else {
        routes::HOME
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        for bad in [
            "",
            "https://x.example",
            "//x.example",
            "/\\x.example",
            "/a\r\nSet-Cookie: a=b",
            "/api/v1/units",
        ] {
            assert_eq!(within(bad), "/", "{bad}");
        }
        assert_eq!(within("/tai-khoan?a=1"), "/tai-khoan?a=1");
    }
}
