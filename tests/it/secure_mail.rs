//! Delivery to mail servers that encrypt and ask for a sign-in: what goes over the wire, and what is
//! refused, with the setting that helps.

use std::path::PathBuf;

use tinbai::config::{MailSettings, MailTransport, Seconds, Secret, SmtpSettings, SmtpTls};
use tinbai::mail::{Outgoing, from_settings};
use tinbai::worker::delivery::{Delivery, Report};

use crate::both_databases;
use crate::support::TestDb;
use crate::support::certificates::Certificate;
use crate::support::post::{builder, drain, mail, mails, report, settings};
use crate::support::sink::{Answer, Door, Seen, Sink, Step};

both_databases!(
    mails_go_out_over_every_kind_of_encryption_and_sign_in,
    a_wrong_password_keeps_the_queue_and_names_the_settings,
    a_server_without_starttls_gets_neither_mail_nor_password,
    a_certificate_that_is_not_trusted_is_refused_with_what_helps,
    a_certificate_signed_by_itself_is_trusted_once_it_is_in_the_file,
    a_server_that_closes_in_the_middle_of_tls_kills_no_mail,
    what_was_said_in_plain_text_before_tls_is_not_believed,
    what_a_server_offers_is_read_again_after_starttls,
    long_lines_and_leading_dots_come_through_as_they_were,
    tls_at_the_wrong_port_names_the_setting,
);

const USER: &str = "tinbai@ldld.example";
const PASSWORD: &str = "mật khẩu = 2026";

/// The door of a server: how it encrypts, and that it asks for our password.
fn door(certificate: &Certificate, tls: SmtpTls) -> Door {
    Door {
        tls: Some(certificate.server()),
        implicit: tls == SmtpTls::Implicit,
        login: Some((USER, PASSWORD)),
    }
}

/// The settings with which that door opens.
fn key(sink: &Sink, tls: SmtpTls, ca_file: Option<PathBuf>) -> SmtpSettings {
    SmtpSettings {
        host: "localhost".into(),
        port: sink.address.port(),
        tls,
        user: Some(USER.into()),
        password: Some(Secret::new(PASSWORD)),
        ca_file,
        command_timeout_seconds: Seconds(20),
        ..SmtpSettings::default()
    }
}

fn delivery(db: &TestDb, smtp: SmtpSettings) -> Delivery {
    let settings_of_mail = MailSettings {
        transport: MailTransport::Smtp,
        smtp,
        ..MailSettings::default()
    };
    let (transport, _) = from_settings(&settings_of_mail).unwrap();
    Delivery::new(
        db.store.clone(),
        transport,
        builder(),
        settings(),
        db.clock.clone(),
    )
}

/// Delivers; nothing may be sent, and no mail may suffer for it. Answers why mails are held back.
fn held_back(db: &TestDb, smtp: SmtpSettings) -> String {
    let waiting = db.stats().queued;
    let report = drain(&delivery(db, smtp));
    let Report {
        sent,
        retry,
        unknown,
        dead,
        ..
    } = report;
    assert_eq!((sent, retry, unknown, dead), (0, 0, 0, 0));
    let stats = db.stats();
    assert_eq!((stats.queued, stats.dead, stats.retry), (waiting, 0, 0));
    report.held_back.expect("a pause with its reason").reason
}

fn fine(_: &Seen<'_>) -> Answer {
    Answer::Fine
}

/// A password must never be heard in plain text.
fn heard_in_plain(sink: &Sink) -> Vec<String> {
    let lines = sink.lines().into_iter().filter(|line| !line.encrypted);
    lines.map(|line| line.text).collect()
}

