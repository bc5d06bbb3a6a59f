//! Delivery against a mail server that misbehaves in every way we could think of, on a clock that
//! stands still: what is sent, what is tried again and when, what is given up, and that nothing
//! stops the rest.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use tinbai::clock::Clock as _;
use tinbai::config::{DeliverySettings, Seconds};
use tinbai::domain::mail::MailState;
use tinbai::mail::{Extras, Memory, Outgoing, Transport};
use tinbai::store::outbox::{self, Claim};
use tinbai::worker::boot::Boot;
use tinbai::worker::delivery::{Delivery, DeliveryError};

use crate::both_databases;
use crate::support::post::{block_on, builder, drain, mail, mail_to, mails, report, settings};
use crate::support::sink::{Answer, Sink, Step};
use crate::support::{Kind, TestDb};

both_databases!(
    a_mail_arrives_with_the_headers_that_reliability_asks_for,
    text_in_a_field_never_becomes_a_header,
    everything_due_is_sent_once_and_nothing_before_its_time,
    a_server_that_is_away_costs_no_mail_an_attempt,
    a_temporary_refusal_anywhere_is_tried_again_on_a_fresh_connection,
    a_stale_connection_costs_no_attempt,
    one_bad_recipient_is_one_dead_mail,
    a_refused_sender_holds_everything_back_and_kills_nothing,
    refusing_every_recipient_does_not_kill_the_queue,
    a_grey_list_is_passed_at_the_first_later_try,
    the_same_bytes_go_out_on_every_try,
    a_silent_domain_does_not_keep_the_others_waiting,
    a_drop_after_the_final_dot_is_worth_one_later_try,
    a_mail_is_given_up_after_three_days,
    poison_in_the_database_dies_with_a_reason_and_the_rest_goes_out,
    a_worker_that_comes_back_after_its_lease_records_nothing,
    leases_of_a_dead_process_are_taken_over_at_once,
    nothing_more_is_sent_than_can_be_recorded,
    no_domain_gets_more_connections_than_its_cap,
    a_stop_ends_what_is_in_flight_and_gives_back_the_rest,
    a_running_delivery_wakes_when_told,
    the_code_of_a_reply_decides_whatever_its_text,
    a_server_without_ehlo_is_greeted_with_helo,
    a_server_that_lets_in_three_connections_takes_all_mails_over_three,
    a_mail_that_waited_for_days_is_not_given_up_at_its_first_try,
    a_refused_sign_in_at_any_command_holds_everything_back,
);

/// Statements of another program, past all our checks.
fn execute(db: &TestDb, sql: &str) {
    match db.kind() {
        Kind::Sqlite => {
            let mut conn =
                SqliteConnection::establish(db.url().trim_start_matches("sqlite:")).unwrap();
            conn.batch_execute(&format!("PRAGMA busy_timeout = 20000; {sql}"))
                .unwrap();
        }
        Kind::Postgres => PgConnection::establish(db.url())
            .unwrap()
            .batch_execute(sql)
            .unwrap(),
    }
}

fn one_connection() -> DeliverySettings {
    DeliverySettings {
        connections: 1,
        ..settings()
    }
}

