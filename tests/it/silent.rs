//! Mail servers that accept and then say nothing: how many connections they hold, and for how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tinbai::config::{
    DeliverySettings, MailSettings, MailTransport, Seconds, SmtpSettings, SmtpTls,
};
use tinbai::domain::mail::MailState;
use tinbai::mail::{Outgoing, Transport, from_settings};
use tinbai::worker::delivery::{Delivery, Report};

use crate::both_databases;
use crate::support::TestDb;
use crate::support::post::{block_on, builder, drain, mail, mail_to, report, settings, smtp};
use crate::support::sink::{Answer, Sink, Step};

both_databases!(
    two_silent_domains_leave_connections_to_the_others,
    a_server_that_is_silent_after_the_mail_is_left_after_the_time_that_is_set,
);

/// Runs until so many mails are accepted.
fn run_until_accepted(delivery: Delivery, sink: &Sink, mails: usize) -> Report {
    block_on(async {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let stop = async {
                let _ = stopped.await;
            };
            delivery.run(stop).await
        });
        let came = tokio::task::block_in_place(|| sink.wait_for_accepted(mails));
        stop.send(()).unwrap();
        let report = running.await.unwrap().unwrap();
        assert!(came, "the others wait: {report:?}");
        report
    })
}

/// One is silent at the recipient, the other after the whole mail; both were first in the queue.
fn two_silent_domains_leave_connections_to_the_others(db: &TestDb) {
    let held = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
    let [first, second] = held.clone();
    let sink = Sink::start(move |seen| {
        let silent = match seen.step {
            Step::Rcpt if seen.line.contains("@cam.example") => &first,
            Step::Dot if seen.line.contains("@lang.example") => &second,
            _ => return Answer::Fine,
        };
        silent.fetch_add(1, Ordering::SeqCst);
        Answer::Hang
    });
    let to = |n: usize, domain: &str| mail_to(n, &format!("u{n}@{domain}.example"), db.now());
    let mut all: Vec<Outgoing> = (1..=100).map(|n| to(n, "cam")).collect();
    all.extend((101..=200).map(|n| to(n, "lang")));
    all.extend((201..=400).map(|n| to(n, &format!("don-vi-{}", n % 20))));
    db.enqueue(&all);
    // nothing ends by a time-out: what is silent stays so until the others are through
    let mut transport = smtp(&sink);
    if let Transport::Smtp(options) = &mut transport {
        options.timeouts.command = Duration::from_secs(600);
        options.timeouts.content = Duration::from_secs(600);
    }
    let eight = DeliverySettings {
        connections: 8,
        per_domain: 4,
        drain_timeout_seconds: Seconds(1),
        ..settings()
    };
    let delivery = Delivery::new(
        db.store.clone(),
        transport,
        builder(),
        eight,
        db.clock.clone(),
    );
    let done = run_until_accepted(delivery, &sink, 200);
    assert_eq!((done.sent, done.retry, done.dead), (200, 0, 0), "{done:?}");
    let [cam, lang] = held.map(|held| held.load(Ordering::SeqCst));
    assert!(
        (1..=4).contains(&cam) && (1..=4).contains(&lang),
        "{cam} and {lang}"
    );
    assert!(cam + lang <= 6, "{cam} and {lang} of 8 connections");
    assert_eq!(done.unknown, lang, "they may have it");
    assert_eq!(db.in_state(MailState::Queued).len(), 200 - lang);
}

fn a_server_that_is_silent_after_the_mail_is_left_after_the_time_that_is_set(db: &TestDb) {
    let sink = Sink::start(|seen| {
        if seen.step == Step::Dot {
            Answer::Hang
        } else {
            Answer::Fine
        }
    });
    let settings_of_mail = MailSettings {
        transport: MailTransport::Smtp,
        smtp: SmtpSettings {
            host: sink.address.ip().to_string(),
            port: sink.address.port(),
            tls: SmtpTls::None,
            command_timeout_seconds: Seconds(1),
            ..SmtpSettings::default()
        },
        ..MailSettings::default()
    };
    let (transport, _) = from_settings(&settings_of_mail).unwrap();
    let (store, clock) = (db.store.clone(), db.clock.clone());
    let delivery = Delivery::new(store, transport, builder(), settings(), clock);
    db.enqueue(&[mail(1, db.now())]);
    assert_eq!(drain(&delivery), report(0, 0, 1, 0));
    let why = db.mail_of(1).queued.last_error.unwrap();
    assert_eq!(
        why, "the final dot: no reply within 5s",
        "five times that of a command"
    );
}
