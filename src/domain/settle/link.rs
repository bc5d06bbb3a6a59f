//! One obligation of a chain while the chain is folded.

use chrono::{DateTime, Utc};

use super::terms::Terms;
use super::{Candidate, Credit, CreditStatus, Fate, Outcome};
use crate::domain::obligation::{ObligationKind, State};

/// One obligation while the chain is folded.
pub(super) struct Link<'a> {
    terms: &'a Terms,
    now: DateTime<Utc>,
    candidates: Vec<Candidate>,
    credits: Vec<Credit>,
    /// When each of them begins to count.
    counts_at: Vec<DateTime<Utc>>,
}

impl<'a> Link<'a> {
    pub(super) fn new(terms: &'a Terms, candidates: Vec<Candidate>, now: DateTime<Utc>) -> Self {
        let mut places = 0;
        let credits = candidates
            .iter()
            .map(|candidate| {
                let status = if !candidate.holds_place(now) {
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
            counts_at: candidates.iter().map(|one| terms.counts_at(one)).collect(),
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

    /// Fills what is missing from earlier surplus, oldest first. What is carried counts when it
    /// counted for the period that it leaves, but not before this one begins.
    pub(super) fn fill_from(
        &mut self,
        surplus: &mut Vec<(usize, usize)>,
        earlier: &mut [Link<'_>],
    ) {
        let held = count(&self.credits, |c| {
            matches!(c.status, CreditStatus::Counted | CreditStatus::Pending)
        });
        let missing = self.terms.owed().saturating_sub(held);
        for (link, credit) in surplus.drain(
            ..surplus
                .len()
                .min(usize::try_from(missing).unwrap_or(usize::MAX)),
        ) {
            let Some(link) = earlier.get_mut(link) else {
                continue;
            };
            let (Some(from), Some(candidate), Some(counted_at)) = (
                link.credits.get_mut(credit),
                link.candidates.get(credit),
                link.counts_at.get(credit),
            ) else {
                continue;
            };
            from.status = CreditStatus::Surplus;
            self.credits.push(Credit {
                status: CreditStatus::Carried,
                ..*from
            });
            self.candidates.push(*candidate);
            self.counts_at.push(self.terms.window_from.max(*counted_at));
        }
    }

    /// Places in `credits` of what counts beyond what is owed, in order of arrival.
    pub(super) fn spare(&self) -> Vec<usize> {
        let owed = usize::try_from(self.terms.owed()).unwrap_or(usize::MAX);
        let of_status = |status: CreditStatus| {
            let places = self.credits.iter().enumerate();
            places
                .filter(move |(_, credit)| credit.status == status)
                .map(|(place, _)| place)
        };
        let own = of_status(CreditStatus::Counted).skip(owed);
        let above = of_status(CreditStatus::Surplus).filter(|place| {
            let candidate = self.candidates.get(*place);
            candidate.is_some_and(|one| self.terms.worth(one) == CreditStatus::Counted)
        });
        own.chain(above).collect()
    }

    pub(super) fn outcome(self) -> Outcome {
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
        let excused = terms.excused.map(|excused| excused.at);
        if let Some(at) = excused.filter(|_| !terms.excused.is_some_and(|e| e.only_unmet)) {
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
        match () {
            () if excused.is_some() => (State::Exempt, excused),
            () if !terms.is_over(self.now) => (State::Open, None),
            () if terms.kind == ObligationKind::Quota && arrived >= terms.required => {
                (State::AwaitingReview, Some(terms.due_at))
            }
            () => (State::Missed, Some(terms.due_at)),
        }
    }

    /// When enough counted: by arrival for deadlines and where arrivals count, else by publication.
    fn reached_at(&self) -> Option<DateTime<Utc>> {
        let counting = self.credits.iter().zip(&self.counts_at);
        let mut instants: Vec<DateTime<Utc>> = counting
            .filter(|(credit, _)| self.counts(credit.status))
            .map(|(_, counts_at)| *counts_at)
            .collect();
        instants.sort_unstable();
        instants
            .get(usize::try_from(self.terms.required.saturating_sub(1)).unwrap_or(usize::MAX))
            .copied()
    }

    fn next_at(&self, state: State) -> Option<DateTime<Utc>> {
        let due = (state == State::Open).then(|| self.terms.checked_at());
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

fn count(credits: &[Credit], wanted: impl Fn(&Credit) -> bool) -> u32 {
    u32::try_from(credits.iter().filter(|credit| wanted(credit)).count()).unwrap_or(u32::MAX)
}
