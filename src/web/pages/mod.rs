//! Pages for people, rendered here; every one works without scripts. Files in `assets/` are part of the program.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, web};
use askama::Template;
use rust_embed::RustEmbed;

use super::error::{Kind, Problem};

mod home;
mod link;
mod mailbox;

/// Below this address lie stylesheets and pictures; open to everybody.
pub const ASSETS: &str = "/assets/";

/// Below this address, and behind a key, lie the mails of a demonstration.
pub const MAILBOX: &str = "/thu-trinh-dien/";

#[derive(RustEmbed)]
#[folder = "src/web/assets/"]
struct Assets;

/// Adds the routes of all pages.
pub fn routes(config: &mut ServiceConfig) {
    config.service(home::home).service(asset).service(link::show).service(link::answer);
    config.service(mailbox::list).service(mailbox::one).service(mailbox::html);
}

#[get("/assets/{name}")]
async fn asset(name: web::Path<String>) -> Result<HttpResponse, Problem> {
    let file = Assets::get(&name).ok_or_else(|| Problem::new(Kind::NotFound))?;
    let kind = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let mut reply = HttpResponse::Ok();
    reply.insert_header((CONTENT_TYPE, kind)).insert_header((CACHE_CONTROL, "public, max-age=3600"));
    Ok(reply.body(file.data.into_owned()))
}

/// A page in a few words: what happened, and what to do.
#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    title: &'a str,
    text: &'a str,
}

fn page(status: StatusCode, page: &impl Template) -> Result<HttpResponse, Problem> {
    let html = page.render().map_err(Problem::internal)?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}
