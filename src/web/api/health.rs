//! Whether the service is alive and ready; for supervisors and load balancers, open to everybody
//! and saying little.

use actix_web::{HttpResponse, get, web};
use serde::Serialize;

use super::{Instant, Problem, Reply};
use crate::service::schedule;
use crate::web::state::State;

/// How the service is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `ok`, `late` (a scheduled run is overdue), `log_large` (the write-ahead log of the database
    /// is too long: somebody reads from it for hours), `backup_old` (the last backup is older than
    /// two rounds of its job) or `not_ready` (no database, or its schema is not this version's).
    pub status: &'static str,
    /// How late the oldest scheduled run is, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_seconds: Option<i64>,
    /// When it was found that the clock had run ahead, for a week after: what was recorded
    /// meanwhile was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_jumped_at: Option<Instant>,
    /// How many rows no job can judge; `GET /api/v1/jobs` names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_aside: Option<i64>,
    /// How long the write-ahead log of the database is, in bytes (SQLite only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_bytes: Option<u64>,
    /// When the last backup was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_at: Option<Instant>,
}

/// Is the service alive, and is the scheduler on time?
///
/// 503 when a run is later than `worker.late_after_seconds`, or when the write-ahead log of the
/// database is longer than `database.log_limit_bytes`, or when the last backup is old.
#[utoipa::path(security(()), responses((status = 200, body = Health), (status = 503, body = Health)))]
#[get("/healthz")]
async fn healthz(state: web::Data<State>) -> Reply {
    let state = state.into_inner();
    let now = state.clock.now();
    let settings = state.app.settings.clone();
    let log_bytes = state.app.store.log_bytes();
    let health = web::block(move || schedule::health(&state.app, now))
        .await
        .map_err(Problem::internal)??;
    let log_large = log_bytes
        .and_then(|log| usize::try_from(log).ok())
        .is_some_and(|log| log > settings.database.log_limit_bytes);
    let (mut reply, status) = if health.late > settings.worker.late_after_seconds.delta() {
        (HttpResponse::ServiceUnavailable(), "late")
    } else if log_large {
        (HttpResponse::ServiceUnavailable(), "log_large")
    } else if health.backups.is_old {
        (HttpResponse::ServiceUnavailable(), "backup_old")
    } else {
        (HttpResponse::Ok(), "ok")
    };
    Ok(reply.json(Health {
        status,
        late_seconds: Some(health.late.num_seconds()),
        clock_jumped_at: health.clock_jumped_at.map(Instant),
        set_aside: Some(health.set_aside).filter(|rows| *rows > 0),
        log_bytes,
        backup_at: health.backups.last.map(|last| Instant(last.taken_at)),
    }))
}

/// Can the service take requests: is the database there, with the schema of this version?
#[utoipa::path(security(()), responses((status = 200, body = Health), (status = 503, body = Health)))]
#[get("/readyz")]
async fn readyz(state: web::Data<State>) -> Reply {
    let state = state.into_inner();
    let checked = web::block(move || state.app.store.check_ready())
        .await
        .map_err(Problem::internal)?;
    let (mut reply, status) = match checked {
        Ok(()) => (HttpResponse::Ok(), "ok"),
        Err(cause) => {
            tracing::warn!(%cause, "not ready");
            (HttpResponse::ServiceUnavailable(), "not_ready")
        }
    };
    Ok(reply.json(Health {
        status,
        late_seconds: None,
        clock_jumped_at: None,
        set_aside: None,
        log_bytes: None,
        backup_at: None,
    }))
}

resource!["health": healthz, readyz];
