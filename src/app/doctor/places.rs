//! Folders that must be writable, the port, and the room on the disks.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use super::Finding;
use crate::app::ready::{self, Answer};
use crate::config::{MailTransport, Settings};
use crate::service::operation::{health, room::Room};
use crate::store::connection::Target;

pub(super) fn examine(settings: &Settings) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Ok(Target::Sqlite(file)) = Target::parse(settings.database.url.expose()) {
        let folder = file.parent().filter(|above| !above.as_os_str().is_empty());
        found.push(folder_of("database.url", folder.unwrap_or(Path::new("."))));
    }
    if settings.mail.transport == MailTransport::File {
        found.push(folder_of("mail.directory", &settings.mail.directory));
    }
    if let Some(directory) = &settings.backup.directory {
        found.push(folder_of("backup.directory", directory));
    }
    found.extend(health::rooms(settings).iter().map(disk));
    found.push(port(settings.server.listen));
    found
}

/// Whether files can be made in a folder, which is made itself when it is needed.
fn folder_of(key: &'static str, folder: &Path) -> Finding {
    let there = folder.ancestors().find(|above| above.exists());
    let there = there.unwrap_or_else(|| Path::new("."));
    match !there.is_dir() || !is_writable(there) {
        true => Finding::wrong("folder", "folder_unwritable"),
        false => Finding::ok("folder", "folder_ok"),
    }
    .with("key", key)
    .with("folder", folder.display())
}

#[cfg(target_os = "linux")]
fn is_writable(folder: &Path) -> bool {
    rustix::fs::access(
        folder,
        rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
    )
    .is_ok()
}

#[cfg(not(target_os = "linux"))]
fn is_writable(folder: &Path) -> bool {
    std::fs::metadata(folder).is_ok_and(|known| !known.permissions().readonly())
}

fn disk(room: &Room) -> Finding {
    let gigabytes = |bytes: u64| {
        format!(
            "{}.{}",
            bytes / 1_000_000_000,
            bytes % 1_000_000_000 / 100_000_000
        )
    };
    match room.is_low() {
        true => Finding::warning("disk", "disk_low"),
        false => Finding::ok("disk", "disk_ok"),
    }
    .with("folder", room.folder.display())
    .with("free", gigabytes(room.free))
    .with("total", gigabytes(room.total))
}

/// The port is free, or tinbai itself answers there.
fn port(at: SocketAddr) -> Finding {
    match TcpListener::bind(at) {
        Ok(_) => Finding::ok("port", "port_free"),
        Err(cause) if cause.kind() == std::io::ErrorKind::AddrInUse => match ready::ask(at) {
            Ok(Answer::Ready | Answer::NotReady(_)) => Finding::ok("port", "port_ours"),
            _ => Finding::wrong("port", "port_taken"),
        },
        Err(cause) => Finding::wrong("port", "port_refused").with("cause", cause),
    }
    .with("address", at)
}
