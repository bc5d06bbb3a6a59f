//! Spans for an OpenTelemetry collector, by OTLP over HTTP (protobuf). A collector that is away or
//! slow costs spans, never requests: they wait in a buffer that is emptied by a thread of its own.

use std::time::Duration;

use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::Span;
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};

/// The longest wait for the collector.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Said where spans can't be exported; the library itself says nothing.
const LOST: &str = "spans were not exported";

/// Sends what is left when it is dropped.
#[derive(Debug)]
pub(super) struct Export(SdkTracerProvider);

impl Export {
    /// Exports to the collector at this address, such as `http://127.0.0.1:4318`.
    ///
    /// # Errors
    /// An invalid address.
    pub(super) fn to(endpoint: &str) -> Result<Self, opentelemetry_otlp::ExporterBuildError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new())
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .with_timeout(TIMEOUT)
            .build()?;
        let service = Resource::builder()
            .with_service_name("tinbai")
            .with_attribute(opentelemetry::KeyValue::new(
                "service.version",
                env!("CARGO_PKG_VERSION"),
            ))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(service)
            .build();
        Ok(Self(provider))
    }

    /// What turns spans of the program into spans of OpenTelemetry. Events stay out: the log cleans
    /// what they quote from outside, an exporter would not.
    pub(super) fn layer<S>(&self) -> OpenTelemetryLayer<S, SdkTracer>
    where
        S: tracing::Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("tinbai"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        if let Err(cause) = self.0.shutdown_with_timeout(TIMEOUT) {
            tracing::warn!(%cause, "the last spans were not exported");
        }
    }
}

/// Names a span that has begun.
pub(super) fn rename(span: &Span, name: String) {
    span.context().span().update_name(name);
}

/// The HTTP client that the program has anyway. It blocks the thread of the exporter, which does
/// nothing else.
#[derive(Debug)]
struct Client(ureq::Agent);

impl Client {
    fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .build();
        Self(config.into())
    }
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let sent = self.0.run(Request::from_parts(head, body.to_vec()));
        let sent = sent.inspect_err(|cause| tracing::warn!(%cause, "{LOST}"));
        let (head, mut body) = sent?.into_parts();
        if !head.status.is_success() {
            tracing::warn!(status = head.status.as_u16(), "{LOST}");
        }
        let body = body.read_to_vec()?;
        Ok(Response::from_parts(head, body.into()))
    }
}
