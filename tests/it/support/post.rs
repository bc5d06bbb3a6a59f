//! Mails, an outbox full of them, and a delivery to a [`Sink`].

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tinbai::config::{DeliverySettings, Seconds};
use tinbai::domain::ids::{MailId, UnitId};
use tinbai::mail::{Builder, Extras, Outgoing, SmtpOptions, Timeouts, Tls, Transport, message_id};
use tinbai::store::StoreError;
use tinbai::store::outbox::{self, Queued, Stats, Whole};
use tinbai::worker::delivery::{Delivery, Report};

use super::TestDb;
use super::sink::Sink;

/// Mail number `n` to `unit-n@donvi.example`, decided at `at`.
pub fn mail(n: usize, at: DateTime<Utc>) -> Outgoing {
    mail_to(n, &format!("unit-{n}@donvi.example"), at)
}

pub fn mail_to(n: usize, to: &str, at: DateTime<Utc>) -> Outgoing {
    let key = format!("digest:{n}:2026-11-20T09:00:00Z");
    Outgoing {
        message_id: message_id(&key, "tinbai.example"),
        key,
        kind: "digest".into(),
        to_mail: to.parse().unwrap(),
        to_name: format!("Công đoàn cơ sở {n}"),
        person_id: None,
        unit_id: Some(UnitId(i64::try_from(n).unwrap())),
        subject: format!("Nhắc hạn 16:00 ngày 20/11/2026 ({n})"),
        text: "Kính gửi đơn vị,\n\n.Còn thiếu 2 tin, bài.\n".into(),
        html: "<p>Kính gửi đơn vị, còn thiếu 2 tin, bài.</p>".into(),
        headers: Extras::default(),
        created_at: at,
        expires_at: None,
        check_at: Some(at),
    }
}

pub fn mails(number: usize, at: DateTime<Utc>) -> Vec<Outgoing> {
    (1..=number).map(|n| mail(n, at)).collect()
}

/// A few connections, and time-outs that a test can wait for.
pub fn settings() -> DeliverySettings {
    DeliverySettings {
        connections: 4,
        per_domain: 4,
        poll_seconds: Seconds(30),
        ..DeliverySettings::default()
    }
}

pub fn smtp(sink: &Sink) -> Transport {
    Transport::Smtp(Box::new(SmtpOptions {
        host: sink.address.ip().to_string(),
        port: sink.address.port(),
        tls: Tls::None,
        ca_file: None,
        hello_name: "tinbai.example".into(),
        login: None,
        timeouts: Timeouts {
            connect: Duration::from_secs(5),
            command: Duration::from_millis(700),
            content: Duration::from_millis(700),
        },
    }))
}

pub fn builder() -> Builder {
    Builder::new(
        "Ban Tuyên giáo - Nữ công",
        "tuyengiao@ldld.example",
        "bounces@ldld.example",
    )
    .unwrap()
}

impl TestDb {
    /// Puts mails into the outbox; answers how many were new.
    pub fn enqueue(&self, mails: &[Outgoing]) -> usize {
        let new = self
            .store
            .write(|conn| outbox::enqueue(conn, mails))
            .unwrap();
        // what a test writes itself is no news to it
        self.mark_mails_read();
        new
    }

    pub fn delivery(&self, sink: &Sink, settings: DeliverySettings) -> Delivery {
        Delivery::new(
            self.store.clone(),
            smtp(sink),
            builder(),
            settings,
            self.clock.clone(),
        )
    }

    pub fn stats(&self) -> Stats {
        self.mark_mails_read();
        self.store
            .read(|conn| outbox::stats(conn, None, DateTime::UNIX_EPOCH))
            .unwrap()
    }

    /// The mail whose number is `n`, by its unit.
    pub fn mail_of(&self, n: i64) -> Whole {
        self.mark_mails_read();
        let all = self.store.read::<_, StoreError>(|conn| {
            let mut all = Vec::new();
            for id in 1.. {
                match outbox::find(conn, MailId(id))? {
                    Some(mail) => all.push(mail),
                    None if id > 10_000 || !all.is_empty() => break,
                    None => {}
                }
            }
            Ok(all)
        });
        all.unwrap()
            .into_iter()
            .find(|mail| mail.queued.unit_id == Some(UnitId(n)))
            .expect("the mail")
    }

    pub fn in_state(&self, state: tinbai::domain::mail::MailState) -> Vec<Queued> {
        self.mark_mails_read();
        let filter = outbox::MailFilter {
            state: Some(state),
            ..Default::default()
        };
        let mut all = self
            .store
            .read(|conn| outbox::list(conn, &filter, None, 100_000))
            .unwrap();
        all.reverse();
        all
    }

    pub fn minutes_later(&self, minutes: i64) {
        self.advance(TimeDelta::minutes(minutes));
    }
}

/// Runs a future on a runtime of its own.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

/// Delivers what is due.
pub fn drain(delivery: &Delivery) -> Report {
    block_on(delivery.drain_once()).unwrap()
}

/// A report with these numbers and nothing else.
pub fn report(sent: usize, retry: usize, unknown: usize, dead: usize) -> Report {
    Report {
        sent,
        retry,
        unknown,
        dead,
        ..Report::default()
    }
}