fn a_mail_arrives_with_the_headers_that_reliability_asks_for(db: &TestDb) {
    let sink = Sink::friendly();
    let duty = mail(1, db.now());
    let optional = Outgoing {
        headers: Extras {
            unsubscribe: Some(
                "https://tinbai.example/stop/0123456789abcdef0123456789abcdef".into(),
            ),
            reply_to: Some("bien-tap@ldld.example".into()),
            in_reply_to: Some(duty.message_id.clone()),
            ..Extras::default()
        },
        ..mail(2, db.now())
    };
    db.enqueue(&[duty.clone(), optional.clone()]);
    db.set_clock("2026-11-20T09:30:00+07:00");
    assert_eq!(
        drain(&db.delivery(&sink, one_connection())),
        report(2, 0, 0, 0)
    );
    let got = sink.accepted();
    let head = got[0].head();
    let has = |line: &str| assert!(head.iter().any(|l| l == line), "no `{line}` in {head:#?}");
    has(&format!("Message-ID: {}", duty.message_id));
    has("Date: Fri, 20 Nov 2026 01:00:00 +0000");
    has("Auto-Submitted: auto-generated");
    has("MIME-Version: 1.0");
    assert!(
        head.iter()
            .any(|line| line.starts_with("Subject: =?utf-8?")),
        "{head:#?}"
    );
    assert!(
        head.iter().any(|line| line.starts_with("From: =?utf-8?")
            && line.ends_with(" <tuyengiao@ldld.example>"))
    );
    assert!(
        head.iter()
            .any(|line| line.starts_with("To: =?utf-8?")
                && line.ends_with(" <unit-1@donvi.example>"))
    );
    assert!(
        !got[0].text().contains("List-Unsubscribe"),
        "duty mail can't be refused"
    );
    assert_eq!(
        (got[0].mail_from.as_str(), got[0].rcpt_to.as_str()),
        ("bounces@ldld.example", "unit-1@donvi.example")
    );
    let head = got[1].head();
    let has = |line: &str| assert!(head.iter().any(|l| l == line), "no `{line}` in {head:#?}");
    has(&format!(
        "List-Unsubscribe: <{}>",
        optional.headers.unsubscribe.as_ref().unwrap()
    ));
    has("List-Unsubscribe-Post: List-Unsubscribe=One-Click");
    has("Reply-To: bien-tap@ldld.example");
    has(&format!("In-Reply-To: {}", duty.message_id));
    has(&format!("References: {}", duty.message_id));
    for mail in &got {
        let names: Vec<String> = mail
            .head()
            .iter()
            .map(|l| l.split(':').next().unwrap().to_lowercase())
            .collect();
        assert_eq!(
            names.len(),
            names.iter().collect::<HashSet<_>>().len(),
            "no header twice: {names:?}"
        );
        assert!(
            mail.raw.is_ascii()
                && !mail
                    .raw
                    .windows(2)
                    .any(|pair| pair[1] == b'\n' && pair[0] != b'\r')
        );
    }
}

fn text_in_a_field_never_becomes_a_header(db: &TestDb) {
    let sink = Sink::friendly();
    let attack = "x\r\nBcc: a@b.example\r\n\r\nbody\u{1b}[31m\u{2028}";
    let evil = Outgoing {
        to_name: attack.into(),
        subject: attack.into(),
        headers: Extras {
            in_reply_to: None,
            ..Extras::default()
        },
        ..mail(1, db.now())
    };
    let field = |n: usize, headers: Extras| Outgoing {
        headers,
        ..mail(n, db.now())
    };
    db.enqueue(&[
        evil,
        field(
            2,
            Extras {
                reply_to: Some(format!("a@b.example{attack}")),
                ..Extras::default()
            },
        ),
        field(
            3,
            Extras {
                unsubscribe: Some(format!("https://x.example/{attack}")),
                ..Extras::default()
            },
        ),
        field(
            4,
            Extras {
                in_reply_to: Some(format!("<a@b.example>{attack}")),
                ..Extras::default()
            },
        ),
        mail(5, db.now()),
        Outgoing {
            message_id: format!("<a@b.example>{attack}"),
            ..mail(6, db.now())
        },
    ]);
    execute(
        db,
        "UPDATE message SET to_mail = 'a@b.example>\nRCPT TO:<c@d.example' WHERE unit_id = 5",
    );
    assert_eq!(drain(&db.delivery(&sink, settings())), report(1, 0, 0, 5));
    let got = sink.received();
    assert_eq!(got.len(), 1);
    let lines: Vec<String> = got[0].head();
    assert!(
        !lines
            .iter()
            .any(|line| line.to_lowercase().starts_with("bcc")),
        "{lines:#?}"
    );
    assert!(!got[0].raw.contains(&0x1b));
    for dead in db.in_state(MailState::Dead) {
        let why = dead.last_error.unwrap();
        assert!(
            !why.contains(char::is_control),
            "no line break for the log: {why:?}"
        );
    }
}

fn everything_due_is_sent_once_and_nothing_before_its_time(db: &TestDb) {
    let sink = Sink::friendly();
    db.enqueue(&mails(250, db.now()));
    let later = mail(999, db.now() + TimeDelta::minutes(1));
    db.enqueue(&[later]);
    let delivery = db.delivery(&sink, settings());
    assert_eq!(drain(&delivery), report(250, 0, 0, 0));
    assert_eq!(drain(&delivery), report(0, 0, 0, 0));
    let recipients: HashSet<String> = sink
        .accepted()
        .into_iter()
        .map(|mail| mail.rcpt_to)
        .collect();
    assert_eq!((sink.count(), recipients.len()), (250, 250));
    assert!(sink.connections() <= 4 + 4);
    db.minutes_later(1);
    assert_eq!(drain(&delivery), report(1, 0, 0, 0));
}

