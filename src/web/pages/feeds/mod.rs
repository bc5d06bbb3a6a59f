//! Calendar feeds: the calendar behind a secret address, and where the addresses of a person or a unit
//! are made and taken back.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ETAG};
use actix_web::web::Path;
use askama::Template;
use sha2::{Digest as _, Sha256};

use super::call::PageCall;
use super::error::PageError;
use super::form::{Nothing, Sent};
use super::layout::Layout;
use super::notice::Notice;
use super::routes;
use crate::domain::file::FileFormat;
use crate::domain::ids::{FeedId, UnitId};
use crate::service::Tx;
use crate::service::reports::{self, CalendarFeed};
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};

#[derive(Template)]
#[template(path = "feeds/feeds.html")]
struct Page {
    page: Layout,
    /// The name of the unit; none for feeds of one's own.
    unit: Option<String>,
    feeds: Vec<CalendarFeed>,
    /// The address that was just made.
    made: Option<String>,
    /// Where the forms lead.
    address: String,
}

/// The calendar behind a secret; unknown secrets are limited by address.
pub(super) async fn calendar(call: PageCall, secret: Path<String>) -> Reply {
    let secret = secret.into_inner();
    let found = call.read(move |tx| reports::feed(tx, &secret)).await;
    if matches!(&found, Err(error) if error.kind() == Kind::NotFound) {
        call.state().limits.of_wrong_feed(call.address())?;
    }
    let written = found?;
    let hash = Sha256::digest(written.as_bytes());
    let tag: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut reply = HttpResponse::Ok();
    reply
        .insert_header((ETAG, format!("\"{tag}\"")))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .content_type(FileFormat::Ics.media_type());
    Ok(reply.body(written))
}

pub(super) async fn own(call: PageCall) -> Reply {
    form(&call, call.layout(), (None, None)).await
}

pub(super) async fn create_own(call: PageCall, sent: Sent<Nothing>) -> Reply {
    create(&call, None, &sent).await
}

pub(super) async fn of_unit(call: PageCall, unit: Path<UnitId>) -> Reply {
    form(&call, call.layout(), (Some(unit.into_inner()), None)).await
}

pub(super) async fn create_for_unit(
    call: PageCall,
    unit: Path<UnitId>,
    sent: Sent<Nothing>,
) -> Reply {
    create(&call, Some(unit.into_inner()), &sent).await
}

pub(super) async fn revoke_own(call: PageCall, feed: Path<FeedId>, sent: Sent<Nothing>) -> Reply {
    revoke(&call, (None, feed.into_inner()), &sent).await
}

pub(super) async fn revoke_of_unit(
    call: PageCall,
    of: Path<(UnitId, FeedId)>,
    sent: Sent<Nothing>,
) -> Reply {
    let (unit, feed) = of.into_inner();
    revoke(&call, (Some(unit), feed), &sent).await
}

/// Makes an address and shows it, this once: a form that is sent again makes another one.
async fn create(call: &PageCall, unit: Option<UnitId>, sent: &Sent<Nothing>) -> Reply {
    sent.form.sent().map_err(refused)?;
    let made = call.write(move |tx| reports::create_feed(tx, unit)).await;
    match made {
        Ok(made) => form(call, call.layout().shown_once(), (unit, Some(made.address))).await,
        Err(error) => {
            let page = call.again(error, &sent.form, &[])?;
            form(call, page.comes_back_to(address_of(unit)), (unit, None)).await
        }
    }
}

fn refused(error: PageError) -> Problem {
    match error {
        PageError::Problem(problem) => problem,
        _ => Problem::new(Kind::Conflict),
    }
}

async fn revoke(
    call: &PageCall,
    (unit, feed): (Option<UnitId>, FeedId),
    sent: &Sent<Nothing>,
) -> Reply {
    let back = address_of(unit);
    let work = move |tx: &mut Tx<'_>| {
        reports::revoke_feed(tx, feed)?;
        Ok(Notice::FeedRevoked.at(&back))
    };
    match call.once(&sent.form, work).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, &[])?;
            form(call, page.comes_back_to(address_of(unit)), (unit, None)).await
        }
    }
}

async fn form(
    call: &PageCall,
    page: Layout,
    (unit, made): (Option<UnitId>, Option<String>),
) -> Reply {
    let read = call.read(move |tx| {
        let feeds = reports::calendar_feeds(tx, unit)?;
        let name = match unit {
            Some(unit) => Some(tx.lookups.unit(tx.conn, unit)?.name.clone()),
            None => None,
        };
        Ok((feeds, name))
    });
    let (feeds, name) = read.await?;
    let page = match (unit, &name) {
        (Some(unit), Some(name)) => page.below_named(name.clone(), routes::unit(unit)),
        _ => {
            let account = page.say("pages.account.title");
            page.below(account, routes::ACCOUNT)
        }
    };
    page.show(|page| Page {
        page,
        unit: name,
        feeds,
        made,
        address: address_of(unit),
    })
}

fn address_of(unit: Option<UnitId>) -> String {
    match unit {
        Some(unit) => routes::of(routes::UNIT_FEEDS, unit),
        None => routes::OWN_FEEDS.to_owned(),
    }
}

/// Where a feed is taken back.
fn revoke_address(address: &str, feed: &FeedId) -> String {
    format!("{address}/{feed}/thu-hoi")
}
