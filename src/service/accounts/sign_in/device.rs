//! Devices that signed in to an account before: they have a budget of tries of their own, so that
//! an attacker can't lock the real person out. Knowing a device opens nothing.

use crate::identity::secret;
use crate::service::accounts::folded;
use crate::service::notices::links::Signer;
use crate::service::{App, Error};

/// A new name for a device, sealed for one account.
pub(crate) fn seal(signer: &Signer, mail: &str) -> String {
    let name = secret::fresh();
    let seal = signer.seal(&text(mail, &name));
    format!("{name}.{seal}")
}

/// Whether a device signed in with this mail before.
///
/// # Errors
/// Only the database's own.
pub fn is_known(app: &App, mail: &str, device: &str) -> Result<bool, Error> {
    let Some((name, seal)) = device.split_once('.').filter(|_| device.len() <= 200) else {
        return Ok(false);
    };
    let signer = app.store.read(Signer::read)?;
    Ok(signer.is_some_and(|signer| signer.is_sealed(&text(&folded(mail), name), seal)))
}

fn text(mail: &str, name: &str) -> String {
    format!("device:{}:{name}", secret::hash(mail))
}
