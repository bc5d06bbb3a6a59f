//! The only room that knows diesel: connections, schema, one file per table family.
