//! Units to test with.

use tinbai::config::Settings;
use tinbai::domain::access::{Actor, ActorId, Grant, Role};
use tinbai::domain::ids::{TokenId, UnitId};
use tinbai::domain::unit::{Category, NewUnit};
use tinbai::service::{App, units};
use tinbai::store::units::{self as rows, UnitRow};

use super::TestDb;

/// The app on a test's database.
pub fn house(db: &TestDb) -> App {
    App::new(db.store.clone(), Settings::default())
}

/// What has to be said of a new unit, and nothing else.
pub fn new_unit(code: &str, category: Category, parent_id: Option<UnitId>) -> NewUnit {
    let name = format!("Đơn vị {code}");
    NewUnit {
        code: code.to_owned(),
        name,
        category,
        parent_id,
        cluster: None,
        founded_on: None,
        mail: None,
    }
}

/// Creates a unit as the command line.
pub fn found(db: &TestDb, code: &str, category: Category, parent: Option<&UnitRow>) -> UnitRow {
    let new = new_unit(code, category, parent.map(|parent| parent.id));
    house(db)
        .write(&Actor::cli(), db.now(), |tx| units::create(tx, &new))
        .unwrap()
        .unit
}

/// A unit as stored now.
pub fn stored(db: &TestDb, id: UnitId) -> UnitRow {
    db.store.read(|conn| rows::find(conn, id)).unwrap().unwrap()
}

/// Codes of a unit and all above it, nearest first.
pub fn above(db: &TestDb, id: UnitId) -> Vec<String> {
    let ids = db.store.read(|conn| rows::ancestors(conn, id)).unwrap();
    ids.into_iter().map(|id| stored(db, id).code).collect()
}

/// Somebody with a role on a unit: the same token for the same role and unit.
pub fn actor(role: Role, unit: &UnitRow) -> Actor {
    let number = Role::ALL.iter().zip(0..).find(|(one, _)| **one == role);
    Actor {
        id: ActorId::Token(TokenId(
            unit.id.0 * 10 + number.map_or(0, |(_, number)| number),
        )),
        grants: vec![Grant::on(role, unit.id)],
        name: format!("{} {}", role.as_str(), unit.code),
        ..Actor::cli()
    }
}

/// Actions of the audit trail about an entity, oldest first, with their actor.
pub fn trail(db: &TestDb, entity: &str, id: impl ToString) -> Vec<String> {
    use diesel::prelude::*;
    use tinbai::store::schema::audit;
    let read = db.store.read(|conn| {
        audit::table
            .filter(audit::entity.eq(entity.to_owned()))
            .filter(audit::entity_id.eq(id.to_string()))
            .order(audit::id)
            .select((audit::action, audit::actor))
            .load::<(String, String)>(conn)
            .map_err(tinbai::store::StoreError::from)
    });
    read.unwrap()
        .into_iter()
        .map(|(action, actor)| format!("{action} by {actor}"))
        .collect()
}

/// `field code` of every fault.
pub fn faults(error: &tinbai::service::Error) -> Vec<String> {
    match error {
        tinbai::service::Error::Invalid(faults) => faults
            .iter()
            .map(|fault| format!("{} {}", fault.field, fault.code))
            .collect(),
        other => vec![other.to_string()],
    }
}