fn mails_go_out_over_every_kind_of_encryption_and_sign_in(db: &TestDb) {
    let certificate = Certificate::issued("localhost");
    let mut first = 1;
    for tls in [SmtpTls::Starttls, SmtpTls::Implicit] {
        for (offer, auth) in [
            ("250 AUTH PLAIN LOGIN", "AUTH PLAIN "),
            ("250 AUTH GSSAPI NTLM LOGIN", "AUTH LOGIN"),
            ("250 AUTH=LOGIN", "AUTH LOGIN"),
        ] {
            let sink = Sink::behind(door(&certificate, tls), move |seen| {
                if seen.step == Step::Ehlo && seen.encrypted {
                    Answer::Say(offer)
                } else {
                    Answer::Fine
                }
            });
            let all: Vec<Outgoing> = (first..first + 5).map(|n| mail(n, db.now())).collect();
            first += 5;
            db.enqueue(&all);
            let smtp = key(&sink, tls, Some(certificate.file()));
            assert_eq!(
                drain(&delivery(db, smtp)),
                report(5, 0, 0, 0),
                "{tls:?} {offer}"
            );
            assert_eq!(sink.accepted().len(), 5);
            let lines = sink.lines();
            let signed_in = lines
                .iter()
                .find(|line| line.text.starts_with("AUTH"))
                .unwrap();
            assert!(signed_in.text.starts_with(auth), "{signed_in:?}");
            let plain = heard_in_plain(&sink);
            match tls {
                SmtpTls::Starttls => {
                    assert!(
                        plain
                            .iter()
                            .all(|line| line.starts_with("EHLO ") || line == "STARTTLS")
                    );
                }
                _ => assert!(plain.is_empty(), "{plain:?}"),
            }
        }
    }
    let old = Door {
        tls: Some(certificate.old_server()),
        ..door(&certificate, SmtpTls::Starttls)
    };
    let sink = Sink::behind(old, fine);
    db.enqueue(&[mail(first, db.now())]);
    let smtp = key(&sink, SmtpTls::Starttls, Some(certificate.file()));
    assert_eq!(drain(&delivery(db, smtp)), report(1, 0, 0, 0), "TLS 1.2");
}

fn a_wrong_password_keeps_the_queue_and_names_the_settings(db: &TestDb) {
    let certificate = Certificate::issued("localhost");
    db.enqueue(&mails(30, db.now()));
    for offer in ["250 AUTH PLAIN", "250 AUTH LOGIN"] {
        let sink = Sink::behind(door(&certificate, SmtpTls::Starttls), move |seen| {
            if seen.step == Step::Ehlo && seen.encrypted {
                Answer::Say(offer)
            } else {
                Answer::Fine
            }
        });
        let smtp = key(&sink, SmtpTls::Starttls, Some(certificate.file()));
        let wrong = SmtpSettings {
            password: Some(Secret::new("cũ")),
            ..smtp.clone()
        };
        let why = held_back(db, wrong);
        for said in [
            "cannot sign in at localhost",
            "535 5.7.8",
            "mail.smtp.user",
            "mail.smtp.password",
        ] {
            assert!(why.contains(said), "{why}");
        }
        assert!(!why.contains("cũ"), "{why}");
        assert_eq!(sink.connections(), 1, "one try, not one for each mail");
        db.minutes_later(7);
    }
    let sink = Sink::behind(door(&certificate, SmtpTls::Starttls), |seen| {
        match seen.step {
            Step::Ehlo if seen.encrypted => Answer::Say("250 AUTH XOAUTH2"),
            _ => Answer::Fine,
        }
    });
    let smtp = key(&sink, SmtpTls::Starttls, Some(certificate.file()));
    let why = held_back(db, smtp);
    assert!(why.contains("neither AUTH PLAIN nor AUTH LOGIN"), "{why}");
    db.minutes_later(7);
    let sink = Sink::behind(door(&certificate, SmtpTls::Starttls), fine);
    let smtp = key(&sink, SmtpTls::Starttls, Some(certificate.file()));
    assert_eq!(
        drain(&delivery(db, smtp)),
        report(30, 0, 0, 0),
        "all of them, once it is right"
    );
}

fn a_server_without_starttls_gets_neither_mail_nor_password(db: &TestDb) {
    db.enqueue(&mails(3, db.now()));
    let silent = "250-sink.example\r\n250 AUTH PLAIN LOGIN";
    let offering = "250-sink.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN";
    for (offer, answer, advises) in [
        (silent, Answer::Say("502 5.5.1 not implemented"), true),
        (silent, Answer::Say("454 TLS not available"), true),
        (offering, Answer::Say("454 4.7.0 not now"), false),
        // agrees, and goes on in plain text
        (offering, Answer::Say("220 go ahead"), true),
        (offering, Answer::Drop, false),
    ] {
        let login = Some((USER, PASSWORD));
        let sink = Sink::behind(
            Door {
                login,
                ..Door::default()
            },
            move |seen| match seen.step {
                Step::Ehlo => Answer::Say(offer),
                Step::Starttls => answer.clone(),
                Step::Other => Answer::Say("500 what?"),
                _ => Answer::Fine,
            },
        );
        let why = held_back(db, key(&sink, SmtpTls::Starttls, None));
        assert!(why.starts_with("no STARTTLS with localhost"), "{why}");
        assert_eq!(why.contains("mail.smtp.tls"), advises, "{why}");
        assert!(sink.lines().iter().all(|line| !line.text.contains("AUTH")));
        assert_eq!(
            heard_in_plain(&sink).get(..2).unwrap(),
            ["EHLO tinbai.example", "STARTTLS"]
        );
        db.minutes_later(7);
    }
}