fn a_server_that_is_away_costs_no_mail_an_attempt(db: &TestDb) {
    let sink = Sink::start(|seen| {
        if seen.step == Step::Greeting {
            Answer::Drop
        } else {
            Answer::Fine
        }
    });
    let stale = Outgoing {
        expires_at: Some(db.now() + TimeDelta::hours(24)),
        ..mail(999, db.now())
    };
    db.enqueue(&mails(300, db.now()));
    db.enqueue(&[stale]);
    let delivery = db.delivery(&sink, settings());
    for hour in 1..=24 {
        let down = drain(&delivery);
        assert_eq!((down.sent, down.retry, down.dead), (0, 0, 0));
        assert!(down.held_back.unwrap().reason.contains("no welcome from"));
        assert_eq!(sink.connections(), hour, "one attempt at a time");
        assert!(drain(&delivery).held_back.is_some());
        assert_eq!(
            sink.connections(),
            hour,
            "and none before the pause is over"
        );
        db.minutes_later(60);
    }
    assert_eq!(db.stats().queued, 301);
    assert_eq!(db.mail_of(1).queued.attempts, 0);
    sink.script(|_| Answer::Fine);
    assert_eq!(drain(&delivery), report(300, 0, 0, 1));
    assert!(
        db.mail_of(999)
            .queued
            .last_error
            .unwrap()
            .contains("stale since 2026-11-21 01:00:00 UTC")
    );
    assert!(
        !sink
            .accepted()
            .iter()
            .any(|mail| mail.rcpt_to.starts_with("unit-999@"))
    );
}

fn a_temporary_refusal_anywhere_is_tried_again_on_a_fresh_connection(db: &TestDb) {
    for (n, at) in [Step::Mail, Step::Rcpt, Step::Data, Step::Dot]
        .into_iter()
        .enumerate()
    {
        let sink = Sink::start(move |seen| {
            if seen.step == at && seen.connection == 0 {
                Answer::Say("451 4.3.0 later")
            } else {
                Answer::Fine
            }
        });
        db.enqueue(&[mail(n + 1, db.now())]);
        let delivery = db.delivery(&sink, one_connection());
        assert_eq!(drain(&delivery), report(0, 1, 0, 0), "{at:?}");
        let row = db.mail_of(i64::try_from(n + 1).unwrap()).queued;
        assert_eq!((row.state, row.attempts), (MailState::Retry, 1));
        assert!(row.last_error.unwrap().contains("4.3.0"), "{at:?}");
        assert!(*row.next_at.unwrap() >= db.now() + TimeDelta::minutes(5));
        assert!(*row.next_at.unwrap() <= db.now() + TimeDelta::seconds(375));
        db.minutes_later(7);
        assert_eq!(drain(&delivery), report(1, 0, 0, 0), "{at:?}");
        assert_eq!(sink.accepted().last().unwrap().connection, 1, "{at:?}");
    }
}

fn a_stale_connection_costs_no_attempt(db: &TestDb) {
    for (n, words) in ["421 4.4.2 idle too long", "451 4.4.2 timeout", ""]
        .into_iter()
        .enumerate()
    {
        let sink = Sink::start(move |seen| match (seen.step, seen.mails_before) {
            (Step::Mail, 1..) if words.is_empty() => Answer::Drop,
            (Step::Mail, 1..) => Answer::SayAndDrop(words),
            _ => Answer::Fine,
        });
        let all: Vec<Outgoing> = (1..=3).map(|i| mail(n * 10 + i, db.now())).collect();
        db.enqueue(&all);
        assert_eq!(
            drain(&db.delivery(&sink, one_connection())),
            report(3, 0, 0, 0),
            "{words}"
        );
        assert_eq!(sink.connections(), 3, "{words}");
        assert_eq!(
            db.mail_of(i64::try_from(n * 10 + 2).unwrap())
                .queued
                .attempts,
            0
        );
    }
}

fn one_bad_recipient_is_one_dead_mail(db: &TestDb) {
    let sink = Sink::start(|seen| {
        let bad = seen.step == Step::Rcpt && seen.line.contains("<unit-7@");
        if bad {
            Answer::Say("550 5.1.1 no such user")
        } else {
            Answer::Fine
        }
    });
    db.enqueue(&mails(20, db.now()));
    assert_eq!(drain(&db.delivery(&sink, settings())), report(19, 0, 0, 1));
    let row = db.mail_of(7).queued;
    assert_eq!(row.state, MailState::Dead);
    assert!(row.last_error.unwrap().contains("no such user"));
}

