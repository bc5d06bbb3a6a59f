//! The import directions between rooms, as a failing test.
