//! Sheets: a unit's score in a round, self-assessed by the unit and reviewed by the department.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::score::{
    Assessment, Inputs, Line, Mark, Points, RoundState, Scheme, Score, SheetState, own_marks, score,
};
use crate::domain::text;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::obligations::standings::Named;
use crate::service::scores::rounds::{expect, readable};
use crate::service::scores::stored::{inputs_of, scheme_of, score_of};
use crate::service::{App, Error};
use crate::store::score_rounds::{self as rows, RoundRow, SheetRow};
use crate::store::types::{from_json, from_text, micros, to_json};
use crate::store::{Conn, StoreError};

/// What a unit or a reviewer says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Say {
    /// Marks for base criteria; what is not named stands as computed.
    pub marks: Vec<Mark>,
    /// A word on the whole; a review of a unit that did not assess itself asks for it.
    pub reason: Option<String>,
}

/// A sheet as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SheetFacts {
    /// Its id.
    pub id: i64,
    /// The round.
    pub round_id: i64,
    /// The unit, named as it was when the sheet was computed.
    pub unit: Named,
    /// Its emulation cluster then.
    pub cluster: Option<String>,
    /// It had ended by then: scored, not ranked.
    pub ended: bool,
    /// How far it has come.
    pub state: SheetState,
    /// Version of the engine that computed it.
    pub engine: i32,
    /// The total; none if nothing could be scored.
    pub total: Option<Points>,
    /// Name of the band.
    pub band: Option<String>,
    /// The rank, once published.
    pub rank: Option<i32>,
    /// One for each criterion.
    pub lines: Vec<SheetLine>,
    /// What is added where penalties would bring the total below zero.
    pub floor: Points,
    /// What rounding each line for itself leaves over.
    pub rounding: Points,
    /// What the unit said.
    pub self_assessment: Option<Assessment>,
    /// What the reviewer said.
    pub review: Option<Assessment>,
    /// SHA-256 of the sealed sheet, once frozen.
    pub hash: Option<String>,
    /// Goes up with every change.
    pub version: i32,
}

/// A line of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SheetLine {
    /// Name of the criterion.
    pub name: String,
    /// The formula with its numbers.
    pub filled: String,
    /// The numbers.
    #[serde(flatten)]
    pub line: Line,
}

/// The next sheets of a round behind the one with the id `after` that the actor may read: those of
/// its units and below.
///
/// # Errors
/// [`Error::NotFound`] for a round that the actor may not see.
pub fn sheets(
    app: &App,
    actor: &Actor,
    round_id: i64,
    page: (Option<i64>, i64),
    locale: &str,
) -> Result<Vec<SheetFacts>, Error> {
    app.store.read(|conn| {
        let round = readable(conn, actor, round_id)?;
        let scope = access::scope_for(actor, Action::ReadScores);
        let sheets = rows::sheets_page(conn, round_id, scope.roots(), page)?;
        if sheets.is_empty() {
            return Ok(Vec::new());
        }
        let (_, scheme) = scheme_of(conn, &round)?;
        sheets
            .iter()
            .map(|sheet| facts(sheet, &scheme, locale))
            .collect()
    })
}

/// A sheet.
///
/// # Errors
/// [`Error::NotFound`].
pub fn sheet(app: &App, actor: &Actor, id: i64, locale: &str) -> Result<SheetFacts, Error> {
    app.store.read(|conn| {
        let (sheet, round) = found(conn, actor, Action::ReadScores, id)?;
        let (_, scheme) = scheme_of(conn, &round)?;
        facts(&sheet, &scheme, locale)
    })
}

/// The unit's leader says what the unit thinks of its score. The score stays as computed: the
/// reviewer decides.
///
/// # Errors
/// Every fault of the marks; [`Error::Conflict`] once it is reviewed or the round is published;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn self_assess(
    app: &App,
    actor: &Actor,
    id: i64,
    input: &Say,
    version: i32,
    (now, locale): (DateTime<Utc>, &str),
) -> Result<SheetFacts, Error> {
    app.store.write(|conn| {
        let desk = Desk::open(conn, actor, Action::Approve, (id, version))?;
        if desk.state == SheetState::Reviewed {
            return Err(Error::Conflict(Invalid::new(
                "state",
                "score_sheet_reviewed",
            )));
        }
        let said = desk.said(actor, input)?;
        let after = SheetRow {
            state: SheetState::SelfAssessed.as_str().to_owned(),
            self_assessment: Some(to_json(&said)?),
            ..desk.sheet.clone()
        };
        desk.save(conn, actor, "self_assess", after, (now, locale))
    })
}

