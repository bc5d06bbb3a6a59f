//! What is owed and when: calendars, policies, kinds of item, plans and presets.

pub mod calendars;
pub mod compiled;
pub mod kinds;
pub mod plans;
pub mod policies;
pub mod presets;
