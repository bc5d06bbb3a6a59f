//! The table of pages: which handler answers at which address. It is a value, so that tests walk every
//! page that is served.

use std::collections::BTreeMap;

use actix_web::dev::Handler;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Responder, Route, Scope};

/// Pages and their handlers.
#[derive(Default)]
pub(super) struct Served(Vec<(&'static str, Answer)>);

/// The handler of one method.
pub(super) struct Answer {
    method: Method,
    route: Route,
}

/// A method that waits for its handler.
pub(super) struct On(Method);

/// Answers GET.
pub(super) fn get() -> On {
    On(Method::GET)
}

/// Answers POST.
pub(super) fn post() -> On {
    On(Method::POST)
}

impl On {
    /// By this handler.
    pub(super) fn to<F, Args>(self, handler: F) -> Answer
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Answer {
            route: web::method(self.0.clone()).to(handler),
            method: self.0,
        }
    }
}

impl Served {
    /// Adds the handler of a page.
    pub(super) fn route(&mut self, address: &'static str, answer: Answer) -> &mut Self {
        self.0.push((address, answer));
        self
    }

    /// Adds the pages to a server.
    ///
    /// The framework compares an address with one pattern after the other. So the pages whose
    /// addresses begin alike have a scope of their own, and an address is compared with the patterns
    /// of its scope only.
    pub(super) fn add_to(self, config: &mut ServiceConfig) {
        let mut scopes: BTreeMap<&str, Scope> = BTreeMap::new();
        for (address, answer) in self.0 {
            let (first, rest) = split(address);
            if first == "/" {
                // a scope of this name would take every address
                config.route(first, answer.route);
                continue;
            }
            let scope = scopes.remove(first).unwrap_or_else(|| web::scope(first));
            scopes.insert(first, scope.route(rest, answer.route));
        }
        for scope in scopes.into_values() {
            config.service(scope);
        }
    }

    /// Method and address of each: `GET /viec/{id}`.
    fn names(&self) -> Vec<String> {
        let name = |(address, answer): &(&str, Answer)| format!("{} {address}", answer.method);
        self.0.iter().map(name).collect()
    }
}

/// The first part of an address, and what follows: `/viec` and `/{id}`.
fn split(address: &'static str) -> (&'static str, &'static str) {
    let second = address.get(1..).and_then(|below| below.find('/'));
    address.split_at(second.map_or(address.len(), |at| at + 1))
}

/// Method and address of every page: `GET /viec/{id}`.
pub fn names() -> Vec<String> {
    super::handlers::all().names()
}