fn a_refused_sender_holds_everything_back_and_kills_nothing(db: &TestDb) {
    let sink = Sink::start(|seen| {
        if seen.step == Step::Mail {
            Answer::Say("550 5.7.1 sender refused")
        } else {
            Answer::Fine
        }
    });
    db.enqueue(&mails(300, db.now()));
    let delivery = db.delivery(&sink, settings());
    let refused = drain(&delivery);
    assert_eq!(
        (refused.sent, refused.retry, refused.unknown, refused.dead),
        (0, 0, 0, 0)
    );
    assert!(refused.held_back.unwrap().reason.contains("sender refused"));
    assert_eq!((db.stats().queued, db.stats().dead), (300, 0));
    assert!(delivery.held_back().is_some());
    sink.script(|_| Answer::Fine);
    db.minutes_later(7);
    assert_eq!(drain(&delivery), report(300, 0, 0, 0));
    assert_eq!(delivery.held_back(), None);
}

fn refusing_every_recipient_does_not_kill_the_queue(db: &TestDb) {
    let sink = Sink::start(|seen| {
        if seen.step == Step::Rcpt {
            Answer::Say("554 5.7.1 relay access denied")
        } else {
            Answer::Fine
        }
    });
    db.enqueue(&mails(500, db.now()));
    let delivery = db.delivery(&sink, settings());
    let first = drain(&delivery);
    assert!(first.dead == 0 && first.held_back.is_some(), "{first:?}");
    db.minutes_later(7);
    let second = drain(&delivery);
    assert!(second.dead == 0 && second.retry > 0, "{second:?}");
    assert_eq!(db.stats().dead, 0);
    sink.script(|_| Answer::Fine);
    db.minutes_later(14);
    assert_eq!(drain(&delivery), report(500, 0, 0, 0));
}

/// Only the code counts (RFC 5321, 4.2): the text may be missing or in any encoding.
fn the_code_of_a_reply_decides_whatever_its_text(db: &TestDb) {
    let sink = Sink::start(|seen| match (seen.step, seen.line) {
        (Step::Greeting, _) => Answer::Bytes(b"220\r\n"),
        (Step::Ehlo, _) => Answer::Bytes(b"250-\r\n250-gr\xfc\xdfe\r\n250\r\n"),
        (Step::Mail, _) => Answer::Bytes(b"250\r\n"),
        (Step::Rcpt, line) if line.contains("unit-1@") => {
            Answer::Bytes(b"550 Empf\xe4nger unbekannt\r\n")
        }
        (Step::Dot, line) if line.contains("unit-2@") => {
            Answer::Bytes(b"250 Nachricht f\xfcr Zustellung angenommen\r\n")
        }
        (Step::Dot, line) if line.contains("unit-3@") => Answer::Bytes(b"554 refus\xe9\r\n"),
        (Step::Dot, line) if line.contains("unit-4@") => Answer::Bytes(b"250\n"),
        _ => Answer::Fine,
    });
    db.enqueue(&mails(5, db.now()));
    let delivery = db.delivery(&sink, one_connection());
    assert_eq!(drain(&delivery), report(3, 0, 0, 2));
    db.minutes_later(24 * 60);
    assert_eq!(drain(&delivery), report(0, 0, 0, 0));
    let mut copies: Vec<String> = sink.received().into_iter().map(|m| m.rcpt_to).collect();
    copies.sort();
    let once = [2, 3, 4, 5].map(|n| format!("unit-{n}@donvi.example"));
    assert_eq!(copies, once, "one copy each");
    for (n, words) in [(1, "550 Empf\u{fffd}nger"), (3, "554 refus\u{fffd}")] {
        let dead = db.mail_of(n).queued;
        assert_eq!((dead.state, dead.attempts), (MailState::Dead, 1));
        assert!(dead.last_error.unwrap().contains(words));
    }
}

fn a_server_without_ehlo_is_greeted_with_helo(db: &TestDb) {
    let sink = Sink::start(|seen| match seen.step {
        Step::Ehlo if seen.line.starts_with("EHLO") => Answer::Say("502 not implemented"),
        Step::Ehlo => Answer::Say("250 sink.example"),
        _ => Answer::Fine,
    });
    db.enqueue(&mails(2, db.now()));
    let delivery = db.delivery(&sink, one_connection());
    assert_eq!(drain(&delivery), report(2, 0, 0, 0));
}

