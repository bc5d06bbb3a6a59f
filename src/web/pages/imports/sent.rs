//! A form with a file: multipart, as browsers send files, or plain. A page that shows what a file would
//! do carries it on in a hidden field.

use std::future::Future;
use std::pin::Pin;

use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;

use crate::domain::error::Invalid;
use crate::domain::import::ImportKind;
use crate::service::accounts::sign_in::CurrentSession;
use crate::service::imports::{self, Options};
use crate::web::body::form_pairs;
use crate::web::error::{Kind, Problem};
use crate::web::pages::form::{Form, with_form};
use crate::web::state::State;

/// The hidden field that carries a file.
const CARRIED: &str = "tep_mang";

/// What was sent.
#[derive(Debug, Clone, Default)]
pub struct SentFile {
    /// What the file holds.
    pub kind: String,
    /// The file; cells that were pasted are one too.
    pub file: Vec<u8>,
    /// Its name.
    pub name: String,
    /// Cells that were pasted instead of a file.
    pub pasted: String,
    /// Which header names which column, one on each line.
    pub map: String,
    /// The unit of the events of a calendar file.
    pub unit: String,
    /// The code of the federation that units belong to which name none above them.
    pub within: String,
    /// Its key.
    pub form: Form,
}

impl SentFile {
    fn of(pairs: &[(String, String)], file: Option<(String, Vec<u8>)>, form: Form) -> Self {
        let text = |name: &str| {
            let found = pairs.iter().find(|(own, _)| own == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        // the page of the set-up calls it a list
        let pasted = Some(text("van_ban")).filter(|text| !text.is_empty());
        let pasted = pasted.unwrap_or_else(|| text("danh_sach"));
        let carried = STANDARD
            .decode(text(CARRIED))
            .ok()
            .filter(|file| !file.is_empty());
        let chosen = file.filter(|(_, bytes)| !bytes.is_empty());
        let (name, file) = match (chosen, carried) {
            (Some(chosen), _) => chosen,
            (None, Some(carried)) => (text("ten"), carried),
            (None, None) => (String::new(), pasted.clone().into_bytes()),
        };
        Self {
            kind: text("loai"),
            map: text("ghep"),
            unit: text("don_vi"),
            within: text("lien_doan"),
            form,
            pasted,
            name,
            file,
        }
    }

    /// The file as a hidden field carries it.
    pub fn carried(&self) -> String {
        STANDARD.encode(&self.file)
    }

    /// The text of cells that were pasted, to be mended; nothing for a file that was chosen.
    pub fn cells(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.file).ok();
        text.filter(|text| self.name.is_empty() && !text.is_empty())
    }

    /// What the file holds, and how it is to be read.
    pub(super) fn asked(&self) -> Result<(ImportKind, Options), Problem> {
        let kind = ImportKind::parse(&self.kind).ok_or_else(|| Invalid::new("kind", "required"))?;
        let options = Options {
            map: imports::mapping(self.map.lines())?,
            unit: Some(self.unit.clone()),
            within: Some(self.within.clone()).filter(|code| !code.is_empty()),
            name: self.name.clone(),
            ..Options::default()
        };
        Ok((kind, options))
    }
}

impl FromRequest for SentFile {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            // before anything is read; what the file holds is a part of the form
            let signed = req.extensions().get::<CurrentSession>().cloned();
            if let Some(signed) = signed {
                imports::require_any_right(&signed.actor)?;
            }
            if !in_parts(&req) {
                let (pairs, form) = with_form(&req, form_pairs(&req, payload).await?)?;
                return Ok(Self::of(&pairs, None, form));
            }
            let settings = &State::of(&req)?.app.settings.server;
            let parts = Multipart::new(req.headers(), payload);
            // a file that is carried is a third longer
            let read = parts_of(parts, settings.import_limit_bytes / 3 * 4 + (64 << 10));
            let read = tokio::time::timeout(settings.body_timeout_seconds.duration(), read).await;
            let (pairs, file) = read.unwrap_or_else(|_| Err(Problem::new(Kind::TooSlow)))?;
            let form = Form::of(&pairs, req.path(), false);
            Ok(Self::of(&pairs, file, form))
        })
    }
}

fn in_parts(req: &HttpRequest) -> bool {
    let kind = req.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("multipart/form-data"))
}

/// The texts of a form whose sender has to sign in again, with or without files. Files are not kept,
/// and what carries one on is a file.
///
/// # Errors
/// For what is no form, too long or too slow.
pub async fn texts_of(
    req: &HttpRequest,
    payload: Payload,
) -> Result<Vec<(String, String)>, Problem> {
    if !in_parts(req) {
        return form_pairs(req, payload).await;
    }
    let server = &State::of(req)?.app.settings.server;
    let form = Multipart::new(req.headers(), payload);
    let read = texts_of_parts(form, server.body_limit_bytes, server.import_limit_bytes);
    let read = tokio::time::timeout(server.body_timeout_seconds.duration(), read).await;
    read.unwrap_or_else(|_| Err(Problem::new(Kind::TooSlow)))
}

async fn texts_of_parts(
    mut form: Multipart,
    most_text: usize,
    most_file: usize,
) -> Result<Vec<(String, String)>, Problem> {
    let (mut texts, mut left, mut left_of_files) = (Vec::new(), most_text, most_file / 3 * 4);
    while let Some(part) = form.next().await {
        let mut part = part.map_err(|_| Problem::new(Kind::NotForm))?;
        let name = part.name().unwrap_or_default().to_owned();
        let place = part.content_disposition();
        let is_file = name == CARRIED || place.is_some_and(|part| part.get_filename().is_some());
        if is_file {
            while let Some(chunk) = part.next().await {
                let chunk = chunk.map_err(|_| Problem::new(Kind::NotForm))?;
                left_of_files = left_of_files
                    .checked_sub(chunk.len())
                    .ok_or_else(|| Problem::too_large(most_file))?;
            }
            continue;
        }
        let bytes = bytes_of(&mut part, &mut left, most_text).await?;
        texts.push((name, text(&bytes)));
    }
    Ok(texts)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}")
}

/// Texts by their names, and the file with its name.
type Parts = (Vec<(String, String)>, Option<(String, Vec<u8>)>);

/// Reads the parts of a form, all together within a limit.
async fn parts_of(mut form: Multipart, limit: usize) -> Result<Parts, Problem> {
    let (mut pairs, mut file, mut left) = (Vec::new(), None, limit);
    while let Some(part) = form.next().await {
        let mut part = part.map_err(|_| Problem::new(Kind::NotForm))?;
        let name = part.name().unwrap_or_default().to_owned();
        let chosen = part
            .content_disposition()
            .and_then(|part| part.get_filename());
        let chosen = chosen.map(str::to_owned);
        let bytes = bytes_of(&mut part, &mut left, limit).await?;
        match chosen {
            Some(chosen) => file = Some((chosen, bytes)),
            None => {
                pairs.push((name, text(&bytes)));
            }
        }
    }
    // the key of a form belongs to what it sends
    if let Some((name, bytes)) = &file {
        let hash = <sha2::Sha256 as sha2::Digest>::digest(bytes);
        pairs.push(("tep".to_owned(), format!("{name} {hash:?}")));
    }
    Ok((pairs, file))
}

async fn bytes_of(part: &mut Field, left: &mut usize, limit: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(|_| Problem::new(Kind::NotForm))?;
        *left = left
            .checked_sub(chunk.len())
            .ok_or_else(|| Problem::too_large(limit))?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
