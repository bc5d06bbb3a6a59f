//! First and new passwords by one-time links, and asking for one. Looking at a link changes
//! nothing.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use serde::Deserialize;

use super::reply::{FORGOTTEN, LOCALE, Message, SIGN_IN, page, retry_page};
use super::sign_in::{SignIn, signed_out};
use crate::domain::account::Purpose;
use crate::domain::error::Invalid;
use crate::domain::words::say;
use crate::service::{Error, accounts};
use crate::web::address;
use crate::web::body::Form;
use crate::web::context::RequestContext;
use crate::web::error::{Kind, Problem};
use crate::web::state::State;

/// An answer that says nothing takes at least this long, whether a mail was written or not.
const FLOOR: Duration = Duration::from_millis(150);

#[derive(Template)]
#[template(path = "new_password.html")]
struct NewPassword {
    title: &'static str,
    name: String,
    mail: String,
    fault: String,
}

#[derive(Template, Default)]
#[template(path = "forgot.html")]
struct Forgot {
    mail: String,
    fault: String,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

#[derive(Deserialize)]
struct TypedMail {
    #[serde(default)]
    mail: String,
}

#[get("/moi/{token}")]
pub(super) async fn invited(
    req: HttpRequest,
    token: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    show(&req, Purpose::Invite, token.into_inner(), None).await
}

#[post("/moi/{token}")]
pub(super) async fn accept(
    req: HttpRequest,
    token: web::Path<String>,
    form: Form<Typed>,
) -> Result<HttpResponse, Problem> {
    set(&req, Purpose::Invite, token.into_inner(), form.0).await
}

#[get("/dat-lai/{token}")]
pub(super) async fn reset_form(
    req: HttpRequest,
    token: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    show(&req, Purpose::Reset, token.into_inner(), None).await
}

#[post("/dat-lai/{token}")]
pub(super) async fn reset(
    req: HttpRequest,
    token: web::Path<String>,
    form: Form<Typed>,
) -> Result<HttpResponse, Problem> {
    set(&req, Purpose::Reset, token.into_inner(), form.0).await
}

async fn show(
    req: &HttpRequest,
    purpose: Purpose,
    token: String,
    fault: Option<Invalid>,
) -> Result<HttpResponse, Problem> {
    let (state, stamp) = (State::of(req)?, RequestContext::of(req)?);
    let found = web::block(move || accounts::show(&state.app, purpose, &token, stamp.now)).await;
    let title = match purpose {
        Purpose::Invite => "Đặt mật khẩu",
        Purpose::Reset => "Đặt mật khẩu mới",
    };
    match found.map_err(Problem::internal)? {
        Ok(shown) => {
            let status = if fault.is_some() {
                StatusCode::BAD_REQUEST
            } else {
                StatusCode::OK
            };
            let fault = fault.map(|fault| fault.message(LOCALE)).unwrap_or_default();
            page(
                status,
                &NewPassword {
                    title,
                    name: shown.name,
                    mail: shown.mail,
                    fault,
                },
            )
        }
        Err(error) => refused(error),
    }
}

async fn set(
    req: &HttpRequest,
    purpose: Purpose,
    token: String,
    typed: Typed,
) -> Result<HttpResponse, Problem> {
    if typed.password != typed.again {
        return show(
            req,
            purpose,
            token,
            Some(Invalid::new("again", "password_differs")),
        )
        .await;
    }
    let (state, stamp) = (State::of(req)?, RequestContext::of(req)?);
    let turn = state
        .turns
        .take()
        .await
        .ok_or_else(|| Problem::new(Kind::Busy))?;
    let link = token.clone();
    let done = web::block(move || {
        let typed = (typed.password.as_str(), Some(stamp.request_id));
        let shown = accounts::show(&state.app, purpose, &link, stamp.now)?;
        accounts::set_password(&state.app, purpose, &link, typed, stamp.now)?;
        drop(turn);
        Ok(shown)
    });
    match done.await.map_err(Problem::internal)? {
        // whoever was signed in here is somebody else, or signed out already
        Ok(shown) => {
            let form = SignIn::with_password(&*State::of(req)?, shown.mail);
            signed_out(req, page(StatusCode::OK, &form)?).await
        }
        Err(Error::Invalid(faults)) => show(req, purpose, token, faults.into_iter().next()).await,
        Err(error) => refused(error),
    }
}

/// Why a link opens nothing.
fn refused(error: Error) -> Result<HttpResponse, Problem> {
    match error {
        Error::NotFound { .. } => {
            let text = "Liên kết không đúng, đã dùng, đã hết hạn, hoặc đã có thư mới hơn. Hãy mở thư mới nhất; không có thì bấm \"Quên mật khẩu\" để nhận liên kết mới, hoặc hỏi người quản trị.";
            let ways = &[FORGOTTEN, SIGN_IN];
            page(
                StatusCode::NOT_FOUND,
                &Message {
                    title: "Liên kết không dùng được",
                    text,
                    ways,
                },
            )
        }
        Error::Conflict(fault) => {
            let text = &fault.message(LOCALE);
            let ways = &[SIGN_IN, FORGOTTEN];
            page(
                StatusCode::GONE,
                &Message {
                    title: "Mật khẩu đã được đặt, hãy đăng nhập",
                    text,
                    ways,
                },
            )
        }
        error => Err(error.into()),
    }
}

#[get("/quen-mat-khau")]
pub(super) async fn forgot_form() -> Result<HttpResponse, Problem> {
    page(StatusCode::OK, &Forgot::default())
}

#[post("/quen-mat-khau")]
pub(super) async fn forgot(
    req: HttpRequest,
    form: Form<TypedMail>,
) -> Result<HttpResponse, Problem> {
    let mail = form.0.mail;
    let (state, stamp) = (State::of(&req)?, RequestContext::of(&req)?);
    let from = address::of(&req, &state.app.settings.server.trusted_proxies);
    if let Err(problem) = state.limits.of_address(from) {
        let fault = say(LOCALE, "pages.sign_in.too_many", &[]);
        return retry_page(
            &problem,
            &Forgot {
                mail: mail.chars().take(200).collect(),
                fault,
            },
        );
    }
    let work =
        web::block(move || accounts::forgot(&state.app, &mail, Some(stamp.request_id), stamp.now));
    let (done, ()) = tokio::join!(work, tokio::time::sleep(FLOOR));
    done.map_err(Problem::internal)??;
    let text = "Nếu địa chỉ ấy có tài khoản, một thư với liên kết đặt mật khẩu đang được gửi đến; thư ghi rõ liên kết dùng được đến lúc nào. Không thấy thư thì xem cả mục thư rác, hoặc hỏi người quản trị.";
    page(
        StatusCode::OK,
        &Message {
            title: "Hãy xem hộp thư",
            text,
            ways: &[SIGN_IN],
        },
    )
}
