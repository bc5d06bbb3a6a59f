//! Settling: a pure fold over everything that was handed in, the terms as they were opened, and an
//! instant. Nothing is ever incremented: withdrawal, maxima, late review, back-dated arrivals,
//! carried surplus all fold again.
//!
//! Obligations of one rule and subject form a chain in order of time; mostly each link stands
//! alone. Two things tie neighbours: an item that arrives in the extra time of one (an extension of
//! a quota, the late days of a report) credits it until it is met, then its own period, never both;
//! and under the policy `carry` the surplus of earlier links fills what later ones lack.

use chrono::{DateTime, Utc};

use super::obligation::{ObligationKind, State};
use super::policy::{Carry, CountedWhen};
use crate::text_enum;

text_enum!(CreditStatus);

/// The terms of one obligation.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What sort of thing is owed.
    pub kind: ObligationKind,
    /// How many are owed, 1 or more.
    pub required: u32,
    /// The most that count.
    pub maximum: Option<u32>,
    /// Begin of the counting window, included.
    pub window_from: DateTime<Utc>,
    /// End of the counting window, not included.
    pub window_to: DateTime<Utc>,
    /// The due instant; later than `window_to` if it was extended.
    pub due_at: DateTime<Utc>,
    /// From when a deadline is missed for good; quotas have no late days.
    pub missed_at: Option<DateTime<Utc>>,
    /// From when an item counts towards a quota.
    pub counted_when: CountedWhen,
    /// Whether surplus moves on to this obligation.
    pub carry: Carry,
    /// When it was excused.
    pub exempt_at: Option<DateTime<Utc>>,
}

/// An item that may settle something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The item.
    pub item_id: i64,
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

/// What an item is worth to an obligation; stored with the credit.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
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

/// One item's credit to one obligation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit {
    /// The item.
    pub item_id: i64,
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
                Place::ExtraTime => holding < terms.required,
            };
            if wanted {
                *taken = true;
                holding += u32::from(holds_place(candidate, now));
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

/// Where an arrival lies in relation to an obligation.
enum Place {
    Outside,
    Window,
    ExtraTime,
}

impl Terms {
    fn place(&self, arrived_at: DateTime<Utc>) -> Place {
        if self.kind.is_of_event() {
            // what is linked to the event is about it, whenever it came; too late for good changes
            // nothing any more
            return if self
                .missed_at
                .is_some_and(|missed_at| arrived_at >= missed_at && arrived_at > self.due_at)
            {
                Place::Outside
            } else {
                Place::Window
            };
        }
        if arrived_at < self.window_from {
            Place::Outside
        } else if arrived_at < self.window_to {
            Place::Window
        } else if arrived_at <= self.due_at && self.due_at > self.window_to
            || self.has_late_days() && arrived_at == self.due_at
            || self
                .missed_at
                .is_some_and(|missed_at| self.has_late_days() && arrived_at < missed_at)
        {
            Place::ExtraTime
        } else {
            Place::Outside
        }
    }

    /// Whether what comes late still settles it.
    fn has_late_days(&self) -> bool {
        self.kind != ObligationKind::Quota
    }
}

fn holds_place(candidate: &Candidate, now: DateTime<Utc>) -> bool {
    match candidate.fate {
        Fate::Published(_) | Fate::Pending => true,
        Fate::Returned(lapses_at) => now < lapses_at,
        Fate::Void => false,
    }
}

/// One obligation while the chain is folded.
struct Link<'a> {
    terms: &'a Terms,
    now: DateTime<Utc>,
    candidates: Vec<Candidate>,
    credits: Vec<Credit>,
}

impl<'a> Link<'a> {
    fn new(terms: &'a Terms, candidates: Vec<Candidate>, now: DateTime<Utc>) -> Self {
        let mut places = 0;
        let credits = candidates
            .iter()
            .map(|candidate| {
                let status = if !holds_place(candidate, now) {
                    CreditStatus::Void
                } else if terms.maximum.is_some_and(|maximum| places >= maximum) {
                    CreditStatus::Surplus
                } else {
                    places += 1;
                    terms.worth(candidate)
                };
                Credit {
                    item_id: candidate.item_id,
                    arrived_at: candidate.arrived_at,
                    status,
                }
            })
            .collect();
        Self {
            terms,
            now,
            candidates,
            credits,
        }
    }

    fn done(&self) -> u32 {
        count(&self.credits, |credit| self.counts(credit.status))
    }

    /// Deadlines are settled by arrival; what an editor has not decided yet holds.
    fn counts(&self, status: CreditStatus) -> bool {
        match status {
            CreditStatus::Counted | CreditStatus::Carried | CreditStatus::Late => true,
            CreditStatus::Pending => self.terms.kind != ObligationKind::Quota,
            CreditStatus::Surplus | CreditStatus::Void => false,
        }
    }

