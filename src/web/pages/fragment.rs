//! Parts of pages that `refresh.js` asks for again. The tag says what they show: where nothing has
//! changed, nothing is sent.

use actix_web::HttpResponse;
use actix_web::http::header::ETAG;
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::call::PageCall;
use super::layout::{HTML, Layout};
use crate::web::call::Reply;
use crate::web::error::Problem;

/// The part out of what it shows, with its tag: the server answers 304 where the browser shows it
/// already.
///
/// # Errors
/// Only if a template fails to write into a string.
pub fn fragment<T: Template>(call: &PageCall, content: impl FnOnce(Layout) -> T) -> Reply {
    let html = content(call.layout()).render().map_err(Problem::internal)?;
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&html)));
    let mut reply = HttpResponse::Ok();
    reply.insert_header((ETAG, tag)).content_type(HTML);
    Ok(reply.body(html))
}
