//! Query parameters: filters, and paging by cursor.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::body::holds_nul;
use super::error::Problem;
use super::fault::from_query;
use super::state::State;
use crate::domain::error::Invalid;
use crate::domain::text::{NAME_MAX, clean};

/// The parameters of every paged list, for the document; [`Paged`] reads them.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `Paged` reads")]
pub struct PageParams {
    /// Most rows of a page.
    #[param(minimum = 1)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// Its rows.
    pub items: Vec<T>,
    /// The cursor of the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A list that is short enough for one page.
    pub fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }
}

/// No filter.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct All {}

/// Parameters of an address that is not a paged list.
#[derive(Debug)]
pub struct Params<F>(pub F);

impl<F: DeserializeOwned> FromRequest for Params<F> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(pairs(req).and_then(|pairs| from_query(&pairs)).map(Self))
    }
}

/// Parameters of a paged list.
#[derive(Debug)]
pub struct Paged<F> {
    /// What to list.
    pub filter: F,
    limit: usize,
    cursor: Option<String>,
}

impl<F: DeserializeOwned> FromRequest for Paged<F> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req))
    }
}

impl<F: DeserializeOwned> Paged<F> {
    fn of(req: &HttpRequest) -> Result<Self, Problem> {
        let settings = &State::of(req)?.app.settings.http;
        let (mut limit, mut cursor, mut rest) = (settings.page_size, None, Vec::new());
        for (name, value) in pairs(req)? {
            match name.as_str() {
                "limit" => {
                    let asked = value
                        .parse()
                        .ok()
                        .filter(|asked| (1..=settings.page_size_max).contains(asked));
                    let fault =
                        || Invalid::new("limit", "page_limit").with("max", settings.page_size_max);
                    limit = asked.ok_or_else(fault)?;
                }
                "cursor" => cursor = Some(value),
                _ => rest.push((name, value)),
            }
        }
        Ok(Self {
            filter: from_query(&rest)?,
            limit,
            cursor,
        })
    }
}

impl<F> Paged<F> {
    /// The key of the last row of the page before.
    ///
    /// # Errors
    /// A cursor that this server did not make.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Problem> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let key = key_of(cursor);
        key.map(Some)
            .ok_or_else(|| Invalid::new("cursor", "page_cursor").into())
    }

    /// How many rows to read: one more than the page shows, to know whether there is another.
    pub fn fetch(&self) -> i64 {
        i64::try_from(self.limit)
            .unwrap_or(i64::MAX)
            .saturating_add(1)
    }

    /// Makes the page from the rows that were read; `key` is what the list is ordered by.
    ///
    /// # Errors
    /// If a key can't be written.
    pub fn page<T, K: Serialize>(
        &self,
        mut rows: Vec<T>,
        key: impl Fn(&T) -> K,
    ) -> Result<Page<T>, Problem> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let last = rows.last().filter(|_| more);
        let next_cursor = last.map(|row| cursor_of(&key(row))).transpose()?;
        Ok(Page {
            items: rows,
            next_cursor,
        })
    }
}

/// The key of a row as a cursor, which nobody has to read.
///
/// # Errors
/// If the key can't be written.
pub fn cursor_of(key: &impl Serialize) -> Result<String, Problem> {
    let key = serde_json::to_vec(key).map_err(Problem::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(key))
}

/// The key of a cursor; `None` for one that this server did not make.
pub fn key_of<K: DeserializeOwned>(cursor: &str) -> Option<K> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let bytes = Some(bytes).filter(|bytes| !holds_nul(bytes))?;
    serde_json::from_slice(&bytes).ok()
}

/// The parameters of an address, cleaned. Those of the API are no longer than the longest name, which is all
/// that one can look for; only a cursor, which holds the key of a row, may be.
fn pairs(req: &HttpRequest) -> Result<Vec<(String, String)>, Problem> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(req.query_string()).map_err(Problem::internal)?;
    let of_api = req.path().starts_with("/api/");
    let long = |(name, value): &&(String, String)| {
        of_api && name != "cursor" && value.chars().count() > NAME_MAX
    };
    if let Some((name, _)) = pairs.iter().find(long) {
        return Err(Invalid::new(name.clone(), "too_long")
            .with("max", NAME_MAX)
            .into());
    }
    let cleaned = |(name, value): (String, String)| (name, clean(&value));
    Ok(pairs.into_iter().map(cleaned).collect())
}
