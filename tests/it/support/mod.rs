//! The harness. [`both_databases!`] turns one test body into two tests, on SQLite and on
//! PostgreSQL; a body takes the fixture it needs: [`TestDb`] (a migrated database and a clock that
//! stands still) or, for HTTP, `TestApp`.

pub mod app;
pub mod browser;
pub mod certificates;
mod command;
mod database;
pub mod desk;
pub mod engine;
pub mod false_provider;
pub mod office;
pub mod page;
pub mod post;
pub mod process;
pub mod provider;
pub mod sink;
pub mod tree;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use diesel::prelude::*;
use tinbai::clock::{Clock as _, ManualClock};
use tinbai::store::schema::{job_run, message};
use tinbai::store::{Conn, Store, StoreError};

pub use command::{Answer, tinbai};
pub use database::{Database, Kind};

/// Runs each named function as two tests, `name::sqlite` and `name::postgres`:
///
/// ```ignore
/// both_databases!(a_unit_is_found_by_its_code, an_unknown_code_is_refused);
///
/// fn a_unit_is_found_by_its_code(db: &TestDb) { … }
/// fn an_unknown_code_is_refused(app: &TestApp) { … }
/// ```
#[macro_export]
macro_rules! both_databases {
    ($($body:ident),+ $(,)?) => {
        $(mod $body {
            #[test]
            fn sqlite() {
                $crate::support::run($crate::support::Kind::Sqlite, super::$body);
            }

            #[test]
            fn postgres() {
                $crate::support::run($crate::support::Kind::Postgres, super::$body);
            }
        })+
    };
}

/// What a test body runs on.
pub trait Fixture: Sized {
    /// Sets it up on a fresh database.
    fn start(kind: Kind) -> Self;
    /// Fails the test if it leaves a mail that it did not read or a failed run of a job.
    fn finish(self);
}

/// Sets a fixture up, runs the body, takes the fixture down; used by [`both_databases!`].
pub fn run<F: Fixture>(kind: Kind, body: fn(&F)) {
    let fixture = F::start(kind);
    body(&fixture);
    fixture.finish();
}

/// Parses an instant with its offset: `at("2026-11-20T15:00:00+07:00")`.
pub fn at(instant: &str) -> DateTime<Utc> {
    DateTime::<FixedOffset>::parse_from_rfc3339(instant)
        .unwrap_or_else(|e| panic!("{instant}: {e}"))
        .to_utc()
}

/// A migrated database of its own and a clock that stands at Friday 20/11/2026 08:00 until it is
/// moved.
pub struct TestDb {
    /// The database.
    pub store: Store,
    /// The clock; move it with `set` and `advance`.
    pub clock: Arc<ManualClock>,
    database: Database,
    left: Leftovers,
}

/// What a test has looked at or expects to leave behind.
#[derive(Default)]
struct Leftovers {
    /// Id of the newest mail that the test has read.
    read_mails_until: AtomicI64,
    mails_expected: AtomicBool,
    failed_jobs_expected: AtomicBool,
}

impl TestDb {
    /// The test's present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Moves the clock to an instant written with its offset.
    pub fn set_clock(&self, instant: &str) {
        self.clock.set(at(instant));
    }

    /// Moves the clock on.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Which database this is.
    pub fn kind(&self) -> Kind {
        self.database.kind()
    }

    /// The database's address, for a second store or another process.
    pub fn url(&self) -> &str {
        self.database.url()
    }

    /// `to: subject` of the mails that the test has not read yet, oldest first; now they are read.
    pub fn unread_mails(&self) -> Vec<String> {
        let unread = self.unread(&self.store);
        self.mark_mails_read();
        unread
    }

    fn unread(&self, store: &Store) -> Vec<String> {
        let read_until = self.left.read_mails_until.load(Ordering::Relaxed);
        let unread = store.read::<Vec<(String, String)>, StoreError>(|conn| {
            let unread = message::table.filter(message::id.gt(read_until));
            Ok(unread
                .order(message::id)
                .select((message::to_mail, message::subject))
                .load(conn)?)
        });
        let line = |(to, subject): (String, String)| {
            format!("{to}: {}", subject.trim_start_matches("[Tin bài] "))
        };
        unread.unwrap().into_iter().map(line).collect()
    }

    /// Says that every mail so far was read; the harness does so when it answers mails.
    pub fn mark_mails_read(&self) {
        let newest = self
            .store
            .read(|conn| {
                Ok::<_, StoreError>(
                    message::table
                        .select(diesel::dsl::max(message::id))
                        .first::<Option<i64>>(conn)?
                        .unwrap_or(0),
                )
            })
            .unwrap();
        self.left.read_mails_until.store(newest, Ordering::Relaxed);
    }

    /// The Message-ID of every mail, in the order in which they were queued.
    pub fn message_ids(&self) -> Vec<String> {
        let read = |conn: &mut Conn| {
            let ids = message::table.select(message::message_id);
            Ok::<_, StoreError>(ids.order(message::id).load(conn)?)
        };
        self.store.read(read).unwrap()
    }

    /// Lets the test leave mails unread: those that its subject causes are read by other tests.
    pub fn expect_unread_mails(&self) {
        self.left.mails_expected.store(true, Ordering::Relaxed);
    }

    /// Lets the test leave failed runs of jobs: they are its subject.
    pub fn expect_failed_jobs(&self) {
        self.left
            .failed_jobs_expected
            .store(true, Ordering::Relaxed);
    }

    /// What the test left behind without having looked at it.
    fn leftovers(&self) -> Vec<String> {
        let (left, store) = (&self.left, self.second_store());
        let mut found = Vec::new();
        if !left.mails_expected.load(Ordering::Relaxed) {
            let unread = self.unread(&store).into_iter();
            found.extend(unread.map(|mail| format!("unread mail to {mail}")));
        }
        if !left.failed_jobs_expected.load(Ordering::Relaxed) {
            let failed = store.read::<Vec<(String, Option<String>)>, StoreError>(|conn| {
                let failed = job_run::table.filter(job_run::state.eq("failed"));
                Ok(failed.select((job_run::job, job_run::error)).load(conn)?)
            });
            let line = |(job, error)| format!("failed job {job}: {error:?}");
            found.extend(failed.unwrap().into_iter().map(line));
        }
        found
    }

    /// An empty place for a database of the same kind.
    pub fn empty_place(&self) -> Database {
        Database::empty(self.kind())
    }

    /// A second set of connections to the same database, as another process has it.
    pub fn second_store(&self) -> Store {
        self.database.open()
    }
}

impl Fixture for TestDb {
    fn start(kind: Kind) -> Self {
        let database = Database::create(kind);
        let store = database.open();
        Self {
            store,
            clock: Arc::new(ManualClock::at(at("2026-11-20T08:00:00+07:00"))),
            database,
            left: Leftovers::default(),
        }
    }

    fn finish(self) {
        let left = self.leftovers();
        assert!(
            left.is_empty(),
            "left behind (read it, or say that it is expected):\n  {}",
            left.join("\n  ")
        );
    }
}
