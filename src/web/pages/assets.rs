//! Files that pages bring along. They are compiled in.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use rust_embed::RustEmbed;

use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};

#[derive(RustEmbed)]
#[folder = "src/web/assets/"]
struct Assets;

pub(super) async fn show(name: web::Path<String>) -> Reply {
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
