//! One worker: one connection, one mail at a time. It takes the next mail only when the last one is
//! recorded.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::buffer::Next;
use super::jitter;
use super::run::Run;
use super::verdict::judge;
use crate::mail::{Link, Outcome, Outgoing, Progress, Raw};
use crate::store::outbox::{Ack, Claimed, Verdict};

/// An idle connection is closed after this long; mail servers dislike idle clients.
const IDLE: Duration = Duration::from_secs(15);

/// Works until the buffer is closed or nothing can be recorded any more.
pub(super) async fn work(run: Arc<Run>) {
    let mut link = None;
    while let Some(mail) = next(&run, &mut link).await {
        let verdict = deliver(&run, &mut link, &mail).await;
        if record(&run, &mail, verdict).await.is_none() {
            break;
        }
    }
    close(link).await;
}

async fn next(run: &Run, link: &mut Option<Link>) -> Option<Box<Claimed>> {
    if link.is_some() {
        match timeout(IDLE, next_mail(run)).await {
            Ok(mail) => return mail,
            Err(_) => close(link.take()).await,
        }
    }
    next_mail(run).await
}

async fn next_mail(run: &Run) -> Option<Box<Claimed>> {
    loop {
        let ready = run.ready.notified();
        tokio::pin!(ready);
        // Enabled before the buffer is read: a notification between the two would be missed.
        ready.as_mut().enable();
        let next = run.buffer().next(run.inner.clock.now());
        match next {
            Next::Mail(mail) => {
                run.moved.notify_one();
                return Some(mail);
            }
            Next::Closed => return None,
            Next::Nothing => ready.await,
        }
    }
}

async fn close(link: Option<Link>) {
    if let Some(link) = link {
        link.close().await;
    }
}

/// Records a verdict. `None` if that is impossible: then no more mails may be sent.
async fn record(run: &Run, mail: &Claimed, verdict: Verdict) -> Option<()> {
    let (written, on_disk) = oneshot::channel();
    let ack = Ack {
        id: mail.id,
        token: mail.token,
        verdict,
    };
    run.ledger.send((ack, written)).await.ok()?;
    on_disk.await.ok()?;
    run.buffer().done(mail.id, &mail.domain);
    run.ready.notify_waiters();
    run.moved.notify_one();
    Some(())
}

async fn deliver(run: &Run, link: &mut Option<Link>, claimed: &Claimed) -> Verdict {
    let mail = match &claimed.mail {
        Ok(mail) => mail,
        Err(why) => return Verdict::Dead(why.clone()),
    };
    let now = run.inner.clock.now();
    if let Some(expired) = mail.expires_at.filter(|expires| *expires <= now) {
        return Verdict::Dead(format!(
            "not sent: it would have been stale since {}",
            expired.format("%F %T UTC")
        ));
    }
    let raw = match run.inner.builder.build(mail) {
        Ok(raw) => raw,
        Err(why) => return Verdict::Dead(why.to_string()),
    };
    send(run, link, claimed, mail, &raw).await
}

async fn send(
    run: &Run,
    link: &mut Option<Link>,
    claimed: &Claimed,
    mail: &Outgoing,
    raw: &Raw,
) -> Verdict {
    // An idle connection may have been closed by the server; a new one has not.
    for _ in 0..2 {
        if let Err(held_back) = connect(run, link).await {
            return held_back;
        }
        let Some(open) = link.as_mut() else { break };
        let outcome = attempt(run, open, raw).await;
        if !open.is_usable() || matches!(outcome, Attempt::Stopped { .. }) {
            // Dropped rather than closed: QUIT would get no answer.
            *link = None;
        }
        let now = run.inner.clock.now();
        match outcome {
            Attempt::Ended(Outcome::Reopen(why)) => {
                tracing::debug!(why, "the connection was stale")
            }
            Attempt::Ended(outcome) => {
                learn(run, &outcome, now);
                tracing::debug!(mail = claimed.id, kind = mail.kind, ?outcome, "tried");
                return judge(outcome, claimed, now, &run.inner.settings, jitter());
            }
            Attempt::Stopped { handed_over: true } => {
                let why = "stopped while the mail server had the mail".to_owned();
                return judge(
                    Outcome::Unknown(why),
                    claimed,
                    now,
                    &run.inner.settings,
                    jitter(),
                );
            }
            Attempt::Stopped { handed_over: false } => return Verdict::Released(None),
        }
    }
    let why = "the connection was stale twice".to_owned();
    judge(
        Outcome::Retry(why),
        claimed,
        run.inner.clock.now(),
        &run.inner.settings,
        jitter(),
    )
}

/// How a try ended.
enum Attempt {
    Ended(Outcome),
    /// Stopped by us, because the process has to end.
    Stopped {
        handed_over: bool,
    },
}

async fn attempt(run: &Run, link: &mut Link, raw: &Raw) -> Attempt {
    let progress = Progress::default();
    let mut stop = run.hard_stop.clone();
    let try_it = AssertUnwindSafe(link.send(raw, &progress)).catch_unwind();
    let ended = tokio::select! {
        ended = try_it => ended,
        _ = stop.wait_for(|stop| *stop) => return Attempt::Stopped { handed_over: progress.handed_over() },
    };
    Attempt::Ended(ended.unwrap_or_else(|_panic| {
        tracing::error!("sending a mail panicked");
        let why = "sending it panicked".to_owned();
        if progress.handed_over() {
            Outcome::Unknown(why)
        } else {
            Outcome::Retry(why)
        }
    }))
}

/// Updates the circuit by the outcome of one mail.
fn learn(run: &Run, outcome: &Outcome, now: DateTime<Utc>) {
    let circuit = &run.inner.circuit;
    match outcome {
        Outcome::Sent => circuit.clear(),
        Outcome::Refused(why) => run.inner.hold_back(why, now),
        Outcome::Dead(why) if circuit.refused() => {
            run.inner.hold_back(
                &format!("many mails in a row were refused for good, the last one so: {why}"),
                now,
            );
        }
        Outcome::Dead(_) | Outcome::Retry(_) | Outcome::Unknown(_) | Outcome::Reopen(_) => {}
    }
}

/// Opens a connection if there is none; the error is the verdict on the mail that waits for it.
async fn connect(run: &Run, link: &mut Option<Link>) -> Result<(), Verdict> {
    let inner = &run.inner;
    if inner.circuit.pause(inner.clock.now()).is_some() {
        return Err(Verdict::Released(None));
    }
    if link.as_ref().is_some_and(Link::is_usable) {
        return Ok(());
    }
    let turn = inner.circuit.turn().await;
    if turn.is_some() && inner.circuit.pause(inner.clock.now()).is_some() {
        return Err(Verdict::Released(None));
    }
    let mut stop = run.hard_stop.clone();
    let opened = tokio::select! {
        opened = inner.transport.open() => opened,
        _ = stop.wait_for(|stop| *stop) => return Err(Verdict::Released(None)),
    };
    match opened {
        Ok(open) => {
            inner.circuit.reached();
            *link = Some(open);
            Ok(())
        }
        Err(unreachable) => {
            let why = unreachable.to_string();
            inner.hold_back(&why, inner.clock.now());
            Err(Verdict::Released(Some(why)))
        }
    }
}
