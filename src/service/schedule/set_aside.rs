//! Rows that a job cannot judge: a policy that is unreadable, a calendar that does not exist. Such
//! a row is set aside and tried again an hour later; the others go on. It is shown with the jobs,
//! and the administrators get one mail about it.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::access::{Actor, Role, Scope};
use crate::domain::ids::{ObligationId, RuleVersionId, UnitId};
use crate::domain::mail::Outgoing;
use crate::domain::party::Party;
use crate::domain::preference::Lang;
use crate::domain::set_aside::SetAsideEntity;
use crate::domain::text::{local_date, local_time};
use crate::domain::words::say;
use crate::mail::render::{Anchor, Block, Letter, Row, Table};
use crate::service::core::access::{Action, grants_of_person, scope_for};
use crate::service::core::tx::Tx;
use crate::service::notices::post::{Envelope, outgoing};
use crate::service::notices::recipients::{Recipient, reachable};
use crate::service::{App, Error};
use crate::store::obligations::{self, ObligationRow};
use crate::store::readable::readable as read_all;
use crate::store::set_aside as store;
use crate::store::set_aside::SetAsideRow;
use crate::store::{Conn, outbox, people, roles, views};

/// After this time a row is tried again.
pub const RETRY: TimeDelta = TimeDelta::hours(1);

/// Lines of the mail; what exceeds them is shown with the jobs.
const LINES: usize = 40;

/// What is set aside in the part of the tree that the actor operates.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<SetAsideRow>, Error> {
    tx.require_by_any_role(Action::Operate)?;
    let all = store::all(tx.conn)?;
    seen(tx.conn, &tx.scope_for(Action::Operate), all)
}

/// Those of the rows that concern a part of the tree.
fn seen(
    conn: &mut Conn,
    scope: &Scope,
    mut rows: Vec<SetAsideRow>,
) -> Result<Vec<SetAsideRow>, Error> {
    if *scope == Scope::All || rows.is_empty() {
        return Ok(rows);
    }
    for entity in SetAsideEntity::ALL {
        let of_entity = rows.iter().filter(|row| row.entity == *entity);
        let ids: Vec<i64> = of_entity.map(|row| row.entity_id).collect();
        let units = store::units_of(conn, *entity, &ids)?;
        let concerned: Vec<UnitId> = units.values().copied().collect();
        let seen = views::seen_in_full(conn, scope, &concerned)?;
        let is_seen = |id: &i64| units.get(id).is_some_and(|unit| seen.contains(unit));
        rows.retain(|row| row.entity != *entity || is_seen(&row.entity_id));
    }
    Ok(rows)
}

/// Runs `work` on all rows at once; if one of them cannot be judged, on halves, until that row is
/// alone and goes to `set_aside`.
///
/// # Errors
/// Those that are not about the data.
pub(crate) fn each<Id: Copy>(
    ids: &[Id],
    work: &mut dyn FnMut(&[Id]) -> Result<(), Error>,
    set_aside: &mut dyn FnMut(Id, &Error) -> Result<(), Error>,
) -> Result<(), Error> {
    match (work(ids), ids) {
        (Err(error), [id]) if error.is_about_data() => set_aside(*id, &error),
        (Err(error), [_, _, ..]) if error.is_about_data() => {
            let (first, second) = ids.split_at(ids.len() / 2);
            each(first, work, set_aside)?;
            each(second, work, set_aside)
        }
        (done, _) => done,
    }
}

/// Sets a row aside.
pub(crate) fn put(
    tx: &mut Tx<'_>,
    entity: SetAsideEntity,
    id: impl Into<i64>,
    why: &Error,
) -> Result<(), Error> {
    let id = id.into();
    tracing::error!(%entity, id, error = %why, "a row cannot be judged and is set aside");
    if entity == SetAsideEntity::Obligation {
        obligations::postpone(tx.conn, ObligationId(id), tx.now + RETRY)?;
    }
    let row = SetAsideRow::new(entity, id, &why.to_string(), tx.now);
    Ok(store::put(tx.conn, &row)?)
}

/// Notes that these rows could be judged.
pub(crate) fn judged<Id: Copy + Into<i64>>(
    tx: &mut Tx<'_>,
    entity: SetAsideEntity,
    ids: &[Id],
) -> Result<(), Error> {
    if store::count(tx.conn)? > 0 {
        let ids: Vec<i64> = ids.iter().map(|id| (*id).into()).collect();
        store::remove(tx.conn, entity, &ids, tx.now)?;
    }
    Ok(())
}

/// The ids of rows of a sort that are to be tried again.
pub(crate) fn to_retry(tx: &mut Tx<'_>, entity: SetAsideEntity) -> Result<Vec<i64>, Error> {
    let due = |row: &SetAsideRow| row.entity == entity && row.tried_at.0 + RETRY <= tx.now;
    let all = store::all(tx.conn)?;
    Ok(all
        .into_iter()
        .filter(due)
        .map(|row| row.entity_id)
        .collect())
}

