//! The federation of a new database.

use std::path::Path;

use chrono::{DateTime, Utc};
use tinbai::domain::access::Actor;
use tinbai::domain::ids::UnitId;
use tinbai::domain::unit::{Category, NewUnit};
use tinbai::service::units;

use super::app::app;

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