fn a_certificate_that_is_not_trusted_is_refused_with_what_helps(db: &TestDb) {
    db.enqueue(&mails(3, db.now()));
    let right = Certificate::issued("localhost");
    let by_itself = Certificate::signed_by_itself("localhost");
    let other = Certificate::issued("mail.khac.example");
    let other_by_itself = Certificate::signed_by_itself("mail.khac.example");
    let expired = Certificate::expired("localhost");
    let (file, host) = ("set mail.smtp.ca_file", "set mail.smtp.host");
    for tls in [SmtpTls::Starttls, SmtpTls::Implicit] {
        for (certificate, ca_file, says) in [
            (&right, None, file),
            (&by_itself, None, file),
            (&by_itself, Some(right.file()), file),
            (&other, Some(other.file()), host),
            (&other_by_itself, Some(other_by_itself.file()), host),
            (&expired, Some(expired.file()), "needs a new certificate"),
            (
                &right,
                Some(PathBuf::from("/no/such/file.pem")),
                "mail.smtp.ca_file /no/such/file.pem",
            ),
        ] {
            let sink = Sink::behind(door(certificate, tls), fine);
            let why = held_back(db, key(&sink, tls, ca_file));
            assert!(
                why.contains("TLS with localhost") && why.contains(says),
                "{why}"
            );
            assert!(!sink.lines().iter().any(|line| line.text.contains("AUTH")));
            db.minutes_later(7);
        }
    }
}

fn a_certificate_signed_by_itself_is_trusted_once_it_is_in_the_file(db: &TestDb) {
    let certificate = Certificate::signed_by_itself("localhost");
    db.enqueue(&mails(2, db.now()));
    let sink = Sink::behind(door(&certificate, SmtpTls::Implicit), fine);
    let smtp = key(&sink, SmtpTls::Implicit, Some(certificate.file()));
    assert_eq!(drain(&delivery(db, smtp)), report(2, 0, 0, 0));
}

fn a_server_that_closes_in_the_middle_of_tls_kills_no_mail(db: &TestDb) {
    let certificate = Certificate::issued("localhost");
    for (tls, first) in [(SmtpTls::Starttls, 1), (SmtpTls::Implicit, 5)] {
        let all: Vec<Outgoing> = (first..first + 4).map(|n| mail(n, db.now())).collect();
        db.enqueue(&all);
        let closing_at = |step: Step| {
            Sink::behind(door(&certificate, tls), move |seen| {
                if seen.step == step && (seen.encrypted || step == Step::Handshake) {
                    Answer::Drop
                } else {
                    Answer::Fine
                }
            })
        };
        for step in [Step::Handshake, Step::Ehlo, Step::Auth] {
            let sink = closing_at(step);
            let why = held_back(db, key(&sink, tls, Some(certificate.file())));
            assert!(
                why.contains("localhost") && !why.contains("https://"),
                "{why}"
            );
            db.minutes_later(7);
        }
        // before the final dot the server has no mail; after it nobody knows
        for (step, expected) in [
            (Step::Data, report(0, 4, 0, 0)),
            (Step::Dot, report(0, 0, 4, 0)),
            (Step::Other, report(4, 0, 0, 0)),
        ] {
            let sink = closing_at(step);
            let smtp = key(&sink, tls, Some(certificate.file()));
            assert_eq!(drain(&delivery(db, smtp)), expected, "{tls:?} {step:?}");
            db.minutes_later(14);
        }
    }
}

fn what_was_said_in_plain_text_before_tls_is_not_believed(db: &TestDb) {
    let certificate = Certificate::issued("localhost");
    db.enqueue(&mails(1, db.now()));
    // put there by somebody on the way: an EHLO reply that is read after the handshake
    let sink = Sink::behind(door(&certificate, SmtpTls::Starttls), |seen| {
        match seen.step {
            Step::Starttls => Answer::Bytes(b"220 go\r\n250-sink.example\r\n250 AUTH LOGIN\r\n"),
            _ => Answer::Fine,
        }
    });
    let smtp = key(&sink, SmtpTls::Starttls, Some(certificate.file()));
    let why = held_back(db, smtp);
    assert!(why.contains("unencrypted bytes after STARTTLS"), "{why}");
    assert!(!sink.lines().iter().any(|line| line.text.contains("AUTH")));
}

