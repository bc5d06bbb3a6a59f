//! The leases of mails: claims, renewals and releases in the database.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Utc};
use tokio::task::spawn_blocking;

use super::run::Run;
use super::{DeliveryError, Inner};
use crate::domain::ids::MailId;
use crate::store::outbox::{self, Claim, Claimed};
use crate::store::{StoreError, TransactionError as _};

/// How often a claim is tried. On PostgreSQL another process may claim the same mails meanwhile,
/// although there are more.
const CLAIM_TRIES: u32 = 3;

impl Run {
    /// Claims a batch, if anything is due, and hands it to the workers; returns the number of
    /// mails.
    pub(super) async fn claim(&self, except: &[String]) -> Result<usize, DeliveryError> {
        let inner = Arc::clone(&self.inner);
        let except = except.to_vec();
        let now = inner.clock.now();
        let until = now + inner.settings.lease_seconds.delta();
        let claimed = spawn_blocking(move || inner.claim(now, until, &except)).await??;
        let number = claimed.len();
        if number > 0 {
            self.buffer().fill(claimed, until);
            self.ready.notify_waiters();
        }
        Ok(number)
    }

    /// Renews leases of which a third has passed.
    pub(super) async fn renew_leases(&self) {
        let now = self.inner.clock.now();
        let lease = self.inner.settings.lease_seconds.delta();
        let ending = self.buffer().ending(now + lease * 2 / 3);
        for (token, ids) in ending {
            let inner = Arc::clone(&self.inner);
            let mails = ids.clone();
            let renewed = spawn_blocking(move || {
                inner
                    .store
                    .write_committed(|conn| outbox::renew(conn, token, &mails, now + lease))
            });
            match renewed.await {
                Ok(Ok(ours)) => {
                    let lost: Vec<MailId> =
                        ids.into_iter().filter(|id| !ours.contains(id)).collect();
                    let mut buffer = self.buffer();
                    buffer.renewed(&ours, now + lease);
                    buffer.lost(&lost);
                }
                Ok(Err(error)) => tracing::error!(%error, "cannot renew leases"),
                Err(error) => tracing::error!(%error, "cannot renew leases"),
            }
        }
    }
}

impl Run {
    /// Has mails that were given up tried again later: they were refused as all mails were.
    pub(super) async fn retry_later(&self, ids: Vec<MailId>) {
        if ids.is_empty() {
            return;
        }
        let inner = Arc::clone(&self.inner);
        let at = inner.clock.now() + inner.settings.retry_first_seconds.delta();
        let revived = spawn_blocking(move || {
            inner
                .store
                .write_committed(|conn| outbox::retry_given_up(conn, &ids, at))
        });
        match revived.await {
            Ok(Ok(mails)) => {
                let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
                report.dead = report.dead.saturating_sub(mails);
                report.retry += mails;
            }
            Ok(Err(error)) => tracing::error!(%error, "mails stay given up"),
            Err(error) => tracing::error!(%error, "mails stay given up"),
        }
    }
}

impl Inner {
    fn claim(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        except: &[String],
    ) -> Result<Vec<Claimed>, StoreError> {
        let boot = self.boot.name();
        let limit = usize::from(self.settings.batch);
        for _ in 0..CLAIM_TRIES {
            // A read first: SQLite has one writer, which a claim of nothing would occupy.
            if self
                .store
                .read(outbox::next_due)?
                .is_none_or(|due| due > now)
            {
                break;
            }
            let claim = Claim {
                now,
                until,
                token: rand::random(),
                boot: &boot,
                limit,
                except,
            };
            match self
                .store
                .write_committed(|conn| outbox::claim(conn, claim))
            {
                Ok(claimed) if claimed.is_empty() => {}
                Err(error) if error.is_collision() => {}
                claimed => return claimed,
            }
        }
        Ok(Vec::new())
    }

    /// Releases the leases of processes that have ended.
    pub(super) async fn release_ended(self: &Arc<Self>) -> Result<(), DeliveryError> {
        let inner = Arc::clone(self);
        let freed = spawn_blocking(move || -> Result<usize, StoreError> {
            let holders = inner.store.read(outbox::boots_with_leases)?;
            let one_machine = inner.store.is_sqlite();
            let ended: Vec<String> = holders
                .into_iter()
                .filter(|name| inner.boot.has_ended(name, one_machine))
                .collect();
            let now = inner.clock.now();
            let release = |name: &String| {
                inner
                    .store
                    .write_committed(|conn| outbox::release_boot(conn, name, now))
            };
            ended.iter().map(release).sum()
        });
        match freed.await?? {
            0 => {}
            mails => tracing::info!(mails, "taken over from a process that is gone"),
        }
        Ok(())
    }

    pub(super) async fn release(self: &Arc<Self>, leases: HashMap<i64, Vec<MailId>>) {
        let inner = Arc::clone(self);
        let released = spawn_blocking(move || {
            let now = inner.clock.now();
            inner.store.write_committed(|conn| {
                leases.iter().try_for_each(|(token, ids)| {
                    outbox::release(conn, *token, ids, now).map(|_| ())
                })
            })
        });
        // Mails that could not be released are free again when their lease ends.
        match released.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "leases could not be given back"),
            Err(error) => tracing::warn!(%error, "leases could not be given back"),
        }
    }
}
