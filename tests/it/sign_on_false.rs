//! Single sign-on at a provider that lies, stumbles or is away.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tinbai::app::server::Running;
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;

use crate::both_databases;
use crate::sign_in::server_with;
use crate::support::app::{Reply, TestApp};
use crate::support::browser::{Browser, account, person};
use crate::support::false_provider::{Hostile, SigningKey, unsigned};
use crate::support::provider::{self, SECRET, begin, parameter};
use crate::support::tree::found;

both_databases!(
    only_a_token_that_holds_lets_in,
    only_a_provider_that_keeps_to_the_standard_is_asked,
    keys_and_endpoints_are_read_anew_when_it_is_time,
    a_provider_that_is_away_is_told_in_words,
    an_answer_is_good_once_whatever_the_provider_says,
);

const MAIL: &str = "bt@tinh.example";

struct Scene<'a> {
    app: &'a TestApp,
    key: SigningKey,
    provider: Hostile,
    server: Running,
}

impl<'a> Scene<'a> {
    fn set(app: &'a TestApp) -> Self {
        let root = found(app, "tinh", Category::Federation, None);
        account(app, &person(app, &root, Role::Editor, MAIL));
        let key = SigningKey::new("one");
        let provider = Hostile::start(&key);
        let server = server_with(app, |settings| {
            settings.openid = provider::settings(&provider.issuer)
        });
        Self {
            app,
            key,
            provider,
            server,
        }
    }

    fn browser(&self) -> Browser {
        Browser::of(self.app).moved_to(self.server.address())
    }

    /// What an honest token says, but for the nonce.
    fn claims(&self) -> Value {
        let now = self.app.now().timestamp();
        json!({
            "iss": self.provider.issuer, "sub": "1", "aud": "tinbai", "iat": now, "exp": now + 300,
            "email": MAIL, "email_verified": true,
        })
    }

    /// Comes back with a code for the token that `make` makes out of the honest claims.
    fn come_back(&self, make: impl Fn(&mut Value) -> Option<String>) -> Reply {
        let browser = self.browser();
        let way = begin(&browser, "");
        let mut claims = self.claims();
        claims["nonce"] = json!(parameter(&way, "nonce"));
        let token = make(&mut claims).unwrap_or_else(|| self.key.sign(&claims));
        self.provider.say(
            "/token",
            200,
            &json!({ "id_token": token, "access_token": "a", "token_type": "Bearer" }),
        );
        let reply = browser.get(&format!(
            "/dang-nhap/mot-lan?code=c&state={}",
            parameter(&way, "state")
        ));
        assert_eq!(browser.is_in(), reply.status == 303, "{}", reply.text);
        reply
    }

    #[track_caller]
    fn refuses(&self, what: &str, make: impl Fn(&mut Value) -> Option<String>) {
        let reply = self.come_back(make);
        assert_eq!(reply.status, 502, "{what}: {}", reply.text);
        assert!(
            reply.text.contains("Không xác nhận được"),
            "{what}: {}",
            reply.text
        );
        let line = &self.app.admin().get("/api/v1/trail?entity=account").items()[0];
        assert_eq!(
            (&line["action"], &line["new"]["reason"]),
            (&json!("sign_in_failed"), &json!("provider_untrue"))
        );
    }

    fn refuses_claim(&self, name: &str, value: Value) {
        self.refuses(&format!("{name} {value}"), |claims| {
            claims[name] = value.clone();
            None
        });
    }
}

