//! A browser: keeps cookies as one would, sends the origin of its page with forms, and follows no
//! redirect by itself.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::ids::AccountId;
use tinbai::domain::person::{NewPerson, Position};
use tinbai::identity::second_factor;
use tinbai::service::units::people;
use tinbai::store::people::PersonRow;
use tinbai::store::units::UnitRow;

use super::app::{Reply, TestApp};

/// The password of everybody in tests.
pub const PASSWORD: &str = "mèo vàng leo thang dây";

/// The origin of the pages of a test's server: that of its `public_url`.
pub const ORIGIN: &str = "http://localhost:8080";

pub struct Browser {
    agent: ureq::Agent,
    base: String,
    pub cookies: RefCell<BTreeMap<String, String>>,
    /// The `Set-Cookie` lines of the last reply.
    pub set: RefCell<Vec<String>>,
    origin: Option<String>,
    pub headers: Vec<(&'static str, String)>,
}

impl Browser {
    pub fn of(app: &TestApp) -> Self {
        Self::at(&app.address())
    }

    pub fn at(address: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Self {
            agent: config.into(),
            base: format!("http://{address}"),
            cookies: RefCell::default(),
            set: RefCell::default(),
            origin: Some(ORIGIN.to_owned()),
            headers: Vec::new(),
        }
    }

    /// The same browser with a copy of its cookies, as a thief has it.
    pub fn stolen(&self) -> Self {
        let cookies = self.cookies.clone();
        Self {
            agent: self.agent.clone(),
            base: self.base.clone(),
            cookies,
            ..Self::at("127.0.0.1:1")
        }
    }

    /// The same browser at another server.
    pub fn moved_to(&self, address: SocketAddr) -> Self {
        Self {
            base: format!("http://{address}"),
            ..self.stolen()
        }
    }

    /// With another origin than our pages have, or none.
    pub fn claiming(&self, origin: Option<&str>) -> Self {
        Self {
            origin: origin.map(str::to_owned),
            ..self.stolen()
        }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None)
    }

    /// Posts a form.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = serde_urlencoded::to_string(fields).unwrap();
        self.send(
            "POST",
            path,
            Some(("application/x-www-form-urlencoded", body.into_bytes())),
        )
    }

    pub fn json(&self, path: &str, body: &Value) -> Reply {
        self.send(
            "POST",
            path,
            Some(("application/json", body.to_string().into_bytes())),
        )
    }

    pub fn send(&self, verb: &str, path: &str, body: Option<(&str, Vec<u8>)>) -> Reply {
        let mut request = ureq::http::Request::builder()
            .method(verb)
            .uri(format!("{}{path}", self.base));
        let cookies: Vec<String> = self
            .cookies
            .borrow()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header("Cookie", cookies.join("; "));
        }
        if let Some(origin) = self.origin.as_ref().filter(|_| verb != "GET") {
            request = request.header("Origin", origin);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let sent = match body {
            Some((kind, body)) => self
                .agent
                .run(request.header("Content-Type", kind).body(body).unwrap()),
            None => self
                .agent
                .run(request.header("Accept", "text/html").body(()).unwrap()),
        };
        let reply = sent.unwrap_or_else(|error| panic!("{verb} {path}: {error}"));
        let set = reply
            .headers()
            .get_all("set-cookie")
            .iter()
            .map(|line| line.to_str().unwrap().to_owned())
            .collect();
        self.keep(&set);
        self.set.replace(set);
        Reply::of(reply)
    }

    fn keep(&self, set: &Vec<String>) {
        for line in set {
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.cookies
                    .borrow_mut()
                    .insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Signs in with the password of tests; the reply to the form.
    pub fn sign_in(&self, mail: &str) -> Reply {
        self.form("/dang-nhap", &[("mail", mail), ("password", PASSWORD)])
    }

    /// Whether the API knows who this is.
    pub fn is_in(&self) -> bool {
        self.get("/api/v1/me").status == 200
    }
}

/// Enters a person with a mail.
pub fn person(app: &TestApp, unit: &UnitRow, role: Role, mail: &str) -> PersonRow {
    let new = NewPerson {
        unit_id: unit.id,
        name: format!("Người {}", role.as_str()),
        title: None,
        mail: Some(mail.to_owned()),
        role,
        position: Position::Staff,
        fields: Vec::new(),
        active_from: None,
        active_to: None,
    };
    app.house
        .write(&tinbai::domain::access::Actor::cli(), app.now(), |tx| {
            people::create(tx, &new)
        })
        .unwrap()
        .person
}

/// The link in the newest mail.
pub fn mailed_link(app: &TestApp) -> String {
    let mails = app.mails();
    let raw = &mails.last().expect("a mail").raw;
    let text = mail_parser::MessageParser::default()
        .parse(raw)
        .unwrap()
        .body_text(0)
        .unwrap()
        .into_owned();
    let link = text
        .split_whitespace()
        .find_map(|word| word.strip_prefix(ORIGIN))
        .expect("a link");
    link.to_owned()
}

/// Invites a person and sets the password; the account's id.
pub fn account(app: &TestApp, person: &PersonRow) -> AccountId {
    let invited = app
        .admin()
        .post("/api/v1/accounts", &json!({ "person_id": person.id }))
        .expect(201);
    let set = Browser::of(app).form(
        &mailed_link(app),
        &[("password", PASSWORD), ("again", PASSWORD)],
    );
    assert_eq!(set.status, 200, "{}", set.text);
    AccountId(invited["id"].as_i64().unwrap())
}

/// The key of a second factor as the page shows it: in blocks of four.
pub fn shown_key(page: &str) -> String {
    let shown = page
        .split("<strong class=\"key\">")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    assert!(shown.split(' ').all(|block| block.len() == 4), "{shown}");
    shown.replace(' ', "")
}

/// Sets a second factor up in a browser that is signed in: its secret and the recovery codes.
pub fn enrol(app: &TestApp, browser: &Browser) -> (String, Vec<String>) {
    let wrong = browser.form("/tai-khoan/buoc-hai", &[("password", "sai")]);
    assert_eq!(wrong.status, 400);
    let begun = browser.form("/tai-khoan/buoc-hai", &[("password", PASSWORD)]);
    assert_eq!(begun.status, 200, "{}", begun.text);
    assert!(begun.text.contains("data:image/svg+xml;base64,"));
    let secret = shown_key(&begun.text);
    assert_eq!(
        browser
            .form("/tai-khoan/buoc-hai/xac-nhan", &[("code", "000000")])
            .status,
        400
    );
    let code = second_factor::code_at(&secret, app.now()).unwrap();
    let done = browser.form("/tai-khoan/buoc-hai/xac-nhan", &[("code", &code)]);
    assert_eq!(done.status, 200, "{}", done.text);
    let codes: Vec<String> = done
        .text
        .split("<li>")
        .skip(1)
        .map(|part| part.split('<').next().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

/// Subject and both bodies of the newest mail; each of `hidden` is written as the word beside it.
pub fn whole_mail(app: &TestApp, hidden: &[(&str, &str)]) -> String {
    let mails = app.mails();
    let mail = mail_parser::MessageParser::default()
        .parse(&mails.last().expect("a mail").raw)
        .unwrap();
    let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
    let whole = format!("Subject: {}\n\n{text}\n{html}", mail.subject().unwrap());
    hidden
        .iter()
        .fold(whole, |whole, (secret, word)| whole.replace(secret, word))
}
