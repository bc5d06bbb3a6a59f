//! The only room that knows actix: HTTP API and pages.
