//! Pages of a few words: what happened, what to do, and where that is done. Every refusal that no
//! form shows is one.

use askama::Template;

use super::layout::Layout;
use super::routes;
use crate::domain::words::say;
use crate::service::accounts::sign_in::CurrentSession;
use crate::web::call::Reply;
use crate::web::context::RequestContext;
use crate::web::error::{Kind, Problem};

/// A way on from a page: where it leads, and the key of what it says.
pub(super) type Way<'a> = (&'a str, &'static str);

/// The first page.
const HOME: Way<'static> = (routes::HOME, "pages.message.home");

/// To the form of signing in.
pub(super) const SIGN_IN: Way<'static> = (routes::SIGN_IN, "pages.sign_in.title");

/// To the form that asks for a new link.
pub(super) const FORGOTTEN: Way<'static> = (routes::FORGOTTEN, "pages.forgotten.title");

#[derive(Template)]
#[template(path = "message/message.html")]
struct Message<'a> {
    page: Layout,
    title: String,
    text: String,
    ways: &'a [Way<'a>],
}

/// A page with the title and the text below `key` in the locale files.
///
/// # Errors
/// Only if a template fails to write into a string.
pub(super) fn show(page: Layout, key: &str, ways: &[Way<'_>]) -> Reply {
    let text = page.say(format!("{key}.text"));
    show_text(page, key, text, ways)
}

/// A page with the title below `key` and this text.
///
/// # Errors
/// Only if a template fails to write into a string.
pub(super) fn show_text(page: Layout, key: &str, text: String, ways: &[Way<'_>]) -> Reply {
    let title = page.say(format!("{key}.title"));
    page.show(|page| Message {
        page,
        title,
        text,
        ways,
    })
}

/// Who reads a refusal.
pub struct Reader<'a> {
    /// What is known of the request.
    pub context: &'a RequestContext,
    /// Who is signed in, where that is known.
    pub session: Option<&'a CurrentSession>,
}

/// A refusal as a page. It may have come up at another address than `public_url`.
///
/// # Errors
/// Only if a template fails to write into a string.
pub fn refusal(problem: &Problem, reader: &Reader<'_>, public_url: &str) -> Reply {
    let context = reader.context;
    let key = key_of(problem.kind());
    let locale = context.lang.locale();
    // a conflict has a sentence of its own about the state of things
    let text = match (problem.kind(), problem.faults().first()) {
        (Kind::Conflict, Some(fault)) => fault.message(locale),
        _ => say(
            locale,
            &format!("{key}.text"),
            &[("request_id", &context.request_id)],
        ),
    };
    let sign_in = routes::with(routes::SIGN_IN, "toi", routes::ACCOUNT);
    let way = match problem.kind() {
        // what may have been done already is seen on that page
        Kind::Unauthorized => (sign_in.as_str(), "pages.sign_in.title"),
        Kind::SecondFactor => (routes::SECOND_FACTOR, "pages.message.second_factor"),
        Kind::CrossSite => (public_url, "pages.message.public_url"),
        _ => HOME,
    };
    let page = Layout::new(context, reader.session).of_problem(problem);
    show_text(page, key, text, &[way])
}

/// The words of a kind of refusal.
const fn key_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Invalid
        | Kind::Malformed
        | Kind::NotAcceptable
        | Kind::NotJson
        | Kind::NotForm
        | Kind::KeyReused
        | Kind::VersionRequired => "pages.refused.unreadable",
        Kind::Unauthorized => "pages.refused.signed_out",
        Kind::Forbidden => "pages.refused.forbidden",
        Kind::SecondFactor => "pages.refused.second_factor",
        Kind::CrossSite => "pages.refused.cross_site",
        Kind::TooMany => "pages.refused.too_many",
        Kind::NotFound | Kind::MethodNotAllowed => "pages.refused.not_found",
        Kind::TooSlow => "pages.refused.too_slow",
        Kind::TooLarge | Kind::HeadTooLong => "pages.refused.too_large",
        Kind::Conflict | Kind::Stale => "pages.refused.conflict",
        Kind::Busy | Kind::InFlight | Kind::Crowded => "pages.refused.busy",
        Kind::Full | Kind::Internal => "pages.refused.internal",
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use chrono::DateTime;

    use super::*;
    use crate::web::context::Lang;

    const KINDS: [Kind; 12] = [
        Kind::Invalid,
        Kind::Unauthorized,
        Kind::Forbidden,
        Kind::SecondFactor,
        Kind::CrossSite,
        Kind::TooMany,
        Kind::NotFound,
        Kind::TooSlow,
        Kind::TooLarge,
        Kind::Conflict,
        Kind::Busy,
        Kind::Internal,
    ];

    /// The status and what is between the first heading and the end of `main`, for every refusal.
    fn refusals(lang: Lang) -> String {
        let context = RequestContext {
            now: DateTime::UNIX_EPOCH,
            request_id: "4f7b0a69d1c2e3f7".to_owned(),
            lang,
            theme: None,
            reader: true,
            is_page: true,
            page: "/".to_owned(),
        };
        let one = |kind: Kind| {
            let problem = Problem::new(kind);
            let reader = Reader {
                context: &context,
                session: None,
            };
            let reply = refusal(&problem, &reader, "https://tinbai.example").unwrap();
            let status = reply.status().as_u16();
            let body = to_bytes(reply.into_body());
            let body = actix_web::rt::System::new().block_on(body).unwrap();
            let html = String::from_utf8(body.to_vec()).unwrap();
            let main = html.split_once("<h1>").unwrap().1;
            let main = main.split_once("</main>").unwrap().0;
            format!("{status} <h1>{main}\n")
        };
        KINDS.into_iter().map(one).collect()
    }

    #[test]
    fn every_refusal_is_a_page_in_the_readers_language() {
        insta::assert_snapshot!("refusals_vi", refusals(Lang::Vi));
        insta::assert_snapshot!("refusals_en", refusals(Lang::En));
    }
}
