//! A unit's forecast for the periods that are open now.

use serde::Serialize;

use crate::domain::ids::{ObligationId, RuleVersionId, UnitId};
use crate::domain::policy::Carry;
use crate::domain::score::{
    OpenQuota, Points, QuotaForecast, QuotaNeed, ScoredObligation, UnitYear,
    forecast as domain_forecast,
};
use crate::domain::text::local_due;
use crate::service::obligations::naming::Names;
use crate::service::obligations::standings::Named;
use crate::service::scores::explain::readable_unit;
use crate::service::scores::scoreboard::Scoreboard;
use crate::service::{Error, Tx};
use crate::store::kinds;
use crate::store::obligations::ObligationRow;
use crate::store::scores::inputs as store;
use crate::store::types::At;

/// A unit's forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ScoreForecast {
    /// The unit.
    pub unit: Named<UnitId>,
    /// The year.
    pub year: i32,
    /// As of this instant.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: At,
    /// The provisional total of what is closed.
    pub total: Option<Points>,
    /// The total if the open quotas end as today's pace suggests.
    pub projected_total: Option<Points>,
    /// Name of the band that belongs to it.
    pub projected_band: Option<String>,
    /// The open quotas, in order of their due instant.
    pub quotas: Vec<QuotaOutlook>,
    /// What leads to a better band than that of the items that have arrived; `null` if the open
    /// quotas are not enough for it.
    pub next_band: Option<NextBand>,
}

/// An open quota at today's pace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct QuotaOutlook {
    /// The obligation.
    pub id: ObligationId,
    /// What it is called.
    pub title: String,
    /// When it is due, for people.
    pub due_text: String,
    /// How many are owed.
    pub required: u32,
    /// How many have arrived so far.
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

/// A unit's forecast.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see, without a scheme, or for a unit that
/// does not exist in the year.
pub fn forecast(tx: &mut Tx<'_>, unit: UnitYear, locale: &str) -> Result<ScoreForecast, Error> {
    let (row, group) = readable_unit(tx, unit)?;
    let board = Scoreboard::unranked(tx, group, unit.unit_id)?;
    let sheet = board.sheet_of(unit.unit_id)?;
    let scheme = &board.scheme.content;
    let rows = store::open_quotas(tx.conn, unit.unit_id, unit.year, tx.now)?;
    let names = Names::of(tx, rows.iter())?;
    let open = open_quotas(tx, &rows)?;
    let forecast = domain_forecast(scheme, &sheet.inputs, &open);
    let mut quotas = Vec::with_capacity(rows.len());
    for (row, quota) in rows.iter().zip(&forecast.quotas) {
        let title = names.title(tx, row, locale)?;
        quotas.push(outlook(row, *quota, title)?);
    }
    Ok(ScoreForecast {
        unit: Named {
            id: row.id,
            name: row.name,
        },
        year: unit.year,
        as_of: At(board.at),
        total: sheet.score.total,
        projected_total: forecast.score.total,
        projected_band: scheme.band_name(&forecast.score),
        quotas,
        next_band: forecast.need.map(|need| NextBand {
            band: need.band.name,
            items: need.quotas.iter().map(|quota| quota.items).sum(),
            quotas: need.quotas,
        }),
    })
}

fn outlook(
    row: &ObligationRow,
    forecast: QuotaForecast,
    title: String,
) -> Result<QuotaOutlook, Error> {
    Ok(QuotaOutlook {
        id: row.id,
        title,
        due_text: local_due(row.due_at.0),
        required: u32::try_from(row.required).unwrap_or_default(),
        arrived: u32::try_from(row.arrived).unwrap_or_default(),
        projected: forecast.projected,
        met: forecast.met,
    })
}

/// The open quotas, with what has arrived for each as its number of items.
fn open_quotas(tx: &mut Tx<'_>, rows: &[ObligationRow]) -> Result<Vec<OpenQuota>, Error> {
    let kinds = kinds::list(tx.conn)?.into_iter();
    let in_depth: Vec<String> = kinds
        .filter(|kind| kind.in_depth)
        .map(|kind| kind.code)
        .collect();
    let versions: Vec<RuleVersionId> = rows.iter().map(|row| row.rule_version_id).collect();
    let codes = store::rule_codes(tx.conn, &versions)?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let content = tx.lookups.content(tx.conn, row.rule_version_id)?;
        let code = codes.get(&row.rule_version_id);
        let owed = ScoredObligation {
            id: row.id,
            rule: code.cloned().unwrap_or_default(),
            kind: row.kind.0,
            item_kinds: content.kinds.clone(),
            period: row.period.map(|kind| kind.0),
            state: row.state.0,
            required: u32::try_from(row.required).unwrap_or_default(),
            done: u32::try_from(row.arrived).unwrap_or_default(),
            carries: tx.lookups.opened_with(&row.policy)?.carry == Carry::WithinYear,
        };
        let (opened_at, due_at) = (row.window_from.0, row.due_at.0);
        all.push(OpenQuota {
            in_depth: content.kinds.iter().all(|kind| in_depth.contains(kind)),
            ..OpenQuota::new(owed, opened_at, due_at, tx.now)
        });
    }
    Ok(all)
}
