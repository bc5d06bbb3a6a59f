//! Sheets whose unit leaves every point as it was computed: they are reviewed together.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{RoundId, SheetId, UnitId};
use crate::domain::score::{RoundState, Scheme, SheetState};
use crate::service::core::access::Action;
use crate::service::scores::rounds::{expect_state, find_to_decide, round_to_decide};
use crate::service::scores::schemes;
use crate::service::scores::sheets::{NewAssessment, OpenSheet};
use crate::service::scores::year_board::unmarked;
use crate::service::{Error, Tx};
use crate::store::scores::{RoundRow, SheetRow, sheets};

/// A sheet that can be reviewed with others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UnchangedSheet {
    /// Its id.
    pub id: SheetId,
    /// The unit.
    pub unit_name: String,
}

/// Which sheets to review together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewMany {
    /// The sheets; those that meanwhile change something are left out.
    pub ids: Vec<SheetId>,
}

/// How many were reviewed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ReviewedMany {
    /// Reviewed.
    pub reviewed: usize,
    /// Left out: they change something, or were reviewed before.
    pub skipped: usize,
}

/// The sheets of a round whose unit assessed itself without another mark than what was computed.
///
/// # Errors
/// [`Error::Conflict`] unless the round is computed; [`Error::NotFound`], [`Error::Forbidden`].
pub fn unchanged_sheets(tx: &mut Tx<'_>, id: RoundId) -> Result<Vec<UnchangedSheet>, Error> {
    let round = round_to_decide(tx, id)?;
    let (_, mut rows) = unchanged_of(tx, &round)?;
    rows.sort_by(|a, b| a.sheet.unit_name.cmp(&b.sheet.unit_name));
    let one = |row: SheetRow| UnchangedSheet {
        id: row.id,
        unit_name: row.sheet.unit_name,
    };
    Ok(rows.into_iter().map(one).collect())
}

/// The scheme of a computed round, and its sheets that change nothing.
fn unchanged_of(tx: &mut Tx<'_>, round: &RoundRow) -> Result<(Scheme, Vec<SheetRow>), Error> {
    let computed = [RoundState::Computed];
    expect_state(round, &computed, "score_round_needs_computed")?;
    let scheme = schemes::of_round(tx, round)?.content.0;
    let mut rows = sheets::of_round(tx.conn, round.id)?;
    rows.retain(|row| is_unchanged(&scheme, row));
    Ok((scheme, rows))
}

/// Whether the unit assessed itself, and gave no other mark than what was computed.
pub(super) fn is_unchanged(scheme: &Scheme, row: &SheetRow) -> bool {
    let assessment = row
        .self_assessment
        .as_ref()
        .filter(|_| *row.state == SheetState::SelfAssessed);
    assessment.is_some_and(|assessment| {
        assessment
            .effective_marks(scheme, &unmarked(scheme, row))
            .is_empty()
    })
}

/// Reviews sheets that change nothing, each as [`super::review`] does; round, scheme and sheets are read
/// once.
///
/// # Errors
/// As [`unchanged_sheets`]; [`Error::Stale`] if the round was saved since `version`.
pub fn review_unchanged(
    tx: &mut Tx<'_>,
    id: RoundId,
    many: &ReviewMany,
    version: i32,
) -> Result<ReviewedMany, Error> {
    let round = find_to_decide(tx, id, version)?;
    let (scheme, mut rows) = unchanged_of(tx, &round)?;
    rows.retain(|row| many.ids.contains(&row.id));
    let reviewed = rows.len();
    for row in rows {
        tx.require(Action::Decide, row.sheet.unit_id)?;
        OpenSheet::of(row, scheme.clone()).review(tx, &NewAssessment::default())?;
    }
    Ok(ReviewedMany {
        reviewed,
        skipped: many.ids.len().saturating_sub(reviewed),
    })
}

/// The first unit of a round whose sheet is not reviewed, by cluster and name.
pub fn next_to_review(tx: &mut Tx<'_>, id: RoundId) -> Result<Option<UnitId>, Error> {
    Ok(first_to_review(&sheets::of_round(tx.conn, id)?))
}

pub(super) fn first_to_review(rows: &[SheetRow]) -> Option<UnitId> {
    let waiting = rows.iter().filter(|row| *row.state != SheetState::Reviewed);
    let first = waiting.min_by_key(|row| (&row.sheet.cluster, &row.sheet.unit_name));
    first.map(|row| row.sheet.unit_id)
}
