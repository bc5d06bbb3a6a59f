//! A scheme as people read and change it: its versions, the year before, whether it may change.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::domain::access::shown_actor;
use crate::domain::ids::UnitId;
use crate::domain::score::ScoreGroup;
use crate::domain::unit::Category;
use crate::service::core::access::{self, Action};
use crate::service::obligations::standings::Named;
use crate::service::scores::scheme_views::{SchemeView, kind_names, list_schemes, view};
use crate::service::scores::schemes::closed_by;
use crate::service::{Error, Tx};
use crate::store::scores::rounds::RoundRow;
use crate::store::scores::schemes::{self as store, SchemeRow};

/// A category's scheme of a year, with what has to be known to change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SchemeOverview {
    /// The federation.
    pub federation: Named<UnitId>,
    /// The year.
    pub year: i32,
    /// The category of the units.
    pub category: Category,
    /// The newest version; none where the category has no scheme in the year.
    pub scheme: Option<SchemeView>,
    /// All versions, newest first.
    pub versions: Vec<SchemeVersion>,
    /// The newest version of the year before.
    pub last_year: Option<SchemeView>,
    /// Whether the caller may change schemes.
    pub may_manage: bool,
    /// The published or frozen edition of the scores that closes the scheme.
    pub closed_by: Option<RoundRow>,
}

/// A version of a scheme as a line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SchemeVersion {
    /// Its number.
    pub version: i32,
    /// What it is called.
    pub title: String,
    /// Number of its document.
    pub document_number: String,
    /// Date of its document.
    pub document_date: Option<NaiveDate>,
    /// When it was saved.
    #[serde(serialize_with = "crate::domain::text::serialize_instant")]
    pub saved_at: DateTime<Utc>,
    /// By whom.
    pub saved_by: String,
}

/// The schemes of a federation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemeShelf {
    /// The federation.
    pub federation: Named<UnitId>,
    /// The newest version of each, newest year first.
    pub schemes: Vec<SchemeView>,
    /// Whether the caller may change schemes.
    pub may_manage: bool,
}

/// The schemes of a federation, in a language (`vi` or `en`).
///
/// # Errors
/// [`Error::NotFound`] for a federation that neither is the actor's nor is above the actor's unit.
pub fn scheme_shelf(tx: &mut Tx<'_>, unit_id: UnitId, locale: &str) -> Result<SchemeShelf, Error> {
    Ok(SchemeShelf {
        schemes: list_schemes(tx, unit_id, None, locale)?,
        may_manage: tx.may(Action::ManageRules, unit_id)?,
        federation: federation(tx, unit_id)?,
    })
}

/// A category's scheme of a year, in a language (`vi` or `en`).
///
/// # Errors
/// As [`scheme_shelf`].
pub fn scheme_overview(
    tx: &mut Tx<'_>,
    group: ScoreGroup,
    locale: &str,
) -> Result<SchemeOverview, Error> {
    let unit_id = group.unit_id;
    access::require_read_or_bound(tx.conn, tx.actor, Action::ReadScores, unit_id)?;
    let kinds = kind_names(tx.conn)?;
    let rows = store::of_federation(tx.conn, unit_id, Some(group.year))?;
    let mut rows: Vec<SchemeRow> = rows
        .into_iter()
        .filter(|row| *row.category == group.category)
        .collect();
    let versions = rows.iter().map(SchemeVersion::of).collect();
    let newest = (!rows.is_empty()).then(|| rows.swap_remove(0));
    let before = ScoreGroup {
        year: group.year - 1,
        ..group
    };
    let before = store::newest(tx.conn, before)?;
    Ok(SchemeOverview {
        federation: federation(tx, unit_id)?,
        year: group.year,
        category: group.category,
        scheme: newest.map(|row| view(row, &kinds, locale)),
        versions,
        last_year: before.map(|row| view(row, &kinds, locale)),
        may_manage: tx.may(Action::ManageRules, unit_id)?,
        closed_by: closed_by(tx, group)?,
    })
}

fn federation(tx: &mut Tx<'_>, id: UnitId) -> Result<Named<UnitId>, Error> {
    let unit = tx.lookups.unit(tx.conn, id)?;
    Ok(Named {
        id,
        name: unit.name.clone(),
    })
}

impl SchemeVersion {
    fn of(row: &SchemeRow) -> Self {
        Self {
            version: row.version,
            title: row.content.title.clone(),
            document_number: row.document_number.clone(),
            document_date: row.document_date,
            saved_at: *row.created_at,
            saved_by: shown_actor(&row.created_by).to_owned(),
        }
    }
}
