//! Files for spreadsheets: written part by part while they are sent, so that their length takes no
//! memory, and only so many at once (F28).

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::{StreamExt as _, stream};

use super::call::{Call, Reply};
use super::error::{Kind, Problem};
use crate::service::{Error, Tx};

/// A part of a file, and behind which row the next one begins; `None` behind the last.
pub type Part<K> = (Vec<u8>, Option<K>);

/// Sends a file part by part. Every part is a read of its own; `part` gets the row behind which it
/// begins, `None` for the first.
///
/// # Errors
/// Those of the first part; 503 if too many files are being sent.
pub async fn send<K: Send + 'static>(
    call: Call,
    name: &str,
    part: impl Fn(&mut Tx<'_>, Option<K>) -> Result<Part<K>, Error> + Clone + Send + 'static,
) -> Reply {
    let slot = call.state().export_slots.take();
    let slot = slot.ok_or_else(|| Problem::new(Kind::Crowded))?;
    let read = part.clone();
    let (first, next) = call.read(move |tx| read(tx, None)).await?;
    let rest = stream::try_unfold((call, next, slot), move |(call, after, slot)| {
        let read = part.clone();
        async move {
            let Some(after) = after else {
                return Ok::<_, Problem>(None);
            };
            let (bytes, next) = call.read(move |tx| read(tx, Some(after))).await?;
            Ok(Some((Bytes::from(bytes), (call, next, slot))))
        }
    });
    let whole = stream::once(async { Ok(Bytes::from(first)) }).chain(rest);
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .streaming(whole))
}

/// A workbook as a file to keep.
pub fn workbook(name: &str, bytes: Vec<u8>) -> HttpResponse {
    let disposition = format!("attachment; filename=\"{name}\"");
    HttpResponse::Ok()
        .content_type("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .body(bytes)
}