fn only_a_token_that_holds_lets_in(app: &TestApp) {
    let scene = Scene::set(app);
    assert_eq!(scene.come_back(|_| None).status, 303, "the honest one");
    let asked = scene.provider.asked().join("\n");
    assert!(
        asked.contains("client_id=tinbai&client_secret=only+for%3A+tests"),
        "by form where it wants that: {asked}"
    );
    assert_eq!(
        scene
            .come_back(|claims| {
                claims["aud"] = json!(["tinbai", "khac"]);
                claims["azp"] = json!("tinbai");
                claims["email_verified"] = json!("true");
                claims["exp"] = json!(app.now().timestamp() - 59);
                claims["iat"] = json!(app.now().timestamp() + 59);
                None
            })
            .status,
        303,
        "as far as it may go"
    );
    let now = app.now().timestamp();
    for (name, value) in [
        ("iss", json!("https://khac.example")),
        ("iss", json!(format!("{}/", scene.provider.issuer))),
        ("aud", json!("khac")),
        ("aud", json!([])),
        ("aud", json!(["tinbai", "khac"])),
        ("azp", json!("khac")),
        ("exp", json!(now - 60)),
        ("exp", Value::Null),
        ("iat", json!(now + 60)),
        ("nbf", json!(now + 60)),
        ("nonce", json!("khac")),
        ("nonce", Value::Null),
    ] {
        scene.refuses_claim(name, value);
    }
    let header = |alg: &str| json!({ "alg": alg, "kid": "one" });
    scene.refuses("no signature", |claims| {
        Some(format!("{}.", unsigned(&header("none"), claims)))
    });
    scene.refuses("an empty signature", |claims| {
        Some(format!("{}.", unsigned(&header("ES256"), claims)))
    });
    for secret in [
        SECRET.to_owned(),
        scene.key.public()["x"].as_str().unwrap().to_owned(),
    ] {
        scene.refuses("signed with what others know", |claims| {
            let text = unsigned(&header("HS256"), claims);
            let mac = ring::hmac::sign(
                &ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes()),
                text.as_bytes(),
            );
            Some(format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac)))
        });
    }
    scene.refuses("another way of signing", |claims| {
        Some(scene.key.sign_as(&header("RS256"), claims))
    });
    let asking = json!({ "alg": "ES256", "kid": "one", "crit": ["b64"], "b64": false });
    scene.refuses("asks for more", |claims| {
        Some(scene.key.sign_as(&asking, claims))
    });
    scene.refuses("somebody else's key", |claims| {
        Some(SigningKey::new("one").sign(claims))
    });
    scene.refuses("other claims than were signed", |claims| {
        let signature = scene
            .key
            .sign(claims)
            .rsplit_once('.')
            .unwrap()
            .1
            .to_owned();
        claims["email"] = json!("khac@tinh.example");
        Some(format!(
            "{}.{signature}",
            unsigned(&header("ES256"), claims)
        ))
    });
    for malformed in ["", ".", "..", "a.b.c", "a.b.c.d.e"] {
        scene.refuses("no token", |_| Some(malformed.to_owned()));
    }
    let nobody = scene.come_back(|claims| {
        claims["email_verified"] = json!("false");
        None
    });
    assert_eq!(nobody.status, 403);
    scene.server.stop().unwrap();
}

fn only_a_provider_that_keeps_to_the_standard_is_asked(app: &TestApp) {
    let scene = Scene::set(app);
    let without_mail = |claims: &mut Value| {
        claims.as_object_mut().unwrap().remove("email");
        None
    };
    assert_eq!(
        scene.come_back(without_mail).status,
        403,
        "nobody without a mail"
    );
    let mut document = scene.provider.document();
    document["userinfo_endpoint"] = json!(format!("{}/me", scene.provider.issuer));
    document["authorization_response_iss_parameter_supported"] = json!(true);
    scene.provider.publish(&document);
    app.advance(TimeDelta::hours(1));
    scene.refuses("an answer without its provider's name, promised", |_| None);
    document["authorization_response_iss_parameter_supported"] = json!(false);
    scene.provider.publish(&document);
    app.advance(TimeDelta::hours(1));
    scene.provider.say(
        "/me",
        200,
        &json!({ "sub": "2", "email": MAIL, "email_verified": true }),
    );
    scene.refuses("userinfo of somebody else", without_mail);
    scene.provider.say(
        "/me",
        200,
        &json!({ "sub": "1", "email": MAIL, "email_verified": true }),
    );
    assert_eq!(scene.come_back(without_mail).status, 303);

    // whatever the state is, an answer in another provider's name is none
    let browser = scene.browser();
    let state = parameter(&begin(&browser, ""), "state");
    let mixed = browser.get(&format!(
        "/dang-nhap/mot-lan?code=c&state={state}&iss=https%3A%2F%2Fkhac.example"
    ));
    assert_eq!(mixed.status, 502);

    let begin_again = || scene.browser().form("/dang-nhap/mot-lan", &[]).status;
    for (name, value) in [
        ("issuer", json!("https://khac.example")),
        ("token_endpoint", json!("http://khac.example/token")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        (
            "jwks_uri",
            json!(format!(
                "{}/elsewhere-than-published",
                scene.provider.issuer
            )),
        ),
        ("jwks_uri", Value::Null),
        ("x", json!("x".repeat(300_000))),
    ] {
        let mut document = scene.provider.document();
        document[name] = value;
        scene.provider.publish(&document);
        app.advance(TimeDelta::hours(1));
        assert_eq!(begin_again(), 502, "{name}");
    }
    scene
        .provider
        .say("/elsewhere", 200, &scene.provider.document());
    scene
        .provider
        .say("/.well-known/openid-configuration", 302, &json!({}));
    assert_eq!(begin_again(), 502, "no redirect is followed");
    scene.provider.publish(&scene.provider.document());
    assert_eq!(begin_again(), 200);
    scene.server.stop().unwrap();
}

fn keys_and_endpoints_are_read_anew_when_it_is_time(app: &TestApp) {
    let mut scene = Scene::set(app);
    let reads = |scene: &Scene<'_>| {
        scene
            .provider
            .asked()
            .iter()
            .filter(|asked| asked.starts_with("/jwks"))
            .count()
    };
    assert_eq!(scene.come_back(|_| None).status, 303);
    assert_eq!(scene.come_back(|_| None).status, 303);
    assert_eq!(reads(&scene), 1, "once for both");
    let old = std::mem::replace(&mut scene.key, SigningKey::new("two"));
    scene
        .provider
        .say("/jwks", 200, &json!({ "keys": [scene.key.public()] }));
    assert_eq!(
        scene.come_back(|_| None).status,
        303,
        "a new key is looked for"
    );
    assert_eq!(reads(&scene), 1);
    scene.refuses("a key taken back", |claims| Some(old.sign(claims)));
    assert_eq!(reads(&scene), 1, "once");
    app.advance(TimeDelta::minutes(59));
    begin(&scene.browser(), "");
    assert_eq!(reads(&scene), 0);
    app.advance(TimeDelta::minutes(1));
    begin(&scene.browser(), "");
    assert_eq!(reads(&scene), 1);
    scene.server.stop().unwrap();
}

