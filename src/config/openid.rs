//! Single sign-on by OpenID Connect: which provider, as which client. Without an issuer there is
//! none.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Secret, ServerSettings};
use crate::domain::error::Invalid;

/// Longest text of the button, in characters.
const BUTTON_MAX: usize = 60;

/// `[openid]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpenIdSettings {
    /// The provider, by the address under which it publishes `/.well-known/openid-configuration`,
    /// to the letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Our client ID at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Our client secret at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// A file whose only line is the secret; wins over `client_secret`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret_file: Option<PathBuf>,
    /// What the button on the sign-in page says.
    pub button: String,
    /// The provider asks for a second factor itself: none is asked for here.
    pub second_factor_there: bool,
}

impl Default for OpenIdSettings {
    fn default() -> Self {
        Self {
            issuer: None,
            client_id: None,
            client_secret: None,
            client_secret_file: None,
            button: "Đăng nhập một lần của tỉnh".to_owned(),
            second_factor_there: false,
        }
    }
}

impl OpenIdSettings {
    pub(super) fn check(&self, server: &ServerSettings, faults: &mut Vec<Invalid>) {
        if !(1..=BUTTON_MAX).contains(&self.button.chars().count())
            || self.button.chars().any(char::is_control)
        {
            faults.push(Invalid::new("openid.button", "config_button").with("max", BUTTON_MAX));
        }
        let set = [
            self.issuer.is_some(),
            self.client_id.is_some(),
            self.client_secret.is_some(),
        ];
        if set.contains(&true) && set.contains(&false) {
            faults.push(Invalid::new("openid", "config_openid_half"));
        }
        let Some(issuer) = &self.issuer else { return };
        if !may_be_asked(issuer) || issuer.contains(['?', '#']) {
            faults.push(Invalid::new("openid.issuer", "config_issuer").with("value", issuer));
            return;
        }
        // the default of public_url is fine for a try on one machine, and surely wrong for a
        // provider elsewhere
        let forgotten =
            !is_loopback(issuer) && server.public_url == ServerSettings::default().public_url;
        if forgotten || !may_be_asked(&server.public_url) {
            faults.push(
                Invalid::new("server.public_url", "config_openid_public_url")
                    .with("value", &server.public_url),
            );
        }
    }
}

/// Whether secrets may be sent to an address: over https, or without leaving this machine.
pub fn may_be_asked(url: &str) -> bool {
    let plain = url.bytes().all(|byte| byte.is_ascii_graphic()) && !url.contains(['\\', '@']);
    let https = url
        .strip_prefix("https://")
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    plain && (https || is_loopback(url))
}

/// Whether an address is plain http on this machine.
fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
        let rest = authority.strip_prefix(host);
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix(':').is_some_and(digits))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_over_https_or_stay_on_the_machine() {
        let good = [
            "https://id.example",
            "https://id.example/realms/tinh",
            "http://127.0.0.1:8080/a",
            "http://[::1]:1",
        ];
        let bad = [
            "",
            "id.example",
            "https://",
            "https:///x",
            "http://id.example",
            "http://localhost.id.example",
            "http://127.0.0.1:80@id.example/",
            "http://127.0.0.1:8080:x",
            "https://id.example/ a",
            "ftp://id.example",
        ];
        assert!(good.iter().all(|url| may_be_asked(url)));
        for url in bad {
            assert!(!may_be_asked(url), "{url}");
        }
    }
}
