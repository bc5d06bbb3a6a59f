//! How long a client may take over a reply (RELIABILITY.md F29): who asks for much and takes little would otherwise keep both the
//! connection and the reply in memory. Two dead-lines of the same length: the system cuts off a client that takes nothing
//! at all; one that takes a little now and then is cut off when the whole reply has taken too long.

use std::any::Any;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Bytes;

/// A longer body is handed to the connection in pieces of this length, so that it notices when the client lags behind.
const PIECE: usize = 32_768;

/// Has the system close a connection whose client acknowledges nothing, or leaves no room for more, for this long.
/// Only Linux knows how; elsewhere a proxy has to do it.
pub fn cut_off_when_stuck(io: &dyn Any, limit: Duration) {
    #[cfg(target_os = "linux")]
    if let Some(stream) = io.downcast_ref::<tokio::net::TcpStream>()
        && let Err(cause) = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(limit))
    {
        tracing::warn!(%cause, "a connection has no dead-line for writes");
    }
    #[cfg(not(target_os = "linux"))]
    let _unused = (io, limit);
}

/// Gives a long reply its dead-line.
///
/// # Errors
/// Those of the handlers.
pub async fn paced(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    limit: Duration,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let response = next.call(req).await?;
    Ok(response.map_body(|_, body| match body.size() {
        BodySize::None => BoxBody::new(()),
        BodySize::Sized(length) if length <= PIECE as u64 => body.boxed(),
        _ => BoxBody::new(Paced { rest: Bytes::new(), body: body.boxed(), began: Instant::now(), limit }),
    }))
}

/// A body in pieces that ends with an error, and with it the connection, when its time is over.
struct Paced {
    body: BoxBody,
    /// Of the body's last part, what has not been handed over yet.
    rest: Bytes,
    began: Instant,
    limit: Duration,
}

impl MessageBody for Paced {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.began.elapsed() > self.limit {
            return Poll::Ready(Some(Err("the client was too slow to take its reply".into())));
        }
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(part)) => self.rest = part,
                end => return Poll::Ready(end),
            }
        }
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn pieces(limit: Duration) -> Result<Vec<usize>, String> {
        let body = BoxBody::new(Bytes::from(vec![7; 70_000]));
        let mut paced = Paced { body, rest: Bytes::new(), began: Instant::now(), limit };
        assert_eq!(paced.size(), BodySize::Sized(70_000));
        let mut lengths = Vec::new();
        loop {
            match Pin::new(&mut paced).poll_next(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(Some(Ok(piece))) => lengths.push(piece.len()),
                Poll::Ready(Some(Err(error))) => return Err(error.to_string()),
                Poll::Ready(None) => return Ok(lengths),
                Poll::Pending => return Err("pending".to_owned()),
            }
        }
    }

    #[test]
    fn a_long_body_comes_in_pieces_until_its_time_is_over() {
        assert_eq!(pieces(Duration::from_secs(3_600)), Ok(vec![PIECE, PIECE, 70_000 - 2 * PIECE]));
        assert!(pieces(Duration::ZERO).is_err_and(|error| error.contains("too slow")));
    }
}
