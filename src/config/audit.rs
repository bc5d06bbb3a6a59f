//! The audit trail: how long it is kept.

use serde::{Deserialize, Serialize};

use crate::domain::error::Invalid;

/// `[audit]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditSettings {
    /// Entries of the audit trail are kept this many years, then purged.
    pub keep_years: u32,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self { keep_years: 10 }
    }
}

impl AuditSettings {
    pub(super) fn check(&self, faults: &mut Vec<Invalid>) {
        within!(faults, "audit", self, {
            keep_years: 1..=100,
        });
    }
}
