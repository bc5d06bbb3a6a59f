//! Taking a backup: one file that holds the database, a manifest and the settings without secrets.
//!
//! It is written beside the backups of the same folder, read again, and only then gets its name:
//! a file with the name of a backup is whole.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::folder::{Folder, unwritten};
use crate::config::BackupSettings;
use crate::domain::access::Actor;
use crate::domain::backup::{self, FORMAT, Keep, Manifest};
use crate::domain::error::Invalid;
use crate::domain::years;
use crate::office::archive::{self, Content};
use crate::service::{App, Error, Tx};
use crate::store::whole::Contents;
use crate::store::{StoreError, meta};

/// The key in `meta` under which the last backup is recorded.
const LAST: &str = "backup";

/// A backup that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its file.
    pub file: PathBuf,
    /// How long the file is.
    pub bytes: u64,
    /// What it says about itself.
    pub manifest: Manifest,
    /// How many older ones were deleted.
    pub deleted: usize,
}

/// The last backup in the folder of backups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// Everything that was committed by this instant is in it.
    #[serde(deserialize_with = "years::read")]
    pub taken_at: DateTime<Utc>,
    /// How long its file is.
    pub bytes: u64,
}

/// Takes a backup into the folder of the settings, notes it, and deletes the old ones that are kept
/// no longer. Blocks, for as long as it takes to read the database.
///
/// # Errors
/// `backup_no_directory`; those of [`take_to`].
pub fn take(app: &App, now: DateTime<Utc>) -> Result<Taken, Error> {
    let settings = &app.settings.backup;
    let directory = directory(settings)?;
    let folder = Folder::lock(directory)?;
    let name = PathBuf::from(backup::file_name(now));
    let mut taken = written(app, now, &folder, &name)?;
    taken.deleted = delete_old(&folder, settings).map_err(|cause| unwritten(directory, &cause))?;
    let last = Last {
        taken_at: now,
        bytes: taken.bytes,
    };
    app.write(&Actor::system(), now, |tx| note(tx, &last))?;
    Ok(taken)
}

/// Takes a backup into a file that does not exist yet.
///
/// # Errors
/// `backup_exists`; `backup_running`; `backup_unwritten` if the disk is full or the folder can't be
/// written to; `backup_failed` if the database can't be read, the copy is damaged or `pg_dump`
/// fails; [`Error::Store`] for the half of a copy that was interrupted. Nothing is left behind then.
pub fn take_to(app: &App, now: DateTime<Utc>, file: &Path) -> Result<Taken, Error> {
    if file.exists() {
        return Err(Invalid::new("", "backup_exists")
            .with("file", file.display())
            .into());
    }
    let above = file.parent().filter(|path| !path.as_os_str().is_empty());
    let directory = above.unwrap_or_else(|| Path::new("."));
    let name = file.file_name().map(PathBuf::from).unwrap_or_default();
    let folder = Folder::lock(directory)?;
    written(app, now, &folder, &name)
}

fn directory(settings: &BackupSettings) -> Result<&Path, Error> {
    let missing = || Invalid::new("backup.directory", "backup_no_directory");
    Ok(settings.directory.as_deref().ok_or_else(missing)?)
}

/// Writes a backup under that name into a folder: unfinished, checked, named.
fn written(app: &App, now: DateTime<Utc>, folder: &Folder, name: &Path) -> Result<Taken, Error> {
    let fault = |cause: io::Error| unwritten(folder.path(), &cause);
    app.store.check_copy_finished()?;
    let copied = app.store.copy_into(folder.unfinished());
    let contents = copied.map_err(|cause| of_copy(folder.path(), &cause))?;
    let database = folder.unfinished().join(app.store.engine().file_name());
    let manifest = manifest(app, now, contents, &database).map_err(fault)?;
    let finished = folder.unfinished().join("whole");
    pack(app, &manifest, &database, &finished).map_err(fault)?;
    let read = archive::database(&finished, manifest.engine.file_name(), digest);
    let (read, _) = read.map_err(|cause| failed(&cause))?.map_err(fault)?;
    if read != manifest.sha256 {
        return Err(failed(
            &"the file on the disk differs from what was written",
        ));
    }
    let bytes = fs::metadata(&finished).map_err(fault)?.len();
    folder.publish(&finished, name).map_err(fault)?;
    Ok(Taken {
        file: folder.path().join(name),
        bytes,
        manifest,
        deleted: 0,
    })
}

fn manifest(
    app: &App,
    taken_at: DateTime<Utc>,
    contents: Contents,
    database: &Path,
) -> io::Result<Manifest> {
    let (sha256, bytes) = digest(&mut fs::File::open(database)?)?;
    Ok(Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        schema: contents.schema,
        engine: app.store.engine(),
        taken_at,
        bytes,
        sha256,
        tables: contents.tables,
    })
}

fn pack(app: &App, manifest: &Manifest, database: &Path, to: &Path) -> io::Result<()> {
    let text = serde_json::to_string_pretty(manifest).map_err(io::Error::other)?;
    // secrets are written as ***
    let settings = toml::to_string(app.settings.as_ref()).map_err(io::Error::other)?;
    archive::write(
        to,
        Content {
            manifest: &text,
            settings: &settings,
            name: manifest.engine.file_name(),
            database,
            seconds: manifest.taken_at.timestamp().try_into().unwrap_or(0),
        },
    )
}

/// The SHA-256 of what is read, in hexadecimal digits, and how many bytes it is.
pub(super) fn digest(from: &mut dyn Read) -> io::Result<(String, u64)> {
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut part = vec![0; 65_536];
    loop {
        let read = from.read(&mut part)?;
        let Some(new) = part.get(..read).filter(|new| !new.is_empty()) else {
            break;
        };
        hash.update(new);
        bytes += u64::try_from(read).unwrap_or_default();
    }
    let hex = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok((hex, bytes))
}

/// Deletes the backups of a folder that are kept no longer; how many.
fn delete_old(folder: &Folder, settings: &BackupSettings) -> io::Result<usize> {
    let keep = Keep {
        daily: settings.keep.daily,
        weekly: settings.keep.weekly,
        monthly: settings.keep.monthly,
    };
    let all = folder.backups()?;
    let kept = backup::kept(&all, keep);
    let old: Vec<_> = all.into_iter().filter(|at| !kept.contains(at)).collect();
    for taken_at in &old {
        folder.delete(*taken_at)?;
    }
    Ok(old.len())
}

fn note(tx: &mut Tx<'_>, last: &Last) -> Result<(), Error> {
    let text =
        serde_json::to_string(last).map_err(|cause| StoreError::Corrupt(cause.to_string()))?;
    Ok(meta::put(tx.conn, LAST, &text)?)
}

/// The last backup in the folder of backups, as the database knows it.
///
/// # Errors
/// Those of the database.
pub fn last(tx: &mut Tx<'_>) -> Result<Option<Last>, Error> {
    let noted = meta::get(tx.conn, LAST)?;
    Ok(noted.and_then(|text| serde_json::from_str(&text).ok()))
}

fn of_copy(folder: &Path, cause: &StoreError) -> Error {
    match cause {
        StoreError::Unwritable(why) => unwritten(folder, why),
        other => failed(other),
    }
}

fn failed(cause: &dyn std::fmt::Display) -> Error {
    Error::Conflict(Invalid::new("", "backup_failed").with("cause", cause))
}
