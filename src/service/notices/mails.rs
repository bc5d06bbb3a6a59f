//! The outbox as people see it: which mails wait, which were sent, which were given up and why.
//!
//! A mail holds signed links that act for its reader, so its text is for operators; that it was
//! sent is for the department too.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::ids::{MailId, UnitId};
use crate::domain::mail::MailState;
use crate::service::Error;
use crate::service::accounts::KIND as ACCOUNT;
use crate::service::core::access::{
    Action, require_authority_over, require_by_any_role, scope_for,
};
use crate::service::core::tx::Tx;
use crate::store::outbox;
pub use crate::store::outbox::{MailFilter, Queued, Stats, Whole};

/// Mails about the part of the tree that the actor may see, the newest first, older than the one
/// with the id `before`.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn list(
    tx: &mut Tx<'_>,
    filter: &MailFilter,
    before: Option<MailId>,
    limit: i64,
) -> Result<Vec<Queued>, Error> {
    require_by_any_role(tx.actor, Action::ManageRules)?;
    let filter = seen(tx, filter);
    Ok(outbox::list(tx.conn, &filter, before, limit)?)
}

/// A part of the outbox, with how many mails there are of each sort under the same filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailList {
    /// Mails, the newest first.
    pub mails: Vec<Queued>,
    /// How many wait.
    pub waiting: i64,
    /// How many were sent.
    pub sent: i64,
    /// How many were given up.
    pub dead: i64,
    /// Whether the actor reads the mails themselves.
    pub may_open: bool,
}

/// [`list`] with its counts.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn page(
    tx: &mut Tx<'_>,
    filter: &MailFilter,
    before: Option<MailId>,
    limit: i64,
) -> Result<MailList, Error> {
    let mails = list(tx, filter, before, limit)?;
    let whatever = MailFilter {
        state: None,
        waiting: false,
        ..seen(tx, filter)
    };
    let of = |state| MailFilter {
        state: Some(state),
        ..whatever.clone()
    };
    let waiting = MailFilter {
        waiting: true,
        ..whatever.clone()
    };
    Ok(MailList {
        mails,
        waiting: outbox::count(tx.conn, &waiting)?,
        sent: outbox::count(tx.conn, &of(MailState::Sent))?,
        dead: outbox::count(tx.conn, &of(MailState::Dead))?,
        may_open: require_by_any_role(tx.actor, Action::Operate).is_ok(),
    })
}

/// The filter within the part of the tree that the actor may see.
fn seen(tx: &Tx<'_>, filter: &MailFilter) -> MailFilter {
    MailFilter {
        below: below(tx.actor, Action::ManageRules),
        ..filter.clone()
    }
}

/// The part of the outbox that [`list`] shows, in numbers; `sent` counts since an instant.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn stats(tx: &mut Tx<'_>, sent_since: DateTime<Utc>) -> Result<Stats, Error> {
    require_by_any_role(tx.actor, Action::ManageRules)?;
    let below = below(tx.actor, Action::ManageRules);
    Ok(outbox::stats(tx.conn, below.as_deref(), sent_since)?)
}

/// One mail with its texts; that of an account, whose link sets a password, only for those who
/// manage its person.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn get(tx: &mut Tx<'_>, id: MailId) -> Result<Whole, Error> {
    require_by_any_role(tx.actor, Action::Operate)?;
    let missing = || Error::not_found("mail");
    let below = below(tx.actor, Action::Operate);
    if below.is_some() {
        // the list knows whom a mail is about
        let filter = MailFilter {
            below,
            ..MailFilter::default()
        };
        let found = outbox::list(tx.conn, &filter, Some(MailId(id.0.saturating_add(1))), 1)?;
        found
            .first()
            .filter(|mail| mail.id == id)
            .ok_or_else(missing)?;
    }
    let mail = outbox::find(tx.conn, id)?.ok_or_else(missing)?;
    if mail.queued.kind == ACCOUNT
        && let Some(person) = outbox::person_of(tx.conn, id)?
    {
        require_authority_over(tx.conn, tx.actor, person, tx.now)?;
    }
    Ok(mail)
}

/// Has a mail that was given up tried again, as if it were new.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] if it was not given up.
pub fn requeue(tx: &mut Tx<'_>, id: MailId) -> Result<Whole, Error> {
    let before = get(tx, id)?;
    if !outbox::requeue(tx.conn, id, tx.now)? {
        return Err(Error::Conflict(Invalid::new("", "mail_not_dead")));
    }
    let after = get(tx, id)?;
    let state = |mail: &Whole| json!({ "state": mail.queued.state });
    tx.audit("requeue", "mail", id)
        .unit(before.queued.unit_id)
        .old(&state(&before))
        .new_value(&state(&after))
        .record()?;
    Ok(after)
}

fn below(actor: &Actor, action: Action) -> Option<Vec<UnitId>> {
    scope_for(actor, action).roots().map(<[UnitId]>::to_vec)
}
