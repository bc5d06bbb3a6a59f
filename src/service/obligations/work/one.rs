//! One obligation, with what the reader may do about it.

use crate::domain::ids::ObligationId;
use crate::domain::obligation::{ExtensionState, Note, State};
use crate::service::core::access::Action;
use crate::service::obligations::standings::{self, ExtensionView, ObligationDetail};
use crate::service::obligations::work::history::{self, Happened};
use crate::service::{Error, Tx};
use crate::store::kinds::{self, KindRow};
use crate::store::obligations::ObligationRow;
use crate::store::views::obligations as view;

/// One obligation as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The obligation with everything behind it.
    pub detail: ObligationDetail,
    /// Names of the kinds of item that count for it.
    pub kinds: Vec<String>,
    /// What happened to it, oldest first.
    pub history: Vec<Happened>,
    /// What moved its due instant, oldest first.
    pub moved: Vec<Note>,
    /// What the reader may do.
    pub may: May,
}

/// What a reader may do about an obligation, as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct May {
    /// Hand something in for it.
    pub submit: bool,
    /// Ask for more time.
    pub ask: bool,
    /// Give more time.
    pub extend: bool,
    /// Remind of it.
    pub remind: bool,
    /// Excuse from it.
    pub exempt: bool,
    /// Decide on extensions and exemptions, however it stands.
    pub decides: bool,
}

impl Work {
    /// The extension that waits for a decision.
    pub fn asked(&self) -> Option<&ExtensionView> {
        let asked = |extension: &&ExtensionView| extension.state == ExtensionState::Asked;
        self.detail.extensions.iter().find(asked)
    }
}

/// An obligation that the reader may see.
///
/// # Errors
/// [`Error::NotFound`] if it does not exist or lies outside the actor's scope.
pub fn show(tx: &mut Tx<'_>, id: ObligationId, locale: &str) -> Result<Work, Error> {
    let scope = tx.scope();
    let row = view::find(tx.conn, &scope, id)?.ok_or(Error::not_found("obligation"))?;
    let detail = standings::detail(tx, &scope, &row, locale)?;
    let decides = tx.may(Action::Decide, row.unit_id)?;
    let acts = tx.may(Action::ActForUnit, row.unit_id)?;
    let at_home = tx.actor.homes().any(|home| home == row.unit_id);
    let takes_more = detail.obligation.takes_more(tx.now);
    let open = matches!(row.state.0, State::Open | State::Missed);
    let asked = |extension: &ExtensionView| extension.state == ExtensionState::Asked;
    let may = May {
        submit: takes_more && at_home && tx.may(Action::Submit, row.unit_id)?,
        ask: open && acts && !decides && !detail.extensions.iter().any(asked),
        extend: open && decides,
        remind: takes_more && decides,
        exempt: row.exempt_cause.is_none() && decides,
        decides,
    };
    let named = |kind: KindRow| detail.rule.kinds.contains(&kind.code).then_some(kind.name);
    Ok(Work {
        kinds: kinds::list(tx.conn)?
            .into_iter()
            .filter_map(named)
            .collect(),
        moved: moved(&row)?,
        history: history::of(&row, &detail),
        detail,
        may,
    })
}

/// What moved the due instant of an obligation.
fn moved(row: &ObligationRow) -> Result<Vec<Note>, Error> {
    let mut notes = row.explanation.read()?.notes;
    notes.retain(|note| {
        matches!(
            note,
            Note::Extended { .. } | Note::CalendarChanged { .. } | Note::EventChanged { .. }
        )
    });
    Ok(notes)
}
