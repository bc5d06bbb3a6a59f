//! Files that pages bring along: stylesheet, modules, icons, pictures. They are compiled in. An address names
//! the content, so that browsers keep the file for good and get a new one when it changes.

use std::fmt::Write as _;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::routes;
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};

#[derive(RustEmbed)]
#[folder = "src/web/assets/"]
struct Assets;

/// The pictures of the handbook.
#[derive(RustEmbed)]
#[folder = "docs/vi/hinh/"]
struct Pictures;

fn file(name: &str) -> Option<EmbeddedFile> {
    Assets::get(name).or_else(|| Pictures::get(name))
}

/// Bytes of the hash in an address.
const HASH: usize = 5;

/// The address of a file, with a hash of what is in it: `/assets/tinbai-1a2b3c4d5e.css`.
pub fn address(name: &str) -> String {
    match (file(name), name.rsplit_once('.')) {
        (Some(file), Some((stem, ending))) => {
            format!("{}{stem}-{}.{ending}", routes::ASSETS, hash(&file))
        }
        _ => format!("{}{name}", routes::ASSETS),
    }
}

fn hash(file: &EmbeddedFile) -> String {
    let bytes = file.metadata.sha256_hash();
    bytes
        .iter()
        .take(HASH)
        .fold(String::new(), |mut hash, byte| {
            // writing into a string does not fail
            let _ = write!(hash, "{byte:02x}");
            hash
        })
}

pub(super) async fn show(name: web::Path<String>) -> Reply {
    let (plain, asked) = without_hash(&name);
    let file = file(&plain).ok_or_else(|| Problem::new(Kind::NotFound))?;
    let kind = match plain.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("webp") => "image/webp",
        _ => "application/octet-stream",
    };
    // a page that was loaded before an update may ask for what was there then
    let kept = match asked == Some(hash(&file).as_str()) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let mut reply = HttpResponse::Ok();
    reply
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, kept));
    Ok(reply.body(file.data.into_owned()))
}

/// The name of a file and the hash in the address, if there is one.
fn without_hash(name: &str) -> (String, Option<&str>) {
    let parts = name.rsplit_once('.').and_then(|(stem, ending)| {
        let (stem, hash) = stem.rsplit_once('-')?;
        let is_hash = hash.len() == 2 * HASH && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then(|| (format!("{stem}.{ending}"), Some(hash)))
    });
    parts.unwrap_or_else(|| (name.to_owned(), None))
}
