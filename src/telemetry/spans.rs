//! What is traced: requests, job runs and mails. Without an exporter nobody is interested in these
//! spans, and they cost next to nothing. They hold ids and patterns of addresses: no names, mail
//! addresses, queries or bodies.

use std::fmt;

use tracing::Span;
use tracing::field::Empty;

/// The target of spans that are only exported: log lines do not repeat them.
pub(super) const TARGET: &str = "tinbai::trace";

/// The span of a request.
pub fn request(verb: &str, request_id: &str) -> Span {
    tracing::info_span!(
        target: TARGET,
        "request",
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = verb,
        http.route = Empty,
        http.response.status_code = Empty,
        request_id,
    )
}

/// Notes how a request was answered. `route` is the pattern of its address, such as `/don-vi/{id}`.
#[cfg_attr(
    not(feature = "opentelemetry"),
    expect(
        unused_variables,
        reason = "the verb is in the name of an exported span"
    )
)]
pub fn answered(span: &Span, verb: &str, route: &str, status: u16) {
    if span.is_disabled() {
        return;
    }
    #[cfg(feature = "opentelemetry")]
    super::export::rename(span, format!("{verb} {route}"));
    span.record("http.route", route);
    span.record("http.response.status_code", status);
    if status >= 500 {
        failed(span);
    }
}

/// The span of a job run.
pub fn run(job: &str, run_id: impl fmt::Display) -> Span {
    tracing::info_span!(
        target: TARGET,
        "run",
        otel.name = job,
        otel.status_code = Empty,
        job,
        request_id = %run_id,
    )
}

/// Notes that what a span stands for failed.
pub fn failed(span: &Span) {
    span.record("otel.status_code", "ERROR");
}

/// The span of one attempt to deliver a mail. `request_id` is the request or run that made it.
pub fn mail(id: impl fmt::Display, request_id: Option<&str>) -> Span {
    tracing::info_span!(target: TARGET, "mail", otel.kind = "client", mail = %id, request_id)
}
