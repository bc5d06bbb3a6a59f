//! Pages for people, rendered here; every one works without scripts.
//!
//! | file or folder | what is in it |
//! |---|---|
//! | [`routes`] | the addresses of all pages, and which handler answers at each |
//! | [`call`] | [`call::PageCall`]: who reads, in which language, and the way to the use cases |
//! | [`error`] | [`error::PageError`]: how a refusal is shown |
//! | [`layout`] | what all pages have in common; every template's field `page` |
//! | [`notice`] | what a page says about the step before it |
//! | `parts/` | what templates share: the layout, and macros for fields, facts, standings, pages of a list |
//! | `home/`, `sign_in/`, … | one folder a topic: handlers, with their templates beside them |
//! | `message/` | pages of a few words; every refusal is one |
//! | `../assets/` | the stylesheet; compiled in |
//!
//! # How to write a page
//!
//! - The address is a constant in [`routes`], and the handler is named there.
//! - A handler takes [`call::PageCall`], then `web::Path`, [`Params`](super::page::Params) or
//!   [`Form`](super::body::Form). It calls one use case through `call.read(|tx| …)` or
//!   `call.write(|tx| …)`, and answers `call.layout().show(|page| Template { page, … })`. What it
//!   shows belongs to somebody: addresses are closed unless [`super::auth`] lists them.
//! - A POST that did something answers a redirect to a page with a [`notice::Notice`]; one that did
//!   not shows its form again out of `call.refused(error)?`, with what was typed.
//! - A template extends `parts/layout.html`. It has no sentence of its own: `page.say("pages.…")`
//!   reads them from `config/locales/pages/`, in Vietnamese and English. No inline script or style:
//!   the CSP forbids them.

mod account;
mod assets;
pub mod call;
pub mod error;
mod home;
mod language;
pub mod layout;
mod link;
mod mailbox;
pub mod message;
pub mod notice;
mod passwords;
pub mod routes;
mod sign_in;
