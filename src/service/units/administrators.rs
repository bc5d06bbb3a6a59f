//! That every part of the installation keeps an administrator: compared before and after a change,
//! in its transaction.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::access::Role;
use crate::domain::account::AccountState;
use crate::domain::error::Invalid;
use crate::domain::grant::{Days, without_a_gap};
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::text;
use crate::service::Error;
use crate::store::{Conn, StoreError, accounts, people, roles, units};

/// The parts of the installation that somebody administers, and that are administered on every day
/// from now on.
#[derive(Debug)]
pub(crate) struct Administered {
    /// Units; `None` is the whole installation.
    parts: Vec<Option<UnitId>>,
    from: NaiveDate,
}

impl Administered {
    /// What the human behind a person administers today or will administer.
    pub(crate) fn by(
        conn: &mut Conn,
        person_id: PersonId,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let from = text::local_date(now);
        let goes_on = |to: Option<NaiveDate>| to.is_none_or(|to| from <= to);
        let posts = people::posts_of(conn, person_id)?;
        let ids: Vec<PersonId> = posts.iter().map(|row| row.id).collect();
        let by_post = posts
            .iter()
            .filter(|row| row.role == Role::Admin && goes_on(row.active_to));
        let mut held: Vec<Option<UnitId>> = by_post.map(|row| Some(row.unit_id)).collect();
        let granted = roles::of_posts(conn, &ids)?
            .into_iter()
            .filter(|row| row.role == Role::Admin && goes_on(row.valid_to));
        held.extend(granted.map(|row| row.unit_id));
        let mut parts = Vec::new();
        for part in held {
            if without_a_gap(administered_on(conn, part)?, from) {
                parts.push(part);
            }
        }
        Ok(Self { parts, from })
    }

    /// Checks that each of them is still administered, after the change.
    ///
    /// # Errors
    /// `account_last_admin` as [`Error::Conflict`].
    pub(crate) fn require_still(&self, conn: &mut Conn) -> Result<(), Error> {
        for part in &self.parts {
            if !without_a_gap(administered_on(conn, *part)?, self.from) {
                return Err(Error::Conflict(Invalid::new("", "account_last_admin")));
            }
        }
        Ok(())
    }
}

/// The days on which somebody administers a part of the installation: by a role on it or above it,
/// in service, with an active account. Somebody who was invited and never signed in administers
/// nothing.
fn administered_on(conn: &mut Conn, part: Option<UnitId>) -> Result<Vec<Days>, StoreError> {
    let above = match part {
        Some(unit) => units::ancestors(conn, unit)?,
        None => units::tops(conn)?,
    };
    let mut spans = Vec::new();
    for person in people::with_role(conn, Role::Admin)? {
        if above.contains(&person.unit_id) && signs_in(conn, person.id)? {
            spans.push(person.days());
        }
    }
    for granted in roles::with_role(conn, Role::Admin)? {
        let over = granted.unit_id.is_none_or(|unit| above.contains(&unit));
        if over && signs_in(conn, granted.person_id)? {
            let posts = people::posts_of(conn, granted.person_id)?;
            let days = granted.days();
            spans.extend(posts.iter().map(|post| days.shared_with(post.days())));
        }
    }
    Ok(spans)
}

fn signs_in(conn: &mut Conn, person_id: PersonId) -> Result<bool, StoreError> {
    Ok(accounts::of_person(conn, person_id)?.is_some_and(|row| *row.state == AccountState::Active))
}
