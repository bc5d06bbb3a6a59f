//! Requests to the provider: short, small, without redirects, and over https or not beyond this
//! machine.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

use super::token::{Key, UserInfo};
use super::{Failure, plain};
use crate::config::Secret;
use crate::config::openid::may_be_asked;

/// How long a request may take, whole.
const TIME: Duration = Duration::from_secs(5);

/// Longest reply that is read, in bytes.
const BODY_MAX: u64 = 256 * 1024;

/// What a provider publishes of itself.
pub(super) struct Published {
    pub(super) read_at: DateTime<Utc>,
    pub(super) authorization_endpoint: String,
    token_endpoint: String,
    pub(super) userinfo_endpoint: Option<String>,
    /// It takes our secret as the standard has it by default, in a header; otherwise in the form.
    basic: bool,
    /// Every answer that comes by a browser names it (RFC 9207).
    pub(super) names_itself: bool,
    pub(super) keys: Vec<Key>,
}

/// `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0), as far as we read it.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Keys are read one by one: one that we don't understand is none of ours.
#[derive(Deserialize)]
struct Keys {
    keys: Vec<serde_json::Value>,
}

/// What a code is good for.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) id_token: String,
    #[serde(default)]
    pub(super) access_token: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// The way to ask.
pub(super) struct Remote {
    agent: Agent,
    client_id: String,
    secret: Secret,
}

impl Remote {
    pub(super) fn new(client_id: String, secret: Secret) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(TIME))
            .user_agent("tinbai")
            .build();
        Self {
            agent: config.into(),
            client_id,
            secret,
        }
    }

    /// What the provider publishes now.
    pub(super) fn published(&self, issuer: &str, now: DateTime<Utc>) -> Result<Published, Failure> {
        let address = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let document: Document = self.get("discovery", &address, None)?;
        if document.issuer != issuer {
            return Err(Failure::untrue(
                "discovery names another issuer than openid.issuer",
            ));
        }
        let endpoints = [
            &document.authorization_endpoint,
            &document.token_endpoint,
            &document.jwks_uri,
        ];
        if !endpoints
            .into_iter()
            .chain(&document.userinfo_endpoint)
            .all(|endpoint| may_be_asked(endpoint))
        {
            return Err(Failure::untrue("an endpoint that is not https"));
        }
        let keys: Keys = self.get("keys", &document.jwks_uri, None)?;
        let methods = document.token_endpoint_auth_methods_supported;
        Ok(Published {
            read_at: now,
            authorization_endpoint: document.authorization_endpoint,
            token_endpoint: document.token_endpoint,
            userinfo_endpoint: document.userinfo_endpoint,
            basic: methods
                .is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic")),
            names_itself: document.authorization_response_iss_parameter_supported,
            keys: keys
                .keys
                .into_iter()
                .filter_map(|key| serde_json::from_value(key).ok())
                .collect(),
        })
    }

    /// Gives a code for tokens.
    pub(super) fn redeem(
        &self,
        published: &Published,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
    ) -> Result<Tokens, Failure> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        let mut request = Request::post(&published.token_endpoint)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if published.basic {
            // RFC 6749 section 2.3.1: both as in forms, then joined
            let login = format!(
                "{}:{}",
                encoded(&self.client_id)?,
                encoded(self.secret.expose())?
            );
            request = request.header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(login)));
        } else {
            form.extend([
                ("client_id", self.client_id.as_str()),
                ("client_secret", self.secret.expose()),
            ]);
        }
        let body = serde_urlencoded::to_string(form)
            .map_err(|error| Failure::Untrue(error.to_string()))?;
        let request = request
            .body(body)
            .map_err(|error| Failure::Untrue(error.to_string()))?;
        let (status, body) = self.answer("token", self.agent.run(request))?;
        if status == 200 {
            return serde_json::from_slice(&body).map_err(|_| Failure::untrue("no ID token"));
        }
        match serde_json::from_slice::<Refusal>(&body) {
            // used before, or over
            Ok(refusal) if refusal.error == "invalid_grant" => Err(Failure::Stale),
            Ok(refusal) => Err(Failure::Unreachable(format!(
                "token: {status}, error {}",
                plain(&refusal.error)
            ))),
            Err(_) => Err(Failure::Unreachable(format!("token: {status}"))),
        }
    }

    /// What the provider knows of the person that an access token is for.
    pub(super) fn ask(&self, endpoint: &str, access_token: &str) -> Result<UserInfo, Failure> {
        self.get("userinfo", endpoint, Some(access_token))
    }

    fn get<T: DeserializeOwned>(
        &self,
        what: &str,
        url: &str,
        bearer: Option<&str>,
    ) -> Result<T, Failure> {
        let mut request = Request::get(url).header(ACCEPT, "application/json");
        if let Some(token) = bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request
            .body(())
            .map_err(|error| Failure::Untrue(format!("{what}: {error}")))?;
        match self.answer(what, self.agent.run(request))? {
            // the error would tell values, which may be somebody's
            (200, body) => serde_json::from_slice(&body)
                .map_err(|_| Failure::Untrue(format!("{what} can't be read"))),
            (status, _) => Err(Failure::Unreachable(format!("{what}: {status}"))),
        }
    }

    fn answer(
        &self,
        what: &str,
        reply: Result<Response<Body>, ureq::Error>,
    ) -> Result<(u16, Vec<u8>), Failure> {
        let fault = |error: ureq::Error| Failure::Unreachable(format!("{what}: {error}"));
        let mut reply = reply.map_err(fault)?;
        let body = reply
            .body_mut()
            .with_config()
            .limit(BODY_MAX)
            .read_to_vec()
            .map_err(fault)?;
        Ok((reply.status().as_u16(), body))
    }
}

/// A text as forms write it.
fn encoded(text: &str) -> Result<String, Failure> {
    let pair = serde_urlencoded::to_string([("", text)])
        .map_err(|error| Failure::Untrue(error.to_string()))?;
    Ok(pair.trim_start_matches('=').to_owned())
}