fn a_server_that_lets_in_three_connections_takes_all_mails_over_three(db: &TestDb) {
    let sink = Sink::start(|seen| match seen.step {
        Step::Greeting if seen.open > 3 => Answer::SayAndDrop("421 too many connections"),
        Step::Dot => Answer::After(Duration::from_millis(2), Box::new(Answer::Fine)),
        _ => Answer::Fine,
    });
    let eight = DeliverySettings {
        connections: 8,
        per_domain: 8,
        ..settings()
    };
    db.enqueue(&mails(300, db.now()));
    let delivery = db.delivery(&sink, eight);
    assert_eq!(drain(&delivery), report(300, 0, 0, 0));
    assert_eq!(delivery.held_back(), None);
    assert!(sink.connections() <= 8, "{}", sink.connections());
    // a little later one more is tried, and refused again
    let before = sink.connections();
    db.minutes_later(6);
    let more: Vec<Outgoing> = (301..=600).map(|n| mail(n, db.now())).collect();
    db.enqueue(&more);
    assert_eq!(drain(&delivery), report(300, 0, 0, 0));
    let tried = sink.connections() - before;
    assert!((1..=4).contains(&tried), "{tried} connections");
    assert_eq!(sink.accepted().len(), 600);
}

/// After an outage of four days a grey list refuses the first try of every mail.
fn a_mail_that_waited_for_days_is_not_given_up_at_its_first_try(db: &TestDb) {
    let sink = Sink::start(|seen| {
        if seen.step == Step::Rcpt {
            Answer::Say("450 4.2.0 grey-listed")
        } else {
            Answer::Fine
        }
    });
    db.enqueue(&mails(50, db.now()));
    db.minutes_later(4 * 24 * 60);
    let delivery = db.delivery(&sink, settings());
    assert_eq!(drain(&delivery), report(0, 50, 0, 0));
    sink.script(|_| Answer::Fine);
    db.minutes_later(7);
    assert_eq!(drain(&delivery), report(50, 0, 0, 0));
}

fn a_refused_sign_in_at_any_command_holds_everything_back(db: &TestDb) {
    for (n, (at, words)) in [
        (Step::Greeting, "554 5.7.1 no mail from there"),
        (Step::Rcpt, "530 5.7.0 sign in first"),
        (Step::Rcpt, "553 5.1.8 sender has no such domain"),
        (Step::Data, "550 5.7.9 sign in by another way"),
    ]
    .into_iter()
    .enumerate()
    {
        let sink = Sink::start(move |seen| {
            if seen.step == at {
                Answer::Say(words)
            } else {
                Answer::Fine
            }
        });
        let all: Vec<Outgoing> = (1..=30).map(|i| mail(n * 100 + i, db.now())).collect();
        db.enqueue(&all);
        let delivery = db.delivery(&sink, settings());
        let refused = drain(&delivery);
        assert_eq!((refused.retry, refused.dead), (0, 0), "{words}");
        assert!(refused.held_back.is_some(), "{words}");
        sink.script(|_| Answer::Fine);
        db.minutes_later(7);
        assert_eq!(drain(&delivery), report(30, 0, 0, 0), "{words}");
    }
}

fn a_grey_list_is_passed_at_the_first_later_try(db: &TestDb) {
    let (clock, start) = (Arc::clone(&db.clock), db.now());
    let sink = Sink::start(move |seen| {
        let early = clock.now() - start < TimeDelta::seconds(300);
        if early && seen.step == Step::Rcpt {
            Answer::Say("450 4.2.0 grey-listed")
        } else {
            Answer::Fine
        }
    });
    db.enqueue(&mails(50, db.now()));
    let delivery = db.delivery(&sink, settings());
    assert_eq!(drain(&delivery), report(0, 50, 0, 0));
    db.advance(TimeDelta::seconds(299));
    assert_eq!(
        drain(&delivery),
        report(0, 0, 0, 0),
        "nobody comes back too early"
    );
    db.advance(TimeDelta::seconds(76));
    assert_eq!(drain(&delivery), report(50, 0, 0, 0));
}

fn the_same_bytes_go_out_on_every_try(db: &TestDb) {
    let sink = Sink::start(|seen| {
        if seen.step == Step::Dot && seen.connection == 0 {
            Answer::Say("451 4.3.0 later")
        } else {
            Answer::Fine
        }
    });
    db.enqueue(&mails(1, db.now()));
    drain(&db.delivery(&sink, one_connection()));
    db.minutes_later(7);
    drain(&db.delivery(&sink, one_connection()));
    let got = sink.received();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].text(), got[1].text());
}

