//! Signing in and out. What was typed stays in the form, but for the password; every refusal of a
//! sign-in reads the same.

use std::net::IpAddr;

use actix_web::http::header::USER_AGENT;
use actix_web::http::{StatusCode, Uri};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use serde::Deserialize;

use super::reply::{LOCALE, SECOND_FACTOR, page, retry_page, to};
use crate::domain::account::Stage;
use crate::domain::words::say;
use crate::service::accounts::sign_in;
use crate::service::accounts::sign_in::{Opened, Visitor};
use crate::web::body::Form;
use crate::web::context::RequestContext;
use crate::web::error::{Kind, Problem};
use crate::web::page::Params;
use crate::web::state::State;
use crate::web::{address, auth, cookies};

#[derive(Template, Clone, Default)]
#[template(path = "sign_in.html")]
pub(super) struct SignIn {
    mail: String,
    toi: String,
    note: String,
    fault: String,
    /// What the button of single sign-on says; empty without a provider.
    button: String,
}

impl SignIn {
    /// An empty form.
    pub(super) fn empty(state: &State, toi: &str) -> Self {
        let button = state
            .provider
            .as_ref()
            .map(|_| state.app.settings.openid.button.clone());
        Self {
            toi: toi.to_owned(),
            button: button.unwrap_or_default(),
            ..Self::default()
        }
    }

    /// For somebody who has just set a password.
    pub(super) fn with_password(state: &State, mail: String) -> Self {
        Self {
            mail,
            note: "Đã đặt mật khẩu. Hãy đăng nhập.".to_owned(),
            ..Self::empty(state, "")
        }
    }

    /// With what went wrong, by its name in `pages.sign_in`.
    pub(super) fn with_fault(self, fault: &str) -> Self {
        Self {
            fault: say(LOCALE, &format!("pages.sign_in.{fault}"), &[]),
            ..self
        }
    }
}

#[derive(Template, Default)]
#[template(path = "code.html")]
struct Code {
    toi: String,
    fault: String,
}

/// Where to go afterwards, and what was done before.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    toi: String,
    xong: String,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    mail: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    toi: String,
}

#[derive(Deserialize)]
struct TypedCode {
    #[serde(default)]
    code: String,
    #[serde(default)]
    toi: String,
}

#[get("/dang-nhap")]
pub(super) async fn show(
    req: HttpRequest,
    Params(query): Params<Query>,
) -> Result<HttpResponse, Problem> {
    if auth::signed(&req)
        .await?
        .is_some_and(|signed| signed.stage == Stage::Done)
    {
        return Ok(to(within(&query.toi)));
    }
    let note = match query.xong.as_str() {
        "dang-xuat" => "Đã đăng xuất.",
        _ => "",
    };
    let form = SignIn::empty(&*State::of(&req)?, &query.toi);
    page(
        StatusCode::OK,
        &SignIn {
            note: note.to_owned(),
            ..form
        },
    )
}

#[post("/dang-nhap")]
pub(super) async fn begin(req: HttpRequest, form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let Typed {
        mail,
        password,
        toi,
    } = form.0;
    let (state, stamp) = (State::of(&req)?, RequestContext::of(&req)?);
    let form = SignIn {
        mail: mail.chars().take(200).collect(),
        ..SignIn::empty(&state, &toi)
    };
    let again = |fault: &str| form.clone().with_fault(fault);
    let taken = match budget(&req, &mail).await {
        Ok(taken) => taken,
        Err(problem) => return retry_page(&problem, &again("too_many")),
    };
    let Some(turn) = state.turns.take().await else {
        return retry_page(&Problem::new(Kind::Busy), &again("busy"));
    };
    let visitor = visitor(&req)?;
    let own = mail.clone();
    let begun = web::block(move || {
        let begun = sign_in::begin(&state.app, (&own, &password), &visitor, stamp.now);
        drop(turn);
        begun
    });
    match begun.await.map_err(Problem::internal)?? {
        Some(opened) => {
            if let Some(address) = taken {
                State::of(&req)?.limits.succeeded(address);
            }
            go_on(&opened, &toi)
        }
        None => page(StatusCode::UNAUTHORIZED, &again("refused")),
    }
}

#[get("/dang-nhap/ma")]
pub(super) async fn show_code(
    req: HttpRequest,
    Params(query): Params<Query>,
) -> Result<HttpResponse, Problem> {
    let waiting = auth::signed(&req)
        .await?
        .is_some_and(|signed| signed.stage == Stage::Code);
    if !waiting {
        return Ok(to("/dang-nhap"));
    }
    page(
        StatusCode::OK,
        &Code {
            toi: query.toi,
            fault: String::new(),
        },
    )
}

