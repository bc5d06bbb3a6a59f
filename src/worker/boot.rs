//! Who holds a lease: this process, another that lives, or one that is gone. Leases of the dead are freed at once (R7); where that
//! can't be told (another machine, another container, no `/proc`) they run out by themselves.

use std::fmt;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a token begins with: kernel boot, process id space, process, its start, and a number within the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boot {
    space: String,
    process: String,
    number: u64,
}

impl Boot {
    /// A holder of its own within this process.
    #[must_use]
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let pid = std::process::id().to_string();
        let started = started(&pid).unwrap_or_else(|| "?".to_owned());
        Self { space: space(), process: format!("{pid}-{started}"), number: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    /// A fresh token for one claim.
    #[must_use]
    pub fn token(&self) -> String {
        format!("{self}/{:016x}", rand::random::<u64>())
    }

    /// Whether a token was made by this very holder.
    #[must_use]
    pub fn made(&self, token: &str) -> bool {
        token.rsplit_once('/').is_some_and(|(holder, _)| holder == self.to_string())
    }

    /// Whether the process that made a token is known to have ended.
    #[must_use]
    pub fn is_gone(&self, token: &str) -> bool {
        let mut parts = token.split('/');
        let (Some(space), Some(process)) = (parts.next(), parts.next()) else { return false };
        // Only of our own process id space can we tell who lives.
        if space != self.space || space == UNKNOWN_SPACE {
            return false;
        }
        let Some((pid, started_at)) = process.split_once('-') else { return false };
        pid.parse::<u32>().is_ok() && started(pid).as_deref() != Some(started_at)
    }
}

impl Default for Boot {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Boot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.space, self.process, self.number)
    }
}

const UNKNOWN_SPACE: &str = "?";

/// The running kernel and the process id space within it.
fn space() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let pids = fs::read_link("/proc/self/ns/pid");
    match (kernel, pids) {
        (Ok(kernel), Ok(pids)) => {
            let digits = pids.to_string_lossy().chars().filter(char::is_ascii_digit).collect::<String>();
            format!("{}-{digits}", kernel.trim())
        }
        _ => UNKNOWN_SPACE.to_owned(),
    }
}

/// When a living process started, in ticks since the kernel did: its id alone may have been given to another meanwhile.
fn started(pid: &str) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // field 22; the second one, in parentheses, may hold anything
    stat.rsplit_once(')')?.1.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_the_dead_and_the_unknown_are_told_apart() {
        let (mine, other) = (Boot::new(), Boot::new());
        assert!(mine.made(&mine.token()) && !mine.made(&other.token()));
        assert!(!mine.is_gone(&other.token()));
        if mine.space == UNKNOWN_SPACE {
            return;
        }
        assert!(mine.is_gone(&format!("{}/{}-1/1/x", mine.space, std::process::id())), "the id was given away");
        assert!(mine.is_gone(&format!("{}/4194305-77/1/x", mine.space)), "no such process");
        assert!(!mine.is_gone("elsewhere/4194305-77/1/x"));
        assert!(!mine.is_gone("nonsense"));
    }
}