fn a_silent_domain_does_not_keep_the_others_waiting(db: &TestDb) {
    let sink = Sink::start(|seen| {
        if seen.step == Step::Rcpt && seen.line.contains("@tarpit.example") {
            Answer::Hang
        } else {
            Answer::Fine
        }
    });
    let mut all: Vec<Outgoing> = (1..=3)
        .map(|n| mail_to(n, &format!("u{n}@tarpit.example"), db.now()))
        .collect();
    all.extend((4..=203).map(|n| mail(n, db.now())));
    db.enqueue(&all);
    let delivery = db.delivery(
        &sink,
        DeliverySettings {
            per_domain: 3,
            ..settings()
        },
    );
    assert_eq!(drain(&delivery), report(200, 3, 0, 0));
    assert!(
        db.mail_of(1)
            .queued
            .last_error
            .unwrap()
            .contains("no reply within")
    );
}

fn a_drop_after_the_final_dot_is_worth_one_later_try(db: &TestDb) {
    let sink = Sink::start(|seen| match (seen.step, seen.line) {
        (Step::Dot, line) if line.contains("unit-1@") && seen.connection > 0 => Answer::Fine,
        (Step::Dot, _) => Answer::Drop,
        _ => Answer::Fine,
    });
    db.enqueue(&mails(2, db.now()));
    let delivery = db.delivery(&sink, one_connection());
    assert_eq!(drain(&delivery), report(0, 0, 2, 0));
    assert_eq!(db.stats().unknown, 2);
    assert_eq!(drain(&delivery), report(0, 0, 0, 0), "never at once");
    db.minutes_later(7);
    assert_eq!(drain(&delivery), report(1, 0, 0, 1));
    assert!(
        db.mail_of(2)
            .queued
            .last_error
            .unwrap()
            .contains("nobody knows whether it arrived")
    );
    db.minutes_later(7 * 24 * 60);
    assert_eq!(drain(&delivery), report(0, 0, 0, 0));
    let copies: Vec<String> = sink
        .received()
        .iter()
        .filter(|mail| mail.rcpt_to.starts_with("unit-1@"))
        .map(|m| m.message_id())
        .collect();
    assert_eq!(
        copies,
        [
            mail(1, db.now()).message_id.clone(),
            mail(1, db.now()).message_id
        ]
    );
}

fn a_mail_is_given_up_after_three_days(db: &TestDb) {
    let sink = Sink::start(|seen| {
        if seen.step == Step::Rcpt {
            Answer::Say("452 4.2.2 mailbox full")
        } else {
            Answer::Fine
        }
    });
    db.enqueue(&mails(1, db.now()));
    let delivery = db.delivery(&sink, one_connection());
    let mut tries = 0;
    while db.stats().dead == 0 {
        tries += drain(&delivery).retry;
        db.minutes_later(10);
        assert!(tries < 100);
    }
    assert!((30..60).contains(&tries), "{tries} tries in three days");
    assert!(
        db.mail_of(1)
            .queued
            .last_error
            .unwrap()
            .starts_with("given up after")
    );
}

fn poison_in_the_database_dies_with_a_reason_and_the_rest_goes_out(db: &TestDb) {
    let sink = Sink::friendly();
    let huge = Outgoing {
        subject: "ạ".repeat(1_000_000),
        ..mail(2, db.now())
    };
    let name = Outgoing {
        to_name: "x\r\ny\u{0}z".into(),
        ..mail(3, db.now())
    };
    db.enqueue(&[mail(1, db.now()), huge, name]);
    db.enqueue(&(4..=1_010).map(|n| mail(n, db.now())).collect::<Vec<_>>());
    execute(
        db,
        "UPDATE message SET to_name = 'a' || chr(13) || chr(10) || 'b' WHERE unit_id = 4;
         UPDATE message SET to_mail = 'nobody at all' WHERE unit_id = 1;
         UPDATE message SET headers = '{\"no_such\": 1}' WHERE unit_id = 5;
         UPDATE message SET message_id = '' WHERE unit_id = 6;
         UPDATE message SET created_at = -1 WHERE unit_id = 7;
         UPDATE message SET to_mail = 'ạ@donvi.example' WHERE unit_id = 8;
         UPDATE message SET created_at = 9223372036854775807 WHERE unit_id = 9;"
            .replace(
                "chr(",
                if db.kind() == Kind::Sqlite {
                    "char("
                } else {
                    "chr("
                },
            )
            .as_str(),
    );
    // PostgreSQL lets no such text in.
    let broken = if db.kind() == Kind::Sqlite {
        "CAST(X'61ff62' AS TEXT)"
    } else {
        "'nobody'"
    };
    execute(
        db,
        &format!("UPDATE message SET to_mail = {broken} WHERE unit_id = 10"),
    );
    let delivered = drain(&db.delivery(&sink, settings()));
    assert_eq!(delivered, report(1_003, 0, 0, 7));
    let mut dead = db.in_state(MailState::Dead);
    dead.sort_by_key(|mail| mail.id);
    let reasons: Vec<String> = dead
        .iter()
        .map(|mail| format!("{}: {}", mail.id, mail.last_error.clone().unwrap()))
        .collect();
    let (last, common) = reasons.split_last().unwrap();
    assert!(last.starts_with("10: "), "{last}");
    insta::assert_snapshot!("poison_reasons", common.join("\n"));
}

