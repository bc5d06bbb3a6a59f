//! Tests of `build`, on the raw bytes and on what another library reads from them.

use chrono::{DateTime, Utc};
use mail_parser::{Message, MessageParser, MimeHeaders as _};
use proptest::prelude::*;

use super::*;
use crate::domain::ids::UnitId;
use crate::domain::mail::{EmailAddress, Extras, message_id};

fn builder() -> Builder {
    Builder::new(
        "Ban Tuyên giáo - Nữ công",
        "tuyengiao@ldld.example",
        "bounces@ldld.example",
    )
    .unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn mail() -> Outgoing {
    Outgoing {
        key: "digest:7:1".into(),
        message_id: message_id("digest:7:1", "ldld.example"),
        kind: "digest".into(),
        to_mail: "cd.ben-tre@donvi.example".parse().unwrap(),
        to_name: "Công đoàn phường Bến Tre".into(),
        person_id: None,
        unit_id: Some(UnitId(7)),
        subject: "Nhắc: 2 tin, bài đến hạn 16:00 ngày 20/11/2026".into(),
        text: "Kính gửi đơn vị,\n.một dòng bắt đầu bằng dấu chấm\n".into(),
        html: "<p>Kính gửi đơn vị,</p>".into(),
        headers: Extras::default(),
        created_at: at("2026-11-20T08:30:00.123456Z"),
        expires_at: None,
        check_at: None,
    }
}

fn header_lines(raw: &Raw) -> Vec<String> {
    let text = String::from_utf8(raw.bytes.clone()).unwrap();
    let head = text
        .split("\r\n\r\n")
        .next()
        .unwrap()
        .replace("\r\n ", " ")
        .replace("\r\n\t", " ");
    head.split("\r\n").map(str::to_owned).collect()
}

fn names(raw: &Raw) -> Vec<String> {
    header_lines(raw)
        .iter()
        .map(|line| line.split(':').next().unwrap().to_owned())
        .collect()
}

fn parsed(raw: &Raw) -> Message<'_> {
    MessageParser::default().parse(&raw.bytes).unwrap()
}

#[test]
fn headers_are_what_reliability_asks_for() {
    let raw = builder().build(&mail()).unwrap();
    let lines = header_lines(&raw);
    assert!(
        lines.contains(&format!(
            "Message-ID: {}",
            message_id("digest:7:1", "ldld.example")
        )),
        "{lines:#?}"
    );
    assert!(
        lines.contains(&"Date: Fri, 20 Nov 2026 08:30:00 +0000".to_owned()),
        "{lines:#?}"
    );
    assert!(lines.contains(&"Auto-Submitted: auto-generated".to_owned()));
    assert!(lines.contains(&"MIME-Version: 1.0".to_owned()));
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("Subject: =?utf-8?")),
        "RFC 2047: {lines:#?}"
    );
    assert!(
        !names(&raw).iter().any(|name| name.starts_with("List-")),
        "duty mail has no List-Unsubscribe"
    );
    assert_eq!(
        raw.envelope.from().unwrap().as_ref() as &str,
        "bounces@ldld.example"
    );
    let to: Vec<&str> = raw.envelope.to().iter().map(AsRef::as_ref).collect();
    assert_eq!(to, ["cd.ben-tre@donvi.example"]);
    assert_eq!(
        raw.file_name.split('-').next().unwrap(),
        "20261120T083000123456Z"
    );
}

#[test]
fn another_library_reads_what_was_put_in() {
    let raw = builder().build(&mail()).unwrap();
    let message = parsed(&raw);
    assert_eq!(message.subject().unwrap(), mail().subject);
    assert_eq!(
        message.from().unwrap().first().unwrap().name().unwrap(),
        "Ban Tuyên giáo - Nữ công"
    );
    assert_eq!(
        message.to().unwrap().first().unwrap().name().unwrap(),
        mail().to_name
    );
    assert_eq!(
        message.body_text(0).unwrap().replace("\r\n", "\n"),
        mail().text
    );
    assert_eq!(message.body_html(0).unwrap(), mail().html);
    assert!(message.is_content_type("multipart", "alternative"));
    assert!(raw.bytes.is_ascii(), "needs no 8BITMIME");
}

#[test]
fn the_same_row_gives_the_same_bytes() {
    assert_eq!(
        builder().build(&mail()).unwrap().bytes,
        builder().build(&mail()).unwrap().bytes
    );
}

#[test]
fn a_mail_without_html_is_text_alone() {
    let raw = builder()
        .build(&Outgoing {
            html: String::new(),
            ..mail()
        })
        .unwrap();
    let message = parsed(&raw);
    assert_eq!(message.parts.len(), 1);
    assert_eq!(
        message.body_text(0).unwrap().replace("\r\n", "\n"),
        mail().text
    );
}

