//! A unit's score down to the obligations and items that made it.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, Utc};
use serde::Serialize;

use crate::domain::access::Actor;
use crate::domain::obligation::State;
use crate::domain::score::{Criterion, KindNames, Line, Measure, Points, formula, selection};
use crate::domain::text::local_due;
use crate::domain::unit::Category;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::lookups::Lookups;
use crate::service::obligations::naming::Names;
use crate::service::obligations::standings::Named;
use crate::service::scores::board::{Board, SchemeRef, Scored, Wanted};
use crate::service::scores::schemes::{Slot, kind_names};
use crate::service::{App, Error};
use crate::store::obligations::{self, CreditRow};
use crate::store::scores::titles;
use crate::store::{Conn, units};

/// A unit's score, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UnitScore {
    /// The unit.
    pub unit: Named,
    /// The year.
    pub year: i32,
    /// Its category.
    pub category: Category,
    /// Its emulation cluster.
    pub cluster: Option<String>,
    /// Not published: obligations closed so far, subject to change.
    pub provisional: bool,
    /// As of this instant.
    pub as_of: DateTime<FixedOffset>,
    /// The scheme.
    pub scheme: SchemeRef,
    /// The total; none if nothing could be scored.
    pub total: Option<Points>,
    /// Name of the band.
    pub band: Option<String>,
    /// Its rank within category and cluster; none without a total, and for a unit that ended.
    pub rank: Option<u32>,
    /// One for each criterion, in the scheme's order.
    pub lines: Vec<LineView>,
    /// What is added where penalties would bring the total below zero.
    pub floor: Points,
    /// What rounding each line for itself leaves over.
    pub rounding: Points,
}

/// A criterion, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LineView {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// The group that it is read in.
    pub group: Option<String>,
    /// How it is computed.
    pub measure: Measure,
    /// What it gives at most; for bonus and penalty see the formula.
    pub max: Points,
    /// What it looks at, in words.
    pub selection: String,
    /// The formula in words.
    pub formula: String,
    /// The formula with its numbers.
    pub filled: String,
    /// Whether it applies.
    pub applies: bool,
    /// Its own points.
    pub points: Points,
    /// What it computes to, where a mark replaces that.
    pub computed: Option<Points>,
    /// What it adds to the total.
    pub counted: Points,
    /// The obligations behind it, in order of their due instant.
    pub obligations: Vec<OwedRef>,
    /// The items behind it, for criteria over items.
    pub items: Vec<ItemRef>,
}

/// An obligation behind a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OwedRef {
    /// Its id.
    pub id: i64,
    /// What it is called.
    pub title: String,
    /// When it was due, for people.
    pub due_text: String,
    /// What became of it.
    pub state: State,
    /// How many were owed.
    pub required: u32,
    /// How many counted.
    pub done: u32,
    /// The items that credit it, in order of arrival.
    pub items: Vec<ItemRef>,
}

/// An item behind a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ItemRef {
    /// Its id.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub kind: String,
    /// What it is worth to the obligation: counted, late, surplus…; none for criteria over items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// A unit's score: the published one, or provisional as of an instant.
