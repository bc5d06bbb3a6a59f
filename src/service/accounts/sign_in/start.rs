//! Starting a session for somebody who has proven who they are, and recording failed attempts.

use serde_json::Value;

use super::{Client, NewSession, cleaned, device, kept_seconds, lifetime, sessions};
use crate::domain::access::Actor;
use crate::domain::account::{SessionStage, SignInMethod};
use crate::domain::ids::{PersonId, SessionId};
use crate::identity::secret;
use crate::service::accounts::{Account, audit, must_have_second_factor, person_actor};
use crate::service::notices::links::Signer;
use crate::service::{App, Error, Tx};
use crate::store::sessions::{self as stored, SessionRow};
use crate::store::types::{At, Word};
use crate::store::{StoreError, accounts as rows, people};

/// The id of nobody: what is looked up where an unknown mail address must take as long as a known
/// one.
pub(super) const NOBODY: PersonId = PersonId::NONE;

/// Starts a session. The session that the browser held before ends, even if it belonged to another
/// person.
pub(super) fn start(
    tx: &mut Tx<'_>,
    account: &Account,
    method: SignInMethod,
    client: &Client,
) -> Result<NewSession, Error> {
    let actor = person_actor(tx, &account.person)?;
    let tx = &mut tx.acting_as(&actor);
    let stage = first_stage(tx.app, &actor, account, method);
    // whose role requires a second factor is asked for it at every sign-in
    let kept = client.keeps && !must_have_second_factor(tx.app, &actor);
    end_previous(tx, client)?;
    let secret = secret::fresh();
    let row = SessionRow {
        id: SessionId::NONE,
        account_id: account.row.id,
        stage: Word(stage),
        how: Word(method),
        created_at: At(tx.now),
        seen_at: At(tx.now),
        expires_at: At(tx.now + lifetime(tx.app, stage, kept)),
        address: client.address.clone(),
        agent: cleaned(&client.agent),
        ended_at: None,
        kept,
    };
    let session = stored::insert(tx.conn, row, &secret::hash(&secret))?;
    rows::record_sign_in(tx.conn, account.row.id, tx.now)?;
    audit(tx, "sign_in", account).new_value(&session).record()?;
    Ok(NewSession {
        account_id: account.row.id,
        kept_seconds: kept_seconds(tx.app, stage, kept),
        secret,
        stage,
        device: device::seal(&Signer::create_or_read(tx.conn)?, &account.row.mail_folded),
    })
}

fn first_stage(app: &App, actor: &Actor, account: &Account, method: SignInMethod) -> SessionStage {
    if second_factor_at_provider(app, method) {
        SessionStage::Done
    } else if account.row.totp_secret.is_some() {
        SessionStage::Code
    } else if must_have_second_factor(app, actor) {
        SessionStage::Enrol
    } else {
        SessionStage::Done
    }
}

/// Whether the provider of single sign-on has asked for the second factor already.
pub(super) fn second_factor_at_provider(app: &App, method: SignInMethod) -> bool {
    app.settings.openid.second_factor_there && method == SignInMethod::OpenId
}

fn end_previous(tx: &mut Tx<'_>, client: &Client) -> Result<(), Error> {
    let Some(previous) = &client.previous_session else {
        return Ok(());
    };
    let Some(session) = stored::find_by_hash(tx.conn, &secret::hash(previous))? else {
        return Ok(());
    };
    if let Some(account) = rows::find(tx.conn, session.account_id)? {
        sessions::end_of(tx, &account, session.id)?;
    }
    Ok(())
}

/// Records a failed attempt in the audit trail. Of an unknown account it does not even record what
/// was typed, which may be a password in the wrong field.
pub(super) fn record_failure(tx: &mut Tx<'_>, mail: &str, details: &Value) -> Result<(), Error> {
    let account = rows::by_mail(tx.conn, mail)?;
    let person_id = account.as_ref().map_or(NOBODY, |row| row.person_id);
    let person = people::find(tx.conn, person_id)?;
    let id = account.map(|row| row.id.to_string()).unwrap_or_default();
    let line = tx.audit("sign_in_failed", "account", id).new_value(details);
    match person {
        Some(person) => line.unit(person.unit_id).record(),
        None => line.record(),
    }
}

/// The person of an account who is in service at this instant. Somebody who moved to another unit
/// keeps their account.
pub(super) fn serving(
    tx: &mut Tx<'_>,
    person_id: PersonId,
) -> Result<Option<people::PersonRow>, StoreError> {
    people::serving(tx.conn, person_id, crate::domain::text::local_date(tx.now))
}
