//! Composition root: from settings to running parts, and their graceful stop.

pub mod delivery;
