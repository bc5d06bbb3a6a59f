//! How the year of a unit goes: what has come, what is wanted, and where both lead at the pace so
//! far.

use serde::Serialize;

/// What is owed in a month, and how much of it has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MonthSum {
    /// How many have come.
    pub done: i32,
    /// How many are owed.
    pub required: i32,
}

/// The end of a month, counted from the beginning of the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PacePoint {
    /// The month, from 1 to 12.
    pub month: i32,
    /// How many are wanted by its end; of months ahead, at the pace of those that have begun.
    pub wanted: i32,
    /// How many had come by its end; none ahead.
    pub done: Option<i32>,
    /// How many will have come at the pace so far; from this month on.
    pub forecast: Option<i32>,
}

/// How many days of the year have passed, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// The month that goes on, from 0; 11 of a year that is over.
    pub month: usize,
    /// Days that have passed, at least 1.
    pub days: i32,
    /// Days of the year.
    pub of: i32,
}

/// The points of a year of twelve months.
pub fn pace(months: &[MonthSum], passed: Passed) -> Vec<PacePoint> {
    let begun = months.iter().take(passed.month + 1);
    let now = begun.fold(MonthSum::default(), |sum, month| MonthSum {
        done: sum.done + month.done,
        required: sum.required + month.required,
    });
    let begun = i32::try_from(passed.month + 1).unwrap_or(12);
    let mut sum = MonthSum::default();
    let mut points = Vec::with_capacity(12);
    for (month, index) in (1..=12).zip(0..) {
        let of = months.get(index).copied().unwrap_or_default();
        sum.done += of.done;
        sum.required += of.required;
        let is_ahead = index > passed.month;
        points.push(PacePoint {
            month,
            wanted: match is_ahead {
                true => rounded(now.required * month, begun).max(sum.required),
                false => sum.required,
            },
            done: (!is_ahead).then_some(sum.done),
            forecast: match index.cmp(&passed.month) {
                std::cmp::Ordering::Less => None,
                std::cmp::Ordering::Equal => Some(now.done),
                std::cmp::Ordering::Greater => {
                    // as many days as there are up to the end of the month, by twelfths of the year
                    let days = passed.of * month / 12;
                    Some(rounded(now.done * days, passed.days.max(1)).max(now.done))
                }
            },
        });
    }
    points
}

/// A quotient, half rounded up.
fn rounded(numerator: i32, denominator: i32) -> i32 {
    (2 * numerator + denominator) / (2 * denominator)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn months(done: &[i32], required: i32) -> Vec<MonthSum> {
        let month = |done: &i32| MonthSum {
            done: *done,
            required,
        };
        done.iter().map(month).collect()
    }

    #[test]
    fn a_year_goes_on_at_the_pace_so_far() {
        let passed = Passed {
            month: 5,
            days: 182,
            of: 365,
        };
        let points = pace(&months(&[2, 1, 2, 0, 2, 2], 2), passed);
        let last = points[11];
        assert_eq!(
            (last.wanted, last.done, last.forecast),
            (24, None, Some(18))
        );
        let now = points[5];
        assert_eq!((now.wanted, now.done, now.forecast), (12, Some(9), Some(9)));
        assert_eq!((points[0].wanted, points[0].forecast), (2, None));
    }

    #[test]
    fn a_year_that_is_over_has_no_forecast_but_its_end() {
        let passed = Passed {
            month: 11,
            days: 365,
            of: 365,
        };
        let points = pace(&months(&[1; 12], 1), passed);
        let forecasts = points.iter().filter(|point| point.forecast.is_some());
        assert_eq!((forecasts.count(), points[11].forecast), (1, Some(12)));
    }

    proptest! {
        #[test]
        fn no_line_falls(done in prop::collection::vec(0..9_i32, 12), month in 0..12_usize) {
            let days = i32::try_from(month).unwrap() * 30 + 15;
            let points = pace(&months(&done, 2), Passed { month, days, of: 365 });
            for pair in points.windows(2) {
                prop_assert!(pair[0].wanted <= pair[1].wanted);
                prop_assert!(pair[0].forecast <= pair[1].forecast);
            }
        }
    }
}
