//! The first page: what this is and where to go.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get};
use askama::Template;

use super::page;
use crate::web::error::Problem;

#[derive(Template)]
#[template(path = "home.html")]
struct Home;

#[get("/")]
pub(super) async fn home() -> Result<HttpResponse, Problem> {
    page(StatusCode::OK, &Home)
}
