//! The mail about rows that were set aside: to the administrators of the part of the tree that they
//! belong to and of those above it, or, where none of them has an address, to those at the roots of
//! the tree.

use chrono::{DateTime, Utc};

use super::set_aside::seen;
use crate::domain::access::{Actor, Role};
use crate::domain::ids::UnitId;
use crate::domain::mail::Outgoing;
use crate::domain::party::Party;
use crate::domain::preference::Lang;
use crate::domain::set_aside::SetAsideCause;
use crate::domain::text::{local_date, local_time};
use crate::domain::words::say;
use crate::mail::render::{Anchor, Block, Letter, Row, Table};
use crate::service::core::access::{Action, grants_of_person, scope_for};
use crate::service::core::tx::Tx;
use crate::service::notices::post::{Envelope, outgoing};
use crate::service::notices::recipients::{Recipient, reachable};
use crate::service::{App, Error};
use crate::store::set_aside as store;
use crate::store::set_aside::SetAsideRow;
use crate::store::{people, roles, units};

/// Lines of the mail; what exceeds them is shown with the jobs.
const LINES: usize = 40;

/// Mails the administrators what was set aside since they were told last; how many mails. What
/// nobody can be told waits until somebody can.
pub(crate) fn notify(app: &App, now: DateTime<Utc>) -> Result<usize, Error> {
    let system = Actor::system();
    let is_new = |row: &SetAsideRow| row.notified_at.is_none();
    let all = app.read(&system, now, |tx| Ok(store::all(tx.conn)?))?;
    if !all.iter().any(is_new) {
        return Ok(0);
    }
    app.write(&system, now, |tx| {
        let new: Vec<SetAsideRow> = store::all(tx.conn)?.into_iter().filter(is_new).collect();
        let (mut mails, mut told) = (Vec::new(), Vec::new());
        for (admin, theirs) in readers(tx, &new)? {
            if !theirs.is_empty() {
                mails.push(mail(tx, &admin, &theirs)?);
                told.extend(theirs);
            }
        }
        store::mark_notified(tx.conn, &told, tx.now)?;
        tx.enqueue(mails)
    })
}

/// The administrators with an address, each with those of the rows that they are told.
fn readers(
    tx: &mut Tx<'_>,
    new: &[SetAsideRow],
) -> Result<Vec<(Recipient, Vec<SetAsideRow>)>, Error> {
    let today = local_date(tx.now);
    let roots = units::roots_on(tx.conn, today)?;
    let (mut all, mut at_roots) = (Vec::new(), Vec::new());
    for admin in administrators(tx)? {
        let Party::Person(id) = admin.party else {
            continue;
        };
        let grants = grants_of_person(tx.conn, id, today)?;
        let scope = scope_for(&Actor::person(id, &admin.name, grants), Action::Operate);
        let is_root = |unit: &UnitId| roots.contains(unit);
        at_roots.push(scope.roots().is_none_or(|units| units.iter().any(is_root)));
        let theirs = seen(tx.conn, &scope, new.to_vec())?;
        all.push((admin, theirs));
    }
    let is_told = |row: &SetAsideRow| all.iter().any(|(_, theirs)| theirs.contains(row));
    let rest: Vec<SetAsideRow> = new.iter().filter(|row| !is_told(row)).cloned().collect();
    if !rest.is_empty() && !at_roots.contains(&true) {
        let rows = rest.len();
        tracing::warn!(rows, "no administrator has a mail address: nobody is told");
    }
    for ((_, theirs), _) in all.iter_mut().zip(at_roots).filter(|(_, at_root)| *at_root) {
        theirs.extend(rest.iter().cloned());
    }
    Ok(all)
}

/// Everybody with an address who is an administrator by a post or by a role beside it.
fn administrators(tx: &mut Tx<'_>) -> Result<Vec<Recipient>, Error> {
    let mut admins = people::with_role(tx.conn, Role::Admin)?;
    for granted in roles::with_role(tx.conn, Role::Admin)? {
        admins.extend(people::posts_of(tx.conn, granted.person_id)?);
    }
    Ok(reachable(&admins, local_date(tx.now)))
}

/// Why a row was set aside, in words.
fn reason(row: &SetAsideRow) -> String {
    match row.cause.0 {
        SetAsideCause::Refused => row.reason.clone(),
        cause => words(&format!("cause.{cause}")),
    }
}

fn words(key: &str) -> String {
    say("vi", &format!("set_aside.{key}"), &[])
}

fn mail(tx: &Tx<'_>, admin: &Recipient, new: &[SetAsideRow]) -> Result<Outgoing, Error> {
    let line = |row: &SetAsideRow| Row {
        what: format!("{} {}", words(row.entity.as_str()), row.entity_id),
        note: reason(row),
        due: local_time(row.found_at.0),
        ..Row::default()
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
