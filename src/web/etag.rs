//! Versions in headers. Everything that can be edited shows its version as a strong `ETag`; an edit
//! sends it back in `If-Match`, so that nobody overwrites a change that they have not seen.

use std::future::{Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Path;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::body::Body;
use super::error::{Kind, Problem};
use crate::domain::error::Invalid;
use crate::domain::version::Known;

/// A version as an entity tag.
pub fn of(version: i32) -> String {
    format!("\"{version}\"")
}

/// What can be edited, and so carries a version.
pub trait Versioned: Serialize {
    /// Goes up with every change.
    fn version(&self) -> i32;
}

/// 200 with a body and its version.
pub fn tagged(body: &impl Versioned) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::ETAG, of(body.version())))
        .json(body)
}

/// Says where each type keeps its version.
macro_rules! versioned {
    ($($name:ty: $($field:ident).+;)+) => { $(
        impl $crate::web::etag::Versioned for $name {
            fn version(&self) -> i32 {
                self.$($field).+
            }
        }
    )+ };
}

/// The version that the caller read before it edits, out of `If-Match`. 428 without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, utoipa::IntoParams)]
#[into_params(names("If-Match"), parameter_in = Header)]
pub struct IfMatch(pub i32);

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match known(req) {
            Ok(None) => Err(Problem::new(Kind::VersionRequired)),
            // none of ours: they are strong, and numbers
            Ok(Some(Known::OneOf(versions))) if versions.is_empty() => {
                Err(Problem::new(Kind::Stale))
            }
            Ok(Some(Known::OneOf(versions))) => Ok(Self(versions.first().copied().unwrap_or(NONE))),
            Ok(Some(Known::Any | Known::Named)) => Ok(Self(NONE)),
            Err(fault) => Err(fault.into()),
        })
    }
}

/// A version that nothing has.
const NONE: i32 = -1;

/// The versions that a request accepts, out of `If-Match` (RFC 9110, 13.1.1): a list of tags or `*`.
/// Weak tags and tags that are no version match nothing.
///
/// # Errors
/// `if_match` for what is no list of tags.
pub fn known(req: &HttpRequest) -> Result<Option<Known>, Invalid> {
    let mut lines = req.headers().get_all(header::IF_MATCH).peekable();
    if lines.peek().is_none() {
        return Ok(None);
    }
    let lines: Option<Vec<&str>> = lines.map(|line| line.to_str().ok()).collect();
    let read = lines.and_then(|lines| read(&lines.join(",")));
    let fault = || Invalid::new("If-Match", "if_match");
    read.map(Some).ok_or_else(fault)
}

/// Whether the value of `If-None-Match` matches an entity tag (RFC 9110, 13.1.2): it is `*`, or a list
/// that contains the tag. Weak and strong tags are compared alike.
pub fn matches(list: &str, tag: &str) -> bool {
    let opaque = |one: &str| one.trim().trim_start_matches("W/").to_owned();
    list.trim() == "*" || list.split(',').any(|one| opaque(one) == opaque(tag))
}

fn read(list: &str) -> Option<Known> {
    if list.trim() == "*" {
        return Some(Known::Any);
    }
    let (mut versions, mut tags, mut rest) = (Vec::new(), 0, list);
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return (tags > 0).then_some(Known::OneOf(versions));
        }
        let weak = rest.strip_prefix("W/");
        let (tag, behind) = weak.unwrap_or(rest).strip_prefix('"')?.split_once('"')?;
        let digits = tag.bytes().all(|byte| byte.is_ascii_digit());
        versions.extend(tag.parse::<i32>().ok().filter(|_| weak.is_none() && digits));
        tags += 1;
        rest = behind.trim_start_matches([' ', '\t']);
        if !(rest.is_empty() || rest.starts_with(',')) {
            return None;
        }
    }
}

/// An edit of one thing: the id in the address, the version in `If-Match`, and a JSON body.
#[derive(Debug)]
pub struct Edit<T, Id> {
    /// What is edited.
    pub id: Id,
    /// The version that the caller has read.
    pub version: i32,
    /// What to change.
    pub body: T,
}

impl<T, Id> FromRequest for Edit<T, Id>
where
    T: DeserializeOwned + 'static,
    Id: DeserializeOwned + 'static,
{
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = <(Path<Id>, IfMatch, Body<T>)>::from_request(req, payload);
        Box::pin(async move {
            let (id, IfMatch(version), body) = parts.await?;
            Ok(Self {
                id: id.into_inner(),
                version,
                body: body.value,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_tags_or_a_star_matches_a_tag() {
        for list in ["\"1\"", "W/\"1\"", "\"0\", W/\"1\"", " * "] {
            assert!(matches(list, "\"1\""), "{list}");
        }
        for list in ["", "\"2\"", "1", "\"*\"", "\"1-gzip\""] {
            assert!(!matches(list, "\"1\""), "{list}");
        }
    }

    #[test]
    fn a_list_of_tags_is_read_as_the_standard_says() {
        let one_of = |versions: &[i32]| Some(Known::OneOf(versions.to_vec()));
        for (list, known) in [
            ("\"1\"", one_of(&[1])),
            ("\"999\", \"1\"", one_of(&[999, 1])),
            ("\"1\",,\"2\" ,", one_of(&[1, 2])),
            ("W/\"1\"", one_of(&[])),
            ("W/\"1\", \"2\"", one_of(&[2])),
            ("\"1-gzip\"", one_of(&[])),
            ("\"a,b\", \"3\"", one_of(&[3])),
            ("\"+1\"", one_of(&[])),
            (" * ", Some(Known::Any)),
            ("1", None),
            ("", None),
            ("\"1", None),
            ("\"1\" \"2\"", None),
            ("*, \"1\"", None),
            ("w/\"1\"", None),
        ] {
            assert_eq!(read(list), known, "{list}");
        }
    }
}
