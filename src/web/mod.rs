//! The only room that knows actix: HTTP API and pages.
//!
//! | file | what lives there |
//! |---|---|
//! | [`api`] | one file a resource; the list of all resources |
//! | [`call`] | what a handler works with: who calls, when, and the way to the use cases |
//! | [`context`] | what is known of a request from its first line and headers |
//! | [`state`] | what all requests of a server share |
//! | [`created`] | the reply to a request that created something |
//! | [`body`] | JSON bodies, within limits, every fault named by its field |
//! | [`pages`] | HTML: where links in mails lead, the mails of a demonstration |
//! | [`page`] | query parameters, paging by cursor |
//! | [`etag`] | `ETag`, `If-Match` |
//! | [`error`] | the only table of status codes |
//! | [`auth`] | who calls; which addresses are open; requests of foreign pages |
//! | [`address`] | from where: behind trusted proxies |
//! | [`cookies`] | the cookies |
//! | [`limits`] | how often one may try to sign in |
//! | [`middleware`] | context, headers and log of every request |
//! | [`pace`] | how long a client may take over a reply |
//! | [`openapi`] | the document |
//! | [`resource`] | what a file of `api` has to offer: routes, and its part of the document |
//! | [`time`] | instants in replies |
//! | [`server`] | sockets, limits, routes |
//!
//! # How to write a handler
//!
//! A resource is a file in `api/`: DTOs, handlers, and at its end `resource![list, get_one, create,
//! …];` which makes its routes and its part of the document out of one list. `api/mod.rs` names it
//! in one line. `api/units.rs` is the pattern.
//!
//! - A handler is a private `async fn` with `#[utoipa::path(…)]` above `#[get("/api/v1/…")]`. It
//!   takes [`call::Call`] (401 without a good token or session), then what it needs:
//!   `web::Path<i64>`, [`body::Body`], [`page::Params`] or [`page::Paged`], [`etag::IfMatch`]. It
//!   answers `Result<_, Problem>`; every `service::Error` and `Vec<Invalid>` becomes a
//!   [`error::Problem`] by `?`.
//! - It decides nothing: it calls one use case and shows what came out. Blocking work runs through
//!   the call: `call.read_view(move |conn, scope| views::…)` for views, `call.ask(|app, actor| …)` for
//!   use cases that read, `call.change(|app, actor, now| …)` for those that write. `now` is the
//!   instant at which the request began.
//! - A POST that creates uses `call.create_with(body.fingerprint, move |app, conn, actor, now| …)`
//!   with the `_in` variant of the use case and answers [`call::Created`]; that makes it idempotent
//!   by key.
//! - An edit takes [`etag::IfMatch`] and answers [`etag::tagged`]; so does the GET of one thing.
//! - Inputs are the service's own `Deserialize` structs with `deny_unknown_fields`; filters too.
//!   Outputs are DTOs with [`time::Instant`] for instants and `ToSchema`.
//! - In the document: `responses((status = 200, body = …), (status = "4XX", response = Refused))`,
//!   `params(Filter, PageParams)` for pages, `params(("If-Match" = String, Header, …))` for edits.
//!   Then `UPDATE_OPENAPI=1 cargo test --test it openapi` writes `docs/openapi.json` anew; the same
//!   test tries every route in it without a token.

#[macro_use]
pub mod resource;

pub mod address;
pub mod api;
pub mod auth;
pub mod body;
pub mod call;
pub mod context;
pub mod cookies;
pub mod created;
pub mod error;
pub mod etag;
pub mod limits;
pub mod middleware;
pub mod openapi;
pub mod pace;
pub mod page;
pub mod pages;
pub mod server;
pub mod state;
pub mod time;