fn what_a_server_offers_is_read_again_after_starttls(db: &TestDb) {
    let certificate = Certificate::issued("localhost");
    db.enqueue(&mails(1, db.now()));
    let sink = Sink::behind(door(&certificate, SmtpTls::Starttls), |seen| {
        match seen.step {
        Step::Ehlo if seen.encrypted => Answer::Bytes(
            b"250-sink.example\r\n250-SIZE 10000000\r\n250-AUTH LOGIN\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n",
        ),
        Step::Ehlo => Answer::Say("250-sink.example\r\n250-STARTTLS\r\n250 AUTH PLAIN"),
        _ => Answer::Fine,
    }
    });
    let smtp = key(&sink, SmtpTls::Starttls, Some(certificate.file()));
    assert_eq!(drain(&delivery(db, smtp)), report(1, 0, 0, 0));
    let lines: Vec<String> = sink.lines().into_iter().map(|line| line.text).collect();
    let verbs: Vec<&str> = lines
        .iter()
        .map(|line| line.split([' ', ':']).next().unwrap())
        .collect();
    let [user, password] = [&lines[4], &lines[5]].map(|text| text.as_str());
    assert_eq!(
        verbs,
        [
            "EHLO", "STARTTLS", "EHLO", "AUTH", user, password, "MAIL", "RCPT", "DATA", "QUIT"
        ]
    );
}

/// What no server may stumble over: long replies, long texts, dots, and every letter beyond ASCII.
fn long_lines_and_leading_dots_come_through_as_they_were(db: &TestDb) {
    let certificate = Certificate::issued("localhost");
    let text = format!(
        "{}\n.\n..\n.đầu dòng\n{}\n",
        "ạ".repeat(3_000),
        "x".repeat(70_000)
    );
    let long = Outgoing {
        text: text.clone(),
        html: String::new(),
        ..mail(1, db.now())
    };
    let dots = Outgoing {
        text: ".\n..\n.a\r\n.\r\n".into(),
        html: String::new(),
        ..mail(2, db.now())
    };
    db.enqueue(&[long, dots]);
    let sink = Sink::behind(door(&certificate, SmtpTls::Implicit), |seen| {
        match seen.step {
            Step::Greeting => Answer::Say(LONG_GREETING),
            _ => Answer::Fine,
        }
    });
    let smtp = key(&sink, SmtpTls::Implicit, Some(certificate.file()));
    assert_eq!(drain(&delivery(db, smtp)), report(2, 0, 0, 0));
    let mut got = sink.accepted();
    got.sort_by(|a, b| a.rcpt_to.cmp(&b.rcpt_to));
    for mail in &got {
        assert!(mail.raw.is_ascii(), "8BITMIME and SMTPUTF8 are not needed");
        for line in mail.raw.split_inclusive(|byte| *byte == b'\n') {
            assert!(
                line.len() <= 1_000 && line.ends_with(b"\r\n"),
                "RFC 5321, 4.5.3.1.6"
            );
            let inner = line.strip_suffix(b"\r\n").unwrap();
            assert!(!inner.contains(&b'\r'));
        }
    }
    for (mail, sent) in got.iter().zip([text.as_str(), ".\n..\n.a\n.\n"]) {
        let parser = mail_parser::MessageParser::default();
        let parsed = parser.parse(&mail.raw).unwrap();
        let body = parsed.body_text(0).unwrap().replace("\r\n", "\n");
        assert!(
            body.trim_end() == sent.trim_end(),
            "{} letters, not {}: {:.200}",
            body.len(),
            sent.len(),
            body
        );
    }
    for line in sink.lines() {
        assert!(line.text.len() <= 510, "RFC 5321, 4.5.3.1.4: {}", line.text);
    }
}

/// A line of 2,000 bytes, four times what RFC 5321 (4.5.3.1.5) allows.
const LONG_GREETING: &str = {
    const BYTES: [u8; 2_000] = {
        let mut bytes = [b'x'; 2_000];
        bytes[0] = b'2';
        bytes[1] = b'2';
        bytes[2] = b'0';
        bytes[3] = b' ';
        bytes
    };
    match std::str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => "",
    }
};

fn tls_at_the_wrong_port_names_the_setting(db: &TestDb) {
    let certificate = Certificate::issued("localhost");
    db.enqueue(&mails(1, db.now()));
    let sink = Sink::behind(door(&certificate, SmtpTls::Starttls), fine);
    let why = held_back(db, key(&sink, SmtpTls::Implicit, Some(certificate.file())));
    assert!(
        why.contains("answered without TLS; check mail.smtp.tls"),
        "{why}"
    );
    db.minutes_later(7);
    let sink = Sink::behind(door(&certificate, SmtpTls::Implicit), fine);
    let hasty = SmtpSettings {
        command_timeout_seconds: Seconds(1),
        ..key(&sink, SmtpTls::Starttls, Some(certificate.file()))
    };
    let why = held_back(db, hasty);
    assert!(why.starts_with("no welcome from localhost"), "{why}");
}
