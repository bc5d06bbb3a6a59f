//! Where units stood in the tree, and when: a move keeps what was before it, so that an item counts
//! for the units above its unit at the instant of its arrival (docs/DOMAIN.md, units).

use crate::domain::ids::UnitId;
use std::ops::Range;

use chrono::{DateTime, Utc};

/// The beginning of a span that was always there.
pub const ALWAYS: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// The end of a span that still lasts.
pub const STILL: DateTime<Utc> = DateTime::<Utc>::MAX_UTC;

/// A time during which a unit stood below another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The unit.
    pub unit: UnitId,
    /// The unit above it; the unit itself at depth 0.
    pub ancestor: UnitId,
    /// How many steps lie between them.
    pub depth: i32,
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The instant after the last; [`STILL`] while it lasts.
    pub to: DateTime<Utc>,
}

impl Span {
    /// A unit is always below itself.
    #[must_use]
    pub const fn of_itself(unit: UnitId) -> Self {
        Self {
            unit,
            ancestor: unit,
            depth: 0,
            from: ALWAYS,
            to: STILL,
        }
    }

    /// Whether it still lasts.
    #[must_use]
    pub fn lasts(&self) -> bool {
        self.to == STILL
    }

    /// Whether an instant lies in it.
    #[must_use]
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.to
    }

    const fn time(&self) -> Range<DateTime<Utc>> {
        self.from..self.to
    }

    /// The part of it that lies in a time.
    #[must_use]
    pub fn within(&self, time: &Range<DateTime<Utc>>) -> Option<Self> {
        let (from, to) = (self.from.max(time.start), self.to.min(time.end));
        (from < to).then(|| Self {
            from,
            to,
            ..self.clone()
        })
    }

    /// The parts of it that lie outside a time.
    fn outside(self, time: &Range<DateTime<Utc>>) -> impl Iterator<Item = Self> {
        let before = self.within(&(ALWAYS..time.start.max(ALWAYS)));
        let after = self.within(&(time.end..STILL));
        before.into_iter().chain(after)
    }
}

/// The time during which a move from an instant on holds: until the next move of the same unit.
/// `above` are all spans of the unit.
#[must_use]
pub fn time_of_move(above: &[Span], from: DateTime<Utc>) -> Range<DateTime<Utc>> {
    let parents = above.iter().filter(|span| span.depth == 1);
    let next = parents
        .flat_map(|span| [span.from, span.to])
        .filter(|at| *at > from)
        .min();
    from..next.unwrap_or(STILL)
}

/// The spans of a unit and of all that ever stood below it, after the unit has stood below a parent
/// for a time.
///
/// `spans` are all spans of these units, and `parent` those of the parent; empty: it was a root.
#[must_use]
pub fn moved(
    mut spans: Vec<Span>,
    unit: UnitId,
    parent: &[Span],
    time: &Range<DateTime<Utc>>,
) -> Vec<Span> {
    let within = |span: &Span| span.within(time);
    let of_unit = |span: &&Span| span.ancestor == unit;
    let below: Vec<Span> = spans.iter().filter(of_unit).filter_map(within).collect();
    let left = |span: &&Span| span.unit == unit && span.ancestor != unit;
    let left: Vec<Span> = spans.iter().filter(left).filter_map(within).collect();
    for below in &below {
        for above in left.iter().filter_map(|above| above.within(&below.time())) {
            spans = without(spans, (below.unit, above.ancestor), &above.time());
        }
        for above in parent.iter().filter_map(within) {
            spans.extend(above.within(&below.time()).map(|time| Span {
                unit: below.unit,
                depth: below.depth + above.depth + 1,
                ..time
            }));
        }
    }
    joined(spans)
}

/// The spans without those of a unit below another in a time.
fn without(
    spans: Vec<Span>,
    (unit, ancestor): (UnitId, UnitId),
    time: &Range<DateTime<Utc>>,
) -> Vec<Span> {
    let mut kept = Vec::with_capacity(spans.len());
    for span in spans {
        if (span.unit, span.ancestor) == (unit, ancestor) {
            kept.extend(span.outside(time));
        } else {
            kept.push(span);
        }
    }
    kept
}

