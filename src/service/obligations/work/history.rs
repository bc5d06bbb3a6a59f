//! What happened to an obligation, in order of time.

use chrono::{DateTime, FixedOffset};

use crate::domain::obligation::{ExtensionState, State};
use crate::domain::text;
use crate::service::obligations::standings::{ExtensionView, ObligationDetail};
use crate::store::obligations::ObligationRow;

/// Something that happened to an obligation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: DateTime<FixedOffset>,
    /// What.
    pub what: What,
    /// Who did it; none for what follows from rules.
    pub by: Option<String>,
    /// What they wrote: a reason; of an item, its title.
    pub text: Option<String>,
    /// The instant that it speaks of.
    pub until: Option<DateTime<FixedOffset>>,
}

crate::text_enum! {
    /// What can happen to an obligation.
    pub enum What {
        /// It was opened.
        Opened,
        /// Something arrived that credits it.
        Arrived,
        /// More time was asked for.
        Asked,
        /// More time was given.
        Granted,
        /// More time was refused.
        Refused,
        /// It was settled in time.
        MetOnTime,
        /// It was settled late.
        MetLate,
        /// It was missed.
        Missed,
        /// Somebody was excused from it.
        Exempt,
    }
}

impl Happened {
    fn new(at: DateTime<FixedOffset>, what: What) -> Self {
        Self {
            at,
            what,
            by: None,
            text: None,
            until: None,
        }
    }
}

/// What happened to an obligation, oldest first.
pub(super) fn of(row: &ObligationRow, detail: &ObligationDetail) -> Vec<Happened> {
    let mut all = vec![Happened::new(text::local(row.opened_at.0), What::Opened)];
    all.extend(detail.credits.iter().map(|credit| Happened {
        text: Some(credit.title.clone()),
        ..Happened::new(credit.arrived_at, What::Arrived)
    }));
    all.extend(detail.extensions.iter().flat_map(extension));
    all.extend(settled(detail));
    all.extend(detail.exemption.as_ref().map(|exemption| Happened {
        by: Some(exemption.decided_by.clone()),
        text: Some(exemption.reason.clone()),
        ..Happened::new(exemption.at, What::Exempt)
    }));
    // what happened at the same instant stays in the order in which it follows
    all.sort_by_key(|happened| happened.at);
    all
}

fn settled(detail: &ObligationDetail) -> Option<Happened> {
    let what = match detail.obligation.state {
        State::MetOnTime => What::MetOnTime,
        State::MetLate => What::MetLate,
        State::Missed => What::Missed,
        State::Open | State::AwaitingReview | State::Exempt => return None,
    };
    Some(Happened::new(detail.obligation.decided_at?, what))
}

/// What was asked for, and what was decided.
fn extension(extension: &ExtensionView) -> impl Iterator<Item = Happened> {
    let decided = extension.decided_at.and_then(|at| {
        let what = match extension.state {
            ExtensionState::Asked => return None,
            ExtensionState::Granted => What::Granted,
            ExtensionState::Refused => What::Refused,
        };
        let given = extension.decision_reason.clone();
        let reason = given.unwrap_or_else(|| extension.reason.clone());
        Some(Happened {
            by: extension.decided_by.clone(),
            text: Some(reason),
            until: Some(extension.until),
            ..Happened::new(at, what)
        })
    });
    // who gives more time unasked asks and decides at once
    let unasked = extension.decided_at == Some(extension.asked_at)
        && extension.decided_by.as_ref() == Some(&extension.asked_by);
    let asked = (!unasked).then(|| Happened {
        by: Some(extension.asked_by.clone()),
        text: Some(extension.reason.clone()),
        until: Some(extension.until),
        ..Happened::new(extension.asked_at, What::Asked)
    });
    asked.into_iter().chain(decided)
}
