//! What a reader may see is asked of the row that is looked at, by an index: it costs the same
//! however many units the reader sees.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use diesel::connection::{Connection as _, InstrumentationEvent};
use diesel::prelude::*;
use diesel::sql_types::Text;
use tinbai::domain::access::{ActorId, Own, Scope};
use tinbai::domain::ids::{EventId, ItemId, ObligationId, PersonId, UnitId};
use tinbai::domain::unit::Category;
use tinbai::store::views::events::EventFilter;
use tinbai::store::views::items::{ItemFilter, Slice};
use tinbai::store::views::obligations::ObligationFilter;
use tinbai::store::views::people::PeopleQuery;
use tinbai::store::views::trail::TrailFilter;
use tinbai::store::views::units::UnitQuery;
use tinbai::store::views::{events, items, obligations, people, trail, units};
use tinbai::store::{Conn, StoreError};

use crate::both_databases;
use crate::support::tree::found;
use crate::support::{Kind, TestDb};

both_databases!(
    visible_rows_are_found_by_the_index_of_the_units_above,
    a_list_of_few_units_is_read_by_these_units,
);

/// A department, and a contributor with a unit to read beside it.
fn scopes() -> [Scope; 2] {
    let own = Own {
        below: vec![UnitId(3)],
        units: vec![UnitId(2)],
        person_id: Some(PersonId(1)),
        id: ActorId::Person(PersonId(1)),
    };
    [Scope::Below(vec![UnitId(1)]), Scope::Own(own)]
}

fn visible_rows_are_found_by_the_index_of_the_units_above(db: &TestDb) {
    for scope in scopes() {
        let asked = statements(db, |conn| read_everything(conn, &scope).unwrap());
        let visible: Vec<&String> = asked
            .iter()
            .filter(|sql| sql.contains("EXISTS (SELECT 1 FROM unit_ancestor"))
            // of a list the planner of PostgreSQL may collect the units, by the sizes of tables
            .filter(|sql| db.kind() == Kind::Sqlite || sql.contains("id\" = $1"))
            .collect();
        assert!(visible.len() >= 6, "{asked:#?}");
        for sql in visible {
            let plan = plan(db, sql);
            assert!(!plan.contains("SCAN unit_ancestor"), "{sql}\n{plan}");
            let (index, unit) = match db.kind() {
                Kind::Sqlite => ("sqlite_autoindex_unit_ancestor_1 (unit_id=?", "unit_id=?"),
                Kind::Postgres => ("using unit_ancestor_", "unit_id = "),
            };
            let lines = plan.lines().filter(|line| match db.kind() {
                Kind::Sqlite => line.contains("SEARCH unit_ancestor"),
                Kind::Postgres => line.contains(" on unit_ancestor"),
            });
            for line in lines {
                assert!(line.contains(index), "{sql}\n{plan}");
            }
            assert!(plan.contains(unit), "{sql}\n{plan}");
        }
    }
}

fn a_list_of_few_units_is_read_by_these_units(db: &TestDb) {
    if db.kind() == Kind::Postgres {
        // its planner weighs the sizes of tables, which are empty here
        return;
    }
    let unit = found(db, "tinh", Category::Federation, None);
    let filter = ObligationFilter::default();
    let asked = statements(db, |conn| {
        obligations::page(conn, &Scope::Below(vec![unit.id]), &filter, 50).unwrap();
    });
    let owed = plan(db, asked.last().unwrap());
    assert!(
        owed.contains("SEARCH obligation USING INDEX obligation_unit (unit_id=?)"),
        "{owed}"
    );
    let asked = statements(db, |conn| {
        items::page(
            conn,
            &Scope::Below(vec![unit.id]),
            &ItemFilter::default(),
            &Slice::newest(None, 50),
        )
        .unwrap();
    });
    let submitted = plan(db, asked.last().unwrap());
    assert!(!submitted.contains("SCAN item"), "{submitted}");
}

fn read_everything(conn: &mut Conn, scope: &Scope) -> Result<(), StoreError> {
    events::find(conn, scope, EventId(1))?;
    events::page(conn, scope, &EventFilter::default(), 50)?;
    items::find(conn, scope, ItemId(1))?;
    items::page(
        conn,
        scope,
        &ItemFilter::default(),
        &Slice::newest(None, 50),
    )?;
    items::credits(conn, scope, ItemId(1))?;
    obligations::find(conn, scope, ObligationId(1))?;
    obligations::page(conn, scope, &ObligationFilter::default(), 50)?;
    obligations::asked_extensions(conn, scope, None, 50)?;
    people::find(conn, scope, PersonId(1))?;
    people::list(conn, scope, &PeopleQuery::default())?;
    trail::page(conn, scope, &TrailFilter::default(), 50)?;
    units::find(conn, scope, UnitId(1))?;
    units::list(conn, scope, &UnitQuery::default())?;
    Ok(())
}

/// The statements of `work`, without their values.
fn statements(db: &TestDb, work: impl Fn(&mut Conn)) -> Vec<String> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    db.store
        .read(|conn| {
            let seen = seen.clone();
            conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::StartQuery { query, .. } = event {
                    let text = query.to_string();
                    let sql = text.split(" -- binds").next().unwrap_or_default();
                    seen.lock().unwrap().push(sql.trim().to_owned());
                }
            });
            work(conn);
            conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let all = seen.lock().unwrap();
    all.clone()
}

#[derive(QueryableByName)]
struct SqliteLine {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct PostgresLine {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    text: String,
}

/// How many plans were asked for: each statement has a name of its own.
static PLANS: AtomicUsize = AtomicUsize::new(0);

/// How the database would run a statement, whatever its values.
fn plan(db: &TestDb, sql: &str) -> String {
    let lines: Result<Vec<String>, StoreError> = db.store.read(|conn| match db.kind() {
        Kind::Sqlite => {
            let lines = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"));
            let lines: Vec<SqliteLine> = lines.load(conn)?;
            Ok(lines.into_iter().map(|line| line.detail).collect())
        }
        Kind::Postgres => {
            let name = format!("plan_{}", PLANS.fetch_add(1, Ordering::Relaxed));
            let numbers = 1..100;
            let values = numbers.take_while(|number| sql.contains(&format!("${number}")));
            let values = vec!["NULL"; values.count()].join(", ");
            for statement in [
                "SET LOCAL plan_cache_mode = force_generic_plan",
                "SET LOCAL enable_seqscan = off",
                "SET LOCAL enable_bitmapscan = off",
                "SET LOCAL enable_hashjoin = off",
                "SET LOCAL enable_mergejoin = off",
                &format!("PREPARE {name} AS {sql}"),
            ] {
                diesel::sql_query(statement).execute(conn)?;
            }
            let explain = if values.is_empty() {
                format!("EXPLAIN EXECUTE {name}")
            } else {
                format!("EXPLAIN EXECUTE {name}({values})")
            };
            let lines: Vec<PostgresLine> = diesel::sql_query(explain).load(conn)?;
            Ok(lines.into_iter().map(|line| line.text).collect())
        }
    });
    lines.unwrap().join("\n")
}
