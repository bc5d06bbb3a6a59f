//! Pages for people, rendered here; every one works without scripts.
//!
//! | file or folder | what is in it |
//! |---|---|
//! | [`routes`], [`handlers`] | the addresses of all pages, and which handler answers at each |
//! | [`places`] | the navigation: which role sees which page, and where it starts |
//! | [`call`] | [`call::PageCall`]: who reads, in which language, and the way to the use cases |
//! | [`error`] | [`error::PageError`]: how a refusal is shown |
//! | [`layout`] | what all pages have in common; every template's field `page` |
//! | [`notice`] | what a page says about the step before it |
//! | [`form`] | forms that write: their keys, versions and labels |
//! | [`list`] | lists: filters, order and pages in the address |
//! | [`mod@format`], [`typed`] | how instants and numbers are written, and how typed dates are read |
//! | [`fragment`] | parts of pages that are fetched again |
//! | [`confirm`] | the page before a step that can't be taken back |
//! | `parts/` | what templates share: the layout and the macros; `specimen.html` shows each macro |
//! | `home/`, `sign_in/`, … | one folder a topic: handlers, with their templates beside them |
//! | `switches` | the switches of language and colours |
//! | `message/` | pages of a few words; every refusal is one |
//! | `../assets/` | stylesheet, modules, icons; compiled in, served under a name with their hash |
//!
//! `docs/CONTRIBUTING.md` says step by step how to add a page. What the types do not say:
//!
//! - A handler decides nothing: it calls one use case and shows the result.
//! - What a page shows belongs to somebody: addresses are closed unless [`super::auth`] lists them.
//! - A template has no sentence of its own: `page.say("pages.…")` reads them from
//!   `config/locales/pages/`, in Vietnamese and English. No inline script or style: the CSP forbids
//!   them.

mod account;
mod addresses;
mod admin_accounts;
pub(in crate::web) mod assets;
mod calendars;
pub mod call;
pub mod confirm;
mod day_range;
pub mod error;
mod events;
mod extensions;
mod feeds;
pub mod form;
pub mod format;
pub mod fragment;
pub mod handlers;
mod help;
mod home;
mod imports;
mod items;
mod jobs;
mod ladders;
pub mod layout;
mod link;
pub mod list;
mod list_file;
mod list_parts;
mod mailbox;
mod map;
pub mod message;
pub mod notice;
mod outbox;
mod passwords;
mod people;
pub mod places;
mod plans;
mod policies;
mod queue;
mod reports;
pub mod routes;
mod saved;
mod schemes;
mod scores;
pub mod served;
mod settings;
mod setup;
pub use imports::texts_of as sent_texts;
pub use sign_in::kept;
mod sign_in;
#[cfg(test)]
mod specimen;
mod switches;
mod system;
mod today;
pub mod trail;
use crate::domain::typed;
mod units;
mod work;
