//! The HTTP API and the pages; the only module that knows actix.
//!
//! | file | what is in it |
//! |---|---|
//! | [`api`] | one file a resource; the list of all resources |
//! | [`pages`] | HTML for people |
//! | [`handbook`] | the guides of `docs/vi/`, rendered and searched |
//! | [`call`] | what a handler of the API works with: who calls, when, and the way to the use cases |
//! | [`context`] | what is known of a request from its first line and headers |
//! | [`state`] | what all requests of a server share |
//! | [`created`] | the reply to a request that created something |
//! | [`body`] | bodies of requests: JSON and forms, within limits |
//! | [`export`] | files for spreadsheets, sent part by part |
//! | [`fault`] | what serde could not read, as a fault that names its field |
//! | [`page`] | query parameters, paging by cursor |
//! | [`etag`] | `ETag`, `If-Match` |
//! | [`error`] | refusals, and the only table of status codes |
//! | [`problem`] | the body of a refusal |
//! | [`auth`] | who calls; which addresses are open; requests of other sites |
//! | [`address`] | the address that a request comes from, behind trusted proxies |
//! | [`cookies`] | the cookies |
//! | [`limits`] | rate limits of signing in |
//! | [`middleware`] | context, headers and log of every request |
//! | [`connections`] | how many connections there may be, how long one may take to ask, and how slowly to take replies |
//! | [`pace`] | replies in pieces |
//! | [`openapi`] | the document |
//! | [`resource`] | what a file of `api` offers: its routes, and its part of the document |
//! | [`time`] | instants in replies |
//! | [`server`] | sockets, limits, routes |
//!
//! # How to write a handler of the API
//!
//! A resource is a file in `api/`: bodies, handlers, and at its end `resource!["tag": list, get_one,
//! create, …];`, which makes its routes and its part of the document out of one list. `api/mod.rs`
//! names it in one line. `api/units.rs` is the pattern. [`pages`] says how to write a page.
//!
//! - A handler is a private `async fn` with `#[utoipa::path(…)]` above `#[get("/api/v1/…")]`. It
//!   takes [`call::Call`] (401 without a valid token or session), then what it needs:
//!   `Path<UnitId>`, [`body::Body`], [`page::Params`] or [`page::Paged`]. It answers [`call::Reply`]
//!   or [`call::JsonReply`]; `?` converts every `service::Error` and `Vec<Invalid>` into an
//!   [`error::Problem`].
//! - It decides nothing: it calls one use case and shows the result. Blocking work runs through
//!   `call.read(|tx| …)` and `call.write(|tx| …)`. `tx.now` is the instant at which the request
//!   began.
//! - A POST that creates uses `call.create(body.fingerprint, |tx| …)` and answers
//!   [`call::Created`]; that makes it idempotent by key.
//! - An edit takes [`etag::Edit`] and answers with `call.change(|tx| …)`, the GET of one thing with
//!   `call.show(|tx| …)`: both send the version, for which `versioned!` says where it is kept.
//! - Inputs are the service's own `Deserialize` structs with `deny_unknown_fields`; filters too.
//! - In the document: `responses((status = 200, body = …))`, `params(Filter, PageParams)` for lists,
//!   `params(IfMatch)` for edits, `params(IdempotencyKey)` for what `call.create` answers. The tag,
//!   the refusals (`4XX`) and ids in the address are added by [`openapi`].
//!   Then `UPDATE_OPENAPI=1 cargo test --test it openapi` writes `docs/openapi.json` again; the same
//!   test tries every route in it without a token.

#[macro_use]
pub mod etag;
#[macro_use]
pub mod resource;

pub mod address;
pub mod api;
pub mod auth;
pub mod body;
pub mod call;
pub mod connections;
pub mod context;
pub mod cookies;
pub mod created;
pub mod error;
pub mod export;
pub mod fault;
pub mod filter;
pub mod handbook;
pub mod limits;
pub mod middleware;
pub mod openapi;
pub mod pace;
pub mod page;
pub mod pages;
pub mod problem;
mod readers;
pub mod server;
pub mod state;
pub mod time;
