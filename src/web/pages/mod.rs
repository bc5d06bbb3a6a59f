//! Pages for people, rendered here; every one works without scripts. Files in `assets/` are part of
//! the program.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, web};
use rust_embed::RustEmbed;

use super::error::{Kind, Problem};

mod account;
mod home;
mod link;
mod mailbox;
mod passwords;
pub mod reply;
mod sign_in;
mod sign_on;

#[derive(RustEmbed)]
#[folder = "src/web/assets/"]
struct Assets;

/// Adds the routes of all pages.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(home::home)
        .service(asset)
        .service(link::show)
        .service(link::answer);
    config
        .service(sign_in::show)
        .service(sign_in::begin)
        .service(sign_in::show_code)
        .service(sign_in::second_step);
    config.service(sign_on::begin).service(sign_on::finish);
    config
        .service(sign_in::sign_out)
        .service(passwords::forgot_form)
        .service(passwords::forgot);
    config
        .service(passwords::invited)
        .service(passwords::accept);
    config
        .service(passwords::reset_form)
        .service(passwords::reset);
    config
        .service(account::show)
        .service(account::change_password)
        .service(account::end)
        .service(account::end_all);
    config
        .service(account::second_factor)
        .service(account::begin_second_factor);
    config
        .service(account::confirm_second_factor)
        .service(account::drop_second_factor);
    config
        .service(mailbox::list)
        .service(mailbox::one)
        .service(mailbox::html);
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
    reply
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, "public, max-age=3600"));
    Ok(reply.body(file.data.into_owned()))
}
