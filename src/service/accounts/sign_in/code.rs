//! The second step of a sign-in: a code of the second factor, or a recovery code.

use serde_json::json;

use super::{Client, CurrentSession, NewSession, device, kept_seconds, lifetime};
use crate::domain::account::SessionStage;
use crate::identity::{second_factor, secret};
use crate::service::accounts::{Account, audit};
use crate::service::notices::links::Signer;
use crate::service::{Error, Tx};
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::sessions::{self as stored, Renewal};
use crate::store::types::{At, Word};

/// Completes a sign-in. The session gets a new secret. `None` if the code is wrong or the session
/// does not wait for one.
pub fn second_step(
    tx: &mut Tx<'_>,
    current: &CurrentSession,
    code: &str,
    client: &Client,
) -> Result<Option<NewSession>, Error> {
    let tx = &mut tx.acting_as(&current.actor);
    let row = rows::find(tx.conn, current.session.account_id)?;
    let Some(row) = row.filter(|_| current.stage == SessionStage::Code) else {
        return Ok(None);
    };
    let Some(totp) = row.totp_secret.as_deref() else {
        return Ok(None);
    };
    let step = second_factor::verify(totp, code, row.totp_last_step, tx.now)?;
    let recovered = step.is_none() && {
        let hash = second_factor::recovery_hash(code);
        rows::use_code(tx.conn, row.id, &hash, tx.now)?
    };
    let person = current.person.clone();
    let account = Account { row, person };
    if step.is_none() && !recovered {
        audit(tx, "second_step_failed", &account)
            .new_value(&json!({ "address": client.address }))
            .record()?;
        return Ok(None);
    }
    if step.is_some() {
        let row = AccountRow {
            totp_last_step: step,
            ..account.row.clone()
        };
        rows::update(tx.conn, &row)?;
    }
    complete(tx, current, &account, recovered).map(Some)
}

fn complete(
    tx: &mut Tx<'_>,
    current: &CurrentSession,
    account: &Account,
    recovered: bool,
) -> Result<NewSession, Error> {
    let (secret, stage, id) = (secret::fresh(), SessionStage::Done, current.session.id);
    let renewal = Renewal {
        hash: secret::hash(&secret),
        stage: Word(stage),
        expires_at: At(tx.now + lifetime(tx.app, stage, current.session.kept)),
    };
    stored::renew(tx.conn, id, &renewal)?;
    audit(tx, "second_step", account)
        .old(&json!({ "session": id, "stage": current.stage }))
        .new_value(&json!({ "session": id, "stage": stage, "recovery_code": recovered }))
        .record()?;
    Ok(NewSession {
        account_id: account.row.id,
        kept_seconds: kept_seconds(tx.app, stage, current.session.kept),
        secret,
        stage,
        device: device::seal(&Signer::create_or_read(tx.conn)?, &account.row.mail_folded),
    })
}
