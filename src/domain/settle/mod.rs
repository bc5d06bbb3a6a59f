//! Settling: a pure fold over everything that was handed in, the terms as they were opened, and an
//! instant. Nothing is ever incremented: withdrawal, maxima, late review, back-dated arrivals,
//! carried surplus all fold again.
//!
//! Obligations of one rule and subject form a chain in order of time; mostly each link stands
//! alone. Two things tie neighbours: an item that arrives in the extra time of one (an extension of
//! a quota, the late days of a report) credits it until it is met, then its own period, never both;
//! and under the policy `carry` the surplus of earlier links fills what later ones lack. What is
//! excused owes nothing: it takes no item from its neighbours, and all that arrived in its window is
//! surplus.

use chrono::{DateTime, Utc};

use super::obligation::State;
use super::policy::Carry;
use crate::domain::ids::ItemId;
mod link;
mod terms;

use link::Link;
use terms::Place;
pub use terms::{Excused, Terms};

/// An item that may settle something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The item.
    pub item_id: ItemId,
    /// Its arrival.
    pub arrived_at: DateTime<Utc>,
    /// What became of it.
    pub fate: Fate,
}

/// What became of an item, as far as settling cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Published at this instant.
    Published(DateTime<Utc>),
    /// Nobody has decided yet.
    Pending,
    /// Returned for changes; holds its place until this instant.
    Returned(DateTime<Utc>),
    /// Rejected or withdrawn.
    Void,
}

crate::text_enum! {
    /// What an item is worth to an obligation; stored with the credit.
    pub enum CreditStatus {
        /// It counts.
        Counted,
        /// It holds a place until an editor decides.
        Pending,
        /// Beyond the maximum, or moved on to a later period.
        Surplus,
        /// Surplus of an earlier period that counts here.
        Carried,
        /// It arrived after the due instant.
        Late,
        /// Rejected, withdrawn, or returned and not handed in again in time.
        Void,
    }
}

/// One item's credit to one obligation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit {
    /// The item.
    pub item_id: ItemId,
    /// Its arrival.
    pub arrived_at: DateTime<Utc>,
    /// What it is worth.
    pub status: CreditStatus,
}

/// How an obligation stands after the fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its state.
    pub state: State,
    /// When that was decided; absent while open.
    pub decided_at: Option<DateTime<Utc>>,
    /// Items that arrived and hold a place.
    pub arrived: u32,
    /// Those of them that are published.
    pub published: u32,
    /// What counts by the terms.
    pub done: u32,
    /// Every candidate's credit, in order of arrival.
    pub credits: Vec<Credit>,
    /// The next instant at which time alone may change the outcome.
    pub next_at: Option<DateTime<Utc>>,
}

/// Settles one obligation that nothing ties to its neighbours.
pub fn settle(terms: &Terms, candidates: &[Candidate], now: DateTime<Utc>) -> Outcome {
    let mut outcomes = settle_chain(std::slice::from_ref(terms), candidates, now);
    outcomes
        .pop()
        .unwrap_or_else(|| Link::new(terms, Vec::new(), now).outcome())
}

/// Settles the obligations of one rule and subject, `chain` in order of time, over all `candidates`
/// that may concern any of them.
pub fn settle_chain(chain: &[Terms], candidates: &[Candidate], now: DateTime<Utc>) -> Vec<Outcome> {
    let mut sorted = candidates.to_vec();
    sorted.sort_by_key(|candidate| (candidate.arrived_at, candidate.item_id));
    let mut taken = vec![false; sorted.len()];
    let mut surplus: Vec<(usize, usize)> = Vec::new();
    let mut links: Vec<Link<'_>> = Vec::with_capacity(chain.len());
    for (index, terms) in chain.iter().enumerate() {
        let mut own = Vec::new();
        let mut holding = 0;
        for (candidate, taken) in sorted.iter().zip(&mut taken).filter(|(_, taken)| !**taken) {
            let place = terms.place(candidate.arrived_at);
            let wanted = match place {
                Place::Outside => false,
                Place::Window => true,
                Place::ExtraTime => holding < terms.owed(),
            };
            if wanted {
                *taken = true;
                holding += u32::from(candidate.holds_place(now));
                own.push(*candidate);
            }
        }
        let mut link = Link::new(terms, own, now);
        if terms.carry == Carry::WithinYear {
            link.fill_from(&mut surplus, &mut links);
            let spare = link.spare();
            surplus.extend(spare.into_iter().map(|credit| (index, credit)));
        }
        links.push(link);
    }
    links.into_iter().map(Link::outcome).collect()
}

#[cfg(test)]
mod tests;
