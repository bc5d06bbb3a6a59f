//! P4 and P5: how fast the delivery drains an outbox in SQLite (a file, `synchronous=FULL`), beside
//! lettre alone: the same mails, built before, over as many connections with nodelay, without a
//! database. Both send to a mail server on loopback, first one that takes 5 ms a mail (P4), then
//! one that takes no time (P5). `cargo bench --bench outbox`; figures: docs/PERFORMANCE.md.

#![expect(clippy::expect_used, reason = "a bench may fail loudly")]

#[expect(dead_code, reason = "the tests of delivery use more of it")]
#[path = "../tests/it/support/sink/mod.rs"]
mod sink;
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use lettre::address::Envelope;
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::extension::ClientId;
use tinbai::clock::{Clock as _, SystemClock};
use tinbai::config::DeliverySettings;
use tinbai::mail::{Builder, Extras, Outgoing, SmtpOptions, Timeouts, Tls, Transport, message_id};
use tinbai::store::outbox;
use tinbai::store::{Store, StoreOptions};
use tinbai::worker::delivery::Delivery;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use sink::{Answer, Sink, Step};
use support::{Load, Rounds};

const ROUNDS: usize = 9;
const BOUNCES: &str = "bounces@ldld.example";
const HELLO: &str = "ldld.example";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let slow = Duration::from_millis(5);
    // As many mails as make a round last about two seconds, and one when nothing is waited for.
    for (goal, takes, connections, mails) in [
        ("P4", slow, 8, 2_400),
        ("P4", slow, 32, 9_600),
        ("P5", Duration::ZERO, 32, 15_000),
        ("P5", Duration::ZERO, 64, 15_000),
    ] {
        let mails = Mails::make(mails);
        let load = Load::read();
        let rounds = Rounds::run(
            ROUNDS,
            || mails.rate(|sink| drained(&runtime, &mails, sink, connections), takes),
            || mails.rate(|sink| sent(&runtime, &mails, sink, connections), takes),
        );
        let title = format!(
            "{goal}: {} mails of {} bytes, {connections} connections, a server that takes {takes:?} a mail; mails a second",
            mails.stored.len(),
            mails.built.first().map_or(0, |mail| mail.1.len())
        );
        rounds.print(
            &title,
            "tinbai, from the database",
            "lettre 0.11 alone, nodelay",
        );
        load.print_foreign();
    }
}

/// The mails of a round, as they are stored and as lettre sends them.
struct Mails {
    stored: Vec<Outgoing>,
    built: Arc<Vec<(Envelope, Vec<u8>)>>,
}

impl Mails {
    fn make(number: usize) -> Self {
        let now = SystemClock::new().now();
        let stored: Vec<Outgoing> = (0..number).map(|n| mail(n, now)).collect();
        let builder = builder();
        let built = stored.iter().map(|mail| {
            let from = Some(BOUNCES.parse().expect("an address"));
            let to = vec![mail.to_mail.as_str().parse().expect("an address")];
            (
                Envelope::new(from, to).expect("an envelope"),
                builder.build(mail).expect("a mail").bytes,
            )
        });
        Self {
            built: Arc::new(built.collect()),
            stored,
        }
    }

    /// Mails a second, for a way of sending them that answers how long it took.
    fn rate(&self, way: impl FnOnce(&Sink) -> Duration, takes: Duration) -> f64 {
        let sink = Sink::forgetful(move |seen| match seen.step {
            Step::Dot if !takes.is_zero() => Answer::After(takes, Box::new(Answer::Fine)),
            _ => Answer::Fine,
        });
        let took = way(&sink);
        assert_eq!(sink.count(), self.stored.len(), "every mail has come, once");
        self.stored.len() as f64 / took.as_secs_f64()
    }
}

fn mail(n: usize, at: DateTime<Utc>) -> Outgoing {
    let key = format!("digest:{n}:2026-11-20T09:00:00Z");
    let line = "- Tin, bài về hoạt động công đoàn tháng 11/2026: còn thiếu 2 tin, bài, hạn 16:00 ngày 20/11/2026.\n";
    Outgoing {
        message_id: message_id(&key, HELLO),
        key,
        kind: "digest".into(),
        to_mail: format!("cdcs-{n}@donvi-{}.example", n % 100)
            .parse()
            .expect("an address"),
        to_name: format!("Công đoàn cơ sở số {n}"),
        person_id: None,
        unit_id: None,
        subject: format!("Nhắc: 2 tin, bài đến hạn 16:00 ngày 20/11/2026 ({n})"),
        text: format!("Kính gửi đơn vị,\n\n{}\nTrân trọng.\n", line.repeat(7)),
        html: String::new(),
        headers: Extras::default(),
        created_at: at,
        expires_at: None,
        check_at: None,
    }
}

fn builder() -> Builder {
    Builder::new(
        "Ban Tuyên giáo - Nữ công",
        "tuyengiao@ldld.example",
        BOUNCES,
    )
    .expect("a sender")
}

/// Ours: from a fresh database, everything the product does, until the last mail is on record as
/// sent.
fn drained(runtime: &Runtime, mails: &Mails, sink: &Sink, connections: u16) -> Duration {
    let folder = tempfile::tempdir_in(support::folder()).expect("a folder");
    let file = folder.path().join("outbox.db");
    let store = Store::open(&StoreOptions::new(file.to_string_lossy())).expect("a database");
    store.migrate().expect("its tables");
    store
        .write(|conn| outbox::enqueue(conn, &mails.stored))
        .expect("mails in the outbox");
    let smtp = SmtpOptions {
        host: sink.address.ip().to_string(),
        port: sink.address.port(),
        tls: Tls::None,
        ca_file: None,
        hello_name: HELLO.into(),
        login: None,
        timeouts: Timeouts::default(),
    };
    let settings = DeliverySettings {
        connections,
        per_domain: connections,
        ..DeliverySettings::default()
    };
    let transport = Transport::Smtp(Box::new(smtp));
    let delivery = Delivery::new(
        store,
        transport,
        builder(),
        settings,
        Arc::new(SystemClock::new()),
    );
    let start = Instant::now();
    let report = runtime.block_on(delivery.drain_once()).expect("a drain");
    let took = start.elapsed();
    assert_eq!(report.sent, mails.stored.len(), "{report:?}");
    took
}

/// The bar: each connection takes the next mail as soon as it has the 250 for the last one.
fn sent(runtime: &Runtime, mails: &Mails, sink: &Sink, connections: u16) -> Duration {
    let next = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    runtime.block_on(async {
        let sending: Vec<_> = (0..connections)
            .map(|_| {
                let (next, mails, address) =
                    (Arc::clone(&next), Arc::clone(&mails.built), sink.address);
                tokio::spawn(async move {
                    let tcp = TcpStream::connect(address).await.expect("a connection");
                    tcp.set_nodelay(true).expect("nodelay");
                    let stream: Box<dyn AsyncTokioStream> = Box::new(tcp);
                    let hello = ClientId::Domain(HELLO.into());
                    let mut link = AsyncSmtpConnection::connect_with_transport(stream, &hello)
                        .await
                        .expect("a welcome");
                    while let Some((envelope, bytes)) =
                        mails.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        link.send(envelope, bytes).await.expect("a 250");
                    }
                    link.quit().await.expect("a farewell");
                })
            })
            .collect();
        for connection in sending {
            connection.await.expect("a connection's end");
        }
    });
    start.elapsed()
}
