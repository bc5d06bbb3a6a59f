//! Where the links in reminders lead: what is owed, until when and why, and two answers. Looking
//! changes nothing; answering is a POST.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use serde::Deserialize;

use super::reply::{Message, page};
use crate::domain::obligation::{Standing, State as ObligationState};
use crate::domain::text::local_time;
use crate::domain::words::say;
use crate::service::Error;
use crate::service::notices::acknowledge;
use crate::service::notices::acknowledge::{Answer, Shown};
use crate::service::notices::links;
use crate::web::body;
use crate::web::context::RequestContext;
use crate::web::error::Problem;
use crate::web::state::State;

/// Readers of mails read Vietnamese.
const LOCALE: &str = "vi";

#[derive(Template)]
#[template(path = "link.html")]
struct Page<'a> {
    shown: &'a Shown,
    standing: String,
    /// `good`, `soon` or `bad`: the colour of the standing.
    tone: &'static str,
    answered: String,
    again: String,
    /// Whether there is anything to answer.
    open: bool,
}

/// The form's answer.
#[derive(Debug, Deserialize)]
struct Form {
    answer: Answer,
}

#[get("/thu/{token}")]
pub(super) async fn show(
    req: HttpRequest,
    token: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (state, stamp) = (State::of(&req)?, stamp(&req)?);
    let token = token.into_inner();
    let found =
        web::block(move || acknowledge::show(&state.app, &token, (stamp.now, LOCALE))).await;
    match found.map_err(Problem::internal)? {
        Ok(shown) => page(StatusCode::OK, &Page::of(&shown)),
        Err(Error::NotFound { .. }) => unknown(),
        Err(error) => Err(error.into()),
    }
}

#[post("/thu/{token}")]
pub(super) async fn answer(
    req: HttpRequest,
    token: web::Path<String>,
    form: Result<body::Form<Form>, Problem>,
) -> Result<HttpResponse, Problem> {
    let Ok(body::Form(form)) = form else {
        let text = "Hãy quay lại trang trước và bấm một trong hai nút.";
        return page(
            StatusCode::BAD_REQUEST,
            &Message {
                title: "Chưa rõ câu trả lời",
                text,
                ways: &[(req.path(), "Quay lại")],
            },
        );
    };
    let (state, stamp) = (State::of(&req)?, stamp(&req)?);
    let back = format!("{}{}", links::PATH, token.as_str());
    let token = token.into_inner();
    let done = web::block(move || {
        acknowledge::answer(
            &state.app,
            &token,
            form.answer,
            Some(stamp.request_id),
            stamp.now,
        )
    });
    match done.await.map_err(Problem::internal)? {
        // back to what everybody sees, so that loading it again answers nothing again
        Ok(_) => Ok(HttpResponse::SeeOther()
            .insert_header((LOCATION, back))
            .finish()),
        Err(Error::NotFound { .. }) => unknown(),
        Err(Error::Conflict(fault)) => {
            let text = fault.message(LOCALE);
            page(
                StatusCode::CONFLICT,
                &Message {
                    title: "Không nhắc lại được",
                    text: &text,
                    ways: &[(&back, "Quay lại")],
                },
            )
        }
        Err(error) => Err(error.into()),
    }
}

fn unknown() -> Result<HttpResponse, Problem> {
    let text = "Liên kết không đúng hoặc đã hết hạn. Hãy mở liên kết trong thư nhắc mới nhất, hoặc hỏi phòng Tuyên giáo của liên đoàn.";
    page(
        StatusCode::NOT_FOUND,
        &Message {
            title: "Không tìm thấy",
            text,
            ways: &[],
        },
    )
}

fn stamp(req: &HttpRequest) -> Result<RequestContext, Problem> {
    req.extensions()
        .get::<RequestContext>()
        .cloned()
        .ok_or_else(|| Problem::internal("no stamp"))
}

impl<'a> Page<'a> {
    fn of(shown: &'a Shown) -> Self {
        let standing = shown.obligation.obligation.standing;
        let tone = match standing {
            Standing::MetOnTime | Standing::MetLate | Standing::Exempt | Standing::OnTrack => {
                "good"
            }
            Standing::NotYetDue | Standing::AwaitingReview => "calm",
            Standing::AtRisk => "soon",
            Standing::Missed => "bad",
        };
        Self {
            shown,
            standing: say(
                LOCALE,
                &format!("obligation.standing.{}", standing.as_str()),
                &[],
            ),
            tone,
            answered: shown.answered_at.map(local_time).unwrap_or_default(),
            again: shown.again_at.map(local_time).unwrap_or_default(),
            open: shown.obligation.obligation.state == ObligationState::Open,
        }
    }
}