#[test]
fn a_preferences_link_brings_the_list_unsubscribe_pair() {
    let link = "https://tinbai.example/thu/huy?t=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let headers = Extras {
        unsubscribe: Some(link.into()),
        reply_to: Some("tuyengiao@ldld.example".into()),
        ..Extras::default()
    };
    let raw = builder().build(&Outgoing { headers, ..mail() }).unwrap();
    let lines = header_lines(&raw);
    assert!(
        lines.contains(&format!("List-Unsubscribe: <{link}>")),
        "{lines:#?}"
    );
    assert!(lines.contains(&"List-Unsubscribe-Post: List-Unsubscribe=One-Click".to_owned()));
    assert!(lines.contains(&"Reply-To: tuyengiao@ldld.example".to_owned()));
    for bad in [
        "http://tinbai.example/",
        "https://a.example/>, <https://b.example/",
        "javascript:alert(1)",
    ] {
        let headers = Extras {
            unsubscribe: Some(bad.into()),
            ..Extras::default()
        };
        assert!(
            builder().build(&Outgoing { headers, ..mail() }).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn a_follow_up_names_its_parent() {
    let parent = message_id("digest:6:1", "ldld.example");
    let headers = Extras {
        in_reply_to: Some(parent.clone()),
        ..Extras::default()
    };
    let raw = builder().build(&Outgoing { headers, ..mail() }).unwrap();
    assert!(header_lines(&raw).contains(&format!("In-Reply-To: {parent}")));
    assert!(header_lines(&raw).contains(&format!("References: {parent}")));
}

/// F13: no text field of a mail can add a header line.
#[test]
fn injection_through_any_field_adds_no_header() {
    let plain = names(&builder().build(&mail()).unwrap());
    for evil in [
        "x\r\nBcc: a@b.example",
        "x\nBcc: a@b.example",
        "x\r\n\r\nbody",
        "x\rBcc: a",
        "x\u{0}\u{1b}[0m",
        "x\u{2028}Bcc: a@b.example",
        "\"x\" <a@b.example>, y",
    ] {
        let fields = [
            Outgoing {
                to_name: evil.into(),
                ..mail()
            },
            Outgoing {
                subject: evil.into(),
                ..mail()
            },
            Outgoing {
                text: evil.into(),
                ..mail()
            },
            Outgoing {
                html: evil.into(),
                ..mail()
            },
            Outgoing {
                key: evil.into(),
                kind: evil.into(),
                ..mail()
            },
        ];
        for field in fields {
            let raw = builder().build(&field).unwrap();
            assert_eq!(names(&raw), plain, "{evil:?}");
            let message = parsed(&raw);
            assert!(message.bcc().is_none());
            assert_eq!(message.to().unwrap().iter().count(), 1, "{evil:?}");
            assert_eq!(
                message.to().unwrap().first().unwrap().address().unwrap(),
                "cd.ben-tre@donvi.example"
            );
        }
        for refused in [
            Outgoing {
                message_id: format!("<a@b{evil}>"),
                ..mail()
            },
            Outgoing {
                headers: Extras {
                    reply_to: Some(evil.into()),
                    ..Extras::default()
                },
                ..mail()
            },
        ] {
            assert!(builder().build(&refused).is_err(), "{refused:?}");
        }
        let address = format!("a@b.example{evil}");
        assert!(address.parse::<EmailAddress>().is_err(), "{address:?}");
    }
}

/// F12: what lettre panics on, or cannot send, is either cleaned or a reason to give the mail up.
#[test]
fn poison_is_cleaned_or_refused_with_a_reason() {
    let named = builder()
        .build(&Outgoing {
            to_name: "Công\r\nđoàn\u{0}".into(),
            ..mail()
        })
        .unwrap();
    assert_eq!(
        parsed(&named)
            .to()
            .unwrap()
            .first()
            .unwrap()
            .name()
            .unwrap(),
        "Công đoàn"
    );
    let long = builder()
        .build(&Outgoing {
            subject: "đ".repeat(1 << 20),
            ..mail()
        })
        .unwrap();
    assert_eq!(
        parsed(&long).subject().unwrap().chars().count(),
        crate::domain::mail::MAX_SUBJECT
    );
    for bad in [
        "",
        "không có a còng",
        "a@",
        "@b.example",
        "a@b.example, c@d.example",
        "đơnvị@donvi.example",
        "a b@c.example",
    ] {
        let fault = bad.parse::<EmailAddress>().unwrap_err();
        assert_eq!(fault.code, "mail", "{bad:?}");
    }
    assert!(
        builder()
            .build(&Outgoing {
                created_at: at("1969-12-31T00:00:00Z"),
                ..mail()
            })
            .is_err()
    );
}

#[test]
fn lines_stay_within_what_smtp_allows() {
    let raw = builder()
        .build(&Outgoing {
            html: "x".repeat(100_000),
            text: "ạ ".repeat(50_000),
            ..mail()
        })
        .unwrap();
    let longest = raw
        .bytes
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::len)
        .max()
        .unwrap();
    assert!(longest <= 999, "{longest}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_row_makes_the_builder_panic_or_add_headers(
        name in any::<String>(), subject in any::<String>(), text in any::<String>(), to in "[a-z.+-]{0,70}@[a-z.-]{0,200}", reply in proptest::option::of(any::<String>()),
    ) {
        let headers = Extras { reply_to: reply, ..Extras::default() };
        let to_mail = to.parse().unwrap_or_else(|_| mail().to_mail);
        let _ = builder().build(&Outgoing { to_mail, headers, ..mail() });
        let raw = builder().build(&Outgoing { to_name: name, subject, text, ..mail() }).unwrap();
        prop_assert_eq!(names(&raw).len(), names(&builder().build(&mail()).unwrap()).len());
        prop_assert!(raw.bytes.is_ascii() && !raw.bytes.contains(&0));
    }
}
