//! Read models: what pages, the API and reports show. Nothing here is read without a [`crate::domain::access::Scope`].

pub mod people;
