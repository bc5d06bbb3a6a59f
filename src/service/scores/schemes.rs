//! Schemes by federation, year and category. Every change is a new version; rules are known
//! beforehand to everybody they bind.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::score::{
    Criterion, KindNames, Points, Scheme, Select, formula, presets, selection,
};
use crate::domain::text;
use crate::domain::unit::{Category, note};
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::{App, Error};
use crate::store::scores::{self as rows, Field, SchemeRow};
use crate::store::types::{from_json, from_text, instant, micros, to_json};
use crate::store::{Conn, StoreError, kinds, units};

/// Where a scheme holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The federation.
    pub unit_id: i64,
    /// The year.
    pub year: i32,
    /// The category of the units.
    pub category: Category,
}

impl Slot {
    /// The units that it is about.
    #[must_use]
    pub fn field(&self) -> Field<'static> {
        Field {
            federation_id: self.unit_id,
            category: self.category.as_str(),
        }
    }
}

/// A scheme to try or to save: a preset by its code, or written out; exactly one of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SchemeChoice {
    /// Code of a preset: `national`, `simple`.
    #[serde(default)]
    pub preset: Option<String>,
    /// The scheme itself.
    #[serde(default)]
    pub scheme: Option<Scheme>,
}

/// A scheme to save, with the document that it stands in.
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

/// A scheme as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SchemeFacts {
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
    /// What it says.
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
    /// What it looks at.
    pub selection: String,
    /// What it computes.
    pub formula: String,
}

/// A scheme that ships.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PresetScheme {
    /// Its code.
    pub code: &'static str,
    /// What it says.
    pub scheme: Scheme,
    /// The same in words, a line for each criterion.
    pub words: Vec<CriterionWords>,
}

/// The schemes that ship.
///
/// # Errors
/// Only the database's own: whoever has a role may read them.
pub fn preset_schemes(app: &App, locale: &str) -> Result<Vec<PresetScheme>, Error> {
    app.store.read(|conn| {
        let kinds = kind_names(conn)?;
        let shipped = presets::codes().filter_map(|code| Some((code, presets::get(code)?)));
        Ok(shipped
            .map(|(code, scheme)| PresetScheme {
                code,
                words: words(&scheme, &kinds, locale),
                scheme,
            })
            .collect())
    })
}

/// The newest version of each scheme of a federation, newest year first.
///
/// # Errors
/// [`Error::NotFound`] for a federation that neither is the actor's nor stands above it.
pub fn list(
    app: &App,
    actor: &Actor,
    unit_id: i64,
    year: Option<i32>,
    locale: &str,
) -> Result<Vec<SchemeFacts>, Error> {
    app.store.read(|conn| {
        access::require_read_or_bound(conn, actor, Action::ReadScores, unit_id)?;
        let kinds = kind_names(conn)?;
        let mut newest = rows::schemes(conn, unit_id, year)?;
        newest.dedup_by(|later, first| {
            (later.year, &later.category) == (first.year, &first.category)
        });
        newest
            .iter()
            .map(|row| facts(row, &kinds, locale))
            .collect()
    })
}

/// The newest version of a scheme.
///
/// # Errors
/// As [`list`]; [`Error::NotFound`] if there is none.
pub fn get(app: &App, actor: &Actor, slot: Slot, locale: &str) -> Result<SchemeFacts, Error> {
    app.store.read(|conn| {
        access::require_read_or_bound(conn, actor, Action::ReadScores, slot.unit_id)?;
        let row = newest_in(conn, slot)?;
        let kinds = kind_names(conn)?;
        facts(&row, &kinds, locale)
    })
}

/// Saves a new version of a scheme, if nobody did since `expected_version` (0 = there is none yet).
///
/// # Errors
/// All faults of the input at once; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn put(
    app: &App,
    actor: &Actor,
    slot: Slot,
    input: &PutScheme,
    expected_version: i32,
    (now, locale): (DateTime<Utc>, &str),
) -> Result<SchemeFacts, Error> {
    app.store.write(|conn| {
        access::require_on_scores(conn, actor, Action::ManageRules, slot.unit_id)?;
        let mut faults = Vec::new();
        federation(conn, slot.unit_id)?;
        if !(2000..=2100).contains(&slot.year) {
            let fault = Invalid::new("year", "number_range").with("value", slot.year);
            faults.push(fault.with("from", 2000).with("to", 2100));
        }
        let document_number = note(
            &mut faults,
            text::name("document_number", &input.document_number),
        );
        if let Some(date) = input
            .document_date
            .filter(|date| !(2000..=2100).contains(&date.year()))
        {
            faults.push(
                Invalid::new("document_date", "date_year").with("value", date.format("%d/%m/%Y")),
            );
        }
        let choice = SchemeChoice {
            preset: input.preset.clone(),
            scheme: input.scheme.clone(),
        };
        let scheme = chosen_in(conn, &choice).map_err(|error| collect(error, &mut faults));
        let (Some(document_number), Ok(scheme), true) =
            (document_number, scheme, faults.is_empty())
        else {
            return Err(Error::Invalid(faults));
        };
        let before = rows::newest_scheme(conn, slot.field(), slot.year)?;
        if before.as_ref().map_or(0, |row| row.version) != expected_version {
            return Err(Error::Stale);
        }
        let row = SchemeRow {
            id: 0,
            unit_id: slot.unit_id,
            year: slot.year,
            category: slot.category.as_str().to_owned(),
            version: expected_version + 1,
            document_number,
            document_date: input.document_date,
            content: to_json(&scheme)?,
            created_at: micros(now),
            created_by: actor.name.clone(),
        };
        let row = rows::insert_scheme(conn, row).map_err(|error| match error {
            StoreError::Unique(_) => Error::Stale,
            error => error.into(),
        })?;
        let kinds = kind_names(conn)?;
        let after = facts(&row, &kinds, locale)?;
        let mut line = Entry::new(actor, now, "set", "score_scheme", row.id).unit(slot.unit_id);
        if let Some(before) = before {
            line = line.old(&facts(&before, &kinds, locale)?)?;
        }
        line.new_value(&after)?.record(conn)?;
        Ok(after)
    })
}