///
/// # Errors
/// An instant to come or outside the year; [`Error::NotFound`] for a unit that the actor may not
/// see, without a scheme, or for a unit that did not exist in the year.
pub fn of_unit(
    app: &App,
    actor: &Actor,
    (unit_id, year): (i64, i32),
    at: Option<DateTime<Utc>>,
    (now, locale): (DateTime<Utc>, &str),
) -> Result<UnitScore, Error> {
    app.store.read(|conn| {
        access::require(conn, actor, Action::ReadScores, unit_id)?;
        let unit = units::find(conn, unit_id)?.ok_or(Error::not_found("unit"))?;
        let category = *unit.category;
        let slot = Slot {
            unit_id: unit.federation_id,
            year,
            category,
        };
        let board = Board::read(conn, app, Wanted { slot, at }, now)?;
        let own = board
            .scored
            .iter()
            .find(|one| one.unit.id == unit_id)
            .ok_or(Error::not_found("unit"))?;
        let kinds = kind_names(conn)?;
        let behind = Behind::read(conn, app, own, locale)?;
        let lines = board.scheme.criteria.iter().zip(&own.score.lines);
        Ok(UnitScore {
            lines: lines
                .map(|(criterion, line)| view(criterion, line, &behind, &kinds, locale))
                .collect(),
            unit: Named {
                id: unit_id,
                name: own.unit.name.clone(),
            },
            year,
            category,
            cluster: own.unit.cluster.clone(),
            provisional: board.provisional,
            as_of: board.as_of(),
            scheme: board.scheme_ref(),
            total: own.score.total,
            band: own
                .score
                .band
                .as_deref()
                .and_then(|code| board.scheme.band_name(code))
                .map(str::to_owned),
            rank: own.rank,
            floor: own.score.floor,
            rounding: own.score.rounding,
        })
    })
}

fn view(
    criterion: &Criterion,
    line: &Line,
    behind: &Behind,
    kinds: &KindNames,
    locale: &str,
) -> LineView {
    LineView {
        code: criterion.code.clone(),
        name: criterion.name.clone(),
        group: criterion.group.clone(),
        measure: criterion.measure,
        max: criterion.points,
        selection: selection(criterion, kinds, locale),
        formula: formula(criterion, locale),
        filled: line.filled(criterion, locale),
        applies: line.applies,
        points: line.points,
        computed: line.computed,
        counted: line.counted,
        obligations: behind
            .ordered
            .iter()
            .filter(|owed| line.obligations.contains(&owed.id))
            .cloned()
            .collect(),
        items: line
            .items
            .iter()
            .filter_map(|id| behind.item(*id, None))
            .collect(),
    }
}

/// The obligations and items behind a unit's lines, by name.
struct Behind {
    /// In order of the due instant.
    ordered: Vec<OwedRef>,
    titles: HashMap<i64, (String, String)>,
}

impl Behind {
    fn read(conn: &mut Conn, app: &App, own: &Scored, locale: &str) -> Result<Self, Error> {
        let ids: Vec<i64> = own.inputs.obligations.iter().map(|owed| owed.id).collect();
        let credits = obligations::credits(conn, &ids)?;
        let mut items: Vec<i64> = credits
            .values()
            .flatten()
            .map(|credit| credit.item_id)
            .collect();
        items.extend(own.inputs.items.iter().map(|item| item.id));
        items.sort_unstable();
        items.dedup();
        let mut behind = Self {
            ordered: Vec::new(),
            titles: titles(conn, &items)?,
        };
        let found = obligations::find_many(conn, &ids)?;
        let mut lookups = Lookups::new(app);
        let names = Names::of(conn, &mut lookups, found.values())?;
        let mut ordered = Vec::with_capacity(ids.len());
        for owed in &own.inputs.obligations {
            let Some(row) = found.get(&owed.id) else {
                continue;
            };
            let credits = credits.get(&owed.id).map_or(&[][..], Vec::as_slice);
            let named =
                |credit: &CreditRow| behind.item(credit.item_id, Some(credit.status.as_str()));
            let owed = OwedRef {
                id: owed.id,
                title: names.title(conn, &mut lookups, row, locale)?,
                due_text: local_due(row.due_at.0),
                state: owed.state,
                required: owed.required,
                done: owed.done,
                items: credits.iter().filter_map(named).collect(),
            };
            ordered.push((row.due_at, owed));
        }
        ordered.sort_by_key(|(due_at, owed)| (*due_at, owed.id));
        behind.ordered = ordered.into_iter().map(|(_, owed)| owed).collect();
        Ok(behind)
    }

    fn item(&self, id: i64, status: Option<&str>) -> Option<ItemRef> {
        let (title, kind) = self.titles.get(&id)?.clone();
        Some(ItemRef {
            id,
            title,
            kind,
            status: status.map(str::to_owned),
        })
    }
}