fn a_worker_that_comes_back_after_its_lease_records_nothing(db: &TestDb) {
    let (clock, store) = (Arc::clone(&db.clock), db.second_store());
    let sink = Sink::start(move |seen| {
        if seen.step == Step::Dot && seen.connection == 0 {
            // The process sleeps longer than its lease, and another one takes the mails over. Its
            // clock moves on only after that: else it could wake in between and renew what it
            // holds.
            let now = clock.now() + TimeDelta::minutes(3);
            let until = now + TimeDelta::minutes(3);
            let claim = Claim {
                now,
                until,
                token: 1,
                boot: "another",
                limit: 10,
                except: &[],
            };
            let taken = store
                .write_committed(|conn| outbox::claim(conn, claim))
                .unwrap();
            assert_eq!(taken.len(), 3);
            clock.advance(TimeDelta::minutes(3));
        }
        Answer::Fine
    });
    db.enqueue(&mails(3, db.now()));
    let delivered = drain(&db.delivery(&sink, one_connection()));
    assert_eq!(delivered.fenced, 1);
    assert_eq!(sink.count(), 1, "the two that waited have another owner");
    assert_eq!(db.in_state(MailState::Leased).len(), 3);
    db.minutes_later(3);
    assert_eq!(
        drain(&db.delivery(&sink, one_connection())),
        report(3, 0, 0, 0)
    );
}

fn leases_of_a_dead_process_are_taken_over_at_once(db: &TestDb) {
    let sink = Sink::friendly();
    db.enqueue(&mails(6, db.now()));
    let own = Boot::own().name();
    let mut parts: Vec<&str> = own.split('/').collect();
    parts[2] = "4194999";
    let dead = parts.join("/");
    for (token, boot, limit) in [(1, dead.as_str(), 4), (2, own.as_str(), 2)] {
        let until = db.now() + TimeDelta::minutes(3);
        let claim = Claim {
            now: db.now(),
            until,
            token,
            boot,
            limit,
            except: &[],
        };
        db.store
            .write_committed(|conn| outbox::claim(conn, claim))
            .unwrap();
    }
    assert_eq!(drain(&db.delivery(&sink, settings())), report(4, 0, 0, 0));
    assert_eq!(
        db.in_state(MailState::Leased).len(),
        2,
        "the living keep theirs"
    );
    db.minutes_later(3);
    assert_eq!(drain(&db.delivery(&sink, settings())), report(2, 0, 0, 0));
}

fn nothing_more_is_sent_than_can_be_recorded(db: &TestDb) {
    let sink = Sink::friendly();
    db.enqueue(&mails(100, db.now()));
    execute(
        db,
        match db.kind() {
            Kind::Sqlite => {
                "CREATE TRIGGER full BEFORE UPDATE ON queue WHEN NEW.state = 'sent'
                 BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
            }
            Kind::Postgres => {
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'No space left on device'; END $$;
                 CREATE TRIGGER full_disk BEFORE UPDATE ON queue FOR EACH ROW WHEN (NEW.state = 'sent')
                 EXECUTE FUNCTION full_disk()"
            }
        },
    );
    let failed = block_on(db.delivery(&sink, settings()).drain_once());
    assert!(matches!(failed, Err(DeliveryError::Store(_))), "{failed:?}");
    assert!(
        sink.count() <= 4,
        "{} mails went out, with 4 connections",
        sink.count()
    );
    execute(
        db,
        if db.kind() == Kind::Sqlite {
            "DROP TRIGGER full"
        } else {
            "DROP TRIGGER full_disk ON queue"
        },
    );
    db.minutes_later(3);
    assert_eq!(drain(&db.delivery(&sink, settings())), report(100, 0, 0, 0));
    let twice = sink.count() - 100;
    assert!(twice <= 4, "{twice}");
}

