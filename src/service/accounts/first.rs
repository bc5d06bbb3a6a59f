//! The first administrator, made at the command line of the machine. No password is typed there: it
//! answers a one-time link.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::domain::access::{Actor, Role};
use crate::domain::account::{AccountState, Purpose};
use crate::domain::error::Invalid;
use crate::domain::person::{NewPerson, Position};
use crate::domain::text;
use crate::service::accounts::{Account, folded, links, open_in};
use crate::service::core::access;
use crate::service::core::audit::Entry;
use crate::service::units::people;
use crate::service::{App, Error, Tx};
use crate::store::{Conn, accounts as rows, units};

/// An administrator to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAdmin {
    /// Full name.
    pub name: String,
    /// The address to sign in with.
    pub mail: String,
    /// Code of their unit; absent: the only federation.
    pub unit: Option<String>,
    /// Although there is one already.
    pub another: bool,
}

/// Enters the person, opens the account, and answers the address under which the password is set,
/// once, within a week. For an administrator who has not come yet it answers a new address; the one
/// before is worth nothing any more.
///
/// # Errors
/// [`Error::Conflict`] if there is an administrator, or the mail is that of another account; an
/// unknown unit, or none where there are several federations; the faults of name and mail.
pub fn create_admin(app: &App, new: &NewAdmin, now: DateTime<Utc>) -> Result<String, Error> {
    let actor = Actor::cli();
    app.store.write(|conn| {
        if let Some(link) = invite_again_in(conn, &actor, &new.mail, now)? {
            return Ok(address(app, &link));
        }
        let admins = rows::count_role(conn, Role::Admin.as_str(), text::local_date(now))?;
        if admins > 0 && !new.another {
            return Err(Error::Conflict(Invalid::new("", "account_admin_exists")));
        }
        let unit = match &new.unit {
            Some(code) => units::find_by_code(conn, code)?.ok_or_else(|| {
                Invalid::new("unit", "not_found")
                    .with("value", code.chars().take(100).collect::<String>())
            })?,
            None => match units::federations(conn)?.as_slice() {
                [only] => only.clone(),
                [] => return Err(Error::Conflict(Invalid::new("unit", "account_no_unit"))),
                _ => return Err(Invalid::new("unit", "required").into()),
            },
        };
        let person = NewPerson {
            unit_id: unit.id,
            name: new.name.clone(),
            title: None,
            mail: Some(new.mail.clone()),
            role: Role::Admin,
            position: Position::Staff,
            fields: Vec::new(),
            active_from: None,
            active_to: None,
        };
        let mut tx = Tx::new(conn, app, &actor, now);
        let person = people::create(&mut tx, &person)?.person;
        let mail = text::mail("mail", &new.mail)?;
        let row = open_in(conn, &person, mail, now)?;
        let link = links::make_in(conn, &row, Purpose::Invite, now)?;
        let said = json!({ "person_id": person.id });
        Entry::new(&actor, now, "create_admin", "account", row.id)
            .unit(unit.id)
            .new_value(&said)?
            .record(conn)?;
        Ok(address(app, &link))
    })
}

/// A new link for the administrator with this mail whose first one was lost or ran out; `None` if
/// nobody has the mail.
fn invite_again_in(
    conn: &mut Conn,
    actor: &Actor,
    mail: &str,
    now: DateTime<Utc>,
) -> Result<Option<String>, Error> {
    let Some(row) = rows::by_mail(conn, &folded(mail))? else {
        return Ok(None);
    };
    let account = Account::read(conn, row, now)?;
    let grants = access::grants_of_person(conn, account.person.id, text::local_date(now))?;
    let administers = grants.iter().any(|grant| grant.role == Role::Admin);
    if account.state != AccountState::Invited || !administers {
        return Err(Error::Conflict(Invalid::new(
            "mail",
            "account_admin_mail_taken",
        )));
    }
    let link = links::make_in(conn, &account.row, Purpose::Invite, now)?;
    let said = json!({ "works_until": now + Purpose::Invite.life() });
    crate::service::accounts::entry(actor, now, "resend_invite", &account)
        .new_value(&said)?
        .record(conn)?;
    Ok(Some(link))
}

fn address(app: &App, link: &str) -> String {
    app.link(&format!("{}{link}", Purpose::Invite.path()))
}