fn a_provider_that_is_away_is_told_in_words(app: &TestApp) {
    let scene = Scene::set(app);
    let (browser, late) = (scene.browser(), scene.browser());
    let back = |way: String| {
        format!(
            "/dang-nhap/mot-lan?code=c&state={}",
            parameter(&way, "state")
        )
    };
    let (early, late_back) = (back(begin(&browser, "")), back(begin(&late, "")));
    scene.provider.say(
        "/token",
        503,
        &json!({ "error": "temporarily_unavailable" }),
    );
    let away = |reply: &Reply| {
        assert_eq!(reply.status, 502, "{}", reply.text);
        assert!(
            reply.text.contains("không trả lời") && reply.text.contains("href=\"/dang-nhap\""),
            "{}",
            reply.text
        );
    };
    away(&browser.get(&early));
    let Scene {
        provider, server, ..
    } = scene;
    drop(provider);
    away(&late.get(&late_back));
    let line = &app.admin().get("/api/v1/trail?entity=account").items()[0];
    assert_eq!(line["new"]["reason"], "provider_unreachable");
    app.advance(TimeDelta::hours(1));
    away(&late.form("/dang-nhap/mot-lan", &[]));
    assert_eq!(late.sign_in(MAIL).status, 303, "the password is still good");
    // a server whose provider cannot be reached starts all the same
    let settings = server_with(app, |settings| {
        settings.openid = provider::settings("http://127.0.0.1:1")
    });
    away(
        &Browser::of(app)
            .moved_to(settings.address())
            .form("/dang-nhap/mot-lan", &[]),
    );
    settings.stop().unwrap();
    server.stop().unwrap();
}

fn an_answer_is_good_once_whatever_the_provider_says(app: &TestApp) {
    let scene = Scene::set(app);
    let browser = scene.browser();
    let way = begin(&browser, "");
    let mut claims = scene.claims();
    claims["nonce"] = json!(parameter(&way, "nonce"));
    let token = scene.key.sign(&claims);
    scene.provider.say(
        "/token",
        200,
        &json!({ "id_token": token, "access_token": "a", "token_type": "Bearer" }),
    );
    let copy = browser.stolen();
    let back = format!(
        "/dang-nhap/mot-lan?code=c&state={}",
        parameter(&way, "state")
    );
    assert_eq!(browser.get(&back).status, 303);
    assert!(browser.is_in());
    let again = copy.get(&back);
    assert_eq!(again.status, 400, "{}", again.text);
    assert!(!copy.is_in());
    let line = &app.admin().get("/api/v1/trail?entity=account").items()[0];
    assert_eq!(
        (&line["action"], &line["new"]["reason"]),
        (&json!("sign_in_failed"), &json!("stale"))
    );
    scene.server.stop().unwrap();
}
