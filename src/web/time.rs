//! Instants in replies: RFC 3339 in the users' time zone, `2026-11-20T16:00:00+07:00`. Requests may
//! use any offset, but have to give one.

pub use crate::store::types::At as Instant;
