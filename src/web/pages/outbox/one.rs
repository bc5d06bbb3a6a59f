//! One mail as it looked, and trying it again. Its HTML has an address and a policy of its own: it
//! brings its styles along, runs nothing, fetches nothing and leads nowhere.

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::web::Path;
use askama::Template;

use crate::domain::dead_mail::DeadCause;
use crate::domain::ids::MailId;
use crate::domain::mail::MailState;
use crate::service::Tx;
use crate::service::notices::mails::{self, Whole};
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
use crate::web::pages::call::PageCall;
use crate::web::pages::form::{Nothing, Sent};
use crate::web::pages::layout::{HTML, Layout};
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// What a mail may do in its frame: show itself.
const CSP_MAIL: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                        form-action 'none'; frame-ancestors 'self'; sandbox";

#[derive(Template)]
#[template(path = "outbox/one.html")]
struct One {
    page: Layout,
    mail: Whole,
    cause: Option<DeadCause>,
}

pub(in crate::web::pages) async fn show(call: PageCall, id: Path<MailId>) -> Reply {
    shown(&call, call.layout(), *id).await
}

async fn shown(call: &PageCall, page: Layout, id: MailId) -> Reply {
    let mail = call.read(move |tx| mails::get(tx, id)).await?;
    let above = page.say("pages.mails.title");
    let page = page.wide().frames_own().below(above, routes::OUTBOX);
    page.show(|page| One {
        cause: super::cause(&mail.queued),
        page,
        mail,
    })
}

pub(in crate::web::pages) async fn html(call: PageCall, id: Path<MailId>) -> Reply {
    let mail = call.read(move |tx| mails::get(tx, *id)).await?.mail;
    let mail = mail.map_err(|_| Problem::new(Kind::NotFound))?;
    let mut reply = HttpResponse::Ok();
    reply
        .content_type(HTML)
        .insert_header((CONTENT_SECURITY_POLICY, CSP_MAIL));
    Ok(reply.body(mail.html))
}

pub(in crate::web::pages) async fn again(
    call: PageCall,
    id: Path<MailId>,
    sent: Sent<Nothing>,
) -> Reply {
    let id = *id;
    let address = routes::of(routes::OUTBOX_MAIL, id);
    let own = address.clone();
    let work = move |tx: &mut Tx<'_>| {
        mails::requeue(tx, id)?;
        Ok(Notice::MailAgain.at(&address))
    };
    match call.once(&sent.form, work).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, &[])?;
            shown(&call, page.comes_back_to(own), id).await
        }
    }
}
