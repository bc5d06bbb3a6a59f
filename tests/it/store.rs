//! The store itself: opening, migrating, refusing.

use crate::both_databases;
use crate::support::TestDb;

both_databases!(a_migrated_database_is_ready, migrations_go_down_and_up_again, a_second_process_sees_the_same_data);

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