    /// Fills what is missing from earlier surplus, oldest first.
    fn fill_from(&mut self, surplus: &mut Vec<(usize, usize)>, earlier: &mut [Link<'_>]) {
        let held = count(&self.credits, |c| {
            matches!(c.status, CreditStatus::Counted | CreditStatus::Pending)
        });
        let missing = self.terms.required.saturating_sub(held);
        for (link, credit) in surplus.drain(
            ..surplus
                .len()
                .min(usize::try_from(missing).unwrap_or(usize::MAX)),
        ) {
            let Some(link) = earlier.get_mut(link) else {
                continue;
            };
            let (Some(from), Some(candidate)) =
                (link.credits.get_mut(credit), link.candidates.get(credit))
            else {
                continue;
            };
            from.status = CreditStatus::Surplus;
            self.credits.push(Credit {
                status: CreditStatus::Carried,
                ..*from
            });
            self.candidates.push(*candidate);
        }
    }

    /// Places in `credits` of what counts beyond what is owed, in order of arrival.
    fn spare(&self) -> Vec<usize> {
        let owed = usize::try_from(self.terms.required).unwrap_or(usize::MAX);
        let places = self.credits.iter().enumerate();
        let counted: Vec<usize> = places
            .filter(|(_, c)| c.status == CreditStatus::Counted)
            .map(|(place, _)| place)
            .collect();
        let own = counted.into_iter().skip(owed);
        let above = self
            .credits
            .iter()
            .enumerate()
            .zip(&self.candidates)
            .filter_map(|((place, credit), candidate)| {
                let counts = self.terms.counted_when == CountedWhen::Arrived
                    || matches!(candidate.fate, Fate::Published(_));
                (credit.status == CreditStatus::Surplus && counts).then_some(place)
            });
        own.chain(above).collect()
    }

    fn outcome(self) -> Outcome {
        let arrived = count(&self.credits, |c| {
            !matches!(c.status, CreditStatus::Surplus | CreditStatus::Void)
        });
        let places = self.credits.iter().zip(&self.candidates);
        let published = places.filter(|(credit, candidate)| {
            !matches!(credit.status, CreditStatus::Surplus | CreditStatus::Void)
                && matches!(candidate.fate, Fate::Published(_))
        });
        let published = u32::try_from(published.count()).unwrap_or(u32::MAX);
        let (state, decided_at) = self.state(arrived);
        Outcome {
            state,
            decided_at,
            arrived,
            published,
            done: self.done(),
            next_at: self.next_at(state),
            credits: self.credits,
        }
    }

    fn state(&self, arrived: u32) -> (State, Option<DateTime<Utc>>) {
        let terms = self.terms;
        if let Some(at) = terms.exempt_at {
            return (State::Exempt, Some(at));
        }
        if let Some(at) = self.reached_at() {
            let late = terms.kind != ObligationKind::Quota && at > terms.due_at;
            return (
                if late {
                    State::MetLate
                } else {
                    State::MetOnTime
                },
                Some(at),
            );
        }
        // what arrives at exactly the due instant is on time; a window that ends there is over
        let extended = terms.due_at > terms.window_to;
        let over = if terms.kind == ObligationKind::Quota && !extended {
            self.now >= terms.due_at
        } else {
            self.now > terms.due_at
        };
        match () {
            () if !over => (State::Open, None),
            () if terms.kind == ObligationKind::Quota && arrived >= terms.required => {
                (State::AwaitingReview, Some(terms.due_at))
            }
            () => (State::Missed, Some(terms.due_at)),
        }
    }

    /// When enough counted: by arrival for deadlines and where arrivals count, else by publication.
    fn reached_at(&self) -> Option<DateTime<Utc>> {
        let by_arrival = self.terms.kind != ObligationKind::Quota
            || self.terms.counted_when == CountedWhen::Arrived;
        let counting = self
            .credits
            .iter()
            .zip(&self.candidates)
            .filter(|(credit, _)| self.counts(credit.status));
        let mut instants: Vec<DateTime<Utc>> = counting
            .map(
                |(credit, candidate)| match (credit.status, candidate.fate) {
                    (CreditStatus::Carried, _) => self.terms.window_from.max(candidate.arrived_at),
                    (_, Fate::Published(at)) if !by_arrival => at.max(candidate.arrived_at),
                    _ => candidate.arrived_at,
                },
            )
            .collect();
        instants.sort_unstable();
        instants
            .get(usize::try_from(self.terms.required.saturating_sub(1)).unwrap_or(usize::MAX))
            .copied()
    }

    fn next_at(&self, state: State) -> Option<DateTime<Utc>> {
        let due = (state == State::Open).then_some(self.terms.due_at);
        let lapses = self
            .candidates
            .iter()
            .filter_map(|candidate| match candidate.fate {
                Fate::Returned(lapses_at) if self.now < lapses_at => Some(lapses_at),
                _ => None,
            });
        lapses.chain(due).min()
    }
}

impl Terms {
    /// What an item that holds a place is worth.
    fn worth(&self, candidate: &Candidate) -> CreditStatus {
        if self.has_late_days() && candidate.arrived_at > self.due_at {
            return CreditStatus::Late;
        }
        match candidate.fate {
            Fate::Published(_) => CreditStatus::Counted,
            _ if self.counted_when == CountedWhen::Arrived
                && self.kind == ObligationKind::Quota =>
            {
                CreditStatus::Counted
            }
            _ => CreditStatus::Pending,
        }
    }
}

fn count(credits: &[Credit], wanted: impl Fn(&Credit) -> bool) -> u32 {
    u32::try_from(credits.iter().filter(|credit| wanted(credit)).count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "settle_tests.rs"]
mod tests;
