//! An OpenID provider that says whatever a test has it say.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

/// A key of its own.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    kid: &'static str,
}

impl SigningKey {
    pub fn new(kid: &'static str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random)
                .unwrap();
        Self { pair, kid }
    }

    /// As it is published.
    pub fn public(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "kid": self.kid,
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        })
    }

    /// A token signed with it.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(&json!({ "alg": "ES256", "kid": self.kid }), claims)
    }

    /// A token with this header, signed with it whatever the header says.
    pub fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let text = unsigned(header, claims);
        let signature = self
            .pair
            .sign(&SystemRandom::new(), text.as_bytes())
            .unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A token up to its signature.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    )
}

#[derive(Default)]
struct Script {
    replies: BTreeMap<String, (u16, String)>,
    asked: Vec<String>,
    over: bool,
}

/// The provider; it goes away with this value.
pub struct Hostile {
    pub issuer: String,
    script: Arc<Mutex<Script>>,
}

impl Hostile {
    /// Publishes this key and is otherwise as it should be; has no userinfo.
    pub fn start(key: &SigningKey) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = script.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.lock().unwrap().over {
                    return;
                }
                // one at a time is enough; a client that goes away is none of our business
                let _gone = stream.and_then(|stream| answer(stream, &shared));
            }
        });
        let hostile = Self { issuer, script };
        hostile.publish(&hostile.document());
        hostile.say(
            "/jwks",
            200,
            &json!({ "keys": [key.public(), { "kty": "oct", "kid": "one" }] }),
        );
        hostile
    }

    pub fn document(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer);
        json!({
            "issuer": self.issuer, "authorization_endpoint": at("/auth?from=tinbai"), "token_endpoint": at("/token"),
            "jwks_uri": at("/jwks"), "token_endpoint_auth_methods_supported": ["client_secret_post"],
        })
    }

    pub fn publish(&self, document: &Value) {
        self.say("/.well-known/openid-configuration", 200, document);
    }

    pub fn say(&self, path: &str, status: u16, body: &Value) {
        self.script
            .lock()
            .unwrap()
            .replies
            .insert(path.to_owned(), (status, body.to_string()));
    }

    /// What it was asked since the last time: path, and the body behind a space.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.script.lock().unwrap().asked)
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.script.lock().unwrap().over = true;
        let _wake_up = TcpStream::connect(self.issuer.trim_start_matches("http://"));
    }
}

fn answer(mut stream: TcpStream, script: &Mutex<Script>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let (mut first, mut length) = (String::new(), 0);
    lines.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        lines.read_line(&mut line)?;
        match line
            .trim_end()
            .to_ascii_lowercase()
            .strip_prefix("content-length:")
        {
            Some(value) => length = value.trim().parse().unwrap(),
            None if line.trim_end().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body)?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let (status, reply) = {
        let mut script = script.lock().unwrap();
        script
            .asked
            .push(format!("{path} {}", String::from_utf8_lossy(&body)));
        script
            .replies
            .get(&path)
            .cloned()
            .unwrap_or((404, "{}".to_owned()))
    };
    // a redirect leads to where it would work, if it were followed
    let location = if (300..400).contains(&status) {
        "Location: /elsewhere\r\n"
    } else {
        ""
    };
    write!(
        stream,
        "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\n{location}Content-Length: {}\r\nConnection: close\r\n\r\n{reply}",
        reply.len()
    )
}
