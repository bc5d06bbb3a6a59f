//! Instants in replies: RFC 3339 in the zone in which users read, `2026-11-20T16:00:00+07:00`. In
//! requests any offset is taken, but there has to be one.

pub use crate::store::types::At as Instant;
