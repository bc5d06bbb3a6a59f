//! The engine against an independent, naive calculation, the laws of scores, and the worked example
//! of `docs/SCORES.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::domain::ids::{ItemId, ObligationId};
use crate::domain::obligation::{ObligationKind, State};
use crate::domain::period::PeriodKind;

/// A fraction in the plainest form, for the naive calculation: numerator and positive denominator.
#[derive(Clone, Copy, Debug)]
struct Plain(i128, i128);

impl Plain {
    fn reduced(self) -> Self {
        let (mut a, mut b) = (self.0.abs(), self.1);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Self(self.0 / a.max(1), self.1 / a.max(1))
    }

    fn plus(self, other: Self) -> Self {
        Self(self.0 * other.1 + other.0 * self.1, self.1 * other.1).reduced()
    }

    fn times(self, other: Self) -> Self {
        Self(self.0 * other.0, self.1 * other.1).reduced()
    }

    fn at_most(self, other: Self) -> Self {
        if self.0 * other.1 > other.0 * self.1 {
            other
        } else {
            self
        }
    }

    /// Hundredths, half away from zero.
    fn rounded(self) -> i64 {
        let (doubled, whole) = (self.0.abs() * 200 + self.1, 2 * self.1);
        i64::try_from(doubled / whole).unwrap() * if self.0 < 0 { -1 } else { 1 }
    }
}

fn points(points: Points) -> Plain {
    Plain(points.as_hundredths().into(), 100)
}

/// The formulas of docs/SCORES.md word for word, for schemes without marks.
fn naive(scheme: &Scheme, inputs: &Inputs) -> Option<i64> {
    let (mut sum, mut maxima, mut base) = (Plain(0, 1), Plain(0, 1), Plain(0, 1));
    let (mut bonus, mut penalty) = (Plain(0, 1), Plain(0, 1));
    for criterion in &scheme.criteria {
        let chosen: Vec<&ScoredObligation> = inputs
            .obligations
            .iter()
            .filter(|o| o.state != State::Exempt)
            .filter(|o| {
                criterion.select.deadlines.is_empty()
                    || criterion.select.deadlines.contains(&o.kind)
            })
            .filter(|o| {
                let kinds = &criterion.select.item_kinds;
                kinds.is_empty() || kinds.iter().any(|kind| o.item_kinds.contains(kind))
            })
            .collect();
        let n =
            |wanted: &[State]| chosen.iter().filter(|o| wanted.contains(&o.state)).count() as i128;
        let all = chosen.len() as i128;
        let max = points(criterion.points);
        let value = match criterion.measure {
            Measure::QuotaMet if all > 0 => {
                Some(Plain(n(&[State::MetOnTime, State::MetLate]), all))
            }
            Measure::OnTime if all > 0 => Some(Plain(n(&[State::MetOnTime]), all)),
            Measure::QuotaProgress if all > 0 => {
                let each = chosen
                    .iter()
                    .map(|o| Plain(o.done.into(), o.required.into()).at_most(Plain(1, 1)));
                Some(each.fold(Plain(0, 1), Plain::plus).times(Plain(1, all)))
            }
            Measure::Depth if !inputs.items.is_empty() => {
                let deep = inputs.items.iter().filter(|item| item.in_depth).count() as i128;
                let share = Plain(
                    deep * 100,
                    inputs.items.len() as i128 * i128::from(criterion.target_percent.unwrap()),
                );
                Some(share.at_most(Plain(1, 1)))
            }
            Measure::Depth => inputs
                .obligations
                .iter()
                .any(|o| o.state != State::Exempt)
                .then_some(Plain(0, 1)),
            Measure::Quality => {
                let grades: Vec<i128> = inputs
                    .items
                    .iter()
                    .filter_map(|item| item.grade)
                    .map(i128::from)
                    .collect();
                (!grades.is_empty()).then(|| Plain(grades.iter().sum(), grades.len() as i128 * 5))
            }
            Measure::OverAchievement => {
                let required: i128 = chosen.iter().map(|o| i128::from(o.required)).sum();
                let beyond: i128 = chosen
                    .iter()
                    .map(|o| i128::from(o.done.saturating_sub(o.required)))
                    .sum();
                if required > 0 {
                    bonus = bonus.plus(Plain(beyond, required).times(max));
                }
                continue;
            }
            Measure::Penalty => {
                penalty = penalty.plus(Plain(n(&[State::Missed]), 1).times(max));
                continue;
            }
            _ => None,
        };
        base = base.plus(max);
        if let Some(value) = value {
            (sum, maxima) = (sum.plus(value.times(max)), maxima.plus(max));
        }
    }
    if maxima.0 == 0 || inputs.obligations.is_empty() {
        return None;
    }
    let scaled = sum.times(Plain(maxima.1, maxima.0)).times(base);
    let taken = penalty.at_most(points(scheme.penalty_cap));
    let total = scaled
        .plus(bonus.at_most(points(scheme.bonus_cap)))
        .plus(Plain(-taken.0, taken.1));
    Some(total.rounded().max(0))
}

