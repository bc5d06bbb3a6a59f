//! Opens a connection up to the point at which it takes mails: greeting, encryption, sign-in. The
//! reason of a failure names the setting that helps.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpStream;

use super::conversation::{Conversation, Fault, in_time};
use super::reply::Reply;
use super::{Login, SmtpOptions, Tls, tls};

/// A failed step, and why it failed.
type Failed = (&'static str, String);

/// The connection and the reply to our greeting, or why there is none.
pub(super) async fn greeted(options: &SmtpOptions) -> Result<(Conversation, Reply), String> {
    let at = format!("{}:{}", options.host, options.port);
    let opened = open(options).await;
    opened.map_err(|(step, why)| format!("{step} {at}: {why}"))
}

async fn open(options: &SmtpOptions) -> Result<(Conversation, Reply), Failed> {
    let within = options.timeouts;
    let address = (options.host.as_str(), options.port);
    let tcp = in_time(within.connect, TcpStream::connect(address))
        .await
        .map_err(failed("cannot connect to"))?;
    tcp.set_nodelay(true)
        .map_err(failed("cannot set nodelay on"))?;
    let mut conversation = Conversation::plain(tcp);
    if options.tls == Tls::Implicit {
        conversation = encrypted(conversation, options, "no TLS with").await?;
    }
    let welcome = conversation.greeting(within.command).await;
    welcome.map_err(|fault| advised("no welcome from", &fault, greeting_advice(options)))?;
    let mut offers = hello(&mut conversation, options).await?;
    if options.tls == Tls::Starttls {
        let agreed = conversation.command("STARTTLS", within.command).await;
        agreed.map_err(|fault| advised("no STARTTLS with", &fault, starttls_advice(&offers)))?;
        conversation = encrypted(conversation, options, "no STARTTLS with").await?;
        // what was said before the encryption counts no more (RFC 3207, 4.2)
        offers = hello(&mut conversation, options).await?;
    }
    if let Some(login) = &options.login {
        let signed_in = sign_in(&mut conversation, &offers, login, within.command).await;
        signed_in.map_err(|fault| advised("cannot sign in at", &fault, login_advice(&fault)))?;
    }
    Ok((conversation, offers))
}

async fn encrypted(
    conversation: Conversation,
    options: &SmtpOptions,
    step: &'static str,
) -> Result<Conversation, Failed> {
    let secured = conversation.encrypted(options).await;
    secured.map_err(|error| advised(step, &error, tls::advice(&error)))
}

fn failed<E: fmt::Display>(step: &'static str) -> impl Fn(E) -> Failed {
    move |why| (step, why.to_string())
}

fn advised(step: &'static str, why: &impl fmt::Display, advice: Option<&str>) -> Failed {
    let advice = advice.map_or_else(String::new, |advice| format!(" ({advice})"));
    (step, format!("{why}{advice}"))
}

fn greeting_advice(options: &SmtpOptions) -> Option<&'static str> {
    let waits_for_tls = options.port == 465 && options.tls != Tls::Implicit;
    waits_for_tls.then_some("at port 465 set mail.smtp.tls to \"implicit\"")
}

fn starttls_advice(offers: &Reply) -> Option<&'static str> {
    let offered = |line: &String| line.trim().eq_ignore_ascii_case("STARTTLS");
    (!offers.lines.iter().any(offered)).then_some(
        "mail.smtp.tls asks for STARTTLS, which this server does not offer; \
         \"implicit\" belongs to port 465",
    )
}

fn login_advice(fault: &Fault) -> Option<&'static str> {
    matches!(fault.code(), Some(500..)).then_some("check mail.smtp.user and mail.smtp.password")
}

/// Says hello. A server that does not know EHLO gets HELO (RFC 5321, 3.2), unless the connection
/// needs what only EHLO offers: encryption or a sign-in.
async fn hello(conversation: &mut Conversation, options: &SmtpOptions) -> Result<Reply, Failed> {
    let (name, limit) = (&options.hello_name, options.timeouts.command);
    let extended = conversation.command(&format!("EHLO {name}"), limit).await;
    let reply = match extended {
        Err(Fault::Reply(Reply { code: 500.., .. }))
            if options.tls != Tls::Starttls && options.login.is_none() =>
        {
            conversation.command(&format!("HELO {name}"), limit).await
        }
        reply => reply,
    };
    reply.map_err(failed("no welcome from"))
}

async fn sign_in(
    conversation: &mut Conversation,
    offers: &Reply,
    login: &Login,
    limit: Duration,
) -> Result<(), Fault> {
    let Login { user, password } = login;
    if offers_mechanism(offers, "PLAIN") {
        let secret = STANDARD.encode(format!("\0{user}\0{password}"));
        let command = format!("AUTH PLAIN {secret}");
        return conversation.command(&command, limit).await.map(|_| ());
    }
    if !offers_mechanism(offers, "LOGIN") {
        let why = "the server offers neither AUTH PLAIN nor AUTH LOGIN there";
        return Err(Fault::Lost(why.to_owned()));
    }
    conversation.intermediate("AUTH LOGIN", limit).await?;
    let user = STANDARD.encode(user);
    conversation.intermediate(&user, limit).await?;
    let password = STANDARD.encode(password);
    conversation.command(&password, limit).await.map(|_| ())
}

/// Whether the reply to EHLO offers a way to sign in. Old servers write `AUTH=`.
fn offers_mechanism(offers: &Reply, mechanism: &str) -> bool {
    offers.lines.iter().any(|line| {
        let line = line.to_ascii_uppercase().replace('=', " ");
        let mut words = line.split_whitespace();
        words.next() == Some("AUTH") && words.any(|word| word == mechanism)
    })
}

#[cfg(test)]
mod tests {
    use super::super::Timeouts;
    use super::*;

    #[test]
    fn port_465_without_tls_is_named_as_the_cause() {
        let options = |port, tls| SmtpOptions {
            host: "mail.example".to_owned(),
            port,
            tls,
            ca_file: None,
            hello_name: "tinbai.example".to_owned(),
            login: None,
            timeouts: Timeouts::default(),
        };
        assert!(greeting_advice(&options(465, Tls::Starttls)).is_some());
        assert!(greeting_advice(&options(465, Tls::Implicit)).is_none());
        assert!(greeting_advice(&options(587, Tls::Starttls)).is_none());
    }

    #[test]
    fn ways_to_sign_in_are_found_in_any_spelling() {
        let offers = |line: &str, mechanism| {
            let lines = vec!["mail.example".to_owned(), line.to_owned()];
            offers_mechanism(&Reply { code: 250, lines }, mechanism)
        };
        assert!(offers("AUTH LOGIN PLAIN", "PLAIN"));
        assert!(offers("auth=login", "LOGIN"));
        assert!(!offers("AUTH XOAUTH2 PLAIN-CLIENTTOKEN", "PLAIN"));
        assert!(!offers("X-AUTH PLAIN", "PLAIN"));
    }
}
