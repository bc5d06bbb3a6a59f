//! The server itself: sockets, limits, routes.

use std::io;
use std::net::SocketAddr;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::ServiceConfig;
use actix_web::{App as ActixApp, HttpRequest, HttpResponse, HttpServer, web};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

use super::error::{Kind, Problem};
use super::openapi::Verbs;
use super::state::State;
use super::{api, auth, middleware, openapi, pace, pages};
use crate::clock::SharedClock;
use crate::service::App;

/// A server that listens; it answers while [`Bound::server`] is awaited.
pub struct Bound {
    /// Where it listens.
    pub address: SocketAddr,
    /// Answers requests until it is stopped.
    pub server: Server,
}

impl Bound {
    /// A handle to stop it.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }
}

/// Listens at the address that the settings name. The process handles signals, not the server.
///
/// # Errors
/// If the address is in use or does not belong to this machine.
pub fn bind(app: App, clock: SharedClock) -> io::Result<Bound> {
    let settings = app.settings.clone();
    let server = &settings.server;
    let threads = match server.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let shared = Shared::new(app, clock);
    let write_timeout = server.write_timeout_seconds.duration();
    let app = move || {
        ActixApp::new()
            .configure(|config| shared.add_to(config))
            .wrap(from_fn(auth::guard))
            .wrap(from_fn(middleware::request_context))
            .wrap(Compress::default())
            .wrap(from_fn(move |req, next| {
                pace::paced(req, next, write_timeout)
            }))
    };
    let server = HttpServer::new(app)
        .workers(threads)
        .max_connections(server.max_connections.div_ceil(threads))
        .client_request_timeout(server.header_timeout_seconds.duration())
        .on_connect(move |io, _| pace::cut_off_when_stuck(io, write_timeout))
        .keep_alive(server.keep_alive_seconds.duration())
        .shutdown_timeout(server.shutdown_timeout_seconds.0.into())
        .disable_signals()
        .bind(server.listen)?;
    let address = server
        .addrs()
        .first()
        .copied()
        .ok_or_else(|| io::Error::other("no address to listen on"))?;
    Ok(Bound {
        address,
        server: server.run(),
    })
}

/// What the workers of a server share.
#[derive(Clone)]
struct Shared {
    state: web::Data<State>,
    verbs: web::Data<Verbs>,
    document: OpenApi,
}

impl Shared {
    fn new(app: App, clock: SharedClock) -> Self {
        let document = openapi::document();
        Self {
            state: web::Data::new(State::new(app, clock)),
            verbs: web::Data::new(openapi::verbs(&document)),
            document,
        }
    }

    /// Adds it and all routes to a worker.
    fn add_to(&self, config: &mut ServiceConfig) {
        let unreadable =
            web::PathConfig::default().error_handler(|_, _| Problem::new(Kind::NotFound).into());
        config
            .app_data(self.state.clone())
            .app_data(self.verbs.clone())
            .app_data(unreadable);
        for resource in api::RESOURCES {
            (resource.routes)(config);
        }
        pages::routes::configure(config);
        let docs = SwaggerUi::new("/api/docs/{_:.*}").url(openapi::PATH, self.document.clone());
        config
            .service(web::redirect("/api/docs", "/api/docs/"))
            .service(docs)
            .default_service(web::to(nowhere));
    }
}

/// An address that no handler takes: it is unknown, or the verb is.
async fn nowhere(req: HttpRequest, verbs: web::Data<Verbs>) -> Result<HttpResponse, Problem> {
    Err(match req.match_pattern() {
        Some(known) => Problem::method_not_allowed(verbs.get(&known).cloned()),
        None => Problem::new(Kind::NotFound),
    })
}
