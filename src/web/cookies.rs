//! The cookies. Browsers accept a name with `__Host-` only over HTTPS (or from localhost), and for
//! this host only.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

use super::error::Problem;
use crate::domain::preference::{Lang, Theme};
use crate::service::accounts::sign_in::NewSession;

/// Carries the secret of a session; ends with the browser, unless it is kept on a personal device.
pub const SESSION: &str = "__Host-tinbai";

/// Carries the sealed name of a device.
pub const DEVICE: &str = "__Host-tinbai-device";

/// Carries the secrets of a single sign-on to the provider and back.
pub const FLOW: &str = "__Host-tinbai-openid";

/// Carries the language of pages that somebody chose.
pub const LANGUAGE: &str = "__Host-tinbai-lang";

/// Carries the colours of pages that somebody chose.
pub const THEME: &str = "__Host-tinbai-theme";

/// Ten minutes, in seconds.
const FLOW_LIFE: u32 = 600;

/// A year, in seconds.
const YEAR: u32 = 31_536_000;

/// The value of a cookie. If two have the name, somebody planted one: neither counts.
pub fn get(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers
        .get_all(header::COOKIE)
        .filter_map(|value| value.to_str().ok());
    let pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs
        .filter(|(own, _)| *own == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() => Some(value.to_owned()),
        _ => None,
    }
}

/// Sets the cookie of the session, for so many seconds or until the browser is closed.
pub fn set_session(
    response: &mut HttpResponse,
    secret: &str,
    kept: Option<u32>,
) -> Result<(), Problem> {
    add(response, &format!("{SESSION}={secret}"), kept)
}

/// Sets the cookies of a session that has just begun, and of the device.
pub fn set_opened(response: &mut HttpResponse, opened: &NewSession) -> Result<(), Problem> {
    set_session(response, &opened.secret, opened.kept_seconds)?;
    let device = &opened.device;
    add(response, &format!("{DEVICE}={device}"), Some(YEAR))
}

/// Deletes the cookie of the session.
pub fn clear_session(response: &mut HttpResponse) -> Result<(), Problem> {
    add(response, &format!("{SESSION}="), Some(0))
}

/// Sets the cookie of a single sign-on. `SameSite=Lax`, because the browser comes back by a link of
/// the provider.
pub fn set_flow(response: &mut HttpResponse, flow: &str) -> Result<(), Problem> {
    add(response, &format!("{FLOW}={flow}"), Some(FLOW_LIFE))
}

/// Deletes the cookie of a single sign-on.
pub fn clear_flow(response: &mut HttpResponse) -> Result<(), Problem> {
    add(response, &format!("{FLOW}="), Some(0))
}

/// Keeps the language that somebody chose.
pub fn set_language(response: &mut HttpResponse, lang: Lang) -> Result<(), Problem> {
    let name = lang.locale();
    add(response, &format!("{LANGUAGE}={name}"), Some(YEAR))
}

/// Keeps the colours that somebody chose; `None` = those of the system again.
pub fn set_theme(response: &mut HttpResponse, theme: Option<Theme>) -> Result<(), Problem> {
    match theme {
        Some(theme) => add(response, &format!("{THEME}={theme}"), Some(YEAR)),
        None => add(response, &format!("{THEME}="), Some(0)),
    }
}

/// Adds a cookie that ends with the browser, or after so many seconds.
fn add(response: &mut HttpResponse, pair: &str, seconds: Option<u32>) -> Result<(), Problem> {
    let age = seconds.map_or(String::new(), |seconds| format!(" Max-Age={seconds};"));
    let cookie = format!("{pair}; Path=/;{age} Secure; HttpOnly; SameSite=Lax");
    let value = HeaderValue::from_str(&cookie).map_err(Problem::internal)?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(())
}
