//! Schemes as they are shown: with their criteria in words. Everybody whose units are scored by a
//! scheme may read it beforehand.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::domain::ids::{SchemeId, UnitId};
use crate::domain::score::{
    Criterion, KindNames, Points, Scheme, ScoreGroup, conditions, formula, presets, selection,
};
use crate::domain::unit::Category;
use crate::service::core::access::{self, Action};
use crate::service::scores::schemes::newest;
use crate::service::{Error, Tx};
use crate::store::scores::schemes::{self as store, SchemeRow};
use crate::store::{Conn, StoreError, kinds};

/// A scheme with its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ScoreScheme)]
pub struct SchemeView {
    /// Id of this version.
    pub id: SchemeId,
    /// The federation.
    pub unit_id: UnitId,
    /// The year.
    pub year: i32,
    /// The category of the units.
    pub category: Category,
    /// Its version; every change makes a new one.
    pub version: i32,
    /// Number of the document.
    pub document_number: String,
    /// Date of the document.
    pub document_date: Option<NaiveDate>,
    /// Σ of the maxima of the base criteria.
    pub base: Points,
    /// Its criteria, caps and bands.
    pub scheme: Scheme,
    /// The same in words, a line for each criterion.
    pub words: Vec<CriterionWords>,
    /// What each band asks for besides points, in words; empty where it asks for nothing.
    pub conditions: Vec<String>,
    /// The names of kinds of item as they appear in these words; users enter them.
    #[serde(skip)]
    pub kind_names: Vec<String>,
    /// When this version was saved.
    #[serde(serialize_with = "crate::domain::text::serialize_instant")]
    pub created_at: DateTime<Utc>,
}

/// A criterion in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CriterionWords {
    /// Its code.
    pub code: String,
    /// Which obligations or items it looks at.
    pub selection: String,
    /// How it is computed.
    pub formula: String,
}

/// A scheme that ships with the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PresetScheme {
    /// Its code.
    pub code: &'static str,
    /// Its criteria, caps and bands.
    pub scheme: Scheme,
    /// The same in words, a line for each criterion.
    pub words: Vec<CriterionWords>,
}

/// The schemes that ship with the program. Everybody who has a role may read them.
pub fn preset_schemes(tx: &mut Tx<'_>, locale: &str) -> Result<Vec<PresetScheme>, Error> {
    let kinds = kind_names(tx.conn)?;
    let shipped = presets::codes().filter_map(|code| Some((code, presets::get(code)?)));
    let described = shipped.map(|(code, scheme)| PresetScheme {
        code,
        words: words(&scheme, &kinds, locale),
        scheme,
    });
    Ok(described.collect())
}

/// The newest version of each scheme of a federation, newest year first.
///
/// # Errors
/// [`Error::NotFound`] for a federation that neither is the actor's nor is above the actor's unit.
pub fn list_schemes(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    year: Option<i32>,
    locale: &str,
) -> Result<Vec<SchemeView>, Error> {
    access::require_read_or_bound(tx.conn, tx.actor, Action::ReadScores, unit_id)?;
    let mut newest = store::of_federation(tx.conn, unit_id, year)?;
    newest.dedup_by_key(|row| (row.year, *row.category));
    let kinds = kind_names(tx.conn)?;
    let views = newest.into_iter().map(|row| view(row, &kinds, locale));
    Ok(views.collect())
}

/// The newest version of a scheme.
///
/// # Errors
/// As [`list_schemes`]; [`Error::NotFound`] if there is none.
pub fn get_scheme(tx: &mut Tx<'_>, group: ScoreGroup, locale: &str) -> Result<SchemeView, Error> {
    access::require_read_or_bound(tx.conn, tx.actor, Action::ReadScores, group.unit_id)?;
    let row = newest(tx, group)?;
    describe_scheme(tx, row, locale)
}

/// A scheme with its words in a language (`vi` or `en`).
pub fn describe_scheme(tx: &mut Tx<'_>, row: SchemeRow, locale: &str) -> Result<SchemeView, Error> {
    Ok(view(row, &kind_names(tx.conn)?, locale))
}

pub(crate) fn kind_names(conn: &mut Conn) -> Result<KindNames, StoreError> {
    let kinds = kinds::list(conn)?.into_iter();
    Ok(kinds.map(|kind| (kind.code, kind.name)).collect())
}

pub(super) fn view(row: SchemeRow, kinds: &KindNames, locale: &str) -> SchemeView {
    let scheme = row.content.0;
    SchemeView {
        id: row.id,
        unit_id: row.unit_id,
        year: row.year,
        category: row.category.0,
        version: row.version,
        document_number: row.document_number,
        document_date: row.document_date,
        base: scheme.base(),
        words: words(&scheme, kinds, locale),
        conditions: (scheme.bands.iter())
            .map(|band| conditions(band, kinds, locale))
            .collect(),
        kind_names: kinds.values().map(|name| name.to_lowercase()).collect(),
        scheme,
        created_at: row.created_at.0,
    }
}

fn words(scheme: &Scheme, kinds: &KindNames, locale: &str) -> Vec<CriterionWords> {
    let word = |one: &Criterion| CriterionWords {
        code: one.code.clone(),
        selection: selection(one, kinds, locale),
        formula: formula(one, locale),
    };
    scheme.criteria.iter().map(word).collect()
}