fn scheme() -> impl Strategy<Value = Scheme> {
    let penalty = Criterion {
        code: "penalty".to_owned(),
        name: "Trừ điểm".to_owned(),
        group: None,
        measure: Measure::Penalty,
        points: Points::hundredths(150),
        select: Select::default(),
        target_percent: None,
    };
    (
        prop::sample::select(vec!["national", "simple"]),
        any::<bool>(),
        1..60_i32,
    )
        .prop_map(move |(code, with_penalty, cap)| {
            let mut scheme = presets::get(code).unwrap();
            if with_penalty {
                scheme.criteria.push(penalty.clone());
                scheme.penalty_cap = Points::whole(cap);
            }
            scheme.checked().unwrap()
        })
}

fn owed() -> impl Strategy<Value = ScoredObligation> {
    let kinds = prop::sample::select(vec![
        (ObligationKind::Quota, "tin"),
        (ObligationKind::Quota, "bai_chuyen_sau"),
        (ObligationKind::Event, ""),
        (ObligationKind::Cutoff, ""),
        (ObligationKind::Report, "bao_cao_dinh_ky"),
    ]);
    let outcome = prop::sample::select(vec![
        State::MetOnTime,
        State::MetOnTime,
        State::MetLate,
        State::Missed,
        State::Exempt,
    ]);
    (kinds, outcome, 1..5_u32, 0..4_u32).prop_map(|((kind, item_kind), state, required, more)| {
        ScoredObligation {
            id: ObligationId(0),
            rule: "r".to_owned(),
            kind,
            item_kinds: Some(item_kind.to_owned())
                .filter(|kind| !kind.is_empty())
                .into_iter()
                .collect(),
            period: Some(PeriodKind::Month),
            state,
            required,
            carries: false,
            done: if state == State::Missed {
                more.min(required - 1)
            } else {
                required + more
            },
        }
    })
}

fn inputs() -> impl Strategy<Value = Inputs> {
    let item =
        (any::<bool>(), prop::option::of(1..=5_u32)).prop_map(|(in_depth, grade)| ScoredItem {
            id: ItemId(0),
            kind: if in_depth { "bai_chuyen_sau" } else { "tin" }.to_owned(),
            in_depth,
            grade,
        });
    (
        prop::collection::vec(owed(), 0..25),
        prop::collection::vec(item, 0..25),
    )
        .prop_map(|(mut obligations, mut items)| {
            obligations
                .iter_mut()
                .zip(1..)
                .for_each(|(owed, id)| owed.id = ObligationId(id));
            items
                .iter_mut()
                .zip(1..)
                .for_each(|(item, id)| item.id = ItemId(id));
            Inputs {
                obligations,
                items,
                marks: BTreeMap::new(),
            }
        })
}

fn line<'s>(score: &'s Score, code: &str) -> &'s Line {
    score.lines.iter().find(|line| line.code == code).unwrap()
}

