//! The forecast: which open quotas today's pace will meet, what the score would then be, and what a
//! unit still needs for a better band.

use super::{Handed, Inputs, Owed, Points, Scheme, Score, score};
use crate::domain::obligation::State;

/// An open quota and how much of its window has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenQuota {
    /// The obligation; `done` is what has arrived so far.
    pub owed: Owed,
    /// Whether what it counts is in-depth.
    pub in_depth: bool,
    /// Seconds of its window that have passed, 1 or more.
    pub elapsed: u64,
    /// Seconds of its window, `elapsed` or more.
    pub length: u64,
}

/// What becomes of a quota at today's pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// The obligation.
    pub id: i64,
    /// What will have arrived by the end.
    pub projected: u32,
    /// Whether that is enough.
    pub met: bool,
}

/// What leads to a better band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Code of the band.
    pub band: String,
    /// How many more items, for which open quota.
    pub items: Vec<(i64, u32)>,
}

/// A unit's forecast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// One for each open quota, in their order.
    pub outlooks: Vec<Outlook>,
    /// The score at today's pace.
    pub score: Score,
    /// What leads to the next better band than that of the items that have arrived; `None` if the
    /// open quotas can't.
    pub need: Option<Need>,
}

/// At today's pace: what arrived, scaled up to the whole window and cut to whole items.
#[must_use]
pub fn forecast(scheme: &Scheme, closed: &Inputs, open: &[OpenQuota]) -> Forecast {
    let outlooks: Vec<Outlook> = open.iter().map(OpenQuota::outlook).collect();
    let projected: Vec<u32> = outlooks.iter().map(|outlook| outlook.projected).collect();
    let score = score(scheme, &with(closed, open, &projected));
    Forecast {
        outlooks,
        score,
        need: need(scheme, closed, open),
    }
}

impl OpenQuota {
    fn outlook(&self) -> Outlook {
        let arrived = u128::from(self.owed.done);
        let projected = arrived * u128::from(self.length) / u128::from(self.elapsed.max(1));
        let projected = u32::try_from(projected)
            .unwrap_or(u32::MAX)
            .max(self.owed.done);
        Outlook {
            id: self.owed.id,
            projected,
            met: projected >= self.owed.required,
        }
    }
}

/// The closed year, with each open quota settled by so many items.
fn with(closed: &Inputs, open: &[OpenQuota], done: &[u32]) -> Inputs {
    let mut inputs = closed.clone();
    for (quota, done) in open.iter().zip(done) {
        let state = if *done < quota.owed.required {
            State::Missed
        } else {
            State::MetOnTime
        };
        inputs.obligations.push(Owed {
            state,
            done: *done,
            ..quota.owed.clone()
        });
        let kind = quota.owed.item_kinds.first().cloned().unwrap_or_default();
        let new = usize::try_from(done.saturating_sub(quota.owed.done)).unwrap_or_default();
        // an item that is yet to come has no id and no grade
        let item = Handed {
            id: 0,
            kind,
            in_depth: quota.in_depth,
            grade: None,
        };
        inputs.items.extend(std::iter::repeat_n(item, new));
    }
    inputs
}

/// Fills one open quota after the other, each time the one that gains most for its items, until the
/// band is a better one.
fn need(scheme: &Scheme, closed: &Inputs, open: &[OpenQuota]) -> Option<Need> {
    let mut done: Vec<u32> = open.iter().map(|quota| quota.owed.done).collect();
    let place = |score: &Score| {
        scheme
            .bands
            .iter()
            .position(|band| Some(&band.code) == score.band.as_ref())
    };
    let mut now = score(scheme, &with(closed, open, &done));
    let start = place(&now).unwrap_or(scheme.bands.len());
    let mut items = Vec::new();
    loop {
        if let Some(reached) = place(&now).filter(|place| *place < start) {
            let band = scheme.bands.get(reached)?.code.clone();
            return Some(Need { band, items });
        }
        let total = now.total.unwrap_or(Points::ZERO).as_hundredths();
        let mut best: Option<Filled> = None;
        for (index, quota) in open.iter().enumerate() {
            let missing = quota
                .owed
                .required
                .saturating_sub(done.get(index).copied()?);
            if missing == 0 {
                continue;
            }
            let mut filled = done.clone();
            *filled.get_mut(index)? = quota.owed.required;
            let score = score(scheme, &with(closed, open, &filled));
            let gain = score.total.unwrap_or(Points::ZERO).as_hundredths() - total;
            let next = Filled {
                index,
                missing,
                gain,
                score,
            };
            if best.as_ref().is_none_or(|best| next.pays_more_than(best)) {
                best = Some(next);
            }
        }
        let Filled {
            index,
            missing,
            score,
            ..
        } = best?;
        let quota = open.get(index)?;
        *done.get_mut(index)? = quota.owed.required;
        items.push((quota.owed.id, missing));
        now = score;
    }
}

/// An open quota filled up, and what that brings.
struct Filled {
    index: usize,
    missing: u32,
    /// In hundredths of a point.
    gain: i64,
    score: Score,
}

impl Filled {
    /// By gain for each item, compared without division.
    fn pays_more_than(&self, other: &Self) -> bool {
        self.gain * i64::from(other.missing) > other.gain * i64::from(self.missing)
    }
}

#[cfg(test)]
mod tests {
    use super::super::presets;
    use super::*;
    use crate::domain::obligation::ObligationKind;
    use crate::domain::period::PeriodKind;

    fn quota(id: i64, required: u32, done: u32, (elapsed, length): (u64, u64)) -> OpenQuota {
        let owed = Owed {
            id,
            rule: "tin".to_owned(),
            kind: ObligationKind::Quota,
            item_kinds: vec!["tin".to_owned()],
            period: Some(PeriodKind::Month),
            state: State::Open,
            required,
            done,
        };
        OpenQuota {
            owed,
            in_depth: false,
            elapsed,
            length,
        }
    }

    fn closed(met: i64, missed: i64) -> Inputs {
        let owed = |id, state| Owed {
            state,
            done: u32::from(state == State::MetOnTime),
            ..quota(id, 1, 0, (1, 1)).owed
        };
        let met = (1..=met).map(|id| owed(id, State::MetOnTime));
        let missed = (100..100 + missed).map(|id| owed(id, State::Missed));
        let item = Handed {
            id: 1,
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
            .outlooks
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
        assert_eq!(
            outlook.need,
            Some(Need {
                band: "hoan-thanh-tot".to_owned(),
                items: vec![(51, 1)]
            })
        );
        let settled = forecast(&scheme, &closed(3, 1), &[]);
        assert_eq!(settled.need, None);
    }
}
