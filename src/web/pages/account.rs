//! The own account: sessions, password, second factor.

use actix_web::http::StatusCode;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use serde::Deserialize;

use super::reply::{LOCALE, Message, page, retry_page, to};
use crate::domain::error::Invalid;
use crate::domain::text::local_time;
use crate::domain::words::say;
use crate::service::accounts::sign_in;
use crate::service::accounts::sign_in::{Enrolment, Listed, Own, Signed};
use crate::service::{App, Error};
use crate::web::body::Form;
use crate::web::context::RequestContext;
use crate::web::cookies;
use crate::web::error::{Kind, Problem};
use crate::web::page::Params;
use crate::web::state::State;

struct Line {
    id: i64,
    agent: String,
    address: String,
    created: String,
    seen: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    name: String,
    own: Own,
    sessions: Vec<Line>,
    note: String,
    fault: String,
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactor {
    own: Own,
    enrolment: Option<Enrolment>,
    confirming: bool,
    fault: String,
}

#[derive(Template)]
#[template(path = "recovery.html")]
struct Recovery {
    codes: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    xong: String,
}

#[derive(Deserialize)]
struct TypedPasswords {
    #[serde(default)]
    old: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

#[derive(Deserialize)]
struct TypedPassword {
    #[serde(default)]
    password: String,
}

#[derive(Deserialize)]
struct TypedCode {
    #[serde(default)]
    code: String,
    /// The secret that the form's page showed, so that it can be shown again.
    #[serde(default)]
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

#[get("/tai-khoan")]
pub(super) async fn show(
    req: HttpRequest,
    Params(query): Params<Query>,
) -> Result<HttpResponse, Problem> {
    let note = match query.xong.as_str() {
        "mat-khau" => "Đã đổi mật khẩu; các nơi khác đã bị đăng xuất.",
        "buoc-hai" => "Đã tắt bước xác minh thứ hai.",
        "phien" => "Đã đăng xuất nơi ấy.",
        _ => "",
    };
    overview(&req, StatusCode::OK, note, None).await
}

async fn overview(
    req: &HttpRequest,
    status: StatusCode,
    note: &str,
    fault: Option<String>,
) -> Result<HttpResponse, Problem> {
    let signed = signed(req)?;
    let current = signed.session.id;
    let name = signed.person.name.clone();
    let (own, listed) = change(req, move |app, signed, now| {
        Ok((
            sign_in::own(app, signed)?,
            sign_in::list(app, &signed.actor, now)?,
        ))
    })
    .await??;
    let sessions = listed
        .into_iter()
        .map(|listed| line(listed, current))
        .collect();
    page(
        status,
        &Account {
            name,
            own,
            sessions,
            note: note.to_owned(),
            fault: fault.unwrap_or_default(),
        },
    )
}

fn line(listed: Listed, current: i64) -> Line {
    let agent = if listed.agent.is_empty() {
        "Trình duyệt không rõ".to_owned()
    } else {
        listed.agent
    };
    Line {
        id: listed.id,
        agent,
        address: listed.address,
        created: local_time(listed.created_at),
        seen: local_time(listed.seen_at),
        current: listed.id == current,
    }
}

#[post("/tai-khoan/mat-khau")]
pub(super) async fn change_password(
    req: HttpRequest,
    form: Form<TypedPasswords>,
) -> Result<HttpResponse, Problem> {
    let TypedPasswords {
        old,
        password,
        again,
    } = form.0;
    if password != again {
        let fault = Invalid::new("again", "password_differs").message(LOCALE);
        return overview(&req, StatusCode::BAD_REQUEST, "", Some(fault)).await;
    }
    let work = move |app: &App, signed: &Signed, now| {
        sign_in::change_password(app, signed, (&old, &password), now)
    };
    match hashing(&req, work).await? {
        Ok(Ok(secret)) => renewed("/tai-khoan?xong=mat-khau", &secret),
        Ok(Err(error)) => overview(&req, StatusCode::BAD_REQUEST, "", Some(in_words(error)?)).await,
        Err(wait) => Ok(wait),
    }
}

#[post("/tai-khoan/phien/{id}")]
pub(super) async fn end(req: HttpRequest, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    change(&req, move |app, signed, now| {
        sign_in::end(app, &signed.actor, id, now)
    })
    .await??;
    Ok(to("/tai-khoan?xong=phien"))
}

#[post("/tai-khoan/thoat-het")]
pub(super) async fn end_all(req: HttpRequest) -> Result<HttpResponse, Problem> {
    change(&req, |app, signed, now| {
        sign_in::end_all(app, &signed.actor, now)
    })
    .await??;
    let mut reply = to("/dang-nhap?xong=dang-xuat");
    cookies::clear_session(&mut reply)?;
    Ok(reply)
}

#[get("/tai-khoan/buoc-hai")]
pub(super) async fn second_factor(req: HttpRequest) -> Result<HttpResponse, Problem> {
    second_factor_page(&req, StatusCode::OK, (None, false), String::new()).await
}

async fn second_factor_page(
    req: &HttpRequest,
    status: StatusCode,
    (enrolment, confirming): (Option<Enrolment>, bool),
    fault: String,
) -> Result<HttpResponse, Problem> {
    let own = change(req, |app, signed, _| sign_in::own(app, signed)).await??;
    page(
        status,
        &SecondFactor {
            own,
            enrolment,
            confirming,
            fault,
        },
    )
}

#[post("/tai-khoan/buoc-hai")]
pub(super) async fn begin_second_factor(
    req: HttpRequest,
    form: Form<TypedPassword>,
) -> Result<HttpResponse, Problem> {
    let work = move |app: &App, signed: &Signed, now| {
        sign_in::begin_second_factor(app, signed, &form.0.password, now)
    };
    match hashing(&req, work).await? {
        Ok(Ok(enrolment)) => {
            second_factor_page(&req, StatusCode::OK, (Some(enrolment), true), String::new()).await
        }
        Ok(Err(error)) => {
            second_factor_page(
                &req,
                StatusCode::BAD_REQUEST,
                (None, false),
                in_words(error)?,
            )
            .await
        }
        Err(wait) => Ok(wait),
    }
}

#[post("/tai-khoan/buoc-hai/xac-nhan")]
pub(super) async fn confirm_second_factor(
    req: HttpRequest,
    form: Form<TypedCode>,
) -> Result<HttpResponse, Problem> {
    let account = signed(&req)?.session.account_id.to_string();
    State::of(&req)?.limits.of_account("code", &account)?;
    let TypedCode {
        code,
        secret: shown,
    } = form.0;
    let work = move |app: &App, signed: &Signed, now| {
        sign_in::confirm_second_factor(app, signed, &code, now)
    };
    match change(&req, work).await? {
        Ok((secret, codes)) => {
            let mut reply = page(StatusCode::OK, &Recovery { codes })?;
            cookies::set_session(&mut reply, &secret)?;
            Ok(reply)
        }
        Err(error) => {
            let fault = in_words(error)?;
            let again = change(&req, move |app, signed, _| {
                sign_in::second_factor_again(app, signed, &shown)
            })
            .await??;
            second_factor_page(&req, StatusCode::BAD_REQUEST, (again, true), fault).await
        }
    }
}

#[post("/tai-khoan/buoc-hai/tat")]
pub(super) async fn drop_second_factor(
    req: HttpRequest,
    form: Form<TypedPassword>,
) -> Result<HttpResponse, Problem> {
    let work = move |app: &App, signed: &Signed, now| {
        sign_in::drop_second_factor(app, signed, &form.0.password, now)
    };
    match hashing(&req, work).await? {
        Ok(Ok(secret)) => renewed("/tai-khoan?xong=buoc-hai", &secret),
        Ok(Err(error)) => {
            second_factor_page(
                &req,
                StatusCode::BAD_REQUEST,
                (None, false),
                in_words(error)?,
            )
            .await
        }
        Err(wait) => Ok(wait),
    }
}

/// The session of the browser; programs with a token have none.
fn signed(req: &HttpRequest) -> Result<Signed, Problem> {
    req.extensions()
        .get::<Signed>()
        .cloned()
        .ok_or_else(|| Problem::new(Kind::Forbidden))
}

type Now = chrono::DateTime<chrono::Utc>;

async fn change<T: Send + 'static>(
    req: &HttpRequest,
    work: impl FnOnce(&App, &Signed, Now) -> Result<T, Error> + Send + 'static,
) -> Result<Result<T, Error>, Problem> {
    let (state, stamp, signed) = (State::of(req)?, RequestContext::of(req)?, signed(req)?);
    web::block(move || work(&state.app, &signed, stamp.now))
        .await
        .map_err(Problem::internal)
}

/// [`change`] that hashes a password: within the account's budget and in turn; otherwise a page
/// that says to wait.
async fn hashing<T: Send + 'static>(
    req: &HttpRequest,
    work: impl FnOnce(&App, &Signed, Now) -> Result<T, Error> + Send + 'static,
) -> Result<Result<Result<T, Error>, HttpResponse>, Problem> {
    let state = State::of(req)?;
    let wait = |problem: &Problem, text: &str| {
        let text = say(LOCALE, &format!("pages.sign_in.{text}"), &[]);
        let ways = &[("/tai-khoan", "Quay lại tài khoản")];
        retry_page(
            problem,
            &Message {
                title: "Hãy thử lại sau",
                text: &text,
                ways,
            },
        )
    };
    let account = signed(req)?.session.account_id.to_string();
    if let Err(problem) = state.limits.of_account("own", &account) {
        return Ok(Err(wait(&problem, "too_many")?));
    }
    let Some(turn) = state.turns.take().await else {
        return Ok(Err(wait(&Problem::new(Kind::Busy), "busy")?));
    };
    let done = change(req, move |app, signed, now| {
        let done = work(app, signed, now);
        drop(turn);
        done
    });
    Ok(Ok(done.await?))
}

fn renewed(address: &str, secret: &str) -> Result<HttpResponse, Problem> {
    let mut reply = to(address);
    cookies::set_session(&mut reply, secret)?;
    Ok(reply)
}

/// What the person can mend, in words; everything else is a problem.
fn in_words(error: Error) -> Result<String, Problem> {
    match error {
        Error::Invalid(faults) => Ok(faults
            .iter()
            .map(|fault| fault.message(LOCALE))
            .collect::<Vec<_>>()
            .join(" ")),
        Error::Conflict(fault) => Ok(fault.message(LOCALE)),
        error => Err(error.into()),
    }
}
