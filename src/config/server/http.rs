//! Paging and idempotency of the API.

use serde::{Deserialize, Serialize};

use crate::config::Seconds;
use crate::config::units::Number as _;
use crate::domain::error::Invalid;

/// `[http]`: paging and idempotency of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpSettings {
    /// Rows of a page when the request names no `limit`.
    pub page_size: usize,
    /// Largest `limit` that a request may name.
    pub page_size_max: usize,
    /// Files for spreadsheets that are written at once; more are answered 503.
    pub exports_at_once: usize,
    /// Most rows of a list as an Excel file; longer ones are refused, and sent as CSV.
    pub sheet_rows: u32,
    /// Replies to requests with an `Idempotency-Key` are kept this long (RELIABILITY rule: at least
    /// 24 h).
    pub idempotency_keep_seconds: Seconds,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            page_size: 50,
            page_size_max: 500,
            exports_at_once: 4,
            sheet_rows: 100_000,
            idempotency_keep_seconds: Seconds(172_800),
        }
    }
}

impl HttpSettings {
    pub(in crate::config) fn check(&self, faults: &mut Vec<Invalid>) {
        within!(faults, "http", self, {
            page_size_max: 1..=10_000,
            page_size: 1..=self.page_size_max.number(),
            exports_at_once: 1..=100,
            sheet_rows: 1..=1_000_000,
            idempotency_keep_seconds: 86_400..=31_536_000,
        });
    }
}
