//! Files for download. Lists are read part by part, so that their length takes no memory, and only so
//! many files are written at once (F28).

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::{StreamExt as _, stream};

use super::call::{Call, Reply};
use super::error::{Kind, Problem};
use crate::domain::file::{File, FileFormat};
use crate::service::reports::{ListFile, Part};
use crate::service::{Error, Tx};

/// What a list is called as a file, and in which format it is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Its name, without an ending.
    pub name: &'static str,
    /// Its format.
    pub format: FileFormat,
}

impl Wanted {
    /// In the format that the address ends with; CSV where it ends with none.
    pub fn of(name: &'static str, req: &HttpRequest) -> Self {
        let format = FileFormat::of_name(req.path()).unwrap_or(FileFormat::Csv);
        Self { name, format }
    }
}

/// Sends a list as a file. Every part is a read of its own; `part` gets the row behind which it begins,
/// `None` for the first.
///
/// # Errors
/// Those of the first part, of an Excel file those of all; 503 if too many files are being written.
pub async fn send<K: Send + 'static>(
    call: Call,
    wanted: Wanted,
    part: impl Fn(&mut Tx<'_>, Option<K>) -> Result<Part<K>, Error> + Clone + Send + 'static,
) -> Reply {
    let slot = call.state().export_slots.take();
    let slot = slot.ok_or_else(|| Problem::new(Kind::Crowded))?;
    let mut written = Written {
        file: ListFile::new(&call.app(), wanted.format, call.lang().locale()),
        bytes: Vec::new(),
        next: None,
    };
    loop {
        written = read(&call, written, part.clone()).await?;
        // an Excel file has no bytes before its last part
        if !written.bytes.is_empty() || written.next.is_none() {
            break;
        }
    }
    let first = std::mem::take(&mut written.bytes);
    let rest = stream::try_unfold((call, written, slot), move |(call, written, slot)| {
        let part = part.clone();
        async move {
            if written.next.is_none() {
                return Ok::<_, Problem>(None);
            }
            let mut written = read(&call, written, part).await?;
            let bytes = std::mem::take(&mut written.bytes);
            Ok(Some((Bytes::from(bytes), (call, written, slot))))
        }
    });
    let whole = stream::once(async { Ok(Bytes::from(first)) }).chain(rest);
    let name = format!("{}.{}", wanted.name, wanted.format);
    Ok(head(&name, wanted.format).streaming(whole))
}

/// A list as far as it has been read.
struct Written<K> {
    file: ListFile,
    bytes: Vec<u8>,
    next: Option<K>,
}

/// Reads and writes the next part.
async fn read<K: Send + 'static>(
    call: &Call,
    mut written: Written<K>,
    part: impl FnOnce(&mut Tx<'_>, Option<K>) -> Result<Part<K>, Error> + Send + 'static,
) -> Result<Written<K>, Problem> {
    let work = move |tx: &mut Tx<'_>| {
        let part = part(tx, written.next.take())?;
        (written.bytes, written.next) = written.file.add(part)?;
        Ok(written)
    };
    call.read(work).await
}

/// Sends a file that one read writes as a whole.
///
/// # Errors
/// Those of `work`; 503 if too many files are being written.
pub async fn send_whole(
    call: &Call,
    work: impl FnOnce(&mut Tx<'_>) -> Result<File, Error> + Send + 'static,
) -> Reply {
    let slot = call.state().export_slots.take();
    let _slot = slot.ok_or_else(|| Problem::new(Kind::Crowded))?;
    let file = call.read(work).await?;
    Ok(head(&file.name, file.format).body(file.bytes))
}

fn head(name: &str, format: FileFormat) -> HttpResponseBuilder {
    let mut reply = HttpResponse::Ok();
    reply.content_type(format.media_type()).insert_header((
        header::CONTENT_DISPOSITION,
        format!("attachment; filename=\"{name}\""),
    ));
    reply
}

/// A workbook as a file to keep.
pub fn workbook(name: &str, bytes: Vec<u8>) -> HttpResponse {
    let disposition = format!("attachment; filename=\"{name}\"");
    HttpResponse::Ok()
        .content_type("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .body(bytes)
}