proptest! {
    #[test]
    fn totals_are_those_of_the_naive_calculation_and_lines_add_up(scheme in scheme(), inputs in inputs()) {
        let score = score(&scheme, &inputs);
        prop_assert_eq!(score.total.map(Points::as_hundredths), naive(&scheme, &inputs));
        let shown: Points = score.lines.iter().map(|line| line.counted).sum();
        prop_assert_eq!(shown + score.floor + score.rounding, score.total.unwrap_or_default());
        // half a hundredth a line, one for the floor, one for the total
        let lines = i64::try_from(score.lines.len()).unwrap();
        prop_assert!(score.rounding.as_hundredths().abs() <= (lines + 2) / 2 + 1);
        if let Some(total) = score.total {
            prop_assert!(Points::ZERO <= total && total <= scheme.base() + scheme.bonus_cap);
        }
        prop_assert_eq!(score.band.is_some(), score.total.is_some());
    }

    #[test]
    fn the_order_of_inputs_is_irrelevant(scheme in scheme(), inputs in inputs(), turn in 0..25_usize) {
        let mut turned = inputs.clone();
        let by = turn % turned.obligations.len().max(1);
        turned.obligations.rotate_left(by);
        turned.items.reverse();
        prop_assert_eq!(score(&scheme, &inputs), score(&scheme, &turned));
    }

    #[test]
    fn an_on_time_arrival_never_lowers_what_counts_obligations(inputs in inputs(), which in 0..25_usize) {
        let scheme = presets::get("national").unwrap();
        let mut more = inputs.clone();
        let place = which % more.obligations.len().max(1);
        if let Some(owed) = more.obligations.get_mut(place).filter(|owed| owed.state != State::Exempt) {
            owed.done += 1;
            if owed.done >= owed.required {
                owed.state = State::MetOnTime;
            }
        }
        let (before, after) = (score(&scheme, &inputs), score(&scheme, &more));
        for code in ["quota-tin", "progress-in-depth", "on-time-event", "on-time-cutoff", "over-achievement"] {
            prop_assert!(line(&before, code).points <= line(&after, code).points, "{}", code);
        }
    }

    #[test]
    fn excusing_a_miss_never_lowers_a_total_of_shares_and_penalties(inputs in inputs(), which in 0..25_usize) {
        let mut scheme = presets::get("simple").unwrap();
        scheme.criteria.truncate(2);
        scheme.criteria[0].points = Points::whole(70);
        scheme.criteria.push(Criterion { measure: Measure::Penalty, code: "penalty".to_owned(), ..scheme.criteria[1].clone() });
        scheme.penalty_cap = Points::whole(20);
        let scheme = scheme.checked().unwrap();
        let mut excused = inputs.clone();
        let place = which % excused.obligations.len().max(1);
        if let Some(owed) = excused.obligations.get_mut(place).filter(|owed| owed.state == State::Missed) {
            owed.state = State::Exempt;
        }
        // with nothing left to look at there is no score, which is no lower one
        if let (Some(before), Some(after)) = (score(&scheme, &inputs).total, score(&scheme, &excused).total) {
            prop_assert!(before <= after);
        }
    }

    #[test]
    fn leaving_out_a_criterion_keeps_the_ratio_of_the_rest(inputs in inputs()) {
        let whole = presets::get("national").unwrap();
        let mut without = inputs.clone();
        without.obligations.retain(|owed| owed.kind != ObligationKind::Cutoff);
        let score = score(&whole, &without);
        prop_assert!(!line(&score, "on-time-cutoff").applies);
        let maxima: Points = whole.criteria.iter().zip(&score.lines)
            .filter(|(one, line)| line.applies && one.measure != Measure::OverAchievement)
            .map(|(one, _)| one.points).sum();
        for (criterion, line) in whole.criteria.iter().zip(&score.lines).filter(|(one, _)| one.measure != Measure::OverAchievement) {
            if score.total.is_some() && line.applies && line.points == criterion.points {
                let full = Plain((criterion.points.as_hundredths() * 95).into(), maxima.as_hundredths().into());
                prop_assert_eq!(line.counted.as_hundredths(), full.rounded());
            }
        }
    }

    #[test]
    fn who_owes_nothing_has_no_score(scheme in scheme(), inputs in inputs()) {
        let idle = Inputs { obligations: Vec::new(), ..inputs };
        let score = score(&scheme, &idle);
        prop_assert_eq!((score.total, score.band, score.rounding), (None, None, Points::ZERO));
    }

    #[test]
    fn a_rank_is_one_more_than_the_number_of_better_ones(totals in prop::collection::vec(prop::option::of(0..6_i32), 0..20)) {
        let of = |total: &Option<i32>, place: usize| Contender {
            cluster: [None, Some("cụm 1")][place % 2],
            total: total.map(Points::whole),
        };
        let all: Vec<Contender<'_>> = totals.iter().enumerate().map(|(place, total)| of(total, place)).collect();
        for (own, rank) in all.iter().zip(ranks(&all)) {
            let better = all.iter().filter(|other| other.cluster == own.cluster && other.total > own.total).count();
            prop_assert_eq!(rank, own.total.map(|_| i32::try_from(better).unwrap() + 1));
        }
    }
}

