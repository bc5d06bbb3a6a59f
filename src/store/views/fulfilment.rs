//! How far the rules of plans were met.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;
use serde::Serialize;

use crate::domain::ids::RuleId;
use crate::domain::obligation::State;
use crate::store::schema::obligation;
use crate::store::types::Word;
use crate::store::{Conn, StoreError};

/// How many obligations a rule opened, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Fulfilment {
    /// Met by the due instant.
    pub met_on_time: i64,
    /// Met after it.
    pub met_late: i64,
    /// Not met.
    pub missed: i64,
    /// Excused.
    pub exempt: i64,
    /// Not decided yet.
    pub open: i64,
}

impl Fulfilment {
    /// How many obligations count: all that are decided but for those that were excused.
    pub const fn decided(&self) -> i64 {
        self.met_on_time + self.met_late + self.missed
    }

    /// How many were met, in time or late.
    pub const fn met(&self) -> i64 {
        self.met_on_time + self.met_late
    }

    /// All obligations that were opened.
    pub const fn all(&self) -> i64 {
        self.decided() + self.exempt + self.open
    }

    /// The share of those that were met, in per cent, rounded; `None` where nothing is decided.
    pub const fn percent(&self) -> Option<i64> {
        match self.decided() {
            0 => None,
            decided => Some((200 * self.met() + decided) / (2 * decided)),
        }
    }

    const fn add(&mut self, state: State, n: i64) {
        let place = match state {
            State::MetOnTime => &mut self.met_on_time,
            State::MetLate => &mut self.met_late,
            State::Missed => &mut self.missed,
            State::Exempt => &mut self.exempt,
            State::Open | State::AwaitingReview => &mut self.open,
        };
        *place += n;
    }
}

/// What became of the obligations of these rules, by rule; rules that opened none are left out.
pub fn of_rules(
    conn: &mut Conn,
    rules: &[RuleId],
) -> Result<HashMap<RuleId, Fulfilment>, StoreError> {
    let counted: Vec<(RuleId, Word<State>, i64)> = obligation::table
        .filter(obligation::rule_id.eq_any(rules))
        .group_by((obligation::rule_id, obligation::state))
        .select((obligation::rule_id, obligation::state, count_star()))
        .load(conn)?;
    let mut all: HashMap<RuleId, Fulfilment> = HashMap::new();
    for (rule, state, n) in counted {
        all.entry(rule).or_default().add(*state, n);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_that_was_met_leaves_out_the_excused_and_the_open() {
        let mut one = Fulfilment::default();
        assert_eq!(one.percent(), None);
        one.add(State::MetOnTime, 1);
        one.add(State::MetLate, 1);
        one.add(State::Missed, 1);
        one.add(State::Exempt, 5);
        one.add(State::AwaitingReview, 2);
        assert_eq!((one.met(), one.decided(), one.all()), (2, 3, 10));
        assert_eq!(one.percent(), Some(67));
    }
}
