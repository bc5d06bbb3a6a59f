//! Connections: how many there may be, in all and from one address, how long one may take to say
//! what it wants, and how slowly it may take its replies (F29).
//!
//! | file | what is in it |
//! |---|---|
//! | [`stream`] | a socket with its dead-lines, for every request of the connection |
//! | [`backlog`] | how far a client may fall behind in taking its replies |
//! | [`refusal`] | the replies to what never becomes a request |
//! | [`files`] | the limit of open files |
//!
//! When there is no room, the connection that has been idle for longest makes room for the new one:
//! a browser opens its next connection without noticing. Only where all of them are at work a new
//! one is refused.

pub mod backlog;
pub mod files;
pub mod refusal;
pub mod stream;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;

use crate::config::{Networks, ServerSettings};

/// How many connections there may be, and how long they may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// At once, in all.
    pub total: usize,
    /// At once from one address that is not a trusted proxy.
    pub per_address: usize,
    /// Addresses that many people share.
    pub proxies: Networks,
    /// An idle connection is kept this long.
    pub idle: Duration,
    /// The head of a request must be complete this long after its first byte; the first one this
    /// long after the connection was opened.
    pub head: Duration,
    /// A client may be behind by this long in taking its replies.
    pub write: Duration,
}

impl Limits {
    /// Those of the settings, as far as the limit of open files leaves room for them.
    pub fn of(server: &ServerSettings) -> Self {
        let total = files::room_for(server.max_connections);
        Self {
            total,
            // one address never takes all of it
            per_address: server.connections_per_address.min(total.div_ceil(2)),
            proxies: server.trusted_proxies.clone(),
            idle: server.keep_alive_seconds.duration(),
            head: server.header_timeout_seconds.duration(),
            write: server.write_timeout_seconds.duration(),
        }
    }
}

/// All connections of a server.
#[derive(Debug)]
pub struct Connections {
    limits: Limits,
    began: Instant,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    count: usize,
    by_address: HashMap<IpAddr, Vec<Arc<Connection>>>,
}

/// What is known of a connection outside the thread that serves it.
#[derive(Debug)]
pub struct Connection {
    address: IpAddr,
    /// Microseconds of the server's life at which it was opened or its last reply ended.
    idle_since: AtomicU64,
    /// Whether a request is being answered.
    busy: AtomicBool,
    /// How many replies have ended.
    replies: AtomicU32,
    /// It has to make room for another.
    evicted: AtomicBool,
    waker: AtomicWaker,
}

impl Connections {
    /// None yet.
    #[must_use]
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            began: Instant::now(),
            open: Mutex::default(),
        })
    }

    /// Counts a new connection; `None` if there is no room and every other connection is busy with a request.
    fn admit(&self, address: IpAddr) -> Option<Arc<Connection>> {
        let mut open = self.open();
        let shared = self.limits.proxies.contain(address);
        let own = open.by_address.get(&address).map_or(0, Vec::len);
        if !shared && own >= self.limits.per_address {
            let mates = open.by_address.get(&address).into_iter().flatten();
            evict(mates)?;
        } else if open.count >= self.limits.total {
            evict(open.by_address.values().flatten())?;
        }
        let connection = Arc::new(Connection {
            address,
            idle_since: AtomicU64::new(self.age()),
            busy: AtomicBool::new(false),
            replies: AtomicU32::new(0),
            evicted: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        });
        open.count += 1;
        let mates = open.by_address.entry(address).or_default();
        mates.push(connection.clone());
        Some(connection)
    }

    /// Forgets a connection that is closed.
    fn leave(&self, connection: &Arc<Connection>) {
        let mut open = self.open();
        let Some(mates) = open.by_address.get_mut(&connection.address) else {
            return;
        };
        let Some(place) = mates.iter().position(|mate| Arc::ptr_eq(mate, connection)) else {
            return;
        };
        mates.swap_remove(place);
        if mates.is_empty() {
            open.by_address.remove(&connection.address);
        }
        open.count -= 1;
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Microseconds since the server began; connections opened in one millisecond still have an order.
    fn age(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// Closes the connection that has been idle for longest; `None` if all are at work.
fn evict<'c>(among: impl Iterator<Item = &'c Arc<Connection>>) -> Option<()> {
    let idle = among
        .filter(|one| !one.busy.load(Ordering::Acquire) && !one.evicted.load(Ordering::Acquire));
    let oldest = idle.min_by_key(|one| one.idle_since.load(Ordering::Acquire))?;
    oldest.evicted.store(true, Ordering::Release);
    oldest.waker.wake();
    Some(())
}

/// The part of a connection that its requests see: it knows when one is being answered.
#[derive(Debug, Clone)]
pub struct Line {
    all: Arc<Connections>,
    connection: Arc<Connection>,
}

impl Line {
    /// A request is being answered until the guard is dropped.
    pub fn at_work(&self) -> AtWork {
        self.connection.busy.store(true, Ordering::Release);
        AtWork(self.clone())
    }
}

/// As long as it is held, a request of the connection is being answered.
#[derive(Debug)]
pub struct AtWork(Line);

impl Drop for AtWork {
    fn drop(&mut self) {
        let Line { all, connection } = &self.0;
        connection.idle_since.store(all.age(), Ordering::Release);
        connection.replies.fetch_add(1, Ordering::AcqRel);
        connection.busy.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(total: usize, per_address: usize) -> Arc<Connections> {
        Connections::new(Limits {
            total,
            per_address,
            proxies: serde_json::from_str(r#""10.0.0.0/8""#).unwrap(),
            idle: Duration::from_secs(30),
            head: Duration::from_secs(5),
            write: Duration::from_secs(60),
        })
    }

    fn line(all: &Arc<Connections>, address: &str) -> Option<Line> {
        let connection = all.admit(address.parse().unwrap())?;
        Some(Line {
            all: all.clone(),
            connection,
        })
    }

    fn evicted(line: &Line) -> bool {
        line.connection.evicted.load(Ordering::Acquire)
    }

    #[test]
    fn who_was_idle_for_longest_makes_room() {
        let all = connections(10, 2);
        let first = line(&all, "192.0.2.1").unwrap();
        let second = line(&all, "192.0.2.1").unwrap();
        first.connection.idle_since.store(7, Ordering::Release);
        second.connection.idle_since.store(3, Ordering::Release);
        let other = line(&all, "192.0.2.2").unwrap();
        let _third = line(&all, "192.0.2.1").unwrap();
        assert_eq!(
            [&first, &second, &other].map(evicted),
            [false, true, false],
            "only connections of the same address"
        );
        all.leave(&second.connection);
        assert_eq!(all.open().count, 3);
    }

    #[test]
    fn a_new_connection_is_refused_where_all_are_at_work() {
        let all = connections(2, 2);
        let lines = ["192.0.2.1", "10.0.0.1"].map(|from| line(&all, from).unwrap());
        let work = lines.each_ref().map(Line::at_work);
        assert!(line(&all, "192.0.2.3").is_none(), "in all");
        drop(work);
        assert!(line(&all, "192.0.2.3").is_some(), "now they are idle");
        let all = connections(10, 1);
        let _own = line(&all, "192.0.2.1").unwrap();
        assert!(
            (0..5).all(|_| line(&all, "10.0.0.1").is_some_and(|line| !evicted(&line))),
            "a proxy stands for many people"
        );
    }
}
