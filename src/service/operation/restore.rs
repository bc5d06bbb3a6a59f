//! Putting a backup back, into an empty place only: nothing that exists is ever overwritten.

use std::path::Path;

use super::backup::digest;
use crate::config::Settings;
use crate::domain::backup::{FORMAT, Manifest};
use crate::domain::error::Invalid;
use crate::office::archive::{self, Fault};
use crate::service::Error;
use crate::store::StoreError;
use crate::store::whole::{Place, is_known};

/// Puts the backup in `file` into the database that the settings name. All of the file is read and
/// compared with its manifest first; what was put back is compared with it afterwards.
///
/// # Errors
/// `restore_unreadable`, `restore_foreign`, `restore_damaged`, `restore_newer` about the file;
/// `restore_other_engine`, `restore_not_empty` about the place; `restore_failed` if the place can't
/// be written to. Nothing is left behind then.
pub fn restore(settings: &Settings, file: &Path) -> Result<Manifest, Error> {
    let manifest = manifest(file)?;
    let url = &settings.database.url;
    let place = Place::at(url.expose())?;
    if place.engine() != manifest.engine {
        let fault = Invalid::new("database.url", "restore_other_engine");
        let fault = fault.with("here", place.engine());
        return Err(fault.with("there", manifest.engine).into());
    }
    if !place.is_empty()? {
        let fault = Invalid::new("database.url", "restore_not_empty");
        return Err(Error::Conflict(fault.with("place", url.redacted())));
    }
    let name = manifest.engine.file_name();
    let read = archive::database(file, name, digest).map_err(|fault| of_file(file, &fault))?;
    let (sha256, _) = read.map_err(|cause| of_file(file, &Fault::Damaged(cause)))?;
    if sha256 != manifest.sha256 {
        return Err(about(file, "restore_damaged")
            .with("cause", "SHA-256")
            .into());
    }
    let filled = archive::database(file, name, |from| place.fill(&manifest, from));
    filled
        .map_err(|fault| of_file(file, &fault))?
        .map_err(|cause| of_place(file, &cause))?;
    Ok(manifest)
}

/// What the backup says about itself, if this program can read it.
fn manifest(file: &Path) -> Result<Manifest, Error> {
    let text = archive::manifest(file).map_err(|fault| of_file(file, &fault))?;
    let said: serde_json::Value =
        serde_json::from_str(&text).map_err(|_| about(file, "restore_foreign"))?;
    let format = said.get("format").and_then(serde_json::Value::as_u64);
    if format.is_some_and(|format| format > FORMAT.into()) {
        return Err(newer(file, &said).into());
    }
    let manifest: Manifest =
        serde_json::from_value(said.clone()).map_err(|_| about(file, "restore_foreign"))?;
    if is_known(&manifest.schema)? {
        Ok(manifest)
    } else {
        Err(newer(file, &said).into())
    }
}

fn newer(file: &Path, said: &serde_json::Value) -> Invalid {
    let program = said.get("program").and_then(serde_json::Value::as_str);
    about(file, "restore_newer").with("program", program.unwrap_or("?"))
}

fn about(file: &Path, code: &'static str) -> Invalid {
    Invalid::new("", code).with("file", file.display())
}

fn of_file(file: &Path, fault: &Fault) -> Error {
    match fault {
        Fault::Foreign => about(file, "restore_foreign").into(),
        // its words repeat bytes of the file
        Fault::Damaged(cause) => {
            let damaged = about(file, "restore_damaged");
            damaged.with("cause", cause.kind()).into()
        }
        Fault::Unreadable(cause) => about(file, "restore_unreadable")
            .with("cause", cause)
            .into(),
    }
}

/// What did not fit the manifest is the backup's fault, the rest that of the place.
fn of_place(file: &Path, cause: &StoreError) -> Error {
    match cause {
        StoreError::Corrupt(why) => about(file, "restore_damaged").with("cause", why).into(),
        other => Error::Conflict(about(file, "restore_failed").with("cause", other)),
    }
}
