//! The store itself: opening, migrating, refusing.

use std::sync::Barrier;

use diesel::RunQueryDsl as _;
use tinbai::store::StoreError;

use crate::both_databases;
use crate::support::TestDb;

both_databases!(
    a_migrated_database_is_ready,
    migrations_go_down_and_up_again,
    a_second_process_sees_the_same_data,
    two_processes_that_migrate_at_once_both_come_up,
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
