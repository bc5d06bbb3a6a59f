//! The states of an item, and as a table the steps that lead from one to the next.

use chrono::{DateTime, Utc};

crate::text_enum! {
    /// Where an item stands. Stored, but for [`ItemState::InReview`]: that is what is at the editorial
    /// board while an editor has taken it, so that it counts as it counted before.
    pub enum ItemState {
        /// Handed in: before the unit's leader, or at the editorial board where the unit's policy asks
        /// for no approval.
        Submitted,
        /// Approved by the unit's leader, at the editorial board.
        Approved,
        /// At the editorial board, and an editor works on it.
        InReview,
        /// Published; kinds that pass no review are so on arrival.
        Published,
        /// Back at the unit, for changes.
        Returned,
        /// Refused by the editorial board.
        Rejected,
        /// Taken back.
        Withdrawn,
    }
}

crate::text_enum! {
    /// What is done to an item.
    pub enum ItemAction {
        /// It is handed in; only what does not exist yet can be.
        Submit,
        /// An editor records one that came outside this program.
        Record,
        /// The unit's leader approves it: it reaches the editorial board.
        Approve,
        /// An editor takes it into review, from another editor as well.
        Take,
        /// The editor who reviews it gives it back.
        GiveBack,
        /// An editor publishes it.
        Publish,
        /// It goes back for changes; at the board it keeps its arrival for some days.
        Return,
        /// An editor finds it incomplete: its next arrival counts.
        FindIncomplete,
        /// An editor refuses it.
        Reject,
        /// The unit hands it in again.
        Resubmit,
        /// It is taken back.
        Withdraw,
        /// Its text, kind, authors or event are corrected.
        Change,
        /// An editor marks its quality.
        Grade,
        /// An editor corrects when it arrived.
        CorrectArrival,
    }
}

/// The people who can be allowed to do something to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// People who hand in for the unit.
    Unit,
    /// The unit's leader.
    Leader,
    /// An editor.
    Board,
}

/// Where an item stands, and with whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stand {
    /// Its state.
    pub state: ItemState,
    /// Whether the editorial board has it to decide; only what is submitted or approved can be
    /// there.
    pub at_board: bool,
}

impl Stand {
    /// The people allowed to do `action` here and the state that follows; `None` = nobody can.
    pub const fn step(self, action: ItemAction) -> Option<(By, ItemState)> {
        use ItemAction as A;
        use ItemState as S;
        match (self.state, self.at_board, action) {
            // with the unit's leader
            (S::Submitted, false, A::Approve) => Some((By::Leader, S::Approved)),
            (S::Submitted, false, A::Return) => Some((By::Leader, S::Returned)),
            (S::Submitted, false, A::Change) => Some((By::Unit, S::Submitted)),
            // at the editorial board
            (S::Submitted | S::Approved, true, A::Publish) => Some((By::Board, S::Published)),
            (S::Submitted | S::Approved, true, A::Return | A::FindIncomplete) => {
                Some((By::Board, S::Returned))
            }
            (S::Submitted | S::Approved, true, A::Reject) | (S::Returned, _, A::Reject) => {
                Some((By::Board, S::Rejected))
            }
            (
                S::Submitted | S::Approved,
                true,
                A::Take | A::GiveBack | A::Change | A::CorrectArrival,
            ) => Some((By::Board, self.state)),
            // back at the unit
            (S::Returned, _, A::Resubmit) => Some((By::Unit, S::Submitted)),
            (S::Returned, _, A::Change) => Some((By::Unit, S::Returned)),
            (S::Returned, _, A::CorrectArrival) => Some((By::Board, S::Returned)),
            // settled
            (S::Published, _, A::Grade | A::Change | A::CorrectArrival) => {
                Some((By::Board, S::Published))
            }
            (S::Published, _, A::Withdraw) => Some((By::Board, S::Withdrawn)),
            (S::Submitted | S::Approved | S::Returned, _, A::Withdraw) => {
                Some((By::Unit, S::Withdrawn))
            }
            _ => None,
        }
    }
}

crate::text_enum! {
    /// Who reviews an item, as seen by somebody who would take a step.
    pub enum Review {
        /// Nobody.
        Nobody,
        /// They themselves.
        Own,
        /// Another editor.
        Other,
    }
}

impl Review {
    /// Whether the review leaves room for `action`: what another editor works on is decided by nobody
    /// else, but can be taken over.
    pub fn admits(self, action: ItemAction) -> bool {
        use ItemAction as A;
        let of_another = matches!(
            action,
            A::Publish | A::Return | A::FindIncomplete | A::Reject | A::Change
        );
        match self {
            Self::Nobody => action != A::GiveBack,
            Self::Own => action != A::Take,
            Self::Other => !of_another && action != A::GiveBack,
        }
    }
}

/// When an item was returned for the changes that it is held for now, by the steps that it went
/// through: what was done, the state that followed, and when.
pub fn held_since(
    steps: impl IntoIterator<Item = (ItemAction, ItemState, DateTime<Utc>)>,
) -> Option<DateTime<Utc>> {
    let mut since = None;
    for (action, state, at) in steps {
        since = match (action, state) {
            (ItemAction::FindIncomplete, _) => None,
            (ItemAction::Return, _) => since.or(Some(at)),
            (_, ItemState::Submitted | ItemState::Returned) => since,
            _ => None,
        };
    }
    since
}
