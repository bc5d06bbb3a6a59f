//! The application on a file of its own.

use std::fs;
use std::path::{Path, PathBuf};

use tinbai::config::Settings;
use tinbai::service::App;
use tinbai::store::{Store, StoreOptions};

/// The application on a database.
pub fn app(file: &Path) -> App {
    let mut options = StoreOptions::new(file.to_string_lossy());
    options.pool_size = 1;
    App::new(
        Store::open(&options).expect("a database"),
        Settings::default(),
    )
}

/// Deletes a database, if it is there.
pub fn clear(file: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _missing = fs::remove_file(PathBuf::from(format!("{}{end}", file.display())));
    }
}
