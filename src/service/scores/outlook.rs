//! A unit's forecast for the periods that are open now.

use chrono::{DateTime, FixedOffset, Utc};
use serde::Serialize;

use crate::domain::access::Actor;
use crate::domain::obligation::ObligationKind;
use crate::domain::score::{OpenQuota, Owed, Points, forecast};
use crate::domain::text::local_due;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::lookups::Lookups;
use crate::service::obligations::kind_of;
use crate::service::obligations::naming::Names;
use crate::service::obligations::standings::Named;
use crate::service::scores::board::{Board, Wanted};
use crate::service::scores::schemes::Slot;
use crate::service::{App, Error};
use crate::store::obligations::ObligationRow;
use crate::store::scores;
use crate::store::types::{from_text, instant, micros};
use crate::store::{Conn, kinds, units};

/// A unit's forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ScoreForecast {
    /// The unit.
    pub unit: Named,
    /// The year.
    pub year: i32,
    /// As of this instant.
    pub as_of: DateTime<FixedOffset>,
    /// The provisional total of what is closed.
    pub total: Option<Points>,
    /// The total if the open quotas end as today's pace says.
    pub projected_total: Option<Points>,
    /// Name of the band that goes with it.
    pub projected_band: Option<String>,
    /// The open quotas, in order of their due instant.
    pub quotas: Vec<QuotaOutlook>,
    /// What leads to a better band than that of the items that have arrived; `null` if the open
    /// quotas can't.
    pub next_band: Option<NextBand>,
}

/// An open quota at today's pace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct QuotaOutlook {
    /// The obligation.
    pub id: i64,
    /// What it is called.
    pub title: String,
    /// When it is due, for people.
    pub due_text: String,
    /// How many are owed.
    pub required: u32,
    /// How many arrived so far.
    pub arrived: u32,
    /// How many will have arrived by the end.
    pub projected: u32,
    /// Whether that is enough.
    pub met: bool,
}

/// What leads to a better band.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NextBand {
    /// The band's name.
    pub band: String,
    /// How many more items in all.
    pub items: u32,
    /// For which obligations.
    pub quotas: Vec<QuotaNeed>,
}

/// Items that an obligation still needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct QuotaNeed {
    /// The obligation.
    pub id: i64,
    /// How many.
    pub items: u32,
}

/// A unit's forecast at `now`.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see, without a scheme, or for a unit that
/// does not exist in the year.
pub fn outlook(
    app: &App,
    actor: &Actor,
    (unit_id, year): (i64, i32),
    (now, locale): (DateTime<Utc>, &str),
) -> Result<ScoreForecast, Error> {
    app.store.read(|conn| {
        access::require(conn, actor, Action::ReadScores, unit_id)?;
        let unit = units::find(conn, unit_id)?.ok_or(Error::not_found("unit"))?;
        let slot = Slot {
            unit_id: unit.federation_id,
            year,
            category: *unit.category,
        };
        let board = Board::computed(conn, app, Wanted { slot, at: None }, now)?;
        let own = board
            .scored
            .iter()
            .find(|one| one.unit.id == unit_id)
            .ok_or(Error::not_found("unit"))?;
        let rows: Vec<ObligationRow> = scores::open_quotas(conn, unit_id, year, micros(now))?;
        let mut lookups = Lookups::new(app);
        let names = Names::of(conn, &mut lookups, rows.iter())?;
        let open = open_quotas(conn, &mut lookups, &rows, now)?;
        let foreseen = forecast(&board.scheme, &own.inputs, &open);
        let mut quotas = Vec::with_capacity(rows.len());
        for ((row, quota), outlook) in rows.iter().zip(&open).zip(&foreseen.outlooks) {
            quotas.push(QuotaOutlook {
                id: row.id,
                title: names.title(conn, &mut lookups, row, locale)?,
                due_text: local_due(instant(row.due_at)?),
                required: quota.owed.required,
                arrived: quota.owed.done,
                projected: outlook.projected,
                met: outlook.met,
            });
        }
        let name = |code: &str| board.scheme.band_name(code).unwrap_or(code).to_owned();
        Ok(ScoreForecast {
            unit: Named {
                id: unit_id,
                name: unit.name,
            },
            year,
            as_of: board.as_of(),
            total: own.score.total,
            projected_total: foreseen.score.total,
            projected_band: foreseen.score.band.as_deref().map(name),
            quotas,
            next_band: foreseen.need.map(|need| NextBand {
                band: name(&need.band),
                items: need.items.iter().map(|(_, items)| items).sum(),
                quotas: need
                    .items
                    .into_iter()
                    .map(|(id, items)| QuotaNeed { id, items })
                    .collect(),
            }),
        })
    })
}

fn open_quotas(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    rows: &[ObligationRow],
    now: DateTime<Utc>,
) -> Result<Vec<OpenQuota>, Error> {
    let in_depth: Vec<String> = kinds::list(conn)?
        .into_iter()
        .filter(|kind| kind.in_depth)
        .map(|kind| kind.code)
        .collect();
    let versions: Vec<i64> = rows.iter().map(|row| row.rule_version_id).collect();
    let codes = scores::rule_codes(conn, &versions)?;
    let seconds = |from: i64, to: i64| {
        u64::try_from((to - from) / 1_000_000)
            .unwrap_or_default()
            .max(1)
    };
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let kind: ObligationKind = kind_of(row)?;
        let item_kinds = lookups.content(conn, row.rule_version_id)?.kinds.clone();
        let length = seconds(row.window_from, row.due_at);
        all.push(OpenQuota {
            in_depth: item_kinds.iter().all(|kind| in_depth.contains(kind)),
            elapsed: seconds(row.window_from, micros(now)).min(length),
            length,
            owed: Owed {
                id: row.id,
                rule: codes.get(&row.rule_version_id).cloned().unwrap_or_default(),
                kind,
                item_kinds,
                period: row
                    .period
                    .as_deref()
                    .map(|period| from_text("period", period))
                    .transpose()?,
                state: from_text("obligation state", &row.state)?,
                required: u32::try_from(row.required).unwrap_or_default(),
                done: u32::try_from(row.arrived).unwrap_or_default(),
            },
        });
    }
    Ok(all)
}
