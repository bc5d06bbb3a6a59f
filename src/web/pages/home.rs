//! The first page: what this is, who is signed in, and where to go.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get};
use askama::Template;

use super::reply::page;
use crate::domain::account::SessionStage;
use crate::web::auth;
use crate::web::error::Problem;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    name: Option<String>,
}

#[get("/")]
pub(super) async fn home(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let signed = auth::signed(&req)
        .await?
        .filter(|signed| signed.stage == SessionStage::Done);
    page(
        StatusCode::OK,
        &Home {
            name: signed.map(|signed| signed.person.name),
        },
    )
}