/// The department decides on a unit's score: marks that differ from what was computed replace it.
///
/// # Errors
/// Every fault of the marks; a missing reason where the unit did not assess itself;
/// [`Error::Conflict`] once the round is published; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn review(
    app: &App,
    actor: &Actor,
    id: i64,
    input: &Say,
    version: i32,
    (now, locale): (DateTime<Utc>, &str),
) -> Result<SheetFacts, Error> {
    app.store.write(|conn| {
        let desk = Desk::open(conn, actor, Action::Decide, (id, version))?;
        let said = desk.said(actor, input)?;
        if desk.sheet.self_assessment.is_none() && said.reason.is_none() {
            return Err(Invalid::new("reason", "score_not_self_assessed").into());
        }
        let inputs = Inputs {
            marks: said.for_engine(&desk.scheme, &desk.computed),
            ..desk.inputs.clone()
        };
        let score = score(&desk.scheme, &inputs);
        let after = SheetRow {
            state: SheetState::Reviewed.as_str().to_owned(),
            inputs: to_json(&inputs)?,
            score: to_json(&score)?,
            total: score.total.map(Points::as_hundredths),
            review: Some(to_json(&said)?),
            ..desk.sheet.clone()
        };
        desk.save(conn, actor, "review", after, (now, locale))
    })
}

/// A sheet that somebody works on.
struct Desk {
    sheet: SheetRow,
    state: SheetState,
    scheme: Scheme,
    /// Without marks.
    inputs: Inputs,
    /// Without marks.
    computed: Score,
}

impl Desk {
    fn open(
        conn: &mut Conn,
        actor: &Actor,
        action: Action,
        (id, version): (i64, i32),
    ) -> Result<Self, Error> {
        let (sheet, round) = found(conn, actor, action, id)?;
        if sheet.version != version {
            return Err(Error::Stale);
        }
        expect(
            &round,
            &[RoundState::Computed],
            "score_round_needs_computed",
        )?;
        let (_, scheme) = scheme_of(conn, &round)?;
        let mut inputs = inputs_of(&sheet)?;
        inputs.marks.clear();
        let computed = score(&scheme, &inputs);
        Ok(Self {
            state: from_text("sheet state", &sheet.state)?,
            sheet,
            scheme,
            inputs,
            computed,
        })
    }

    fn said(&self, actor: &Actor, input: &Say) -> Result<Assessment, Error> {
        let marks = own_marks(&self.scheme, &self.computed, input.marks.clone())?;
        let reason = match input.reason.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(reason) => Some(text::paragraph("reason", reason)?),
        };
        Ok(Assessment {
            by: actor.name.clone(),
            marks,
            reason,
        })
    }

    fn save(
        self,
        conn: &mut Conn,
        actor: &Actor,
        action: &str,
        after: SheetRow,
        (now, locale): (DateTime<Utc>, &str),
    ) -> Result<SheetFacts, Error> {
        let before = facts(&self.sheet, &self.scheme, locale)?;
        let row = rows::update_sheet(
            conn,
            SheetRow {
                updated_at: micros(now),
                ..after
            },
        )?
        .ok_or(Error::Stale)?;
        let after = facts(&row, &self.scheme, locale)?;
        let line = Entry::new(actor, now, action, "score_sheet", row.id).unit(row.unit_id);
        line.old(&before)?.new_value(&after)?.record(conn)?;
        Ok(after)
    }
}

/// The sheet and its round, if the actor may do `action` to the unit.
fn found(
    conn: &mut Conn,
    actor: &Actor,
    action: Action,
    id: i64,
) -> Result<(SheetRow, RoundRow), Error> {
    let sheet = rows::find_sheet(conn, id)?.ok_or(Error::not_found("score_sheet"))?;
    access::require_of(
        conn,
        actor,
        Action::ReadScores,
        sheet.unit_id,
        "score_sheet",
    )?;
    access::require(conn, actor, action, sheet.unit_id)?;
    let gone = || StoreError::Corrupt(format!("round {} is missing", sheet.round_id));
    let round = rows::find_round(conn, sheet.round_id)?.ok_or_else(gone)?;
    Ok((sheet, round))
}

fn facts(sheet: &SheetRow, scheme: &Scheme, locale: &str) -> Result<SheetFacts, Error> {
    let score = score_of(sheet)?;
    let lines = scheme
        .criteria
        .iter()
        .zip(score.lines)
        .map(|(criterion, line)| SheetLine {
            name: criterion.name.clone(),
            filled: line.filled(criterion, locale),
            line,
        });
    Ok(SheetFacts {
        id: sheet.id,
        round_id: sheet.round_id,
        unit: Named {
            id: sheet.unit_id,
            name: sheet.unit_name.clone(),
        },
        cluster: sheet.cluster.clone(),
        ended: sheet.ended,
        state: from_text("sheet state", &sheet.state)?,
        engine: sheet.engine,
        total: score.total,
        band: score
            .band
            .as_deref()
            .and_then(|code| scheme.band_name(code))
            .map(str::to_owned),
        rank: sheet.rank,
        lines: lines.collect(),
        floor: score.floor,
        rounding: score.rounding,
        self_assessment: sheet
            .self_assessment
            .as_deref()
            .map(|json| from_json("assessment", json))
            .transpose()?,
        review: sheet
            .review
            .as_deref()
            .map(|json| from_json("review", json))
            .transpose()?,
        hash: sheet.hash.clone(),
        version: sheet.version,
    })
}
