//! The first administrator, created at the command line of the machine. No password is typed there:
//! the command prints a one-time link.

use serde_json::json;

use super::manage::create;
use super::{Account, audit, folded, links};
use crate::domain::access::Role;
use crate::domain::account::{AccountState, LinkPurpose};
use crate::domain::error::Invalid;
use crate::domain::mail::EmailAddress;
use crate::domain::person::{NewPerson, Position};
use crate::domain::text;
use crate::domain::unit::{Category, NewUnit};
use crate::service::core::access;
use crate::service::units::{create as create_unit, people};
use crate::service::{Error, Tx};
use crate::store::units::UnitRow;
use crate::store::{accounts as rows, units};

/// An administrator to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAdmin {
    /// Full name.
    pub name: String,
    /// The address to sign in with.
    pub mail: String,
    /// Code of their unit; absent: the only federation.
    pub unit: Option<String>,
    /// Name of the federation that is founded for them where there is none yet.
    pub federation: Option<String>,
    /// Its code; absent: made of its name.
    pub code: Option<String>,
    /// Create one even if there is an administrator already.
    pub another: bool,
}

/// Creates the person and the account, and returns the address of a page on which the password can
/// be set once within a week. For an administrator who has not accepted the invitation yet it
/// returns a new address, and the earlier one is void.
///
/// # Errors
/// [`Error::Conflict`] if there is an administrator, or another account signs in with the mail
/// address; an unknown unit, none where there are several federations, a name of a federation where
/// there is one; the faults of names and address.
pub fn create_admin(tx: &mut Tx<'_>, new: &NewAdmin) -> Result<String, Error> {
    if let Some(address) = invite_again(tx, &new.mail)? {
        return Ok(address);
    }
    let admins = rows::count_role(tx.conn, Role::Admin, text::local_date(tx.now))?;
    if admins > 0 && !new.another {
        return Err(Error::Conflict(Invalid::new("", "account_admin_exists")));
    }
    let unit = unit_of(tx, new)?;
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
    let person = people::create(tx, &person)?.person;
    let account = create(tx, person, EmailAddress::parse("mail", &new.mail)?)?;
    let link = links::issue(tx, account.row.id, LinkPurpose::Invite)?;
    audit(tx, "create_admin", &account)
        .new_value(&json!({ "person_id": account.person.id }))
        .record()?;
    Ok(link.address(tx.app))
}

/// Federations that a refusal names.
const NAMED: usize = 5;

/// The unit that they name, or the only federation, founded where there is none.
fn unit_of(tx: &mut Tx<'_>, new: &NewAdmin) -> Result<UnitRow, Error> {
    if let Some(code) = new.unit.as_deref() {
        let shown: String = code.chars().take(100).collect();
        let unknown = || Invalid::new("unit", "not_found").with("value", shown);
        return Ok(units::find_by_code(tx.conn, code)?.ok_or_else(unknown)?);
    }
    match (units::federations(tx.conn)?.as_slice(), &new.federation) {
        ([_, ..], Some(_)) => Err(Invalid::new("federation", "account_federation_exists").into()),
        ([only], None) => Ok(only.clone()),
        ([], Some(name)) => {
            let federation = NewUnit {
                code: new.code.clone().unwrap_or_else(|| text::code_of(name)),
                name: name.clone(),
                category: Category::Federation,
                parent_id: None,
                cluster: None,
                founded_on: None,
                mail: None,
            };
            Ok(create_unit(tx, &federation)?.unit)
        }
        ([], None) => Err(Error::Conflict(Invalid::new("unit", "account_no_unit"))),
        (several, None) => {
            let names = several.iter().take(NAMED);
            let names = names.map(|unit| format!("{} ({})", unit.code, unit.name));
            let names = names.collect::<Vec<_>>().join(", ");
            Err(Invalid::new("unit", "account_several_federations")
                .with("federations", names)
                .into())
        }
    }
}

/// A new link for the administrator with this mail address who lost the first one or let it expire;
/// `None` if no account has the address.
fn invite_again(tx: &mut Tx<'_>, mail: &str) -> Result<Option<String>, Error> {
    let Some(row) = rows::by_mail(tx.conn, &folded(mail))? else {
        return Ok(None);
    };
    let account = Account::with_person(tx.conn, row, tx.now)?;
    let today = text::local_date(tx.now);
    let grants = access::grants_of_person(tx.conn, account.person.id, today)?;
    let administers = grants.iter().any(|grant| grant.role == Role::Admin);
    if account.state() != AccountState::Invited || !administers {
        return Err(Error::Conflict(Invalid::new(
            "mail",
            "account_admin_mail_taken",
        )));
    }
    let link = links::issue(tx, account.row.id, LinkPurpose::Invite)?;
    let works_until = tx.now + LinkPurpose::Invite.lifetime();
    audit(tx, "resend_invite", &account)
        .new_value(&json!({ "works_until": works_until }))
        .record()?;
    Ok(Some(link.address(tx.app)))
}
