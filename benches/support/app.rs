//! What the benches that make a database of their own share: a house on a file, its federation.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use tinbai::config::Settings;
use tinbai::domain::access::Actor;
use tinbai::domain::ids::UnitId;
use tinbai::domain::unit::{Category, NewUnit};
use tinbai::service::{App, units};
use tinbai::store::{Store, StoreOptions};

/// The house on a database.
pub fn app(file: &Path) -> App {
    let mut options = StoreOptions::new(file.to_string_lossy());
    options.pool_size = 1;
    App::new(
        Store::open(&options).expect("a database"),
        Settings::default(),
    )
}

/// Takes a database away, if it is there.
pub fn clear(file: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _missing = fs::remove_file(PathBuf::from(format!("{}{end}", file.display())));
    }
}

/// Founds the federation of a new database; its id.
pub fn federation(file: &Path, now: DateTime<Utc>) -> UnitId {
    let app = app(file);
    app.store.migrate().expect("its tables");
    let federation = NewUnit {
        code: "tinh".into(),
        name: "Liên đoàn Lao động tỉnh".into(),
        category: Category::Federation,
        parent_id: None,
        cluster: None,
        founded_on: None,
        mail: Some("tinh@ldld.example".into()),
    };
    app.write(&Actor::cli(), now, |tx| units::create(tx, &federation))
        .expect("a federation")
        .unit
        .id
}
