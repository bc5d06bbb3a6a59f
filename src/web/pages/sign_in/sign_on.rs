//! Single sign-on: to the provider and back. Without a provider in the settings these addresses do
//! not exist.
//!
//! The way there is a page that moves on by itself, not a redirect: `form-action 'self'` keeps
//! browsers from following a form to another host, and the provider may lead on to any third one.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::{Typed, address, form, go_on};
use crate::service::accounts::sign_in::NewSession;
use crate::service::accounts::sign_in::openid::{self, Answer, Failure, Flow, Provider, Refusal};
use crate::web::body;
use crate::web::call::Reply;
use crate::web::cookies;
use crate::web::error::{Kind, Problem};
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::layout::Layout;
use crate::web::pages::{message, routes};
use crate::web::state::State;

#[derive(Template)]
#[template(path = "sign_in/sign_on_go.html")]
struct Go {
    page: Layout,
    address: String,
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Asked {
    toi: String,
}

pub(in crate::web::pages) async fn begin(
    call: PageCall,
    body::Form(asked): body::Form<Asked>,
) -> Reply {
    let flow = Flow::fresh(&asked.toi, call.now());
    let (own, now) = (flow.clone(), call.now());
    let found = at_provider(&call, move |_, provider| {
        Ok(provider.authorization_url(&own, now))
    })
    .await;
    match found {
        Ok(Ok(address)) => {
            let page = call.layout().comes_back_to(routes::SIGN_IN);
            let mut reply = page.show(|page| Go { page, address })?;
            cookies::set_flow(&mut reply, &flow.text())?;
            Ok(reply)
        }
        Ok(Err(failure)) => refused(&call, &Refusal::Provider(failure), &asked.toi),
        Err(error) => wait(&call, error, asked.toi),
    }
}

pub(in crate::web::pages) async fn finish(call: PageCall, req: HttpRequest) -> Reply {
    let cookie = call.cookie(cookies::FLOW);
    let flow = cookie.and_then(|text| Flow::read(&text, call.now()));
    let toi = flow.as_ref().map(|flow| flow.to().to_owned());
    let toi = toi.unwrap_or_default();
    // an answer that can't be read is one without a state
    let answer = web::Query::<Answer>::from_query(req.query_string())
        .map(web::Query::into_inner)
        .unwrap_or_default();
    let mut reply = match come_back(&call, flow, answer).await {
        Ok(Ok(opened)) => go_on(&opened, &toi, None)?,
        Ok(Err(refusal)) => refused(&call, &refusal, &toi)?,
        Err(error) => return wait(&call, error, toi),
    };
    cookies::clear_flow(&mut reply)?;
    Ok(reply)
}

/// Asks the provider who came back, and signs them in.
async fn come_back(
    call: &PageCall,
    flow: Option<Flow>,
    answer: Answer,
) -> Result<Result<NewSession, Refusal>, PageError> {
    let (client, now) = (call.client(), call.now());
    at_provider(call, move |state, provider| {
        let identity = provider.identify(flow.as_ref(), &answer, now);
        Ok(openid::finish(&state.app, identity, &client, now)?)
    })
    .await
}

/// Runs what waits for the provider, within the limits of the caller's address.
async fn at_provider<T: Send + 'static>(
    call: &PageCall,
    work: impl FnOnce(&State, &Provider) -> Result<T, Problem> + Send + 'static,
) -> Result<T, PageError> {
    let state: Arc<State> = call.state().clone();
    if state.provider.is_none() {
        return Err(Problem::new(Kind::NotFound).into());
    }
    state.limits.of_provider(call.address())?;
    let slot = state.provider_slots.acquire().await;
    let slot = slot.ok_or_else(|| Problem::new(Kind::Busy))?;
    let done = web::block(move || {
        let provider = state.provider.as_ref();
        let done = work(
            &state,
            provider.ok_or_else(|| Problem::new(Kind::NotFound))?,
        );
        drop(slot);
        done
    });
    Ok(done.await.map_err(Problem::internal)??)
}

/// The form of signing in, for somebody who has to wait.
fn wait(call: &PageCall, error: PageError, toi: String) -> Reply {
    form(call, call.refused(error)?, Typed::nothing(toi), false)
}

/// A page that says why, and leads back; the log knows more.
fn refused(call: &PageCall, refusal: &Refusal, toi: &str) -> Reply {
    let page = call.layout().status(status(call, refusal));
    let (what, mail) = match refusal {
        Refusal::Nobody { mail } => ("nobody", mail.as_str()),
        Refusal::Provider(failure) => (failure.as_str(), ""),
    };
    let key = format!("pages.sign_on.{what}");
    let mail = match mail {
        "" => page.say("pages.sign_on.no_mail"),
        mail => mail.to_owned(),
    };
    let text = page.say_with(format!("{key}.text"), "mail", mail);
    let back = address(toi);
    let ways = [(back.as_str(), "pages.sign_on.back")];
    message::show_text(page.comes_back_to(back.clone()), &key, text, &ways)
}

fn status(call: &PageCall, refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Provider(Failure::Stale) => StatusCode::BAD_REQUEST,
        Refusal::Nobody { .. } | Refusal::Provider(Failure::Denied) => StatusCode::FORBIDDEN,
        Refusal::Provider(failure @ (Failure::Unreachable(_) | Failure::Untrue(_))) => {
            let request_id = call.request_id();
            tracing::warn!(%failure, request_id, "a single sign-on failed");
            StatusCode::BAD_GATEWAY
        }
    }
}
