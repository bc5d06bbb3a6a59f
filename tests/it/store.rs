//! The store itself: opening, migrating, refusing.

use std::sync::{Barrier, mpsc};
use std::time::Duration;

use diesel::RunQueryDsl as _;
use tinbai::store::{Conn, Store, StoreError, StoreOptions};

use crate::both_databases;
use crate::support::{Kind, TestDb};

both_databases!(
    a_migrated_database_is_ready,
    migrations_go_down_and_up_again,
    a_second_process_sees_the_same_data,
    two_processes_that_migrate_at_once_both_come_up,
    two_first_starts_at_once_both_come_up,
    a_frozen_transaction_does_not_keep_its_locks,
    a_write_that_always_collides_gets_its_turn,
    a_newer_schema_is_left_alone,
);

fn a_migrated_database_is_ready(db: &TestDb) {
    db.store.check_ready().unwrap();
    assert_eq!(db.store.migrate().unwrap(), Vec::<String>::new());
}

fn migrations_go_down_and_up_again(db: &TestDb) {
    let down = db.store.migrate_down().unwrap();
    assert!(!down.is_empty());
    assert!(db.store.check_ready().is_err());
    let mut up = db.store.migrate().unwrap();
    up.reverse();
    assert_eq!(up, down);
    db.store.check_ready().unwrap();
}

fn a_second_process_sees_the_same_data(db: &TestDb) {
    db.second_store().check_ready().unwrap();
}

fn two_processes_that_migrate_at_once_both_come_up(db: &TestDb) {
    db.store.migrate_down().unwrap();
    let (other, barrier) = (db.second_store(), Barrier::new(2));
    let ran: Vec<usize> = std::thread::scope(|scope| {
        let starts = [&db.store, &other].map(|store| {
            scope.spawn(|| {
                barrier.wait();
                store.migrate().unwrap().len()
            })
        });
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    assert_eq!(
        ran.iter().filter(|count| **count == 0).count(),
        1,
        "{ran:?}"
    );
    db.store.check_ready().unwrap();
    other.check_ready().unwrap();
}

/// On an empty database even the list of migrations is missing.
fn two_first_starts_at_once_both_come_up(db: &TestDb) {
    let other = db.second_store();
    for round in 0..8 {
        db.store.migrate_down().unwrap();
        let empty = "DROP TABLE __diesel_schema_migrations";
        let emptied = |conn: &mut Conn| {
            diesel::sql_query(empty)
                .execute(conn)
                .map_err(StoreError::from)
        };
        db.store.write_committed(emptied).unwrap();
        let barrier = Barrier::new(2);
        std::thread::scope(|scope| {
            for store in [&db.store, &other] {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    store
                        .migrate()
                        .unwrap_or_else(|error| panic!("round {round}: {error}"));
                });
            }
        });
    }
    db.store.check_ready().unwrap();
}

/// A process that is stopped inside a transaction holds its locks no longer than the time set, and
/// its transaction is lost. On SQLite nobody can end the transaction of another process.
fn a_frozen_transaction_does_not_keep_its_locks(db: &TestDb) {
    if db.kind() == Kind::Sqlite {
        return;
    }
    let mut options = StoreOptions::new(db.url());
    options.stall_timeout = Duration::from_millis(500);
    options.busy_timeout = Duration::from_secs(20);
    let frozen = Store::open(&options).unwrap();
    let (locked, until_locked) = mpsc::channel();
    let (done, until_done) = mpsc::channel();
    std::thread::scope(|scope| {
        let held = scope.spawn(move || {
            frozen.write_committed(|conn| {
                touch_kinds(conn)?;
                locked.send(()).unwrap();
                until_done.recv().unwrap();
                touch_kinds(conn)
            })
        });
        until_locked.recv().unwrap();
        let through = db.store.write_committed(touch_kinds);
        done.send(()).unwrap();
        assert!(through.is_ok_and(|rows| rows > 0));
        assert!(held.join().unwrap().is_err());
    });
}

/// As long as others may write, somebody changes the row between the first read and the write.
fn a_write_that_always_collides_gets_its_turn(db: &TestDb) {
    if db.kind() == Kind::Sqlite {
        return;
    }
    let other = db.second_store();
    let (begun, until_begun) = mpsc::channel::<()>();
    let (changed, until_changed) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while until_begun.recv().is_ok() {
                other.write(touch_kinds).unwrap();
                changed.send(()).unwrap();
            }
        });
        let mut attempts = 0;
        let done = db.store.write(|conn| {
            attempts += 1;
            diesel::sql_query("SELECT 1 FROM item_kind")
                .execute(conn)
                .map_err(StoreError::from)?;
            begun.send(()).unwrap();
            // in vain once the other one has to wait for this write
            let _changed = until_changed.recv_timeout(Duration::from_secs(1));
            touch_kinds(conn)
        });
        drop(begun);
        assert!(done.is_ok_and(|rows| rows > 0));
        assert_eq!(attempts, 4);
    });
}

fn touch_kinds(conn: &mut Conn) -> Result<usize, StoreError> {
    diesel::sql_query("UPDATE item_kind SET name = name")
        .execute(conn)
        .map_err(StoreError::from)
}

fn a_newer_schema_is_left_alone(db: &TestDb) {
    let future = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')";
    db.store
        .write(|conn| {
            diesel::sql_query(future)
                .execute(conn)
                .map_err(StoreError::from)
        })
        .unwrap();
    let older = db.second_store();
    for refused in [
        older.check_ready().unwrap_err(),
        older.migrate().unwrap_err(),
        older.migrate_down().unwrap_err(),
    ] {
        assert!(
            refused
                .to_string()
                .contains("written by a newer tinbai (migration 99990101000000)"),
            "{refused}"
        );
    }
}
