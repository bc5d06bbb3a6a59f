//! Schemes: found and saved. Every change is a new version.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::error::Invalid;
use crate::domain::ids::{SchemeId, UnitId};
use crate::domain::score::{RoundState, Scheme, ScoreGroup};
use crate::domain::text;
use crate::domain::unit::{Category, note};
use crate::service::core::access::{self, Action};
use crate::service::scores::scheme_choice::{SchemeChoice, chosen_scheme};
use crate::service::scores::scheme_views::{kind_names, view};
use crate::service::{Error, Tx};
use crate::store::scores::rounds::{self, RoundRow};
use crate::store::scores::schemes::{self as store, SchemeRow};
use crate::store::types::{At, Json, Word};
use crate::store::{StoreError, units};

/// A scheme to save, with the document that it is from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutScheme {
    /// Code of a preset: `national`, `simple`; or write the scheme out.
    pub preset: Option<String>,
    /// The scheme itself.
    pub scheme: Option<Scheme>,
    /// Number of the document.
    pub document_number: String,
    /// Date of the document.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub document_date: Option<NaiveDate>,
}

/// Saves a new version of a scheme, if nobody has saved one since `version` (0: there is none yet).
///
/// # Errors
/// All faults of the input at once; [`Error::Conflict`] where the newest edition of the scores is
/// published or frozen: another edition has to be begun first; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn save_scheme(
    tx: &mut Tx<'_>,
    group: ScoreGroup,
    input: &PutScheme,
    version: i32,
) -> Result<SchemeRow, Error> {
    let unit_id = group.unit_id;
    access::require_on_scores(tx.conn, tx.actor, Action::ManageRules, unit_id)?;
    require_federation(tx, unit_id)?;
    if let Some(round) = closed_by(tx, group)? {
        let fault = Invalid::new("", "score_scheme_closed").with("year", round.year);
        let fault = fault.with("edition", round.edition);
        return Err(Error::Conflict(
            fault.with_word("state", word_of(*round.state)),
        ));
    }
    let row = checked(tx, group, input)?;
    let before = store::newest(tx.conn, group)?;
    let current = before.as_ref().map_or(0, |row| row.version);
    tx.require_current(current, version)?;
    let row = SchemeRow {
        version: current + 1,
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

/// The newest edition of a group's scores, if it is published or frozen: then its scheme is closed.
pub(crate) fn closed_by(
    tx: &mut Tx<'_>,
    group: ScoreGroup,
) -> Result<Option<RoundRow>, StoreError> {
    let rounds = rounds::of_year(tx.conn, Some(group.unit_id), group.year)?;
    let mut of_group = rounds.into_iter();
    let newest = of_group.find(|round| *round.category == group.category);
    let closed = [RoundState::Published, RoundState::Frozen];
    Ok(newest.filter(|round| closed.contains(&round.state)))
}

/// The key of the word for a state that closes a scheme.
fn word_of(state: RoundState) -> String {
    format!("score.closed.{state}")
}

/// The language of the words that the audit trail keeps.
pub(crate) const AUDIT_LOCALE: &str = "vi";

/// The row to save, without a version.
fn checked(tx: &mut Tx<'_>, group: ScoreGroup, input: &PutScheme) -> Result<SchemeRow, Error> {
    let mut faults = Vec::new();
    let number = text::name("document_number", &input.document_number);
    let document_number = note(&mut faults, number);
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
        id: SchemeId::NONE,
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
fn require_federation(tx: &mut Tx<'_>, unit_id: UnitId) -> Result<(), Error> {
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
