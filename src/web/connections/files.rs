//! The limit of open files: every connection is one.

/// Files that the server needs for other things: the database, the log, mails, time zones.
const OTHERS: u64 = 128;

/// Raises the limit of open files as far as the system allows, and returns how many connections fit
/// below it: `wanted`, or fewer.
#[must_use]
pub fn room_for(wanted: usize) -> usize {
    let Some(limit) = raised() else {
        return wanted;
    };
    let room = usize::try_from(limit.saturating_sub(OTHERS).max(limit / 2)).unwrap_or(usize::MAX);
    if room < wanted {
        tracing::warn!(
            open_files = limit,
            max_connections = wanted,
            room,
            "the limit of open files is too low for server.max_connections; fewer are taken"
        );
    }
    wanted.min(room)
}

/// The limit after it was raised; `None` if there is none.
#[cfg(target_os = "linux")]
fn raised() -> Option<u64> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let before = limit.current;
    limit.current = limit.maximum;
    match setrlimit(Resource::Nofile, limit) {
        Ok(()) => limit.current,
        Err(cause) => {
            tracing::warn!(%cause, "the limit of open files can't be raised");
            before
        }
    }
}

/// Elsewhere nothing is known of it.
#[cfg(not(target_os = "linux"))]
fn raised() -> Option<u64> {
    None
}
