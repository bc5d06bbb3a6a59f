//! The forecast: which open quotas today's pace will meet, the score that follows, and how many
//! items a unit still needs for a better band.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Band, Inputs, Points, Scheme, Score, ScoredItem, ScoredObligation, score};
use crate::domain::ids::{ItemId, ObligationId};
use crate::domain::obligation::State;

/// An open quota and how much of its window has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenQuota {
    /// The obligation; `done` is what has arrived so far.
    pub owed: ScoredObligation,
    /// Whether what it counts is in-depth.
    pub in_depth: bool,
    /// Seconds of its window that have passed, 1 or more.
    pub elapsed: u64,
    /// Seconds of its window, `elapsed` or more.
    pub length: u64,
}

/// What becomes of a quota at today's pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaForecast {
    /// The obligation.
    pub id: ObligationId,
    /// How many items will have arrived by the end.
    pub projected: u32,
    /// Whether that is enough.
    pub met: bool,
}

/// What a unit needs for a better band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BandNeed {
    /// The band.
    pub band: Band,
    /// The items, in the order in which they gain most.
    pub quotas: Vec<QuotaNeed>,
}

/// Items that an obligation still needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct QuotaNeed {
    /// The obligation.
    pub id: ObligationId,
    /// How many.
    pub items: u32,
}

/// A unit's forecast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// One for each open quota, in their order.
    pub quotas: Vec<QuotaForecast>,
    /// The score at today's pace.
    pub score: Score,
    /// What leads to the next better band than that of the items that have arrived; `None` if the
    /// open quotas are not enough for it.
    pub need: Option<BandNeed>,
}

/// The forecast at today's pace: what has arrived, extended to the whole window and rounded down to
/// whole items.
pub fn forecast(scheme: &Scheme, closed: &Inputs, open: &[OpenQuota]) -> Forecast {
    let quotas: Vec<QuotaForecast> = open.iter().map(OpenQuota::forecast).collect();
    let projected: Vec<u32> = quotas.iter().map(|quota| quota.projected).collect();
    Forecast {
        quotas,
        score: score(scheme, &settled(closed, open, &projected)),
        need: Filling::new(scheme, closed, open).next_band(),
    }
}

impl OpenQuota {
    /// A quota whose window from `opened_at` to `due_at` is open at `now`.
    pub fn new(
        owed: ScoredObligation,
        opened_at: DateTime<Utc>,
        due_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        let seconds = |to: DateTime<Utc>| {
            let passed = (to - opened_at).num_seconds();
            u64::try_from(passed).unwrap_or_default().max(1)
        };
        Self {
            owed,
            in_depth: false,
            elapsed: seconds(now).min(seconds(due_at)),
            length: seconds(due_at),
        }
    }

    fn forecast(&self) -> QuotaForecast {
        let arrived = u128::from(self.owed.done);
        let projected = arrived * u128::from(self.length) / u128::from(self.elapsed.max(1));
        let projected = u32::try_from(projected)
            .unwrap_or(u32::MAX)
            .max(self.owed.done);
        QuotaForecast {
            id: self.owed.id,
            projected,
            met: projected >= self.owed.required,
        }
    }
}

/// The closed year, with each open quota settled by so many items.
fn settled(closed: &Inputs, open: &[OpenQuota], done: &[u32]) -> Inputs {
    let mut inputs = closed.clone();
    for (quota, done) in open.iter().zip(done) {
        let state = if *done < quota.owed.required {
            State::Missed
        } else {
            State::MetOnTime
        };
        inputs.obligations.push(ScoredObligation {
            state,
            done: *done,
            ..quota.owed.clone()
        });
        let new = usize::try_from(done.saturating_sub(quota.owed.done)).unwrap_or_default();
        // an item that is yet to come has no id and no grade
        let item = ScoredItem {
            id: ItemId::NONE,
            kind: quota.owed.item_kinds.first().cloned().unwrap_or_default(),
            in_depth: quota.in_depth,
            grade: None,
        };
        inputs.items.extend(std::iter::repeat_n(item, new));
    }
    inputs
}

/// Open quotas that are filled up one after the other, each time the one that gains most for its
/// items.
struct Filling<'a> {
    scheme: &'a Scheme,
    closed: &'a Inputs,
    open: &'a [OpenQuota],
    /// How many items each quota has.
    done: Vec<u32>,
    score: Score,
}

/// An open quota filled up, and what that brings.
struct Step {
    need: QuotaNeed,
    done: Vec<u32>,
    score: Score,
    /// In hundredths of a point.
    gain: i64,
}

impl<'a> Filling<'a> {
    fn new(scheme: &'a Scheme, closed: &'a Inputs, open: &'a [OpenQuota]) -> Self {
        let done: Vec<u32> = open.iter().map(|quota| quota.owed.done).collect();
        Self {
            score: score(scheme, &settled(closed, open, &done)),
            scheme,
            closed,
            open,
            done,
        }
    }

