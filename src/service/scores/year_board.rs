//! The scores of a category's year as a whole: the table, how far the round has come, the year
//! before.

use std::collections::HashMap;

use serde::Serialize;

use crate::domain::ids::{SheetId, UnitId};
use crate::domain::score::{
    Inputs, Points, RoundState, Scheme, Score, ScoreGroup, SheetState, score,
};
use crate::domain::unit::Category;
use crate::service::core::access::Action;
use crate::service::obligations::standings::Named;
use crate::service::scores::scoreboard::{BoardQuery, SchemeRef, ScoreRow, Scoreboard};
use crate::service::scores::scoring::{rank_sheets, rescore};
use crate::service::scores::unchanged::{first_to_review, is_unchanged};
use crate::service::scores::{inputs::LeftOut, schemes};
use crate::service::{Error, Tx};
use crate::store::scores::rounds::{self, RoundRow};
use crate::store::scores::{SheetRow, schemes as stored_schemes, sheets};
use crate::store::types::At;
use crate::store::units;

/// The scores of a category's year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct YearBoard {
    /// The federation.
    pub federation: Named<UnitId>,
    /// The year.
    pub year: i32,
    /// The category.
    pub category: Category,
    /// The categories that have a scheme in the year.
    pub categories: Vec<Category>,
    /// The scheme; none where the category has none.
    pub scheme: Option<SchemeRef>,
    /// The newest edition of the round; none before it is begun.
    pub round: Option<RoundRow>,
    /// Not published: subject to change.
    pub provisional: bool,
    /// As of when the scores are.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: At,
    /// Whether the actor decides the round.
    pub decides: bool,
    /// How many sheets change nothing, and can be reviewed together.
    pub unchanged: usize,
    /// The first unit whose sheet is not reviewed.
    pub next_to_review: Option<UnitId>,
    /// Whether the year is over, so that the round may be published.
    pub is_over: bool,
    /// One for each unit, by cluster, rank and name.
    pub rows: Vec<YearRow>,
    /// Units without a score, because something of them cannot be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// A unit's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct YearRow {
    /// Its total, band and rank as they stand.
    #[serde(flatten)]
    pub score: ScoreRow,
    /// Its sheet in the round.
    pub sheet: Option<SheetId>,
    /// How far the sheet has come.
    pub state: Option<SheetState>,
    /// The total without marks.
    pub computed: Option<Points>,
    /// The total by the unit's own assessment.
    pub self_assessed: Option<Points>,
    /// The total by the review.
    pub reviewed: Option<Points>,
    /// The published total and rank of the year before.
    pub last_year: Option<LastYear>,
}

/// What a unit came to in the year before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LastYear {
    /// The total.
    pub total: Option<Points>,
    /// The rank.
    pub rank: Option<i32>,
}

impl LastYear {
    pub(super) fn of(row: &SheetRow) -> Self {
        Self {
            total: row.sheet.score.total,
            rank: row.sheet.rank,
        }
    }
}

/// The federation whose scores the actor sees first: that of their unit, or the first one.
///
/// # Errors
/// [`Error::NotFound`] without any.
pub fn federation(tx: &mut Tx<'_>) -> Result<UnitId, Error> {
    let home = tx.actor.homes().next();
    if let Some(home) = home
        && let Some(unit) = units::find(tx.conn, home)?
    {
        return Ok(unit.federation_id);
    }
    let first = units::federations(tx.conn)?.into_iter().next();
    Ok(first.ok_or(Error::not_found("unit"))?.id)
}

/// Where the scores that a reader may see begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstScores {
    /// The table of their federation.
    Federation,
    /// Their own unit.
    Unit(UnitId),
}

/// Where the scores that the actor may see begin.
///
/// # Errors
/// [`Error::Forbidden`] for somebody who may read no scores.
pub fn first_scores(tx: &mut Tx<'_>) -> Result<FirstScores, Error> {
    let federation = federation(tx)?;
    if tx.may(Action::ReadScores, federation)? {
        return Ok(FirstScores::Federation);
    }
    let homes: Vec<UnitId> = tx.actor.homes().collect();
    for home in homes {
        if tx.may(Action::ReadScores, home)? {
            return Ok(FirstScores::Unit(home));
        }
    }
    Err(Error::Forbidden)
}

/// The categories of a federation that have a scheme in a year, in the order of the tree.
pub fn scored_categories(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    year: i32,
) -> Result<Vec<Category>, Error> {
    let rows = stored_schemes::of_federation(tx.conn, unit_id, Some(year))?;
    let has = |category: &&Category| rows.iter().any(|row| *row.category == **category);
    Ok(Category::ALL.iter().filter(has).copied().collect())
}

