//! The harness. [`both_databases!`] turns one test body into two tests, on SQLite and on
//! PostgreSQL; a body takes the fixture it needs: [`TestDb`] (a migrated database and a clock that
//! stands still) or, for HTTP, `TestApp`.

pub mod app;
pub mod browser;
mod command;
mod database;
pub mod desk;
pub mod engine;
pub mod false_provider;
pub mod post;
pub mod process;
pub mod provider;
pub mod sink;
pub mod tree;

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use tinbai::clock::{Clock as _, ManualClock};
use tinbai::store::Store;

pub use command::{Answer, tinbai};
use database::Database;
pub use database::Kind;

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
    /// Fails the test if it leaves something behind that nobody looked at.
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
        }
    }

    fn finish(self) {}
}
