//! Devices that signed in to an account before. They have a limit of attempts of their own, so that
//! an attacker can't lock the real person out. A known device gives no access.

use crate::identity::secret;
use crate::service::accounts::folded;
use crate::service::notices::links::Signer;
use crate::service::{Error, Tx};

/// A new device name, sealed for one account.
pub(super) fn seal(signer: &Signer, mail: &str) -> String {
    let name = secret::fresh();
    let seal = signer.seal(&text(mail, &name));
    format!("{name}.{seal}")
}

/// Whether a device signed in with this mail address before.
pub fn is_known(tx: &mut Tx<'_>, mail: &str, device: &str) -> Result<bool, Error> {
    let Some((name, seal)) = device.split_once('.').filter(|_| device.len() <= 200) else {
        return Ok(false);
    };
    let signer = Signer::read(tx.conn)?;
    Ok(signer.is_some_and(|signer| signer.is_sealed(&text(&folded(mail), name), seal)))
}

fn text(mail: &str, name: &str) -> String {
    format!("device:{}:{name}", secret::hash(mail))
}
