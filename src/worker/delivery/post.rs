//! One worker: one connection, one mail at a time, the next one only when the last is on record.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::buffer::Next;
use super::verdict::judge;
use super::{Shift, jitter};
use crate::mail::{Link, Outcome, Outgoing, Progress, Raw};
use crate::store::outbox::{Ack, Claimed, Verdict};

/// A connection without work is closed after this long; servers think little of those who only sit
/// there.
const IDLE: Duration = Duration::from_secs(15);

/// Works until the buffer is closed or nothing can be recorded any more.
pub(super) async fn work(shift: Arc<Shift>) {
    let mut link = None;
    while let Some(mail) = next(&shift, &mut link).await {
        let verdict = deliver(&shift, &mut link, &mail).await;
        if record(&shift, &mail, verdict).await.is_none() {
            break;
        }
    }
    close(link).await;
}

async fn next(shift: &Shift, link: &mut Option<Link>) -> Option<Box<Claimed>> {
    if link.is_some() {
        match timeout(IDLE, next_mail(shift)).await {
            Ok(mail) => return mail,
            Err(_) => close(link.take()).await,
        }
    }
    next_mail(shift).await
}

async fn next_mail(shift: &Shift) -> Option<Box<Claimed>> {
    loop {
        let ready = shift.ready.notified();
        tokio::pin!(ready);
        // Listening begins before the look, or a mail that comes between the two would wait for the
        // one after it.
        ready.as_mut().enable();
        let next = shift.buffer().next(shift.inner.clock.now());
        match next {
            Next::Mail(mail) => {
                shift.moved.notify_one();
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

/// `None` if it cannot be recorded: then nothing more may be sent.
async fn record(shift: &Shift, mail: &Claimed, verdict: Verdict) -> Option<()> {
    let (written, on_disk) = oneshot::channel();
    let ack = Ack {
        id: mail.id,
        token: mail.token,
        verdict,
    };
    shift.ledger.send((ack, written)).await.ok()?;
    on_disk.await.ok()?;
    shift.buffer().done(mail.id, &mail.domain);
    shift.ready.notify_waiters();
    shift.moved.notify_one();
    Some(())
}

async fn deliver(shift: &Shift, link: &mut Option<Link>, claimed: &Claimed) -> Verdict {
    let mail = match &claimed.mail {
        Ok(mail) => mail,
        Err(why) => return Verdict::Dead(why.clone()),
    };
    let now = shift.inner.clock.now();
    if let Some(expired) = mail.expires_at.filter(|expires| *expires <= now) {
        return Verdict::Dead(format!(
            "not sent: it would have been stale since {}",
            expired.format("%F %T UTC")
        ));
    }
    let raw = match shift.inner.builder.build(mail) {
        Ok(raw) => raw,
        Err(why) => return Verdict::Dead(why.to_string()),
    };
    send(shift, link, claimed, mail, &raw).await
}

async fn send(
    shift: &Shift,
    link: &mut Option<Link>,
    claimed: &Claimed,
    mail: &Outgoing,
    raw: &Raw,
) -> Verdict {
    // A resting connection may turn out stale; a fresh one cannot.
    for _ in 0..2 {
        if let Err(held_back) = connect(shift, link).await {
            return held_back;
        }
        let Some(open) = link.as_mut() else { break };
        let outcome = attempt(shift, open, raw).await;
        if !open.is_usable() || matches!(outcome, Attempt::Stopped { .. }) {
            // Dropped rather than closed: there is nobody to take leave of.
            *link = None;
        }
        let now = shift.inner.clock.now();
        match outcome {
            Attempt::Ended(Outcome::Reopen(why)) => {
                tracing::debug!(why, "the connection was stale")
            }
            Attempt::Ended(outcome) => {
                learn(shift, &outcome, now);
                tracing::debug!(mail = claimed.id, kind = mail.kind, ?outcome, "tried");
                return judge(outcome, claimed, now, &shift.inner.settings, jitter());
            }
            Attempt::Stopped { handed_over: true } => {
                let why = "stopped while the mail server had the mail".to_owned();
                return judge(
                    Outcome::Unknown(why),
                    claimed,
                    now,
                    &shift.inner.settings,
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
        shift.inner.clock.now(),
        &shift.inner.settings,
        jitter(),
    )
}

/// How a try ended.
enum Attempt {
    Ended(Outcome),
    /// By ourselves, because the process has to stop.
    Stopped {
        handed_over: bool,
    },
}

async fn attempt(shift: &Shift, link: &mut Link, raw: &Raw) -> Attempt {
    let progress = Progress::default();
    let mut stop = shift.hard_stop.clone();
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

/// What the outcome of one mail says about all others.
fn learn(shift: &Shift, outcome: &Outcome, now: DateTime<Utc>) {
    let circuit = &shift.inner.circuit;
    match outcome {
        Outcome::Sent => circuit.clear(),
        Outcome::Refused(why) => shift.inner.hold_back(why, now),
        Outcome::Dead(why) if circuit.refused() => {
            shift.inner.hold_back(
                &format!("many mails in a row were refused for good, the last one so: {why}"),
                now,
            );
        }
        Outcome::Dead(_) | Outcome::Retry(_) | Outcome::Unknown(_) | Outcome::Reopen(_) => {}
    }
}

/// Sees to it that there is a connection; the error is the verdict on the mail that can't have one.
async fn connect(shift: &Shift, link: &mut Option<Link>) -> Result<(), Verdict> {
    let inner = &shift.inner;
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
    let mut stop = shift.hard_stop.clone();
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
