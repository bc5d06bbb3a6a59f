//! Obligations: opened by plans and events, settled by folding, changed by facts.
//!
//! | file | what lives there |
//! |---|---|
//! | `terms` | between stored rows and the domain's terms |
//! | `fold` | loads what was handed in, folds, writes credits and states |
//! | `arrivals` | the items that obligations are settled by |
//! | `replay` | facts as they stood at an instant of the past |
//! | `ladder` | the ladder of an obligation, and the next instant at which anything happens to it |
//! | `open` | what plans ask for, opened: periods, subjects, rows |
//! | `share` | who owes, and the share of a quota that falls to them |
//! | `deadlines` | what an event asks for, computed |
//! | `events` | the same, opened, moved and excused |
//! | `changes` | facts that reach obligations: items, units, people, calendars |
//! | `moves` | which due instants a changed calendar would move |
//! | `lives` | units and people come, move and go |
//! | `life` | the terms of one obligation follow the dates of its subject |
//! | `personal` | the same of what people owe, after a change of posts or roles |
//! | `naming` | what they are called where people read |
//! | `decide` | extensions |
//! | `exemptions` | who is excused from what |
//! | `ahead` | exemptions for whole periods, also ahead of them |
//! | `work` | what a reader has to do, as pages show it |
//! | `standings` | what readers see: lists, details, who is late |

pub mod ahead;
pub mod standings;
pub mod work;

mod arrivals;
pub mod changes;
mod deadlines;
pub mod decide;
pub mod events;
pub mod exemptions;
mod fold;
mod ladder;
mod life;
pub(crate) mod lives;
pub(crate) mod moves;
pub mod naming;
pub mod open;
pub(crate) mod personal;
mod replay;
mod share;
mod terms;

pub(crate) use deadlines::deadlines as wanted;
pub(crate) use events::event_policy;
pub(crate) use fold::{Change, Folded, Record, Schedule, credited_at, fold_at, fold_on_calendars};
pub(crate) use ladder::{
    LadderStep, LastLadder, ladder, next_step, steps_done_until, told_of_move,
};
pub(crate) use replay::items_at;
pub(crate) use terms::candidate;
