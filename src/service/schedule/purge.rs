//! Taking out what is kept no longer than the settings say.

use chrono::{DateTime, Months, TimeDelta, Utc};

use crate::domain::access::Actor;
use crate::domain::schedule::JobResult;
use crate::domain::text::local_time;
use crate::service::schedule::clock_jump::{self, Jump};
use crate::service::{App, Error};
use crate::store::types::micros;
use crate::store::{self, Conn, StoreError, purge, sessions};

/// Forgets kept replies, records of job runs, expired sessions, finished mails and lines of the
/// trail beyond their time, in transactions of bounded size. After an error what was forgotten until then
/// stays forgotten. Nothing is forgotten for some days after the clock jumped ahead.
pub fn run(app: &App, now: DateTime<Utc>) -> Result<JobResult, Error> {
    match clock_jump::watch(app, now)? {
        Some(jump) => Ok(held_back(jump)),
        None => forget(app, now),
    }
}

fn held_back(jump: Jump) -> JobResult {
    let sentence = format!(
        "Chưa xóa gì: đồng hồ đã nhảy từ {} đến {}, hoặc máy chủ đã dừng lâu. Nếu giờ đúng, việc xóa bắt đầu lại từ {}.",
        local_time(jump.from),
        local_time(jump.to),
        local_time(jump.doubted_until())
    );
    JobResult::new(sentence).count("held_back", 1)
}

fn forget(app: &App, now: DateTime<Utc>) -> Result<JobResult, Error> {
    let settings = &app.settings;
    let replies_before = now - settings.http.idempotency_keep_seconds.delta();
    let runs_before = now - settings.worker.keep_runs_days.delta();
    let mails_before = now - settings.mail.keep_days.delta();
    let replies = in_chunks(app, now, "idempotency", replies_before, purge::replies)?;
    let runs = in_chunks(app, now, "job_run", runs_before, purge::job_runs)?;
    let mails = in_chunks(app, now, "message", mails_before, purge::mails)?;
    // the trail knows of sign-ins for longer
    in_chunks(
        app,
        now,
        "session",
        now - TimeDelta::days(1),
        |conn, before, chunk| sessions::purge(conn, micros(before), chunk),
    )?;
    let trail_before =
        now.checked_sub_months(Months::new(settings.audit.keep_years.saturating_mul(12)));
    let trail = match trail_before {
        Some(before) => in_chunks(app, now, "audit", before, |conn, before, chunk| {
            store::audit::purge(conn, micros(before), chunk)
        })?,
        None => 0,
    };
    if replies + runs + mails + trail == 0 {
        return Ok(JobResult::quiet("Không có gì quá hạn lưu."));
    }
    let sentence = format!(
        "Đã xóa {replies} câu trả lời, {runs} lượt chạy, {mails} thư và {trail} dòng nhật ký quá hạn lưu."
    );
    let done = JobResult::new(sentence)
        .count("replies", replies)
        .count("job_runs", runs);
    Ok(done.count("mails", mails).count("trail", trail))
}

fn in_chunks(
    app: &App,
    now: DateTime<Utc>,
    what: &str,
    before: DateTime<Utc>,
    forget: fn(&mut Conn, DateTime<Utc>, i64) -> Result<usize, StoreError>,
) -> Result<usize, Error> {
    let chunk = i64::from(app.settings.worker.chunk);
    let mut total = 0;
    loop {
        let gone = app.write(&Actor::system(), now, |tx| {
            let gone = forget(tx.conn, before, chunk)?;
            if gone > 0 {
                let said = serde_json::json!({ "before": before, "rows": gone });
                tx.audit("purge", what, "").old(&said).record()?;
            }
            Ok(gone)
        })?;
        total += gone;
        if gone == 0 {
            return Ok(total);
        }
    }
}
