//! Who gets a reminder: the audiences of its step on the day, nobody twice; the department where
//! nobody of them has an address.

use crate::domain::ladder::Audience;
use crate::domain::reminding::Readers;
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::notices::recipients::{Directory, Recipient, add_new};
use crate::store::obligations::ObligationRow;

/// Whom a reminder reaches.
#[derive(Debug, Default)]
pub struct Reached {
    /// One for each address.
    pub recipients: Vec<Recipient>,
    /// Nobody for whom it is meant has an address: these are the department, in their place.
    pub redirected: bool,
}

impl Reached {
    /// Whether nobody at all learns of it. A step for the level above means nobody where there is
    /// none: then the department was told before.
    pub fn nobody(&self, readers: Readers<'_>) -> bool {
        self.recipients.is_empty() && readers != Readers::Audience(&[Audience::Above])
    }
}

/// Whom a reminder of an obligation reaches.
pub fn reached(
    directory: &mut Directory,
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    readers: Readers<'_>,
) -> Result<Reached, Error> {
    let audiences = match readers {
        Readers::Editors => {
            let federation = tx.lookups.unit(tx.conn, row.federation_id)?;
            let recipients = directory.editors(tx.conn, &federation)?;
            return Ok(Reached {
                recipients,
                redirected: false,
            });
        }
        Readers::Audience(audiences) => audiences,
    };
    let mut recipients: Vec<Recipient> = Vec::new();
    for audience in audiences {
        for recipient in directory.audience(tx, row, *audience)? {
            add_new(&mut recipients, recipient);
        }
    }
    if !recipients.is_empty() || is_above_the_top(tx, row, audiences)? {
        return Ok(Reached {
            recipients,
            redirected: false,
        });
    }
    Ok(Reached {
        recipients: directory.audience(tx, row, Audience::Department)?,
        redirected: true,
    })
}

/// Whether the step is for the level above a unit that has none.
fn is_above_the_top(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    audiences: &[Audience],
) -> Result<bool, Error> {
    let is_top = tx.lookups.unit(tx.conn, row.unit_id)?.parent_id.is_none();
    Ok(is_top && audiences == [Audience::Above])
}