/// Faults are collected; anything else would have been answered at once.
fn collect(error: Error, faults: &mut Vec<Invalid>) {
    if let Error::Invalid(more) = error {
        faults.extend(more);
    }
}

/// The scheme that was chosen, checked; its kinds and rules exist.
pub(crate) fn chosen_in(conn: &mut Conn, choice: &SchemeChoice) -> Result<Scheme, Error> {
    let scheme = match (&choice.preset, &choice.scheme) {
        (Some(code), None) => presets::get(code).ok_or_else(|| {
            let fault = Invalid::new("preset", "preset_unknown").with("value", code.escape_debug());
            fault.with("names", presets::codes().collect::<Vec<_>>().join(", "))
        })?,
        (None, Some(scheme)) => scheme.clone(),
        _ => return Err(Invalid::new("scheme", "score_scheme_choice").into()),
    };
    let within = |fault: Invalid| fault.within("scheme");
    let scheme = scheme
        .checked()
        .map_err(|faults| Error::Invalid(faults.into_iter().map(within).collect()))?;
    let known = kind_names(conn)?;
    let mut faults = Vec::new();
    let of_criteria = scheme
        .criteria
        .iter()
        .enumerate()
        .map(|(place, one)| (format!("criteria[{place}].select"), &one.select));
    let of_bands = scheme.bands.iter().enumerate().flat_map(|(place, band)| {
        band.conditions.iter().map(move |one| {
            (
                format!("bands[{place}].conditions.no_missed"),
                &one.no_missed,
            )
        })
    });
    let selects: Vec<(String, &Select)> = of_criteria.chain(of_bands).collect();
    let named: Vec<&str> = selects
        .iter()
        .flat_map(|(_, select)| &select.rules)
        .map(String::as_str)
        .collect();
    let rules = rows::rules_with(conn, &named)?;
    for (field, select) in selects {
        for kind in select
            .item_kinds
            .iter()
            .filter(|kind| !known.contains_key(*kind))
        {
            faults.push(
                Invalid::new("item_kinds", "not_found")
                    .with("value", kind)
                    .within(&field)
                    .within("scheme"),
            );
        }
        for rule in select.rules.iter().filter(|rule| !rules.contains(*rule)) {
            faults.push(
                Invalid::new("rules", "not_found")
                    .with("value", rule)
                    .within(&field)
                    .within("scheme"),
            );
        }
    }
    if faults.is_empty() {
        Ok(scheme)
    } else {
        Err(Error::Invalid(faults))
    }
}

pub(crate) fn newest_in(conn: &mut Conn, slot: Slot) -> Result<SchemeRow, Error> {
    rows::newest_scheme(conn, slot.field(), slot.year)?.ok_or(Error::not_found("score_scheme"))
}

pub(crate) fn kind_names(conn: &mut Conn) -> Result<KindNames, StoreError> {
    Ok(kinds::list(conn)?
        .into_iter()
        .map(|kind| (kind.code, kind.name))
        .collect())
}

/// That the unit is a federation: schemes sit there.
fn federation(conn: &mut Conn, unit_id: i64) -> Result<(), Error> {
    let unit = units::find(conn, unit_id)?.ok_or(Error::not_found("unit"))?;
    if unit.category == Category::Federation {
        return Ok(());
    }
    Err(Invalid::new("unit_id", "score_needs_federation")
        .with("value", unit.code)
        .into())
}

fn facts(row: &SchemeRow, kinds: &KindNames, locale: &str) -> Result<SchemeFacts, Error> {
    let scheme: Scheme = from_json("score scheme", &row.content)?;
    Ok(SchemeFacts {
        id: row.id,
        unit_id: row.unit_id,
        year: row.year,
        category: from_text("category", &row.category)?,
        version: row.version,
        document_number: row.document_number.clone(),
        document_date: row.document_date,
        base: scheme.base(),
        words: words(&scheme, kinds, locale),
        scheme,
        created_at: instant(row.created_at)?,
    })
}

fn words(scheme: &Scheme, kinds: &KindNames, locale: &str) -> Vec<CriterionWords> {
    let word = |one: &Criterion| CriterionWords {
        code: one.code.clone(),
        selection: selection(one, kinds, locale),
        formula: formula(one, locale),
    };
    scheme.criteria.iter().map(word).collect()
}