#[post("/dang-nhap/ma")]
pub(super) async fn second_step(
    req: HttpRequest,
    form: Form<TypedCode>,
) -> Result<HttpResponse, Problem> {
    let TypedCode { code, toi } = form.0;
    let (state, stamp) = (State::of(&req)?, RequestContext::of(&req)?);
    let Some(signed) = auth::signed(&req)
        .await?
        .filter(|signed| signed.stage == Stage::Code)
    else {
        return Ok(to("/dang-nhap"));
    };
    let again = |fault: &str| Code {
        toi: toi.clone(),
        fault: say(LOCALE, &format!("pages.sign_in.{fault}"), &[]),
    };
    if let Err(problem) = state
        .limits
        .of_account("code", &signed.session.account_id.to_string())
    {
        return retry_page(&problem, &again("too_many"));
    }
    let visitor = visitor(&req)?;
    let done =
        web::block(move || sign_in::second_step(&state.app, &signed, &code, &visitor, stamp.now));
    match done.await.map_err(Problem::internal)?? {
        Some(opened) => go_on(&opened, &toi),
        None => page(StatusCode::UNAUTHORIZED, &again("wrong_code")),
    }
}

#[post("/dang-xuat")]
pub(super) async fn sign_out(req: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_out(&req, to("/dang-nhap?xong=dang-xuat")).await
}

/// Ends the session of the browser, whosever it is, and has it forget the cookie.
pub(super) async fn signed_out(
    req: &HttpRequest,
    mut reply: HttpResponse,
) -> Result<HttpResponse, Problem> {
    if let Some(signed) = auth::signed(req).await? {
        let (state, stamp) = (State::of(req)?, RequestContext::of(req)?);
        let done = web::block(move || sign_in::sign_out(&state.app, &signed, stamp.now));
        done.await.map_err(Problem::internal)??;
    }
    cookies::clear_session(&mut reply)?;
    Ok(reply)
}

/// A device that signed in before has a budget of its own; every other try takes from those of the
/// mail and of the address. Answers the address that a try was taken from.
async fn budget(req: &HttpRequest, mail: &str) -> Result<Option<IpAddr>, Problem> {
    let state = State::of(req)?;
    if let Some(device) = cookies::get(req.headers(), cookies::DEVICE) {
        let (state, mail, name) = (state.clone(), mail.to_owned(), device.clone());
        let known = web::block(move || sign_in::is_known(&state.app, &mail, &name)).await;
        if known.map_err(Problem::internal)?? {
            return State::of(req)?
                .limits
                .of_account("device", &device)
                .map(|()| None);
        }
    }
    let from = address::of(req, &state.app.settings.server.trusted_proxies);
    state.limits.of_address(from)?;
    state.limits.of_account("mail", mail.trim())?;
    Ok(Some(from))
}

pub(super) fn visitor(req: &HttpRequest) -> Result<Visitor, Problem> {
    let trusted = &State::of(req)?.app.settings.server.trusted_proxies;
    let agent = req
        .headers()
        .get(USER_AGENT)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    Ok(Visitor {
        address: address::of(req, trusted).to_string(),
        agent: agent.unwrap_or_default(),
        before: cookies::get(req.headers(), cookies::SESSION),
        request_id: RequestContext::of(req)?.request_id,
    })
}

pub(super) fn go_on(opened: &Opened, toi: &str) -> Result<HttpResponse, Problem> {
    let query = serde_urlencoded::to_string([("toi", toi)]).map_err(Problem::internal)?;
    let mut reply = match opened.stage {
        Stage::Done => to(within(toi)),
        Stage::Code => to(&format!("/dang-nhap/ma?{query}")),
        Stage::Enrol => to(SECOND_FACTOR),
    };
    if opened.stage == Stage::Done {
        cookies::set_opened(&mut reply, opened)?;
    } else {
        cookies::set_session(&mut reply, &opened.secret)?;
    }
    Ok(reply)
}

/// An address to go to after signing in: a page of ours, or the first one.
fn within(address: &str) -> &str {
    let path = address.starts_with('/') && !address.starts_with("//") && !address.contains('\\');
    let plain =
        address.bytes().all(|byte| byte.is_ascii_graphic()) && address.parse::<Uri>().is_ok();
    if path && plain && !address.starts_with("/api/") {
        address
    } else {
        "/"
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
