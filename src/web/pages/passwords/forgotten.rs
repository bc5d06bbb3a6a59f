//! Asking for a link to a new password. The answer is the same whether there is an account or not.

use std::time::Duration;

use askama::Template;
use serde::Deserialize;

use crate::service::accounts;
use crate::web::body::Form;
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::layout::Layout;
use crate::web::pages::{message, routes};

/// The answer takes at least this long, whether a mail was written or not.
const FLOOR: Duration = Duration::from_millis(150);

/// Longest mail that the form shows again, in characters.
const MAIL_MAX: usize = 200;

#[derive(Template)]
#[template(path = "passwords/forgotten.html")]
struct Forgotten {
    page: Layout,
    mail: String,
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    mail: String,
}

pub(in crate::web::pages) async fn show(call: PageCall) -> Reply {
    let mail = String::new();
    call.layout().show(|page| Forgotten { page, mail })
}

pub(in crate::web::pages) async fn send(call: PageCall, Form(typed): Form<Typed>) -> Reply {
    match ask(&call, typed.mail.clone()).await {
        Ok(()) => {
            let page = call.layout().comes_back_to(routes::FORGOTTEN);
            message::show(page, "pages.forgotten.sent", &[message::SIGN_IN])
        }
        Err(error) => {
            let mail = typed.mail.chars().take(MAIL_MAX).collect();
            let page = call.refused(error)?.comes_back_to(routes::FORGOTTEN);
            page.show(|page| Forgotten { page, mail })
        }
    }
}

async fn ask(call: &PageCall, mail: String) -> Result<(), PageError> {
    call.state().limits.of_address(call.address())?;
    let visitor = call.client().visitor();
    let work =
        call.run(move |app, now| app.write(&visitor, now, |tx| accounts::request_link(tx, &mail)));
    let (done, ()) = tokio::join!(work, tokio::time::sleep(FLOOR));
    done.map(drop)
}
