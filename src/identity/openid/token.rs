//! ID tokens (OpenID Connect Core 1.0 section 3.1.3.7, RFC 7515): signed by a key that the provider
//! publishes, in one of three ways that no secret of ours and no absence of a signature can pass
//! for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Failure;

/// By how much the provider's clock may differ from ours, in seconds.
const SKEW: f64 = 60.0;

/// Bytes of a coordinate on P-256.
const COORDINATE: usize = 32;

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Algorithm {
    /// RSA as of old; every provider has it.
    RS256,
    /// RSA-PSS.
    PS256,
    /// ECDSA on P-256.
    ES256,
}

/// A key that a provider publishes (RFC 7517).
#[derive(Clone, Deserialize)]
pub(super) struct Key {
    #[serde(flatten)]
    shape: Shape,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(tag = "kty")]
enum Shape {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Curve { crv: String, x: String, y: String },
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// What must be understood; we understand nothing of the kind.
    crit: Option<serde_json::Value>,
}

/// What a token says.
#[derive(Deserialize)]
pub(super) struct Claims {
    iss: String,
    pub(super) sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
    pub(super) email: Option<String>,
    pub(super) email_verified: Option<Truth>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// What the provider knows of somebody (section 5.3).
#[derive(Deserialize)]
pub(super) struct UserInfo {
    pub(super) sub: String,
    pub(super) email: Option<String>,
    pub(super) email_verified: Option<Truth>,
}

/// Some providers write it as a text.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Truth {
    Plain(bool),
    Text(String),
}

impl Truth {
    pub(super) fn holds(&self) -> bool {
        match self {
            Self::Plain(truth) => *truth,
            Self::Text(text) => text == "true",
        }
    }
}

/// What a token has to say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: DateTime<Utc>,
}

/// A token that nobody has verified.
pub(super) struct Token<'a> {
    algorithm: Algorithm,
    kid: Option<String>,
    signed: &'a str,
    signature: Vec<u8>,
}

/// Reads a token as far as it has to be read to verify it.
pub(super) fn read(text: &str) -> Result<Token<'_>, Failure> {
    let malformed = || Failure::untrue("an ID token that is none");
    let (signed, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
    let (header, _) = signed.split_once('.').ok_or_else(malformed)?;
    let header: Header = decoded(header).ok_or_else(malformed)?;
    let algorithm = match header.alg.as_str() {
        "RS256" => Algorithm::RS256,
        "PS256" => Algorithm::PS256,
        "ES256" => Algorithm::ES256,
        _ => {
            return Err(Failure::untrue(
                "an ID token signed in a way that is not accepted",
            ));
        }
    };
    if header.crit.is_some() {
        return Err(Failure::untrue(
            "an ID token that asks for more than we know",
        ));
    }
    Ok(Token {
        algorithm,
        kid: header.kid,
        signed,
        signature: bytes(signature).ok_or_else(malformed)?,
    })
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn decoded<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&bytes(text)?).ok()
}

impl Token<'_> {
    /// The key that it names, or the only one that it can mean.
    pub(super) fn key<'k>(&self, keys: &'k [Key]) -> Option<&'k Key> {
        let mut fit = keys.iter().filter(|key| {
            let named = self.kid.is_none() || key.kid == self.kid;
            let for_signing = key
                .purpose
                .as_deref()
                .is_none_or(|purpose| purpose == "sig");
            named && for_signing && key.fits(self.algorithm)
        });
        match (fit.next(), fit.next()) {
            (Some(key), None) => Some(key),
            _ => None,
        }
    }

    /// What it says, if the key signed it and it is meant for us, now, and for this sign-in.
    pub(super) fn verify(&self, key: &Key, expected: &Expected<'_>) -> Result<Claims, Failure> {
        if !key.signed(self.algorithm, self.signed.as_bytes(), &self.signature) {
            return Err(Failure::untrue("a signature that is not the provider's"));
        }
        let claims = self
            .signed
            .split_once('.')
            .and_then(|(_, claims)| decoded::<Claims>(claims));
        let claims = claims.ok_or_else(|| Failure::untrue("an ID token without its claims"))?;
        match claims.fault(expected) {
            Some(fault) => Err(Failure::untrue(fault)),
            None => Ok(claims),
        }
    }
}

impl Claims {
    fn fault(&self, expected: &Expected<'_>) -> Option<&'static str> {
        let for_us = match &self.aud {
            Audience::One(one) => one == expected.client_id,
            // somebody else may hold a token of several, so it has to say that we asked for it
            Audience::Many(all) => {
                all.iter().any(|one| one == expected.client_id)
                    && (all.len() == 1 || self.azp.is_some())
            }
        };
        let now = expected.now.timestamp() as f64;
        let checks = [
            (self.iss == expected.issuer, "an ID token of another issuer"),
            (for_us, "an ID token for somebody else"),
            (
                self.azp
                    .as_ref()
                    .is_none_or(|azp| azp == expected.client_id),
                "an ID token that somebody else asked for",
            ),
            (now < self.exp + SKEW, "an ID token that is over"),
            (
                self.iat.max(self.nbf.unwrap_or(self.iat)) < now + SKEW,
                "an ID token of the future",
            ),
            (
                self.nonce.as_deref() == Some(expected.nonce),
                "an ID token of another sign-in",
            ),
        ];
        checks
            .into_iter()
            .find(|(holds, _)| !holds)
            .map(|(_, fault)| fault)
    }
}

impl Key {
    fn fits(&self, algorithm: Algorithm) -> bool {
        let (shape, name) = match algorithm {
            Algorithm::RS256 => (matches!(self.shape, Shape::Rsa { .. }), "RS256"),
            Algorithm::PS256 => (matches!(self.shape, Shape::Rsa { .. }), "PS256"),
            Algorithm::ES256 => (
                matches!(&self.shape, Shape::Curve { crv, .. } if crv == "P-256"),
                "ES256",
            ),
        };
        shape && self.alg.as_deref().is_none_or(|alg| alg == name)
    }

    fn signed(&self, algorithm: Algorithm, text: &[u8], signature: &[u8]) -> bool {
        self.check(algorithm, text, signature).is_some()
    }

    fn check(&self, algorithm: Algorithm, text: &[u8], signature: &[u8]) -> Option<()> {
        match (&self.shape, algorithm) {
            (Shape::Rsa { n, e }, Algorithm::RS256 | Algorithm::PS256) => {
                let way = match algorithm {
                    Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
                    _ => &signature::RSA_PKCS1_2048_8192_SHA256,
                };
                let (n, e) = (bytes(n)?, bytes(e)?);
                RsaPublicKeyComponents {
                    n: significant(&n),
                    e: significant(&e),
                }
                .verify(way, text, signature)
                .ok()
            }
            (Shape::Curve { x, y, .. }, Algorithm::ES256) => {
                let (x, y) = (bytes(x)?, bytes(y)?);
                let whole = x.len() == COORDINATE && y.len() == COORDINATE;
                // SEC 1 section 2.3.3: an uncompressed point
                let point = [[4].as_slice(), &x, &y].concat();
                let key = UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point);
                key.verify(text, signature).ok().filter(|()| whole)
            }
            _ => None,
        }
    }
}

/// A number without the zeros before it.
fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}