fn no_domain_gets_more_connections_than_its_cap(db: &TestDb) {
    let busy = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (counter, record) = (Arc::clone(&busy), Arc::clone(&most));
    let sink = Sink::start(move |seen| {
        match seen.step {
            Step::Mail => {
                record.fetch_max(counter.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            }
            Step::Dot => {
                std::thread::sleep(Duration::from_millis(2));
                counter.fetch_sub(1, Ordering::SeqCst);
            }
            _ => {}
        }
        Answer::Fine
    });
    db.enqueue(&mails(150, db.now()));
    let delivery = db.delivery(
        &sink,
        DeliverySettings {
            connections: 8,
            per_domain: 2,
            ..settings()
        },
    );
    assert_eq!(drain(&delivery), report(150, 0, 0, 0));
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

fn a_stop_ends_what_is_in_flight_and_gives_back_the_rest(db: &TestDb) {
    let sink = Sink::start(|seen| {
        if seen.step == Step::Mail {
            Answer::Hang
        } else {
            Answer::Fine
        }
    });
    db.enqueue(&mails(300, db.now()));
    let patient = DeliverySettings {
        drain_timeout_seconds: Seconds(1),
        ..settings()
    };
    let mut transport = crate::support::post::smtp(&sink);
    if let Transport::Smtp(options) = &mut transport {
        options.timeouts.command = Duration::from_secs(60);
    }
    let delivery = Delivery::new(
        db.store.clone(),
        transport,
        builder(),
        patient,
        db.clock.clone(),
    );
    let stopped = block_on(async {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let stop = async {
                let _ = stopped.await;
            };
            delivery.run(stop).await
        });
        assert!(tokio::task::block_in_place(|| sink.wait_for_connections(4)));
        stop.send(()).unwrap();
        running.await.unwrap().unwrap()
    });
    assert_eq!(
        (stopped.sent, stopped.retry, stopped.dead),
        (0, 0, 0),
        "{stopped:?}"
    );
    assert!(db.in_state(MailState::Leased).is_empty());
    assert_eq!(db.in_state(MailState::Queued).len(), 300);
    assert_eq!(db.mail_of(1).queued.attempts, 0);
}

fn a_running_delivery_wakes_when_told(db: &TestDb) {
    let sink = Sink::friendly();
    let delivery = db.delivery(&sink, settings());
    let waker = delivery.waker();
    let done = block_on(async {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let stop = async {
                let _ = stopped.await;
            };
            delivery.run(stop).await
        });
        for n in 1..=3 {
            db.enqueue(&[mail(n, db.now())]);
            waker.wake();
            assert!(
                tokio::task::block_in_place(|| sink.wait_for(n)),
                "mail {n} did not come"
            );
        }
        stop.send(()).unwrap();
        running.await.unwrap().unwrap()
    });
    assert_eq!(done, report(3, 0, 0, 0));
}

#[test]
fn the_memory_transport_takes_the_same_mails() {
    let db = <TestDb as crate::support::Fixture>::start(Kind::Sqlite);
    let memory = Memory::default();
    db.enqueue(&mails(3, db.now()));
    let transport = Transport::Memory(memory.clone());
    let delivery = Delivery::new(
        db.store.clone(),
        transport,
        builder(),
        settings(),
        db.clock.clone(),
    );
    assert_eq!(drain(&delivery), report(3, 0, 0, 0));
    assert_eq!(memory.sent().len(), 3);
}

/// Mails hold links that act for their readers.
#[test]
fn mails_in_files_are_for_their_owner_only() {
    let db = <TestDb as crate::support::Fixture>::start(Kind::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let mails_folder = folder.path().join("thu");
    db.enqueue(&mails(2, db.now()));
    let delivery = Delivery::new(
        db.store.clone(),
        Transport::File(mails_folder.clone()),
        builder(),
        settings(),
        db.clock.clone(),
    );
    assert_eq!(drain(&delivery), report(2, 0, 0, 0));
    let mode = |path: &std::path::Path| {
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions())
            & 0o777
    };
    assert_eq!(mode(&mails_folder), 0o700);
    let files = std::fs::read_dir(&mails_folder).unwrap();
    let modes: Vec<u32> = files.map(|file| mode(&file.unwrap().path())).collect();
    assert_eq!(modes, [0o600, 0o600]);
}