/// These obligations, without those that cannot be read or named: they are set aside.
pub(crate) fn readable(
    tx: &mut Tx<'_>,
    ids: &[ObligationId],
) -> Result<HashMap<ObligationId, ObligationRow>, Error> {
    let all = obligations::find_many(tx.conn, ids);
    let all = all.map(|rows| rows.into_values().collect());
    let found = read_all(tx.conn, all, |_| Ok(ids.to_vec()), obligations::find)?;
    let entity = SetAsideEntity::Obligation;
    for (id, why) in found.unreadable {
        put(tx, entity, id.0, &why.into())?;
    }
    let named = name_all(tx, &found.rows);
    let all_named = !named.as_ref().is_err_and(Error::is_about_data);
    if all_named {
        named?;
    }
    let mut rows = HashMap::with_capacity(found.rows.len());
    for row in found.rows {
        match if all_named {
            Ok(())
        } else {
            name_all(tx, std::slice::from_ref(&row))
        } {
            Err(why) if why.is_about_data() => put(tx, entity, row.id.0, &why)?,
            named => {
                named?;
                rows.insert(row.id, row);
            }
        }
    }
    Ok(rows)
}

/// Reads what obligations are named by: their units and rules.
fn name_all(tx: &mut Tx<'_>, rows: &[ObligationRow]) -> Result<(), Error> {
    let of_rules = rows.iter().filter(|row| row.event_id.is_none());
    let versions: Vec<RuleVersionId> = of_rules.map(|row| row.rule_version_id).collect();
    tx.lookups.read_contents(tx.conn, &versions)?;
    let units = rows.iter().map(|row| row.unit_id);
    tx.lookups.read_units(tx.conn, units)
}

/// Mails the administrators what was set aside in their part since they were told last; how many
/// mails.
pub(crate) fn notify(app: &App, now: DateTime<Utc>) -> Result<usize, Error> {
    let system = Actor::system();
    let is_new = |row: &SetAsideRow| row.notified_at.is_none();
    let all = app.read(&system, now, |tx| Ok(store::all(tx.conn)?))?;
    if !all.iter().any(is_new) {
        return Ok(0);
    }
    app.write(&system, now, |tx| {
        let new: Vec<SetAsideRow> = store::all(tx.conn)?.into_iter().filter(is_new).collect();
        let mut admins = people::with_role(tx.conn, Role::Admin)?;
        for granted in roles::with_role(tx.conn, Role::Admin)? {
            admins.extend(people::posts_of(tx.conn, granted.person_id)?);
        }
        let admins = reachable(&admins, local_date(tx.now));
        if admins.is_empty() {
            tracing::warn!("no administrator has a mail address");
        }
        let mut mails = Vec::with_capacity(admins.len());
        for admin in &admins {
            let Party::Person(id) = admin.party else {
                continue;
            };
            let grants = grants_of_person(tx.conn, id, local_date(tx.now))?;
            let scope = scope_for(&Actor::person(id, &admin.name, grants), Action::Operate);
            let theirs = seen(tx.conn, &scope, new.clone())?;
            if !theirs.is_empty() {
                mails.push(mail(tx, admin, &theirs)?);
            }
        }
        store::mark_notified(tx.conn, tx.now)?;
        Ok(outbox::enqueue(tx.conn, &mails)?)
    })
}

fn mail(tx: &Tx<'_>, admin: &Recipient, new: &[SetAsideRow]) -> Result<Outgoing, Error> {
    let words = |key: &str| say("vi", &format!("set_aside.{key}"), &[]);
    let line = |row: &SetAsideRow| Row {
        what: format!("{} {}", words(row.entity.as_str()), row.entity_id),
        note: row.reason.clone(),
        due: local_time(row.found_at.0),
        link: None,
    };
    let number = new.len().to_string();
    let table = Table {
        caption: words("caption"),
        what: words("what"),
        due: words("found"),
        rows: new.iter().take(LINES).map(line).collect(),
    };
    let letter = Letter {
        lang: Lang::Vi,
        title: say("vi", "set_aside.title", &[("number", number.as_str())]),
        pressing: None,
        greeting: say(
            "vi",
            "digest.greeting_person",
            &[("name", admin.name.as_str())],
        ),
        blocks: vec![
            Block::Paragraph(words("lead")),
            Block::Table(table),
            Block::Button(Anchor::new(words("button"), tx.app.link("/"))),
        ],
        why: words("why"),
        signature: tx.app.settings.mail.from_name.clone(),
    };
    let envelope = Envelope {
        key: format!("set-aside:{}:{}", admin.party, tx.now.timestamp_micros()),
        kind: "set_aside",
        reader: admin,
        unit_id: admin.unit_id,
        leaves_at: tx.now,
        expires_at: None,
        check_at: None,
    };
    outgoing(tx.app, &letter, envelope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::Invalid;

    #[test]
    fn a_row_that_cannot_be_judged_is_found_and_the_others_are_done() {
        let ids: Vec<i64> = (1..=20).collect();
        let (mut done, mut aside) = (Vec::new(), Vec::new());
        let mut work = |ids: &[i64]| {
            if ids.contains(&7) || ids.contains(&8) {
                return Err(Error::from(Invalid::new("policy", "unreadable")));
            }
            done.extend_from_slice(ids);
            Ok(())
        };
        each(&ids, &mut work, &mut |id, _| {
            aside.push(id);
            Ok(())
        })
        .unwrap();
        assert_eq!(aside, [7, 8]);
        assert_eq!(done.len(), 18);
    }

    #[test]
    fn what_is_not_about_the_data_stops_everything() {
        let mut calls = 0;
        let mut work = |_: &[i64]| {
            calls += 1;
            Err(Error::Stale)
        };
        let stopped = each(&[1, 2], &mut work, &mut |_, _| Ok(()));
        assert!(matches!(stopped, Err(Error::Stale)));
        assert_eq!(calls, 1);
    }
}