    /// Fills quotas until the band is a better one; `None` if all of them are not enough.
    fn next_band(mut self) -> Option<BandNeed> {
        let start = self.band().unwrap_or(self.scheme.bands.len());
        let mut quotas = Vec::new();
        loop {
            if let Some(reached) = self.band().filter(|place| *place < start) {
                let band = self.scheme.bands.get(reached)?.clone();
                return Some(BandNeed { band, quotas });
            }
            let mut best: Option<Step> = None;
            for step in self.steps() {
                if best.as_ref().is_none_or(|best| step.gains_more_than(best)) {
                    best = Some(step);
                }
            }
            let step = best?;
            quotas.push(step.need);
            (self.done, self.score) = (step.done, step.score);
        }
    }

    /// The place of the band that the score is in, from the top.
    fn band(&self) -> Option<usize> {
        let code = self.score.band.as_ref();
        let bands = self.scheme.bands.iter();
        bands
            .map(|band| Some(&band.code))
            .position(|own| own == code)
    }

    /// The quotas that are not full yet, each filled up.
    fn steps(&self) -> impl Iterator<Item = Step> {
        let total = |score: &Score| score.total.unwrap_or(Points::ZERO).as_hundredths();
        let quotas = self.open.iter().zip(&self.done).enumerate();
        quotas.filter_map(move |(index, (quota, done))| {
            let items = quota.owed.required.saturating_sub(*done);
            if items == 0 {
                return None;
            }
            let mut filled = self.done.clone();
            *filled.get_mut(index)? = quota.owed.required;
            let score = score(self.scheme, &settled(self.closed, self.open, &filled));
            Some(Step {
                need: QuotaNeed {
                    id: quota.owed.id,
                    items,
                },
                gain: total(&score) - total(&self.score),
                done: filled,
                score,
            })
        })
    }
}

impl Step {
    /// By gain for each item, compared without division.
    fn gains_more_than(&self, other: &Self) -> bool {
        self.gain * i64::from(other.need.items) > other.gain * i64::from(self.need.items)
    }
}

#[cfg(test)]
mod tests {
    use super::super::presets;
    use super::*;
    use crate::domain::obligation::ObligationKind;
    use crate::domain::period::PeriodKind;

    fn quota(id: i64, required: u32, done: u32, (elapsed, length): (u64, u64)) -> OpenQuota {
        let owed = ScoredObligation {
            id: ObligationId(id),
            rule: "tin".to_owned(),
            kind: ObligationKind::Quota,
            item_kinds: vec!["tin".to_owned()],
            period: Some(PeriodKind::Month),
            state: State::Open,
            required,
            done,
            carries: false,
        };
        OpenQuota {
            owed,
            in_depth: false,
            elapsed,
            length,
        }
    }

    fn closed(met: i64, missed: i64) -> Inputs {
        let owed = |id, state| ScoredObligation {
            state,
            done: u32::from(state == State::MetOnTime),
            ..quota(id, 1, 0, (1, 1)).owed
        };
        let met = (1..=met).map(|id| owed(id, State::MetOnTime));
        let missed = (100..100 + missed).map(|id| owed(id, State::Missed));
        let item = ScoredItem {
            id: ItemId(1),
            kind: "bai_chuyen_sau".to_owned(),
            in_depth: true,
            grade: None,
        };
        Inputs {
            obligations: met.chain(missed).collect(),
            items: vec![item; 4],
            ..Inputs::default()
        }
    }

    #[test]
    fn the_pace_is_cut_to_whole_items() {
        let scheme = presets::get("simple").unwrap();
        let open = [
            quota(50, 3, 1, (10, 29)),
            quota(51, 3, 1, (10, 30)),
            quota(52, 2, 0, (29, 30)),
        ];
        let forecast = forecast(&scheme, &closed(1, 0), &open);
        let told: Vec<(u32, bool)> = forecast
            .quotas
            .iter()
            .map(|one| (one.projected, one.met))
            .collect();
        assert_eq!(told, [(2, false), (3, true), (0, false)]);
        // two of four met and on time, three of seven items to come or here are not in-depth: 90 ×
        // 2/4 + 10
        assert_eq!(forecast.score.total, Some(Points::whole(55)));
    }

    #[test]
    fn what_is_needed_for_the_next_band_is_the_cheapest_first() {
        let scheme = presets::get("simple").unwrap();
        // 3 of 6: 90 × 3/6 + 10 = 55 with both open ones missed
        let open = [quota(50, 4, 0, (1, 2)), quota(51, 2, 1, (1, 2))];
        let outlook = forecast(&scheme, &closed(3, 1), &open);
        // one more tin for 51: 4 of 6, 70 points
        let need = outlook.need.unwrap();
        assert_eq!(need.band.code, "hoan-thanh-tot");
        assert_eq!(
            need.quotas,
            [QuotaNeed {
                id: ObligationId(51),
                items: 1
            }]
        );
        let settled = forecast(&scheme, &closed(3, 1), &[]);
        assert_eq!(settled.need, None);
    }
}
