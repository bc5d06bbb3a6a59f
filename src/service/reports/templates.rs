//! The texts of documents: those that ship, or what a federation wrote in their place.

use serde::Serialize;

use crate::domain::document::{DocumentKind, Template, TemplateInput};
use crate::domain::ids::UnitId;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::documents::{self, TemplateRow};
use crate::store::types::{At, Word};

/// The text of a kind of document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TemplateView {
    /// The federation.
    pub unit_id: UnitId,
    /// The kind of document.
    pub kind: DocumentKind,
    /// The text.
    #[serde(flatten)]
    pub text: Template,
    /// The placeholders that it may contain, each written in braces.
    pub placeholders: Vec<&'static str>,
    /// Goes up with every change; 0 for the text that ships.
    pub version: i32,
}

/// The texts of a federation, one for each kind of document.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see.
pub fn templates(tx: &mut Tx<'_>, unit_id: UnitId) -> Result<Vec<TemplateView>, Error> {
    tx.require(Action::Read, unit_id)?;
    let kinds = DocumentKind::ALL.iter();
    kinds.map(|kind| of(tx, unit_id, *kind)).collect()
}

/// The text of one kind.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see.
pub fn template(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    kind: DocumentKind,
) -> Result<TemplateView, Error> {
    tx.require(Action::Read, unit_id)?;
    of(tx, unit_id, kind)
}

/// Sets the text of a kind for the whole federation of a unit; `None`: the text that ships holds again.
///
/// # Errors
/// Every fault of the text; [`Error::Stale`] if somebody set it first.
pub fn set_template(
    tx: &mut Tx<'_>,
    (unit_id, kind): (UnitId, DocumentKind),
    input: Option<&TemplateInput>,
    version: i32,
) -> Result<TemplateView, Error> {
    tx.require(Action::Read, unit_id)?;
    let unit_id = tx.lookups.unit(tx.conn, unit_id)?.federation_id;
    tx.require(Action::ManageRules, unit_id)?;
    let before = of(tx, unit_id, kind)?;
    tx.require_current(before.version, version)?;
    match input {
        Some(input) => {
            let text = input.check(kind)?;
            let row = TemplateRow {
                unit_id,
                kind: Word(kind),
                title: text.title,
                subject: text.subject,
                body: text.body,
                version: before.version + 1,
                updated_at: At(tx.now),
            };
            documents::put_template(tx.conn, &row)?;
        }
        None => documents::delete_template(tx.conn, unit_id, kind)?,
    }
    let after = of(tx, unit_id, kind)?;
    tx.audit("change", "document_template", format!("{unit_id}:{kind}"))
        .unit(unit_id)
        .old(&before.text)
        .new_value(&after.text)
        .record()?;
    Ok(after)
}

/// The text of a kind in the federation of a unit, whoever asks.
pub(super) fn of(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    kind: DocumentKind,
) -> Result<TemplateView, Error> {
    let unit_id = tx.lookups.unit(tx.conn, unit_id)?.federation_id;
    let own = documents::templates_of(tx.conn, unit_id)?;
    let own = own.into_iter().find(|row| *row.kind == kind);
    let version = own.as_ref().map_or(0, |row| row.version);
    let text = own.map_or_else(
        || kind.shipped(),
        |row| Template {
            title: row.title,
            subject: row.subject,
            body: row.body,
        },
    );
    Ok(TemplateView {
        unit_id,
        kind,
        text,
        placeholders: kind.placeholders().to_vec(),
        version,
    })
}
