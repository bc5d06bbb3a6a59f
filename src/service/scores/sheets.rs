//! Sheets: a unit's score in a round, assessed by the unit itself and reviewed by the department.

use serde::Deserialize;

use crate::domain::error::Invalid;
use crate::domain::ids::{RoundId, SheetId};
use crate::domain::score::{
    Assessment, Inputs, Mark, RoundState, Scheme, Score, SheetState, check_marks, score,
};
use crate::domain::text;
use crate::service::core::access::{self, Action};
use crate::service::scores::rounds::{expect_state, get_round};
use crate::service::scores::schemes::{self, AUDIT_LOCALE};
use crate::service::scores::scoring::rescore;
use crate::service::scores::sheet_view::{SchemedSheet, SheetView, view};
use crate::service::{Error, Tx};
use crate::store::StoreError;
use crate::store::scores::sheets::{self as store, SheetPage, SheetRow};
use crate::store::scores::{RoundRow, rounds};
use crate::store::types::{At, Json, Word};

/// A unit's assessment of itself, or the department's review.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewAssessment {
    /// Marks for base criteria; criteria without one keep what was computed.
    pub marks: Vec<Mark>,
    /// Remarks on the whole; required in a review of a unit that did not assess itself.
    pub reason: Option<String>,
}

loadable!(SheetRow: SheetId, "score_sheet", store::find, sheet.unit_id);

/// Which sheets to list.
#[derive(Debug, Clone, Copy)]
pub struct SheetQuery {
    /// Those of this round.
    pub round_id: RoundId,
    /// Those after the sheet with this id.
    pub after: Option<SheetId>,
    /// The most to list.
    pub limit: i64,
}

/// A page of the sheets of a round that the actor may read: those of its units and of units below.
///
/// # Errors
/// [`Error::NotFound`] for a round that the actor may not see.
pub fn list_sheets(
    tx: &mut Tx<'_>,
    query: SheetQuery,
    locale: &str,
) -> Result<Vec<SheetView>, Error> {
    let round = get_round(tx, query.round_id)?;
    let scope = access::scope_for(tx.actor, Action::ReadScores);
    let page = SheetPage {
        round_id: query.round_id,
        below: scope.roots(),
        after: query.after,
        limit: query.limit,
    };
    let rows = store::page(tx.conn, page)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let scheme = schemes::of_round(tx, &round)?.content.0;
    let views = rows.into_iter().map(|row| view(row, &scheme, locale));
    Ok(views.collect())
}

/// A sheet.
///
/// # Errors
/// [`Error::NotFound`] for a sheet that the actor may not see.
pub fn get_sheet(tx: &mut Tx<'_>, id: SheetId, locale: &str) -> Result<SheetView, Error> {
    let row: SheetRow = tx.load(id, Action::ReadScores, None)?;
    let round = round_of(tx, &row)?;
    let scheme = schemes::of_round(tx, &round)?;
    Ok(view(row, &scheme.content, locale))
}

/// Records the unit's assessment of itself. The score stays as computed: the reviewer decides.
///
/// # Errors
/// Every fault of the marks; [`Error::Conflict`] once it is reviewed or the round is published;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn self_assess(
    tx: &mut Tx<'_>,
    id: SheetId,
    input: &NewAssessment,
    version: i32,
) -> Result<SchemedSheet, Error> {
    let open = OpenSheet::load(tx, Action::Approve, id, version)?;
    if *open.row.state == SheetState::Reviewed {
        let fault = Invalid::new("state", "score_sheet_reviewed");
        return Err(Error::Conflict(fault));
    }
    let assessment = open.checked(tx, input)?;
    let after = SheetRow {
        state: Word(SheetState::SelfAssessed),
        self_assessment: Some(Json(assessment)),
        ..open.row.clone()
    };
    open.save(tx, after, "self_assess")
}

/// Records the department's review: marks that differ from what was computed replace it.
///
/// # Errors
/// Every fault of the marks; a missing reason where the unit did not assess itself;
/// [`Error::Conflict`] once the round is published; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn review(
    tx: &mut Tx<'_>,
    id: SheetId,
    input: &NewAssessment,
    version: i32,
) -> Result<SchemedSheet, Error> {
    OpenSheet::load(tx, Action::Decide, id, version)?.review(tx, input)
}

/// A sheet that may still be assessed and reviewed.
pub(super) struct OpenSheet {
    row: SheetRow,
    scheme: Scheme,
    /// The score without marks.
    computed: Score,
}

impl OpenSheet {
    fn load(tx: &mut Tx<'_>, action: Action, id: SheetId, version: i32) -> Result<Self, Error> {
        // a sheet that the actor may not read is missing, whatever else the actor may do
        let row: SheetRow = tx.load(id, Action::ReadScores, None)?;
        tx.require(action, row.sheet.unit_id)?;
        tx.require_current(row.version, version)?;
        let round = round_of(tx, &row)?;
        let computed = [RoundState::Computed];
        expect_state(&round, &computed, "score_round_needs_computed")?;
        let scheme = schemes::of_round(tx, &round)?.content.0;
        Ok(Self::of(row, scheme))
    }

    /// A sheet of a computed round with this scheme, whose reader decides the round.
    pub(super) fn of(row: SheetRow, scheme: Scheme) -> Self {
        let mut unmarked = row.sheet.inputs.0.clone();
        unmarked.marks.clear();
        Self {
            computed: score(&scheme, &unmarked),
            row,
            scheme,
        }
    }

    /// [`review`] of it.
    pub(super) fn review(
        self,
        tx: &mut Tx<'_>,
        input: &NewAssessment,
    ) -> Result<SchemedSheet, Error> {
        let review = self.checked(tx, input)?;
        if self.row.self_assessment.is_none() && review.reason.is_none() {
            return Err(Invalid::new("reason", "score_not_self_assessed").into());
        }
        let inputs = Inputs {
            marks: review.effective_marks(&self.scheme, &self.computed),
            ..self.row.sheet.inputs.0.clone()
        };
        let after = SheetRow {
            state: Word(SheetState::Reviewed),
            sheet: rescore(&self.row.sheet, &self.scheme, inputs),
            review: Some(Json(review)),
            ..self.row.clone()
        };
        self.save(tx, after, "review")
    }

    fn checked(&self, tx: &Tx<'_>, input: &NewAssessment) -> Result<Assessment, Error> {
        let marks = check_marks(&self.scheme, &self.computed, input.marks.clone())?;
        let reason = match input.reason.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(reason) => Some(text::paragraph("reason", reason)?),
        };
        Ok(Assessment {
            by: tx.actor.shown_name().to_owned(),
            marks,
            reason,
        })
    }

    fn save(self, tx: &mut Tx<'_>, after: SheetRow, action: &str) -> Result<SchemedSheet, Error> {
        let after = SheetRow {
            updated_at: At(tx.now),
            ..after
        };
        let sheet = SchemedSheet {
            row: store::update(tx.conn, after)?.ok_or(Error::Stale)?,
            scheme: self.scheme,
        };
        tx.audit(action, "score_sheet", sheet.row.id)
            .unit(sheet.row.sheet.unit_id)
            .old(&view(self.row, &sheet.scheme, AUDIT_LOCALE))
            .new_value(&sheet.view(AUDIT_LOCALE))
            .record()?;
        Ok(sheet)
    }
}

fn round_of(tx: &mut Tx<'_>, row: &SheetRow) -> Result<RoundRow, Error> {
    let missing = || StoreError::Corrupt(format!("round {} is missing", row.round_id));
    Ok(rounds::find(tx.conn, row.round_id)?.ok_or_else(missing)?)
}
