//! Plans of a year: drafted, approved, put in force, ended; their rules and the versions of those.
//!
//! | file | what lives there |
//! |---|---|
//! | `read` | plans as they are read: who may see which, rules with their versions |
//! | `head` | drafting, the head with its legal basis, copying into another year |
//! | `completed` | what a form leaves to the program: titles and codes |
//! | `foresight` | what a change would lead to, before it is made |
//! | `overview` | plans as people read them: rules in words, how far they were met |
//! | `rules` | adding, changing and removing rules, in drafts and in force |
//! | `states` | approving, putting in force, ending |
//!
//! The plan is the unit of saving: every change of it or of one of its rules asks for its version
//! and counts it up by one.

mod completed;
mod foresight;
mod head;
mod overview;
mod read;
mod rules;
mod states;

pub use completed::{completed, title_of};
pub use foresight::{ForeseenRule, PlanForesight, PlanTrial, foresight};
pub use head::{change, copy, draft};
pub use overview::{
    PlanEvent, PlanOverview, PlanShelf, PlanSummary, RuleWords, VersionWords, managed, overview,
    shelf, summaries,
};
pub(crate) use read::with_rules;
pub use read::{PlanQuery, PlanWithRules, RuleWithVersions, get, list};
pub use rules::{
    ChangeRule, NewRule, RuleRef, add_rule, add_to, change_in, change_rule, remove_rule, writable,
};
pub(crate) use states::begin;
pub use states::{approve, end, put_in_force, reopen};

use crate::domain::ids::PlanId;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::plans::{self, PlanRow};

loadable!(PlanRow: PlanId, "plan", plans::find, unit_id);

/// The plan, if the actor may manage its rules and nobody saved it since the version expected.
fn manageable(tx: &mut Tx<'_>, id: PlanId, expected: Option<i32>) -> Result<PlanRow, Error> {
    match tx.load(id, Action::ManageRules, expected) {
        // those bound by a plan see it, but not the unit that it belongs to
        Err(Error::NotFound { .. }) => {
            read::visible(tx, id)?;
            Err(Error::Forbidden)
        }
        loaded => loaded,
    }
}

fn save(tx: &mut Tx<'_>, row: PlanRow) -> Result<PlanRow, Error> {
    let row = PlanRow {
        version: row.version + 1,
        updated_at: tx.now.into(),
        ..row
    };
    if plans::update(tx.conn, &row)? {
        Ok(row)
    } else {
        Err(Error::Stale)
    }
}
