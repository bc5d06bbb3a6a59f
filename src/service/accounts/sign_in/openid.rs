//! Single sign-on: an OpenID provider proves a mail, and whoever has the account with it comes in
//! as if with the password. No request to the provider happens inside a transaction.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::domain::account::{AccountState, How};
use crate::domain::text::local_date;
use crate::identity::openid::Introduced;
pub use crate::identity::openid::{Answer, Failure, Flow, Provider};
use crate::identity::secret;
use crate::service::accounts;
use crate::service::accounts::folded;
use crate::service::accounts::sign_in::{Opened, SHOWN_MAX, Visitor, enter_in, failed};
use crate::service::{App, Error};
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::people::{self, PersonRow};
use crate::store::{Conn, StoreError};

/// Where people come back to, below the server's address; the provider has to know it.
pub const BACK: &str = "/dang-nhap/mot-lan";

/// Why nobody was signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// On the way to the provider and back.
    OnTheWay(Failure),
    /// Nobody may come in with this mail: unknown, not verified by the provider, disabled, out of
    /// service. Callers can't tell which.
    Nobody {
        /// The mail as the provider writes it, shortened.
        mail: String,
    },
}

/// The provider of the house's settings, if they name one.
#[must_use]
pub fn provider(app: &App) -> Option<Provider> {
    Provider::of(&app.settings.openid, app.link(BACK))
}

/// Signs in whoever comes back from the provider. An invitation is taken by it: the provider has
/// proven the mail.
///
/// # Errors
/// Only the database's own.
pub fn finish(
    app: &App,
    provider: &Provider,
    (flow, answer): (Option<&Flow>, &Answer),
    visitor: &Visitor,
    now: DateTime<Utc>,
) -> Result<Result<Opened, Refusal>, Error> {
    let refused = |mail: &str, reason: &str| {
        let said = json!({ "address": visitor.address, "how": How::OpenId, "reason": reason });
        failed(app, mail, said, visitor, now)
    };
    let Introduced { mail, verified } = match provider.back(flow, answer, now) {
        Ok(introduced) => introduced,
        Err(failure) => {
            refused("", failure.as_str())?;
            return Ok(Err(Refusal::OnTheWay(failure)));
        }
    };
    let known = if mail.len() > SHOWN_MAX {
        String::new()
    } else {
        folded(&mail)
    };
    let fresh = secret::fresh();
    let entered = app.store.write(|conn| {
        let (account, person) = match welcome(conn, (&known, verified), now)? {
            Ok(found) => found,
            Err(reason) => return Ok(Err(reason)),
        };
        let account = accounts::proven_in(conn, (account, &person), &visitor.request_id, now)?;
        enter_in(
            conn,
            app,
            (&account, &person),
            How::OpenId,
            (visitor, &fresh),
            now,
        )
        .map(Ok)
    })?;
    match entered {
        Ok(opened) => Ok(Ok(opened)),
        Err(reason) => {
            refused(&known, reason)?;
            Ok(Err(Refusal::Nobody {
                mail: mail
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(SHOWN_MAX)
                    .collect(),
            }))
        }
    }
}

/// The account with this mail, or the reason for the trail why nobody comes in.
fn welcome(
    conn: &mut Conn,
    (mail, verified): (&str, bool),
    now: DateTime<Utc>,
) -> Result<Result<(AccountRow, PersonRow), &'static str>, StoreError> {
    if !verified {
        return Ok(Err("unverified_mail"));
    }
    let Some(account) = rows::by_mail(conn, mail)? else {
        return Ok(Err("unknown_mail"));
    };
    if accounts::state(&account)? == AccountState::Disabled {
        return Ok(Err("disabled"));
    }
    // whoever moved goes on with the same account
    let person = people::serving(conn, account.person_id, local_date(now))?;
    Ok(person
        .map(|person| (account, person))
        .ok_or("out_of_service"))
}
