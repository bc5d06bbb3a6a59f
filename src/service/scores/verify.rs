//! Whether frozen sheets are what they were: their hash, and their points computed again from what
//! they store.

use crate::domain::access::Actor;
use crate::domain::score::{Points, RoundState, Sealed, Unsound, verify as unseal};
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::scores::stored::{inputs_of, score_of};
use crate::service::{App, Error};
use crate::store::score_rounds::{self as rows, SheetRow};

/// What was found about a frozen sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Its id.
    pub sheet_id: i64,
    /// The unit's name as shown.
    pub unit_name: String,
    /// The category.
    pub category: String,
    /// The edition.
    pub edition: i32,
    /// What is wrong; `None` = nothing.
    pub unsound: Option<Unsound>,
}

/// Looks at every frozen sheet of a year.
///
/// # Errors
/// [`Error::Forbidden`]; the database's own.
pub fn verify(app: &App, actor: &Actor, year: i32) -> Result<Vec<Verdict>, Error> {
    access::require_by_any_role(actor, Action::ReadScores)?;
    app.store.read(|conn| {
        let mut all = Vec::new();
        for round in rows::rounds(conn, None, year)?
            .into_iter()
            .filter(|row| row.state == RoundState::Frozen.as_str())
        {
            for sheet in rows::sheets(conn, round.id)? {
                all.push(Verdict {
                    unsound: judge(&sheet).err(),
                    sheet_id: sheet.id,
                    unit_name: sheet.unit_name,
                    category: round.category.clone(),
                    edition: round.edition,
                });
            }
        }
        Ok(all)
    })
}

fn judge(sheet: &SheetRow) -> Result<(), Unsound> {
    let (text, hash) = sheet
        .sealed
        .as_deref()
        .zip(sheet.hash.as_deref())
        .ok_or(Unsound::Hash)?;
    let sealed = unseal(text, hash)?;
    if shown(sheet, &sealed) {
        Ok(())
    } else {
        Err(Unsound::Columns)
    }
}

/// Whether the columns that readers are shown say what is sealed.
fn shown(sheet: &SheetRow, sealed: &Sealed) -> bool {
    sheet.total == sealed.score.total.map(Points::as_hundredths)
        && (sheet.rank, sheet.unit_id) == (sealed.rank, sealed.unit_id)
        && (&sheet.unit_name, &sheet.cluster) == (&sealed.unit_name, &sealed.cluster)
        && score_of(sheet).is_ok_and(|score| score == sealed.score)
        && inputs_of(sheet).is_ok_and(|inputs| inputs == sealed.inputs)
}
