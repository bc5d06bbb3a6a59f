//! Which process holds a lease, and whether that process has certainly ended.
//!
//! After a crash the leases of the ended process are released early. Releasing those of a running
//! process would send mails twice, so a process counts as ended only where that can be checked: on
//! this machine, in this process namespace. Leases of all others run until they expire.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

/// The name of a process in the database: machine start, process namespace, process id, process
/// start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boot {
    machine: String,
    namespace: String,
    process: String,
    started: String,
}

impl Boot {
    /// This process. Where the system has no `/proc`, a random name that never counts as ended.
    #[must_use]
    pub fn own() -> Self {
        let process = std::process::id().to_string();
        let machine = fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .map(|text| text.trim().to_owned());
        let namespace =
            fs::read_link("/proc/self/ns/pid").map(|link| link.to_string_lossy().into_owned());
        match (machine, namespace, started(&process)) {
            (Ok(machine), Ok(namespace), Some(started)) => Self {
                machine,
                namespace,
                process,
                started,
            },
            _ => {
                let machine = format!("unknown-{:016x}", rand::random::<u64>());
                Self {
                    machine,
                    namespace: String::new(),
                    process,
                    started: String::new(),
                }
            }
        }
    }

    /// The name as stored with a lease.
    #[must_use]
    pub fn name(&self) -> String {
        [
            &*self.machine,
            &self.namespace,
            &self.process,
            &self.started,
        ]
        .join("/")
    }

    /// Whether the process that stored `name` has certainly ended. `one_machine` says that the database can
    /// only be used on one machine (a SQLite file), so that another start of the machine is an
    /// earlier one.
    #[must_use]
    pub fn has_ended(&self, name: &str, one_machine: bool) -> bool {
        let parts: Vec<&str> = name.split('/').collect();
        let [machine, namespace, process, began] = parts.as_slice() else {
            return false;
        };
        if *machine != self.machine {
            return one_machine
                && !machine.starts_with("unknown-")
                && !self.machine.starts_with("unknown-");
        }
        *namespace == self.namespace && started(process).as_deref() != Some(*began)
    }
}

/// One holder of leases within a process: a runner. Its tokens say who made them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    boot: Boot,
    number: u64,
}

impl Holder {
    /// A holder of its own within this process.
    #[must_use]
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            boot: Boot::own(),
            number: NEXT.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// A new token for one claim.
    #[must_use]
    pub fn token(&self) -> String {
        format!("{}{:016x}", self.prefix(), rand::random::<u64>())
    }

    /// Whether a token was made by this very holder.
    #[must_use]
    pub fn made(&self, token: &str) -> bool {
        token.starts_with(&self.prefix())
    }

    /// Whether the process that made a token is known to have ended.
    #[must_use]
    pub fn is_gone(&self, token: &str) -> bool {
        token
            .split_once('#')
            .is_some_and(|(boot, _)| self.boot.has_ended(boot, false))
    }

    fn prefix(&self) -> String {
        format!("{}#{}/", self.boot.name(), self.number)
    }
}

impl Default for Holder {
    fn default() -> Self {
        Self::new()
    }
}

/// When a process started, in the kernel's ticks since the machine did; `None` if there is no such
/// process.
fn started(process: &str) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold spaces; what follows it begins with the third field, and the
    // start is the 22nd.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(change: impl FnOnce(&mut Boot)) -> String {
        let mut boot = Boot::own();
        change(&mut boot);
        boot.name()
    }

    #[test]
    fn only_a_missing_process_of_this_machine_has_ended() {
        let own = Boot::own();
        assert!(!own.has_ended(&own.name(), true), "ourselves");
        assert!(
            own.has_ended(&other(|boot| boot.process = "4194999".into()), false),
            "no such process"
        );
        assert!(
            own.has_ended(&other(|boot| boot.started = "1".into()), false),
            "the number was given to another"
        );
        assert!(
            !own.has_ended(&other(|boot| boot.namespace = "pid:[1]".into()), true),
            "another container"
        );
        assert!(!own.has_ended("something else", true));
    }

    #[test]
    fn another_machine_has_ended_only_if_there_can_be_no_other() {
        let own = Boot::own();
        let elsewhere = other(|boot| boot.machine = "another".into());
        assert!(own.has_ended(&elsewhere, true));
        assert!(!own.has_ended(&elsewhere, false));
    }

    #[test]
    fn holders_know_their_own_tokens_and_those_of_ended_processes() {
        let (mine, other) = (Holder::new(), Holder::new());
        assert!(mine.made(&mine.token()) && !mine.made(&other.token()));
        assert!(!mine.is_gone(&other.token()));
        assert!(!mine.is_gone("nonsense"));
    }
}