/// The scores of a group with its round.
///
/// # Errors
/// [`Error::NotFound`] for a federation whose scores the actor may not see.
pub fn year_board(tx: &mut Tx<'_>, group: ScoreGroup) -> Result<YearBoard, Error> {
    tx.require(Action::ReadScores, group.unit_id)?;
    let unit = tx.lookups.unit(tx.conn, group.unit_id)?.name.clone();
    let round = rounds::of_year(tx.conn, Some(group.unit_id), group.year)?
        .into_iter()
        .find(|round| *round.category == group.category);
    let mut board = YearBoard {
        federation: Named {
            id: group.unit_id,
            name: unit,
        },
        year: group.year,
        category: group.category,
        categories: scored_categories(tx, group.unit_id, group.year)?,
        scheme: None,
        provisional: true,
        as_of: At(tx.now),
        decides: tx.may(Action::Decide, group.unit_id)?,
        is_over: tx.now >= super::scoring::score_year(group.year)?.end,
        unchanged: 0,
        next_to_review: None,
        rows: Vec::new(),
        left_out: Vec::new(),
        round,
    };
    fill(tx, group, &mut board)?;
    let last = last_year(tx, group)?;
    for row in &mut board.rows {
        row.last_year = last.get(&row.score.unit.id).copied();
    }
    board.rows.sort_by_cached_key(|row| row.score.order());
    Ok(board)
}

fn fill(tx: &mut Tx<'_>, group: ScoreGroup, board: &mut YearBoard) -> Result<(), Error> {
    let computed = [
        RoundState::Computed,
        RoundState::Published,
        RoundState::Frozen,
    ];
    let with_sheets = board.round.clone();
    if let Some(round) = with_sheets.filter(|round| computed.contains(&round.state)) {
        let rows = sheets::of_round(tx.conn, round.id)?;
        let scheme = schemes::of_round(tx, &round)?;
        board.provisional = *round.state == RoundState::Computed;
        if board.provisional {
            let unchanged = rows.iter().filter(|row| is_unchanged(&scheme.content, row));
            board.unchanged = unchanged.count();
            board.next_to_review = first_to_review(&rows);
        }
        board.as_of = round.computed_at.unwrap_or(At(tx.now));
        board.rows = of_sheets(&scheme.content, &rows, board.provisional);
        board.scheme = Some(SchemeRef::of(&scheme));
        return Ok(());
    }
    let found = match Scoreboard::read(tx, BoardQuery { group, at: None }) {
        // no scheme, or a year that has not begun
        Err(Error::NotFound { .. } | Error::Invalid(_)) => return Ok(()),
        found => found?,
    };
    board.provisional = found.round.is_none();
    board.as_of = At(found.at);
    board.scheme = Some(found.scheme_ref());
    let row = |sheet| YearRow::of(ScoreRow::of(&found.scheme.content, sheet));
    board.rows = found.sheets.iter().map(row).collect();
    board.left_out = found.left_out;
    Ok(())
}

impl YearRow {
    fn of(score: ScoreRow) -> Self {
        Self {
            computed: score.total,
            score,
            sheet: None,
            state: None,
            self_assessed: None,
            reviewed: None,
            last_year: None,
        }
    }
}

fn of_sheets(scheme: &Scheme, rows: &[SheetRow], provisional: bool) -> Vec<YearRow> {
    let now = rank_sheets(rows.iter().map(|row| &row.sheet));
    let one = |(row, now): (&SheetRow, Option<i32>)| {
        let mut score = ScoreRow::of(scheme, &row.sheet);
        if provisional {
            score.rank = now;
        }
        let computed = unmarked(scheme, row);
        let reviewed = (*row.state == SheetState::Reviewed).then_some(score.total);
        YearRow {
            sheet: Some(row.id),
            state: Some(*row.state),
            self_assessed: self_assessed(scheme, row),
            reviewed: reviewed.flatten(),
            computed: computed.total,
            ..YearRow::of(score)
        }
    };
    rows.iter().zip(now).map(one).collect()
}

/// The score of a sheet without marks.
pub(super) fn unmarked(scheme: &Scheme, row: &SheetRow) -> Score {
    if row.sheet.inputs.marks.is_empty() {
        return row.sheet.score.0.clone();
    }
    let mut inputs = row.sheet.inputs.0.clone();
    inputs.marks.clear();
    score(scheme, &inputs)
}

/// The total that the unit's own assessment comes to; none before it assessed itself.
fn self_assessed(scheme: &Scheme, row: &SheetRow) -> Option<Points> {
    let assessment = row.self_assessment.as_ref()?;
    let inputs = Inputs {
        marks: assessment.effective_marks(scheme, &unmarked(scheme, row)),
        ..row.sheet.inputs.0.clone()
    };
    rescore(&row.sheet, scheme, inputs).score.total
}

/// The published scores of the year before, by unit.
fn last_year(tx: &mut Tx<'_>, group: ScoreGroup) -> Result<HashMap<UnitId, LastYear>, Error> {
    let before = ScoreGroup {
        year: group.year - 1,
        ..group
    };
    let Some(round) = rounds::newest_final(tx.conn, before)? else {
        return Ok(HashMap::new());
    };
    let rows = sheets::of_round(tx.conn, round.id)?.into_iter();
    let one = |row: SheetRow| (row.sheet.unit_id, LastYear::of(&row));
    Ok(rows.map(one).collect())
}
