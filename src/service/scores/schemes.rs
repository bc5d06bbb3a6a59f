//! Schemes: read, put into words, saved. Every change is a new version, and everybody whose units
//! are scored by a scheme may read it beforehand.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::error::Invalid;
use crate::domain::score::{
    Criterion, KindNames, Points, Scheme, ScoreGroup, formula, presets, selection,
};
use crate::domain::text;
use crate::domain::unit::{Category, note};
use crate::service::Error;
use crate::service::core::access::{self, Action};
use crate::service::core::tx::Tx;
use crate::service::scores::scheme_choice::{SchemeChoice, chosen_scheme};
use crate::store::scores::rounds::RoundRow;
use crate::store::scores::schemes::{self as store, SchemeRow};
use crate::store::types::{At, Json, Word};
use crate::store::{Conn, StoreError, kinds, units};

/// A scheme to save, with the document that it is from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutScheme {
    /// Code of a preset: `national`, `simple`; or write the scheme out.
    #[serde(default)]
    pub preset: Option<String>,
    /// The scheme itself.
    #[serde(default)]
    pub scheme: Option<Scheme>,
    /// Number of the document.
    pub document_number: String,
    /// Date of the document.
    #[serde(default)]
    pub document_date: Option<NaiveDate>,
}

/// A scheme with its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ScoreScheme)]
pub struct SchemeView {
    /// Id of this version.
    pub id: i64,
    /// The federation.
    pub unit_id: i64,
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
///
/// # Errors
/// Those of the database.
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
    unit_id: i64,
    year: Option<i32>,
    locale: &str,
) -> Result<Vec<SchemeView>, Error> {
    access::require_known(tx.conn, tx.actor, Action::ReadScores, unit_id)?;
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
    access::require_known(tx.conn, tx.actor, Action::ReadScores, group.unit_id)?;
    let row = newest(tx, group)?;
    describe_scheme(tx, row, locale)
}

/// A scheme with its words in a language (`vi` or `en`).
///
/// # Errors
/// Those of the database.
pub fn describe_scheme(tx: &mut Tx<'_>, row: SchemeRow, locale: &str) -> Result<SchemeView, Error> {
    Ok(view(row, &kind_names(tx.conn)?, locale))
}

/// Saves a new version of a scheme, if nobody has saved one since `version` (0: there is none yet).
///
/// # Errors
/// All faults of the input at once; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn save_scheme(
    tx: &mut Tx<'_>,
    group: ScoreGroup,
    input: &PutScheme,
    version: i32,
) -> Result<SchemeRow, Error> {
    let unit_id = group.unit_id;
    access::require_binding(
        tx.conn,
        tx.actor,
        Action::ManageRules,
        Action::ReadScores,
        unit_id,
    )?;
    require_federation(tx, unit_id)?;
    let row = checked(tx, group, input)?;
    let before = store::newest(tx.conn, group)?;
    if before.as_ref().map_or(0, |row| row.version) != version {
        return Err(Error::Stale);
    }
    let row = SchemeRow {
        version: version + 1,
        ..row
    };
    let row = store::insert(tx.conn, row).map_err(|error| match error {
        StoreError::Unique(_) => Error::Stale,
        error => error.into(),
    })?;
    let kinds = kind_names(tx.conn)?;
    let mut line = tx.audit("set", "score_scheme", row.id).unit(unit_id);
    if let Some(before) = before {
        line = line.old(&view(before, &kinds, AUDIT_LOCALE));
    }
    line.new_value(&view(row.clone(), &kinds, AUDIT_LOCALE))
        .record()?;
    Ok(row)
}

/// The language of the words that the audit trail keeps.
pub(crate) const AUDIT_LOCALE: &str = "vi";

/// The row to save, without a version.
fn checked(tx: &mut Tx<'_>, group: ScoreGroup, input: &PutScheme) -> Result<SchemeRow, Error> {
    let mut faults = Vec::new();
    let years = 2000..=2100;
    if !years.contains(&group.year) {
        faults.push(
            Invalid::new("year", "number_range")
                .with("value", group.year)
                .with("from", years.start())
                .with("to", years.end()),
        );
    }
    let number = text::name("document_number", &input.document_number);
    let document_number = note(&mut faults, number);
    let date = input.document_date;
    if let Some(date) = date.filter(|date| !years.contains(&date.year())) {
        let fault = Invalid::new("document_date", "date_year");
        faults.push(fault.with("value", date.format("%d/%m/%Y")));
    }
    let choice = SchemeChoice {
        preset: input.preset.clone(),
        scheme: input.scheme.clone(),
    };
    let scheme = match chosen_scheme(tx, &choice) {
        Err(Error::Invalid(more)) => {
            faults.extend(more);
            None
        }
        chosen => Some(chosen?),
    };
    let (Some(document_number), Some(scheme), true) = (document_number, scheme, faults.is_empty())
    else {
        return Err(Error::Invalid(faults));
    };
    Ok(SchemeRow {
        id: 0,
        unit_id: group.unit_id,
        year: group.year,
        category: Word(group.category),
        version: 0,
        document_number,
        document_date: input.document_date,
        content: Json(scheme),
        created_at: At(tx.now),
        created_by: tx.actor.name.clone(),
    })
}

/// Schemes belong to federations.
fn require_federation(tx: &mut Tx<'_>, unit_id: i64) -> Result<(), Error> {
    let unit = units::find(tx.conn, unit_id)?.ok_or(Error::not_found("unit"))?;
    if *unit.category == Category::Federation {
        return Ok(());
    }
    let fault = Invalid::new("unit_id", "score_needs_federation");
    Err(fault.with("value", unit.code).into())
}

pub(crate) fn newest(tx: &mut Tx<'_>, group: ScoreGroup) -> Result<SchemeRow, Error> {
    store::newest(tx.conn, group)?.ok_or(Error::not_found("score_scheme"))
}

/// The scheme that a round was computed with.
pub(crate) fn of_round(tx: &mut Tx<'_>, round: &RoundRow) -> Result<SchemeRow, Error> {
    let missing = || StoreError::Corrupt(format!("round {} has no scheme", round.id));
    let scheme_id = round.scheme_id.ok_or_else(missing)?;
    Ok(store::find(tx.conn, scheme_id)?.ok_or_else(missing)?)
}

pub(crate) fn kind_names(conn: &mut Conn) -> Result<KindNames, StoreError> {
    let kinds = kinds::list(conn)?.into_iter();
    Ok(kinds.map(|kind| (kind.code, kind.name)).collect())
}

fn view(row: SchemeRow, kinds: &KindNames, locale: &str) -> SchemeView {
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
