//! The server itself: sockets, limits, routes.

use std::fmt::Debug;
use std::future::ready;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::h1::{ExpectHandler, UpgradeHandler};
use actix_http::{HttpServiceBuilder, Protocol, Request, Response};
use actix_service::{
    IntoServiceFactory as _, Service, ServiceFactory, ServiceFactoryExt as _, map_config,
};
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, Extensions, Server, ServerHandle, fn_service};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::ServiceConfig;
use actix_web::{App as ActixApp, HttpRequest, HttpResponse, web};
use serde_json::Value;
use tokio::net::TcpStream;
use utoipa_swagger_ui::SwaggerUi;

use super::connections::refusal::Refusals;
use super::connections::stream::Stream;
use super::connections::{Connections, Limits};
use super::error::{Kind, Problem};
use super::openapi::Verbs;
use super::state::State;
use super::{api, auth, middleware, openapi, pace, pages};
use crate::clock::SharedClock;
use crate::config::ServerSettings;
use crate::domain::years;
use crate::service::App;

/// Connections that wait to be taken.
const BACKLOG: i32 = 1_024;

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

/// Takes the address that the settings name.
///
/// # Errors
/// If the address is in use or does not belong to this machine.
pub fn listen(at: SocketAddr) -> io::Result<TcpListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    // a server that was stopped may be started again at once
    socket.set_reuse_address(true)?;
    socket.bind(&at.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Serves the connections of a listener. The process handles signals, not the server.
///
/// # Errors
/// Those of the operating system.
pub fn serve(listener: TcpListener, app: App, clock: SharedClock) -> io::Result<Bound> {
    let settings = app.settings.clone();
    let server = &settings.server;
    let address = listener.local_addr()?;
    let limits = Limits::of(server);
    // a little more than there is room for: who makes room is decided by us
    let most = limits.total.div_ceil(threads(server)) + MARGIN;
    let connections = Connections::new(limits);
    let refusals = Arc::new(Refusals::new(server, clock.clone()));
    let shared = Shared::new(app, clock)?;
    let write_timeout = server.write_timeout_seconds.duration();
    let keep_alive = server.keep_alive_seconds.duration();
    let builder = Server::build()
        .workers(threads(server))
        .max_concurrent_connections(most)
        .shutdown_timeout(server.shutdown_timeout_seconds.0.into())
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let server = builder.listen("http", listener, move || {
        let (connections, refusals) = (connections.clone(), refusals.clone());
        let (shared, stopping) = (shared.clone(), stopping.clone());
        let admit = fn_service(move |io: TcpStream| {
            let admitted = Stream::admit(io, &connections, &refusals);
            let admitted = admitted.map(|(stream, peer)| (stream, Protocol::Http1, peer));
            ready(admitted.map_err(DispatchError::Io))
        });
        let pages = ActixApp::new()
            .configure(|config| shared.add_to(config))
            .wrap(from_fn(auth::guard))
            .wrap(from_fn(middleware::tagged))
            .wrap(Compress::default())
            .wrap(from_fn(middleware::request_context))
            .wrap(from_fn(pace::paced));
        let pages = map_config(
            pages
                .into_factory()
                .map_err(|error: actix_web::Error| error.error_response()),
            |()| AppConfig::default(),
        );
        let http = http(keep_alive, write_timeout)
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .local_addr(address);
        admit.and_then(http.finish(pages))
    })?;
    Ok(Bound {
        address,
        server: server.run(),
    })
}

/// How a connection is kept: our own time-outs hold for every request of it, those of the framework
/// for the first only.
fn http<S>(
    keep_alive: Duration,
    write_timeout: Duration,
) -> HttpServiceBuilder<Stream, S, ExpectHandler, UpgradeHandler>
where
    S: ServiceFactory<Request, Config = ()>,
    S::Error: Into<Response<BoxBody>> + 'static,
    S::InitError: Debug,
    <S::Service as Service<Request>>::Future: 'static,
{
    HttpServiceBuilder::default()
        .keep_alive(keep_alive)
        .client_request_timeout(Duration::ZERO)
        // what is left of a body that nobody wants is read for a moment, so that the reply arrives
        .client_disconnect_timeout(LINGER)
        .on_connect_ext(move |stream: &Stream, data: &mut Extensions| {
            pace::cut_off_when_stuck(stream.socket(), write_timeout);
            pace::keep_little(stream.socket());
            data.insert(stream.line());
        })
}

/// Threads that take requests: those of the settings, or one for each core.
fn threads(server: &ServerSettings) -> usize {
    match server.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}

/// How long a closing connection is listened to.
const LINGER: Duration = Duration::from_secs(1);

/// Connections of a thread beyond its share, which are refused or have others make room.
const MARGIN: usize = 16;

/// What the workers of a server share.
#[derive(Clone)]
struct Shared {
    state: web::Data<State>,
    verbs: web::Data<Verbs>,
    document: Value,
}

impl Shared {
    fn new(app: App, clock: SharedClock) -> io::Result<Self> {
        let document = openapi::document()?;
        Ok(Self {
            state: web::Data::new(State::new(app, clock)),
            verbs: web::Data::new(Verbs::of(&document)),
            document,
        })
    }

    /// Adds it and all routes to a worker.
    fn add_to(&self, config: &mut ServiceConfig) {
        let unreadable = web::PathConfig::default().error_handler(|_, req| unreadable(req).into());
        config
            .app_data(self.state.clone())
            .app_data(self.verbs.clone())
            .app_data(unreadable);
        pages::handlers::configure(config);
        api::configure(config);
        let docs = SwaggerUi::new("/api/docs/{_:.*}")
            .external_url_unchecked(openapi::PATH, self.document.clone());
        config
            .service(web::redirect("/api/docs", "/api/docs/"))
            .service(docs)
            .default_service(web::to(nowhere));
    }
}

/// An address with a part that can't be read: a date or a year that nobody can mean is named,
/// anything else does not exist.
fn unreadable(req: &HttpRequest) -> Problem {
    let parts = req.match_info().iter();
    let fault = parts
        .filter(|(name, _)| !name.ends_with("id"))
        // a plus stays encoded in it
        .find_map(|(name, part)| years::of_segment(name, &part.replace("%2B", "+")));
    fault.map_or_else(|| Problem::new(Kind::NotFound), Problem::from)
}

/// An address that no handler takes: it is unknown, or the verb is.
async fn nowhere(req: HttpRequest, verbs: web::Data<Verbs>) -> Result<HttpResponse, Problem> {
    Err(match openapi::pattern_of(&req) {
        Some(known) => Problem::method_not_allowed(verbs.allowed(&known).cloned()),
        None => Problem::new(Kind::NotFound),
    })
}
