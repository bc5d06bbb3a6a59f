//! The context of a use case: one transaction, its actor, its instant, and what it has read.
//!
//! [`App::write`] and [`App::read`] open transactions; nothing else does. A use case takes
//! `&mut Tx` and at most three arguments of its own.

use chrono::{DateTime, Utc};

use super::access::{self, Action};
use super::app::App;
use super::error::Error;
use super::lookups::Lookups;
use crate::domain::access::{Actor, Scope};
use crate::domain::ids::UnitId;
use crate::domain::mail::Outgoing;
use crate::domain::version::Known;
use crate::store::{Conn, StoreError, outbox, savepoint};

/// One transaction of a use case.
pub struct Tx<'a> {
    /// The connection, inside the transaction.
    pub conn: &'a mut Conn,
    /// The database and the settings.
    pub app: &'a App,
    /// Who acts.
    pub actor: &'a Actor,
    /// The instant at which the request or the job began (UTC); every stamp of this transaction.
    pub now: DateTime<Utc>,
    /// Which versions the caller accepts beside the one that it names.
    pub known: Known,
    /// Calendars, policies, rules and units that this transaction has read.
    pub lookups: Lookups<'a>,
}

impl App {
    /// Runs `work` in one write transaction. `work` may run several times on PostgreSQL: it must
    /// not have effects outside the database.
    ///
    /// # Errors
    /// Those of `work`; then nothing is written.
    pub fn write<T>(
        &self,
        actor: &Actor,
        now: DateTime<Utc>,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let actor = self.acting(actor);
        self.store
            .write(|conn| work(&mut Tx::new(conn, self, &actor, now)))
    }

    /// Runs `work` in one write transaction at READ COMMITTED on PostgreSQL: for a single
    /// conditional statement that must not fail because a neighbour's rows changed.
    ///
    /// # Errors
    /// Those of `work`; then nothing is written.
    pub fn write_committed<T>(
        &self,
        actor: &Actor,
        now: DateTime<Utc>,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let actor = self.acting(actor);
        self.store
            .write_committed(|conn| work(&mut Tx::new(conn, self, &actor, now)))
    }

    /// Runs `work` on one consistent snapshot.
    pub fn read<T>(
        &self,
        actor: &Actor,
        now: DateTime<Utc>,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.store
            .read(|conn| work(&mut Tx::new(conn, self, actor, now)))
    }
}

impl<'a> Tx<'a> {
    /// A context on a connection that is inside a transaction already.
    pub(crate) fn new(
        conn: &'a mut Conn,
        app: &'a App,
        actor: &'a Actor,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            conn,
            app,
            actor,
            now,
            known: Known::default(),
            lookups: Lookups::new(&app.calendars),
        }
    }

    /// The same transaction with another actor: somebody who has just proven who they are.
    pub fn acting_as<'t>(&'t mut self, actor: &'t Actor) -> Tx<'t> {
        Tx::new(self.conn, self.app, actor, self.now)
    }

    /// Queues mails that this transaction causes; each names the request or the run of a job in a
    /// header. Returns how many are new, as [`outbox::enqueue`].
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn enqueue(&mut self, mut mails: Vec<Outgoing>) -> Result<usize, Error> {
        for mail in &mut mails {
            mail.headers.request_id = self.actor.request_id.clone();
        }
        Ok(outbox::enqueue(self.conn, &mails)?)
    }

    /// Runs a part of this transaction that is undone as a whole if it fails; the rest can go on.
    ///
    /// # Errors
    /// Those of `work`; then nothing of it is written.
    pub(crate) fn attempt<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        savepoint::begin(self.conn)?;
        let done = work(self);
        if done.is_ok() {
            savepoint::release(self.conn)?;
        } else {
            savepoint::roll_back(self.conn)?;
            // what it read may have been undone
            self.lookups = Lookups::new(&self.app.calendars);
        }
        done
    }

    /// Runs a part of this transaction and undoes it: what it would do.
    ///
    /// # Errors
    /// Those of `work`.
    pub(crate) fn rehearse<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        savepoint::begin(self.conn)?;
        let done = work(self);
        savepoint::roll_back(self.conn)?;
        // what it read is undone
        self.lookups = Lookups::new(&self.app.calendars);
        done
    }

    /// The part of the unit tree that the actor may read.
    pub fn scope(&self) -> Scope {
        access::scope(self.actor)
    }

    /// Checks that the actor may do `action` to the unit `target`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a unit that the actor can't see, [`Error::Forbidden`] for one that
    /// it sees.
    pub fn require(&mut self, action: Action, target: UnitId) -> Result<(), Error> {
        access::require(self.conn, self.actor, action, target)
    }

    /// Whether the actor may do `action` to the unit `target`.
    pub fn may(&mut self, action: Action, target: UnitId) -> Result<bool, Error> {
        access::may(self.conn, self.actor, action, target)
    }

    /// Finds a record, checks that the actor may do `action` to its unit, and, where a version is
    /// expected, that nobody has saved the record since.
    ///
    /// # Errors
    /// [`Error::NotFound`] (also for a record that the actor can't see), [`Error::Forbidden`],
    /// [`Error::Stale`].
    pub fn load<T: Loadable>(
        &mut self,
        id: T::Id,
        action: Action,
        expected: Option<i32>,
    ) -> Result<T, Error> {
        let record = T::find(self.conn, id)?.ok_or(Error::not_found(T::NAME))?;
        access::require_of(self.conn, self.actor, action, record.unit_id(), T::NAME)?;
        if let Some(version) = expected {
            self.require_current(record.version(), version)?;
        }
        Ok(record)
    }

    /// Checks that `current` is the version that the caller has read, or one that it accepts.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub fn require_current(&self, current: i32, named: i32) -> Result<(), Error> {
        if current == named || self.known.accepts(current) {
            Ok(())
        } else {
            Err(Error::Stale)
        }
    }
}

/// A record that belongs to a unit and has a version: what [`Tx::load`] finds.
pub trait Loadable: Sized {
    /// What it is called in [`Error::NotFound`].
    const NAME: &'static str;

    /// Its id.
    type Id;

    /// Finds it by its id.
    fn find(conn: &mut Conn, id: Self::Id) -> Result<Option<Self>, StoreError>;

    /// The unit that it belongs to.
    fn unit_id(&self) -> UnitId;

    /// Its version, counted up by every change.
    fn version(&self) -> i32;
}

/// Makes a row with a version [`Loadable`]: its name, how it is found, and where its unit is kept.
macro_rules! loadable {
    ($row:ty: $id:ty, $name:literal, $find:path, $($unit:ident).+) => {
        impl $crate::service::Loadable for $row {
            const NAME: &'static str = $name;
            type Id = $id;

            fn find(
                conn: &mut $crate::store::Conn,
                id: $id,
            ) -> Result<Option<Self>, $crate::store::StoreError> {
                $find(conn, id)
            }

            fn unit_id(&self) -> $crate::domain::ids::UnitId {
                self.$($unit).+
            }

            fn version(&self) -> i32 {
                self.version
            }
        }
    };
}