#[test]
fn ties_share_a_rank_and_the_next_one_is_skipped() {
    let all = [90, 95, 95, 40].map(|total| Contender {
        cluster: None,
        total: Some(Points::whole(total)),
    });
    assert_eq!(ranks(&all), [Some(3), Some(1), Some(1), Some(4)]);
}

#[test]
fn a_mark_replaces_what_was_computed_and_keeps_it_in_sight() {
    let mut scheme = presets::get("simple").unwrap();
    scheme.criteria[2].measure = Measure::Manual;
    scheme.criteria[2].target_percent = None;
    let scheme = scheme.checked().unwrap();
    let obligations = vec![quota(1, "tin", 1, 1)];
    let without = Inputs {
        obligations,
        ..Inputs::default()
    };
    assert_eq!(
        score(&scheme, &without).total,
        Some(Points::whole(100)),
        "no mark yet: left out"
    );
    let marks = [("on-time", 15), ("depth", 4)]
        .map(|(code, mark)| (code.to_owned(), Points::whole(mark)))
        .into();
    let with = score(&scheme, &Inputs { marks, ..without });
    assert_eq!(with.total, Some(Points::whole(79)));
    assert_eq!(line(&with, "on-time").computed, Some(Points::whole(30)));
    assert_eq!(
        line(&with, "on-time").filled(&scheme.criteria[1], "vi"),
        "1 ÷ 1 × 30 = 30; điểm được chấm: 15"
    );
    assert_eq!(line(&with, "depth").computed, None);
}

#[test]
fn a_missed_in_depth_quota_bars_the_top_band() {
    let scheme = presets::get("simple").unwrap();
    let mut obligations: Vec<ScoredObligation> =
        (1..=20).map(|id| quota(id, "tin", 1, 1)).collect();
    obligations.push(quota(21, "bai_chuyen_sau", 2, 1));
    let items = vec![ScoredItem {
        id: ItemId(1),
        kind: "bai_chuyen_sau".to_owned(),
        in_depth: true,
        grade: None,
    }];
    let score = score(
        &scheme,
        &Inputs {
            obligations,
            items,
            ..Inputs::default()
        },
    );
    assert!(score.total > Some(Points::whole(95)));
    assert_eq!(score.band.as_deref(), Some("hoan-thanh-tot"));
}

fn quota(id: i64, kind: &str, required: u32, done: u32) -> ScoredObligation {
    ScoredObligation {
        id: ObligationId(id),
        rule: kind.to_owned(),
        kind: ObligationKind::Quota,
        item_kinds: vec![kind.to_owned()],
        period: Some(PeriodKind::Quarter),
        state: if done < required {
            State::Missed
        } else {
            State::MetOnTime
        },
        required,
        done,
        carries: false,
    }
}

/// A year of the worked example: quarterly tin (1 owed each), in-depth articles of the year (2
/// owed), event deadlines, grades of the tin and of the in-depth articles.
fn year(
    tin: [Option<u32>; 4],
    in_depth: u32,
    events: &[State],
    grades: (&[u32], &[u32]),
) -> Inputs {
    let mut obligations: Vec<ScoredObligation> = (1..)
        .zip(tin)
        .map(|(id, done)| quota(id, "tin", 1, done.unwrap_or_default()))
        .collect();
    obligations
        .iter_mut()
        .zip(tin)
        .filter(|(_, done)| done.is_none())
        .for_each(|(owed, _)| owed.state = State::Exempt);
    obligations.push(quota(5, "bai_chuyen_sau", 2, in_depth));
    obligations.extend((6..).zip(events).map(|(id, state)| ScoredObligation {
        kind: ObligationKind::Event,
        item_kinds: Vec::new(),
        period: None,
        state: *state,
        ..quota(id, "event", 1, u32::from(*state != State::Missed))
    }));
    let of = |kind: &'static str, grades: &'_ [u32]| {
        grades
            .iter()
            .map(|grade| (kind, *grade))
            .collect::<Vec<_>>()
    };
    let items = of("tin", grades.0)
        .into_iter()
        .chain(of("bai_chuyen_sau", grades.1))
        .zip(1..);
    let items = items.map(|((kind, grade), id)| ScoredItem {
        id: ItemId(id),
        kind: kind.to_owned(),
        in_depth: kind == "bai_chuyen_sau",
        grade: Some(grade),
    });
    Inputs {
        items: items.collect(),
        obligations,
        marks: BTreeMap::new(),
    }
}

