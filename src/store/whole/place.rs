//! An empty place for a database: a file that does not exist, or a database without tables.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::contents::{Contents, checked, contents, tables};
use super::programs::Server;
use crate::domain::backup::{Engine, Manifest};
use crate::store::connection::{self, Target, beside};
use crate::store::{StoreError, migrate};

/// Where a database may be put.
#[derive(Debug)]
pub struct Place(Target);

impl Place {
    /// The place that an address names.
    ///
    /// # Errors
    /// If the address is not understood, or names a file on a network file system.
    pub fn at(url: &str) -> Result<Self, StoreError> {
        let target = Target::parse(url)?;
        target.check()?;
        Ok(Self(target))
    }

    /// Which database belongs there.
    pub fn engine(&self) -> Engine {
        self.0.engine()
    }

    /// Whether nothing is there yet.
    ///
    /// # Errors
    /// If the server can't be reached.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        match &self.0 {
            Target::Sqlite(file) => {
                let absent =
                    |path: &Path| fs::metadata(path).map_or(true, |found| found.len() == 0);
                Ok(absent(file) && absent(&beside(file, "-wal")))
            }
            Target::Postgres(_) => Ok(tables(&mut connection::apart(&self.0)?)?.is_empty()),
        }
    }

    /// Puts the database of a backup here, whole or not at all, and compares what is here then with
    /// the manifest.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if they differ, [`StoreError::Unwritable`] if the disk is full.
    pub fn fill(&self, manifest: &Manifest, from: &mut dyn Read) -> Result<(), StoreError> {
        match &self.0 {
            Target::Sqlite(file) => {
                let half = beside(file, ".restoring");
                let filled = fill_file(&half, manifest, from)
                    .and_then(|()| named(&half, file).map_err(unwritten(file)));
                if filled.is_err() {
                    let _absent = fs::remove_file(&half);
                }
                filled
            }
            Target::Postgres(url) => {
                Server::at(url)?.restore(from)?;
                compare(&contents(&mut connection::apart(&self.0)?)?, manifest)
            }
        }
    }
}

fn fill_file(half: &Path, manifest: &Manifest, from: &mut dyn Read) -> Result<(), StoreError> {
    write(half, from).map_err(unwritten(half))?;
    compare(&checked(half)?, manifest)
}

fn write(half: &Path, from: &mut dyn Read) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut new = File::options();
    new.write(true).create(true).truncate(true).mode(0o600);
    let mut file = new.open(half)?;
    io::copy(from, &mut file)?;
    file.sync_all()
}

/// Gives the file its name, and waits until the disk knows it.
fn named(half: &Path, file: &Path) -> io::Result<()> {
    fs::rename(half, file)?;
    let above = file.parent().filter(|above| !above.as_os_str().is_empty());
    File::open(above.unwrap_or(Path::new(".")))?.sync_all()
}

fn unwritten(file: &Path) -> impl Fn(io::Error) -> StoreError {
    let file: PathBuf = file.to_owned();
    move |cause| StoreError::Unwritable(format!("{}: {cause}", file.display()))
}

/// Whether a database holds what its manifest says.
fn compare(found: &Contents, manifest: &Manifest) -> Result<(), StoreError> {
    if found.schema != manifest.schema {
        return Err(StoreError::Corrupt(format!(
            "the schema is {}, the manifest says {}",
            found.schema, manifest.schema
        )));
    }
    let names = manifest.tables.keys().chain(found.tables.keys());
    let differing = names
        .map(|table| (table, found.tables.get(table), manifest.tables.get(table)))
        .find(|(_, here, there)| here != there);
    match differing {
        Some((table, here, there)) => Err(StoreError::Corrupt(format!(
            "the table {table} has {} rows, the manifest says {}",
            here.unwrap_or(&0),
            there.unwrap_or(&0)
        ))),
        None => Ok(()),
    }
}

/// Whether this program knows the schema of a backup.
///
/// # Errors
/// None that can happen: the migrations are part of the program.
pub fn is_known(schema: &str) -> Result<bool, StoreError> {
    migrate::is_known(schema)
}
