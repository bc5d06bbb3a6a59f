//! Running an installation: backups, and putting one back.

pub mod backup;
mod folder;
pub mod health;
pub mod restore;
pub mod room;