#[test]
fn the_worked_example_in_the_docs_is_what_the_engine_computes() {
    use State::{MetLate, MetOnTime, Missed};
    let scheme = presets::get("national").unwrap();
    let units = [
        (
            "A",
            year(
                [Some(2), Some(1), Some(1), Some(1)],
                2,
                &[MetOnTime, MetOnTime],
                (&[5, 4, 4, 4, 4, 4, 5], &[4, 5]),
            ),
        ),
        (
            "B",
            year(
                [Some(1), Some(1), Some(0), Some(1)],
                2,
                &[MetOnTime, MetLate, MetOnTime],
                (&[3, 4, 3, 4, 3, 4], &[4, 4]),
            ),
        ),
        (
            "C",
            year(
                [Some(1), Some(1), None, Some(1)],
                1,
                &[],
                (&[4, 4, 4], &[5]),
            ),
        ),
        (
            "D",
            year(
                [Some(0), Some(0), Some(0), Some(0)],
                0,
                &[Missed],
                (&[], &[]),
            ),
        ),
        ("E", Inputs::default()),
    ];
    let scores: Vec<Score> = units
        .iter()
        .map(|(_, inputs)| score(&scheme, inputs))
        .collect();
    let contenders: Vec<Contender<'_>> = scores
        .iter()
        .map(|score| Contender {
            cluster: None,
            total: score.total,
        })
        .collect();
    let mut text = String::new();
    for (((name, _), score), rank) in units.iter().zip(&scores).zip(ranks(&contenders)) {
        writeln!(
            text,
            "| {name} | formula with its numbers | counted |\n|---|---|---|"
        )
        .unwrap();
        for (criterion, line) in scheme.criteria.iter().zip(&score.lines) {
            writeln!(
                text,
                "| {} | {} | {} |",
                line.code,
                line.filled(criterion, "en"),
                line.counted
            )
            .unwrap();
        }
        writeln!(text, "| rounding | | {} |", score.rounding).unwrap();
        let total = score
            .total
            .map_or_else(|| "no score".to_owned(), |total| total.to_string());
        let rank = rank.map_or_else(|| "unranked".to_owned(), |rank| format!("rank {rank}"));
        writeln!(
            text,
            "| **total** | {}, {rank} | **{total}** |\n",
            score.band.as_deref().unwrap_or("no band")
        )
        .unwrap();
    }
    let docs = include_str!("../../../docs/SCORES.md");
    assert!(
        docs.contains(text.trim_end()),
        "docs/SCORES.md should read:\n{text}"
    );
}

#[test]
fn the_bonus_counts_no_quotas_whose_surplus_is_carried() {
    let bonus = |carries: bool| {
        let owed = ScoredObligation {
            carries,
            ..quota(1, "tin", 2, 4)
        };
        let inputs = Inputs {
            obligations: vec![owed, quota(2, "tin", 2, 3)],
            ..Inputs::default()
        };
        let scheme = presets::get("national").unwrap();
        let score = score(&scheme, &inputs);
        let lines = scheme.criteria.iter().zip(score.lines);
        lines
            .filter(|(criterion, _)| criterion.measure == Measure::OverAchievement)
            .map(|(_, line)| line.points.to_string())
            .collect::<Vec<_>>()
    };
    // 3 beyond of 4 required; then 1 of 2; 5 points for 100 %
    assert_eq!(bonus(false), ["3.75"]);
    assert_eq!(bonus(true), ["2.5"]);
}
