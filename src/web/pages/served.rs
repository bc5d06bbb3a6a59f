//! The table of pages: which handler answers at which address. It is a value, so that tests walk every
//! page that is served.

use actix_web::dev::Handler;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Responder, Route};

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
    pub(super) fn add_to(self, config: &mut ServiceConfig) {
        for (address, answer) in self.0 {
            config.route(address, answer.route);
        }
    }

    /// Method and address of each: `GET /viec/{id}`.
    fn names(&self) -> Vec<String> {
        let name = |(address, answer): &(&str, Answer)| format!("{} {address}", answer.method);
        self.0.iter().map(name).collect()
    }
}

/// Method and address of every page: `GET /viec/{id}`.
pub fn names() -> Vec<String> {
    super::handlers::all().names()
}
