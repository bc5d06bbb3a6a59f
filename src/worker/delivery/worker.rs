//! One worker: one connection, one mail at a time, the next one only when the last is on record.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::Instrument as _;

use super::buffer::Next;
use super::connections::{Open, Permit};
use super::jitter;
use super::run::Run;
use super::verdict::judge;
use crate::domain::dead_mail::STALE;
use crate::mail::{Link, Outcome, Progress, Raw};
use crate::store::outbox::{Ack, Claimed, Verdict};
use crate::telemetry::spans;

/// A connection without work is closed after this time, before the server closes it.
const IDLE: Duration = Duration::from_secs(15);

/// Works until the buffer is closed or nothing can be recorded any more.
pub(super) async fn work(run: Arc<Run>) {
    let mut worker = Worker {
        run,
        permit: None,
        connected: None,
    };
    while let Some(mail) = worker.next().await {
        let tried = worker.deliver(&mail).await;
        if worker.settle(mail, tried).await.is_none() {
            break;
        }
    }
    worker.close().await;
}

struct Worker {
    run: Arc<Run>,
    permit: Option<Permit>,
    connected: Option<(Link, Open)>,
}

/// What became of a mail that a worker took.
enum Tried {
    /// To be recorded.
    Verdict(Verdict),
    /// To be recorded; a 5xx that may concern all mails.
    Rejected(Verdict),
    /// Not tried: the server wants fewer connections, and another worker sends it.
    PutBack,
}

/// How a try ended.
enum Attempt {
    Ended(Outcome),
    /// By ourselves, because the process has to stop.
    Stopped {
        handed_over: bool,
    },
}

impl Worker {
    /// The next mail; `None` when there is none and will be none. Waits for the right to have a
    /// connection first, so that no mail waits for it in this worker's hands.
    async fn next(&mut self) -> Option<Box<Claimed>> {
        if self.permit.is_none() {
            self.permit = Some(self.run.inner.connections.permit().await?);
        }
        if self.connected.is_some() {
            match timeout(IDLE, next_mail(&self.run)).await {
                Ok(mail) => return mail,
                Err(_) => self.close().await,
            }
        }
        next_mail(&self.run).await
    }

    async fn close(&mut self) {
        if let Some((link, _open)) = self.connected.take() {
            link.close().await;
        }
    }

    /// Records what became of a mail, or puts it back. `None` if it cannot be recorded: then
    /// nothing more may be sent.
    async fn settle(&self, mail: Box<Claimed>, tried: Tried) -> Option<()> {
        let (verdict, is_rejected) = match tried {
            Tried::PutBack => {
                self.run.buffer().put_back(*mail);
                self.run.ready.notify_waiters();
                return Some(());
            }
            Tried::Verdict(verdict) => (verdict, false),
            Tried::Rejected(verdict) => (verdict, true),
        };
        let (written, on_disk) = oneshot::channel();
        let given_up = is_rejected && matches!(verdict, Verdict::Dead(_));
        let ack = Ack {
            id: mail.id,
            token: mail.token,
            verdict,
        };
        self.run.ledger.send((ack, written)).await.ok()?;
        on_disk.await.ok()?;
        if is_rejected {
            let given_up = given_up.then_some(mail.id);
            let wrongly = self.run.inner.circuit.wrongly_given_up(given_up);
            self.run.retry_later(wrongly).await;
        }
        self.run.buffer().done(mail.id, &mail.domain);
        self.run.ready.notify_waiters();
        self.run.moved.notify_one();
        Some(())
    }

    async fn deliver(&mut self, claimed: &Claimed) -> Tried {
        let mail = match &claimed.mail {
            Ok(mail) => mail,
            Err(why) => return Tried::Verdict(Verdict::Dead(why.clone())),
        };
        let now = self.run.inner.clock.now();
        if let Some(expired) = mail.expires_at.filter(|expires| *expires <= now) {
            return Tried::Verdict(Verdict::Dead(format!(
                "{STALE} {}",
                expired.format("%F %T UTC")
            )));
        }
        match self.run.inner.builder.build(mail) {
            Ok(raw) => {
                let span = spans::mail(claimed.id, mail.headers.request_id.as_deref());
                self.send(claimed, &raw).instrument(span).await
            }
            Err(why) => Tried::Verdict(Verdict::Dead(why.to_string())),
        }
    }

