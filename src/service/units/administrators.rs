//! That no part of the house is left without an administrator: looked at before a change and after
//! it, in its transaction.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::access::Role;
use crate::domain::account::AccountState;
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::service::Error;
use crate::store::{Conn, StoreError, accounts, people, roles, units};

/// Days, the last one included.
type Span = (NaiveDate, NaiveDate);

/// The parts of the house that somebody administers, and that are administered from a day on
/// without a gap.
#[derive(Debug)]
pub(crate) struct Administered {
    /// Units; `None` is the whole installation.
    parts: Vec<Option<i64>>,
    from: NaiveDate,
}

impl Administered {
    /// What the human behind a person administers today or will.
    ///
    /// # Errors
    /// Only the database's own.
    pub(crate) fn by(conn: &mut Conn, person_id: i64, now: DateTime<Utc>) -> Result<Self, Error> {
        let from = text::local_date(now);
        let life = people::life_of(conn, person_id)?;
        let ids: Vec<i64> = life.iter().map(|row| row.id).collect();
        let admin = Role::Admin;
        let current = |to: Option<NaiveDate>| to.is_none_or(|to| from <= to);
        let posts = life
            .iter()
            .filter(|row| row.role == admin && current(row.active_to));
        let mut held: Vec<Option<i64>> = posts.map(|row| Some(row.unit_id)).collect();
        let given = roles::of_life(conn, &ids)?
            .into_iter()
            .filter(|row| row.role == admin && current(row.valid_to));
        held.extend(given.map(|row| row.unit_id));
        let mut parts = Vec::new();
        for part in held {
            if without_a_gap(&mut spans(conn, part)?, from) {
                parts.push(part);
            }
        }
        Ok(Self { parts, from })
    }

    /// That each of them still is, after the change.
    ///
    /// # Errors
    /// `account_last_admin` as [`Error::Conflict`].
    pub(crate) fn require_still(&self, conn: &mut Conn) -> Result<(), Error> {
        for part in &self.parts {
            if !without_a_gap(&mut spans(conn, *part)?, self.from) {
                return Err(Error::Conflict(Invalid::new("", "account_last_admin")));
            }
        }
        Ok(())
    }
}

/// The days on which somebody administers a part of the app: by a role on it or above, in
/// service, with an account that they have signed in to or could. Who was invited and never came
/// administers nothing.
fn spans(conn: &mut Conn, part: Option<i64>) -> Result<Vec<Span>, StoreError> {
    let above = match part {
        Some(unit) => units::ancestors(conn, unit)?,
        None => units::tops(conn)?,
    };
    let admin = Role::Admin;
    let mut spans = Vec::new();
    for person in people::with_role(conn, admin)? {
        if above.contains(&person.unit_id) && signs_in(conn, person.id)? {
            spans.push(span(person.active_from, person.active_to));
        }
    }
    for given in roles::with_role(conn, admin)? {
        let over = given.unit_id.is_none_or(|unit| above.contains(&unit));
        if !over || !signs_in(conn, given.person_id)? {
            continue;
        }
        let (from, to) = span(Some(given.valid_from), given.valid_to);
        for row in people::life_of(conn, given.person_id)? {
            let (since, until) = span(row.active_from, row.active_to);
            spans.push((from.max(since), to.min(until)));
        }
    }
    Ok(spans)
}

fn span(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Span {
    (from.unwrap_or(NaiveDate::MIN), to.unwrap_or(NaiveDate::MAX))
}

fn signs_in(conn: &mut Conn, person_id: i64) -> Result<bool, StoreError> {
    Ok(accounts::of_person(conn, person_id)?.is_some_and(|row| *row.state == AccountState::Active))
}

/// Whether the spans together hold each day from `day` on, for ever.
fn without_a_gap(spans: &mut [Span], day: NaiveDate) -> bool {
    spans.sort_unstable();
    let mut next = day;
    for (from, to) in spans {
        if *from > next {
            return false;
        }
        match to.succ_opt() {
            None => return true,
            Some(after) => next = next.max(after),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(n: i32) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(730_000 + n).unwrap()
    }

    proptest! {
        #[test]
        fn a_gap_is_a_day_that_no_span_holds(given in prop::collection::vec((0_i32..12, 0_i32..14), 0..6), start in 0_i32..12) {
            // an end of 12 or more stands for none
            let end = |to: i32| if to >= 12 { NaiveDate::MAX } else { day(to) };
            let mut spans: Vec<Span> = given.iter().map(|(from, to)| (day(*from), end(*to))).collect();
            let held = |on: NaiveDate| spans.iter().any(|(from, to)| *from <= on && on <= *to);
            let expected = (start..20).all(|n| held(day(n)));
            prop_assert_eq!(without_a_gap(&mut spans.clone(), day(start)), expected);
            spans.reverse();
            prop_assert_eq!(without_a_gap(&mut spans, day(start)), expected);
        }
    }
}