/// The spans in order; those that follow each other without a gap become one. A unit's own moves
/// stay: a move that is recorded later may lie between two of them.
fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|span| (span.unit, span.ancestor, span.from));
    spans.dedup_by(|next, span| {
        let follows = next.depth != 1
            && (next.unit, next.ancestor, next.depth, next.from)
                == (span.unit, span.ancestor, span.depth, span.to);
        if follows {
            span.to = next.to;
        }
        follows
    });
    spans
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    /// Two roots, three units below them, four below those.
    const ROOTS: [UnitId; 2] = [UnitId(1), UnitId(2)];
    const MIDDLE: [UnitId; 3] = [UnitId(11), UnitId(12), UnitId(13)];
    const LEAVES: [UnitId; 4] = [UnitId(21), UnitId(22), UnitId(23), UnitId(24)];

    /// The unit, its parent, and since which day.
    type Fact = (UnitId, UnitId, i64);

    fn at(instant: i64) -> DateTime<Utc> {
        ALWAYS + TimeDelta::days(instant)
    }

    /// The parent of a unit at an instant: the newest move by then.
    fn parent(facts: &[Fact], unit: UnitId, instant: i64) -> Option<UnitId> {
        let moves = facts
            .iter()
            .filter(|fact| fact.0 == unit && fact.2 <= instant);
        moves.max_by_key(|fact| fact.2).map(|fact| fact.1)
    }

    fn above(facts: &[Fact], unit: UnitId, instant: i64) -> Vec<UnitId> {
        std::iter::successors(Some(unit), |unit| parent(facts, *unit, instant)).collect()
    }

    /// The spans of all units after these moves, recorded in this order.
    fn recorded(facts: &[Fact]) -> Vec<Span> {
        let units = ROOTS.into_iter().chain(MIDDLE).chain(LEAVES);
        let mut all: Vec<Span> = units.map(Span::of_itself).collect();
        for (unit, parent, from) in facts {
            let own: Vec<Span> = of(&all, *unit);
            let time = time_of_move(&own, at(*from));
            let below: Vec<UnitId> = all
                .iter()
                .filter(|s| s.ancestor == *unit)
                .map(|s| s.unit)
                .collect();
            let (touched, mut others): (Vec<Span>, Vec<Span>) = all
                .iter()
                .cloned()
                .partition(|span| below.contains(&span.unit));
            others.extend(moved(touched, *unit, &of(&all, *parent), &time));
            all = others;
        }
        all.sort();
        all
    }

    fn of(all: &[Span], unit: UnitId) -> Vec<Span> {
        all.iter()
            .filter(|span| span.unit == unit)
            .cloned()
            .collect()
    }

    /// Founded under a parent, then moved; each move of a unit on a day of its own.
    fn facts() -> impl Strategy<Value = (Vec<Fact>, Vec<Fact>)> {
        let one = |unit: UnitId, parents: &'static [UnitId]| {
            prop::collection::btree_map(1_i64..9, prop::sample::select(parents), 0..4).prop_map(
                move |moves: BTreeMap<i64, UnitId>| {
                    let first = parents.first().map(|parent| (unit, *parent, 0));
                    let moves = moves
                        .into_iter()
                        .map(move |(from, parent)| (unit, parent, from));
                    first.into_iter().chain(moves).collect::<Vec<Fact>>()
                },
            )
        };
        let middle = MIDDLE.map(|unit| one(unit, &ROOTS));
        let leaves = LEAVES.map(|unit| one(unit, &MIDDLE));
        (middle, leaves).prop_flat_map(|(middle, leaves)| {
            let all: Vec<Fact> = middle.into_iter().chain(leaves).flatten().collect();
            (Just(all.clone()), Just(all).prop_shuffle())
        })
    }

    proptest! {
        #[test]
        fn the_tree_of_an_instant_is_what_the_moves_until_then_made_it((facts, shuffled) in facts()) {
            let spans = recorded(&shuffled);
            prop_assert_eq!(&spans, &recorded(&facts), "whatever the order of recording");
            for unit in MIDDLE.into_iter().chain(LEAVES) {
                for instant in 0..10 {
                    let now = at(instant);
                    let mut there: Vec<&Span> = spans
                        .iter()
                        .filter(|s| s.unit == unit && s.from <= now && now < s.to)
                        .collect();
                    there.sort_by_key(|span| span.depth);
                    let ids: Vec<UnitId> = there.iter().map(|span| span.ancestor).collect();
                    prop_assert_eq!(ids, above(&facts, unit, instant));
                }
            }
        }
    }
}
