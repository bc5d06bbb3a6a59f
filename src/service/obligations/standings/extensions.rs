//! Extensions as readers see them, and those that wait for a decision.

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use utoipa::ToSchema;

use super::list::{ObligationView, views};
use crate::domain::access::shown_actor;
use crate::domain::ids::ExtensionId;
use crate::domain::obligation::ExtensionState;
use crate::domain::text;
use crate::service::{Error, Tx};
use crate::store::obligations::{self as rows, ExtensionRow, ObligationRow};
use crate::store::views::obligations as view;

/// An extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExtensionView {
    /// Its number.
    pub id: ExtensionId,
    /// Until when.
    pub until: DateTime<FixedOffset>,
    /// Why.
    pub reason: String,
    /// asked, granted or refused.
    #[schema(value_type = String)]
    pub state: ExtensionState,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked_at: DateTime<FixedOffset>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<FixedOffset>>,
    /// What the decision says.
    pub decision_reason: Option<String>,
}

/// An extension that waits for the department's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AskedExtension {
    /// The extension.
    #[serde(flatten)]
    pub extension: ExtensionView,
    /// What it is asked for.
    pub obligation: ObligationView,
}

/// Extensions that wait for a decision, after the one with the id `after`, oldest first.
pub fn asked_extensions(
    tx: &mut Tx<'_>,
    after: Option<ExtensionId>,
    limit: i64,
    locale: &str,
) -> Result<Vec<AskedExtension>, Error> {
    let found = view::asked_extensions(tx.conn, &tx.scope(), after, limit)?;
    with_obligations(tx, found, locale)
}

/// Extensions that were decided, the newest decision first.
pub fn decided_extensions(
    tx: &mut Tx<'_>,
    limit: i64,
    locale: &str,
) -> Result<Vec<AskedExtension>, Error> {
    let found = view::decided_extensions(tx.conn, &tx.scope(), limit)?;
    with_obligations(tx, found, locale)
}

/// One extension with its obligation, asked for or decided.
///
/// # Errors
/// [`Error::NotFound`] if it does not exist or its obligation lies outside the actor's scope.
pub fn one_extension(
    tx: &mut Tx<'_>,
    id: ExtensionId,
    locale: &str,
) -> Result<AskedExtension, Error> {
    let missing = || Error::not_found("extension");
    let asked = rows::find_extension(tx.conn, id)?.ok_or_else(missing)?;
    let owed = view::find(tx.conn, &tx.scope(), asked.obligation_id)?.ok_or_else(missing)?;
    let found = with_obligations(tx, vec![(asked, owed)], locale)?.pop();
    found.ok_or_else(missing)
}

fn with_obligations(
    tx: &mut Tx<'_>,
    found: Vec<(ExtensionRow, ObligationRow)>,
    locale: &str,
) -> Result<Vec<AskedExtension>, Error> {
    let (asked, obligations): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let obligations = views(tx, &obligations, locale)?;
    let pairs = asked.into_iter().zip(obligations);
    Ok(pairs
        .map(|(asked, obligation)| AskedExtension {
            extension: asked.into(),
            obligation,
        })
        .collect())
}

impl From<ExtensionRow> for ExtensionView {
    fn from(extension: ExtensionRow) -> Self {
        Self {
            id: extension.id,
            until: text::local(extension.until.0),
            reason: extension.reason,
            state: extension.state.0,
            asked_by: shown_actor(&extension.asked_by).to_owned(),
            asked_at: text::local(extension.asked_at.0),
            decided_at: extension.decided_at.map(|at| text::local(at.0)),
            decided_by: extension
                .decided_by
                .as_deref()
                .map(shown_actor)
                .map(str::to_owned),
            decision_reason: extension.decision_reason,
        }
    }
}
