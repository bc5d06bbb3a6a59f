//! Drafts: items that are written but not handed in. Only the author and the leaders of the unit see
//! and change them; they count for nothing, and nobody gets a mail. Handing one in makes it an item.

mod read;

use serde::Deserialize;
use utoipa::ToSchema;

use super::items::{self, ItemDetail};
use crate::domain::error::Invalid;
use crate::domain::ids::{DraftId, EventId, UnitId};
use crate::domain::item::{Channel, NewItem};
use crate::domain::text;
use crate::domain::unit::note;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::drafts::{self as store, DraftRow};
use crate::store::kinds;

pub use read::{Draft, get, list};
use read::{current, of_row};

/// What a draft says; everything may still be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DraftText {
    /// Code of its kind.
    pub kind: Option<String>,
    /// Its headline.
    pub title: String,
    /// Where it can be read.
    pub url: Option<String>,
    /// Its text.
    pub body: Option<String>,
    /// The registered event that it reports.
    pub event_id: Option<EventId>,
}

/// A new draft.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDraft {
    /// The unit that it is to be handed in for.
    pub unit_id: UnitId,
    /// What it says.
    pub text: DraftText,
}

impl DraftText {
    /// The same with texts cleaned.
    fn checked(&self, tx: &mut Tx<'_>) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let title = note(&mut faults, text::optional_name("title", Some(&self.title)));
        let url = note(&mut faults, text::optional_name("url", self.url.as_deref()));
        let body = self.body.as_deref().filter(|body| !body.trim().is_empty());
        let body = body.map(|body| text::paragraph("body", body)).transpose();
        let kind = self.kind.clone().filter(|code| !code.is_empty());
        if let Some(code) = &kind
            && kinds::find(tx.conn, code)?.is_none()
        {
            faults.push(Invalid::new("kind", "rule_kind_unknown").with("value", code));
        }
        let body = note(&mut faults, body).flatten();
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        Ok(Self {
            kind,
            title: title.flatten().unwrap_or_default(),
            url: url.flatten(),
            body,
            event_id: self.event_id,
        })
    }
}

/// Saves a new draft of the person who acts.
///
/// # Errors
/// Faults of the texts; [`Error::NotFound`] for a program without a person; [`Error::Forbidden`]
/// where the actor hands nothing in.
pub fn save(tx: &mut Tx<'_>, new: &NewDraft) -> Result<Draft, Error> {
    let author = tx.actor.person_id.ok_or(Error::not_found("draft"))?;
    tx.require_named(Action::Submit, new.unit_id, "unit_id")?;
    let text = new.text.checked(tx)?;
    check_event(tx, text.event_id)?;
    let row = DraftRow {
        id: DraftId::NONE,
        unit_id: new.unit_id,
        person_id: author,
        kind: text.kind,
        title: text.title,
        url: text.url,
        body: text.body,
        event_id: text.event_id,
        version: 1,
        created_at: tx.now.into(),
        updated_at: tx.now.into(),
    };
    let row = store::insert(tx.conn, row)?;
    record(tx, "save", &row)?;
    of_row(tx, row)
}

/// Changes a draft.
///
/// # Errors
/// Faults of the texts; [`Error::NotFound`], [`Error::Stale`].
pub fn change(
    tx: &mut Tx<'_>,
    id: DraftId,
    text: &DraftText,
    version: i32,
) -> Result<Draft, Error> {
    let before = current(tx, id, version)?;
    let text = text.checked(tx)?;
    check_event(tx, text.event_id)?;
    let after = DraftRow {
        kind: text.kind,
        title: text.title,
        url: text.url,
        body: text.body,
        event_id: text.event_id,
        updated_at: tx.now.into(),
        ..before
    };
    let row = store::update(tx.conn, after)?.ok_or(Error::Stale)?;
    record(tx, "change", &row)?;
    of_row(tx, row)
}

/// Throws a draft away.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub fn discard(tx: &mut Tx<'_>, id: DraftId, version: i32) -> Result<(), Error> {
    let row = current(tx, id, version)?;
    store::delete(tx.conn, id)?;
    record(tx, "discard", &row)
}

/// Submits a draft with its last changes: see [`submit`].
///
/// # Errors
/// Those of [`change`] and [`submit`]; then the draft stays as it was.
pub fn change_and_submit(
    tx: &mut Tx<'_>,
    id: DraftId,
    text: &DraftText,
    version: i32,
) -> Result<ItemDetail, Error> {
    let draft = change(tx, id, text, version)?;
    submit(tx, id, draft.version)
}

/// Submits a draft: it becomes an item of its author, and the draft is gone. A leader of the unit
/// may submit what others wrote.
///
/// # Errors
/// Those of [`items::submit`]; [`Error::NotFound`], [`Error::Stale`].
pub fn submit(tx: &mut Tx<'_>, id: DraftId, version: i32) -> Result<ItemDetail, Error> {
    let row = current(tx, id, version)?;
    let is_own = tx.actor.person_id == Some(row.person_id);
    let new = NewItem {
        unit_id: row.unit_id,
        kind: row.kind.clone().unwrap_or_default(),
        title: row.title.clone(),
        field: None,
        url: row.url.clone(),
        body: row.body.clone(),
        channel: Channel::Web,
        authors: (!is_own).then(|| vec![row.person_id]),
        event_id: row.event_id,
        event: None,
        happened_on: None,
        arrival: None,
    };
    let item = items::submit(tx, &new)?;
    store::delete(tx.conn, id)?;
    record(tx, "submit", &row)?;
    Ok(item)
}

/// That the actor sees the event that a draft names.
fn check_event(tx: &mut Tx<'_>, event: Option<EventId>) -> Result<(), Error> {
    let Some(id) = event else { return Ok(()) };
    let missing = || Invalid::new("event_id", "not_found").with("value", id);
    match super::events::get(tx, id) {
        Err(Error::NotFound { .. }) => Err(missing().into()),
        found => found.map(|_| ()),
    }
}

/// The trail says that there is a draft, not what it says: others read the trail.
fn record(tx: &mut Tx<'_>, action: &'static str, row: &DraftRow) -> Result<(), Error> {
    tx.audit(action, "item_draft", row.id)
        .unit(row.unit_id)
        .record()
}
