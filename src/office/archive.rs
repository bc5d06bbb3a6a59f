//! The file of a backup: a `tar.gz` with the manifest first, then the settings, then the database.
//! It is written and read as a stream; gzip's own checksum covers all of it.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

const MANIFEST: &str = "manifest.json";
const SETTINGS: &str = "settings.toml";

/// Longest manifest that is read, in bytes.
const MANIFEST_MAX: u64 = 1_048_576;

/// Why an archive can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It is no file of ours.
    #[error("not an archive of a backup")]
    Foreign,
    /// It ends too early or was changed.
    #[error("{0}")]
    Damaged(io::Error),
    /// The file itself can't be opened.
    #[error(transparent)]
    Unreadable(io::Error),
}

/// What an archive is made of.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// JSON.
    pub manifest: &'a str,
    /// TOML, without secrets.
    pub settings: &'a str,
    /// The name of the database inside the archive.
    pub name: &'a str,
    /// The file of the database.
    pub database: &'a Path,
    /// When it was taken, in seconds since 1970: the time of the files inside.
    pub seconds: u64,
}

/// Writes an archive into a new file that only its owner may read, and waits for the disk.
///
/// # Errors
/// Those of the disk.
pub fn write(to: &Path, content: Content<'_>) -> io::Result<()> {
    let file = owned(to)?;
    let packed = GzEncoder::new(BufWriter::new(file), Compression::new(4));
    let mut archive = tar::Builder::new(packed);
    for (name, text) in [(MANIFEST, content.manifest), (SETTINGS, content.settings)] {
        let bytes = text.as_bytes();
        let mut header = header(bytes.len().try_into().unwrap_or(u64::MAX), content.seconds);
        archive.append_data(&mut header, name, bytes)?;
    }
    let database = File::open(content.database)?;
    let mut header = header(database.metadata()?.len(), content.seconds);
    archive.append_data(&mut header, content.name, BufReader::new(database))?;
    let mut rest = archive.into_inner()?.finish()?;
    rest.flush()?;
    rest.get_ref().sync_all()
}

/// A new file that only its owner may read.
fn owned(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut new = std::fs::OpenOptions::new();
    new.write(true).create_new(true).mode(0o600).open(path)
}

fn header(bytes: u64, seconds: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(seconds);
    header
}

type Archive = tar::Archive<GzDecoder<BufReader<File>>>;

fn open(file: &Path) -> Result<Archive, Fault> {
    let file = File::open(file).map_err(Fault::Unreadable)?;
    Ok(tar::Archive::new(GzDecoder::new(BufReader::new(file))))
}

/// The text of the manifest.
///
/// # Errors
/// [`Fault`].
pub fn manifest(file: &Path) -> Result<String, Fault> {
    let mut archive = open(file)?;
    let first = archive.entries().map_err(of_first)?.next();
    let entry = first.ok_or(Fault::Foreign)?.map_err(of_first)?;
    if entry.path_bytes().as_ref() != MANIFEST.as_bytes() {
        return Err(Fault::Foreign);
    }
    let mut text = String::new();
    let read = entry.take(MANIFEST_MAX).read_to_string(&mut text);
    read.map_err(Fault::Damaged)?;
    Ok(text)
}

/// A file that ends within its first part may be ours; one that is packed otherwise is not.
fn of_first(cause: io::Error) -> Fault {
    match cause.kind() {
        io::ErrorKind::UnexpectedEof => Fault::Damaged(cause),
        _ => Fault::Foreign,
    }
}

/// Gives the database of that name inside the archive to `work`, and reads the archive to its end,
/// where its checksum is.
///
/// # Errors
/// [`Fault`]. The result of `work` is returned as it is if the archive is sound.
pub fn database<T>(
    file: &Path,
    name: &str,
    work: impl FnOnce(&mut dyn Read) -> T,
) -> Result<T, Fault> {
    let mut archive = open(file)?;
    let mut work = Some(work);
    let mut done = None;
    for entry in archive.entries().map_err(Fault::Damaged)? {
        let mut entry = entry.map_err(Fault::Damaged)?;
        if entry.path_bytes().as_ref() != name.as_bytes() {
            continue;
        }
        done = work.take().map(|work| work(&mut entry));
        io::copy(&mut entry, &mut io::sink()).map_err(Fault::Damaged)?;
    }
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(Fault::Damaged)?;
    done.ok_or(Fault::Foreign)
}
