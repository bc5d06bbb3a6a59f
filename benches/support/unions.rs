//! Instants, and grassroots unions of a federation.

use chrono::{DateTime, Utc};
use tinbai::domain::ids::UnitId;

/// An instant written with its offset.
pub fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text)
        .expect("an instant")
        .to_utc()
}

/// Grassroots unions below the federation, as statements; `mail` is the expression of their
/// address.
pub fn unions(federation: UnitId, number: usize, mail: &str) -> String {
    format!(
        "BEGIN;
         INSERT INTO unit (code, name, name_folded, name_sort, category, parent_id, federation_id, mail, created_at, updated_at)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number})
         SELECT 'cs-' || i, 'Công đoàn cơ sở số ' || i, 'cong doan co so so ' || i, printf('%06d', i), 'grassroots',
             {federation}, {federation}, {mail}, 0, 0
         FROM n;
         INSERT INTO unit_ancestor (unit_id, ancestor_id, depth)
         SELECT id, id, 0 FROM unit WHERE code GLOB 'cs-[0-9]*';
         INSERT INTO unit_ancestor (unit_id, ancestor_id, depth)
         SELECT id, {federation}, 1 FROM unit WHERE code GLOB 'cs-[0-9]*';
         COMMIT;"
    )
}
