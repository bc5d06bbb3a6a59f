//! The outbox as people see it: which mails wait, which were sent, which were given up and why.
//!
//! A mail holds signed links that act for its reader, so its text is for operators; that it was
//! sent is for the department too.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::mail::MailState;
use crate::service::accounts::KIND as ACCOUNT;
use crate::service::core::access::{
    Action, require_authority_over, require_by_any_role, scope_for,
};
use crate::service::core::audit::Entry;
use crate::service::{App, Error};
use crate::store::Conn;
use crate::store::outbox;
pub use crate::store::outbox::{MailFilter, Queued, Stats, Whole};

/// Mails about the part of the tree that the actor may see, the newest first, older than the one
/// with the id `before`.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn list(
    app: &App,
    actor: &Actor,
    state: Option<MailState>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Queued>, Error> {
    require_by_any_role(actor, Action::ManageRules)?;
    let filter = MailFilter {
        state,
        below: below(actor, Action::ManageRules),
    };
    app.store
        .read(|conn| Ok(outbox::list(conn, &filter, before, limit)?))
}

/// The part of the outbox that [`list`] shows, in numbers; `sent` counts since an instant.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn stats(app: &App, actor: &Actor, sent_since: DateTime<Utc>) -> Result<Stats, Error> {
    require_by_any_role(actor, Action::ManageRules)?;
    let below = below(actor, Action::ManageRules);
    app.store
        .read(|conn| Ok(outbox::stats(conn, below.as_deref(), sent_since)?))
}

/// One mail with its texts; that of an account, whose link sets a password, for who stands over its
/// person only.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn get(app: &App, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<Whole, Error> {
    require_by_any_role(actor, Action::Operate)?;
    app.store.read(|conn| visible(conn, actor, id, now))
}

/// Has a mail that was given up tried again, as if it were new.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] if it was not given up.
pub fn requeue(app: &App, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<Whole, Error> {
    require_by_any_role(actor, Action::Operate)?;
    app.store.write(|conn| {
        let mail = visible(conn, actor, id, now)?;
        if !outbox::requeue(conn, id, now)? {
            return Err(Error::Conflict(Invalid::new("", "mail_not_dead")));
        }
        let state = |mail: &Whole| json!({ "state": mail.queued.state });
        let after = visible(conn, actor, id, now)?;
        let entry = Entry::new(actor, now, "requeue", "mail", id)
            .old(&state(&mail))?
            .new_value(&state(&after))?;
        match mail.queued.unit_id {
            Some(unit) => entry.unit(unit).record(conn)?,
            None => entry.record(conn)?,
        }
        Ok(after)
    })
}

fn visible(conn: &mut Conn, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<Whole, Error> {
    let missing = || Error::not_found("mail");
    let below = below(actor, Action::Operate);
    if below.is_some() {
        // the list knows whom a mail is about
        let filter = MailFilter { state: None, below };
        let found = outbox::list(conn, &filter, Some(id.saturating_add(1)), 1)?;
        found
            .first()
            .filter(|mail| mail.id == id)
            .ok_or_else(missing)?;
    }
    let mail = outbox::find(conn, id)?.ok_or_else(missing)?;
    if mail.queued.kind == ACCOUNT
        && let Some(person) = outbox::person_of(conn, id)?
    {
        require_authority_over(conn, actor, person, now)?;
    }
    Ok(mail)
}

fn below(actor: &Actor, action: Action) -> Option<Vec<i64>> {
    scope_for(actor, action).roots().map(<[i64]>::to_vec)
}