    async fn send(&mut self, claimed: &Claimed, raw: &Raw) -> Tried {
        // A resting connection may turn out stale; a fresh one cannot.
        for _ in 0..2 {
            if let Err(tried) = self.connect().await {
                return tried;
            }
            let Some((link, _)) = self.connected.as_mut() else {
                break;
            };
            let attempt = attempt(&self.run, link, raw).await;
            if !link.is_usable() || matches!(attempt, Attempt::Stopped { .. }) {
                // Dropped rather than closed: the server does not listen any more.
                self.connected = None;
            }
            match attempt {
                Attempt::Ended(Outcome::Reopen(why)) => {
                    tracing::debug!(why, "the connection was stale")
                }
                Attempt::Ended(Outcome::Busy(why)) => {
                    tracing::debug!(mail = %claimed.id, why, "tried");
                    return self.turned_away(why);
                }
                Attempt::Ended(outcome) => {
                    tracing::debug!(mail = %claimed.id, ?outcome, "tried");
                    return self.ended(outcome, claimed);
                }
                Attempt::Stopped { handed_over: true } => {
                    let why = "stopped while the mail server had the mail".to_owned();
                    return self.ended(Outcome::Unknown(why), claimed);
                }
                Attempt::Stopped { handed_over: false } => {
                    return Tried::Verdict(Verdict::Released(None));
                }
            }
        }
        let why = "the connection was stale twice".to_owned();
        self.ended(Outcome::Retry(why), claimed)
    }

    /// The verdict on a mail, and what its outcome says about all others.
    fn ended(&self, outcome: Outcome, claimed: &Claimed) -> Tried {
        let inner = &self.run.inner;
        let now = inner.clock.now();
        let verdict = |outcome| judge(outcome, claimed, now, &inner.settings, jitter());
        match outcome {
            Outcome::Rejected(why) if inner.circuit.refused() => {
                let reason = format!("many mails in a row were refused, the last one so: {why}");
                inner.hold_back(&reason, now);
                Tried::Rejected(verdict(Outcome::Retry(why)))
            }
            Outcome::Rejected(_) => Tried::Rejected(verdict(outcome)),
            Outcome::Refused(ref why) => {
                inner.hold_back(why, now);
                Tried::Verdict(verdict(outcome))
            }
            Outcome::Sent => {
                inner.circuit.clear();
                Tried::Verdict(verdict(outcome))
            }
            _ => Tried::Verdict(verdict(outcome)),
        }
    }

    /// Opens a connection if there is none. The error says what becomes of the mail for which it
    /// was wanted.
    async fn connect(&mut self) -> Result<(), Tried> {
        let inner = Arc::clone(&self.run.inner);
        let held_back = || Tried::Verdict(Verdict::Released(None));
        if inner.circuit.pause(inner.clock.now()).is_some() {
            return Err(held_back());
        }
        if self.connected.is_some() {
            return Ok(());
        }
        let turn = inner.circuit.turn().await;
        if turn.is_some() && inner.circuit.pause(inner.clock.now()).is_some() {
            return Err(held_back());
        }
        // counted from now on: others that are refused meanwhile know that they are not alone
        let open = inner.connections.opened();
        let mut stop = self.run.hard_stop.clone();
        let opened = tokio::select! {
            opened = inner.transport.open() => opened,
            _ = stop.wait_for(|stop| *stop) => return Err(held_back()),
        };
        match opened {
            Ok(link) => {
                inner.circuit.reached();
                self.connected = Some((link, open));
                Ok(())
            }
            Err(unreachable) => {
                drop(open);
                Err(self.turned_away(unreachable.to_string()))
            }
        }
    }

    /// The server did not let us in. While it serves other connections of ours, it wants fewer of
    /// them; else nothing is sent for a while.
    fn turned_away(&mut self, why: String) -> Tried {
        let inner = &self.run.inner;
        let now = inner.clock.now();
        self.connected = None;
        match self.permit.take() {
            Some(permit) if inner.connections.any_open() => {
                tracing::debug!(why, "a connection was refused");
                let grows_at = now + inner.settings.circuit_seconds.delta();
                inner.connections.lower(permit, grows_at);
                Tried::PutBack
            }
            permit => {
                self.permit = permit;
                inner.connections.restore();
                inner.hold_back(&why, now);
                Tried::Verdict(Verdict::Released(Some(why)))
            }
        }
    }
}

async fn next_mail(run: &Run) -> Option<Box<Claimed>> {
    loop {
        let ready = run.ready.notified();
        tokio::pin!(ready);
        // Listening begins before the look, or a mail that comes between the two would wait for the
        // one after it.
        ready.as_mut().enable();
        let (now, limit) = (run.inner.clock.now(), run.inner.connections.limit());
        let next = run.buffer().next(now, limit);
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
