//! Timeouts for replies, and the end of connections whose client goes on sending (F28, F29).
//!
//! A slow client would otherwise keep its connection and its reply in memory. There are two timeouts
//! of the same length: the system closes a connection whose client acknowledges nothing, and the
//! server closes one on which the whole reply takes too long.
//!
//! The framework reads on to the end of a chunked body that nobody wants any more, and such a body
//! may have no end. It closes the connection instead where the body is still held while the reply
//! goes out.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use futures_util::Stream;
use tokio::net::TcpStream;

use super::connections::{AtWork, Line};

/// A longer body is handed to the connection in pieces of this length, so that it notices when the
/// client lags behind.
const PIECE: usize = 32_768;

/// A client that takes a reply without a known length takes at least this many bytes a second.
const LEAST_A_SECOND: u64 = 16_384;

/// Makes the system close a connection whose client acknowledges nothing, or accepts no more data,
/// for this long. This is available on Linux only; elsewhere a proxy has to do it.
pub fn cut_off_when_stuck(socket: &TcpStream, limit: Duration) {
    #[cfg(target_os = "linux")]
    if let Err(cause) = socket2::SockRef::from(socket).set_tcp_user_timeout(Some(limit)) {
        tracing::warn!(%cause, "a connection has no timeout for writes");
    }
    #[cfg(not(target_os = "linux"))]
    let _unused = (socket, limit);
}

/// Gives a reply its timeout, and closes the connection of a request whose body was not read
/// to its end.
///
/// # Errors
/// Those of the handlers.
pub async fn paced(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    limit: Duration,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let sent = req
        .headers()
        .contains_key(header::TRANSFER_ENCODING)
        .then(|| Sent::of(&mut req));
    // until the whole reply is handed over
    let at_work = req.conn_data::<Line>().map(Line::at_work);
    let response = next.call(req).await?;
    Ok(response.map_body(|_, body| {
        BoxBody::new(Paced {
            taken: 0,
            rest: Bytes::new(),
            body: body.boxed(),
            began: Instant::now(),
            limit,
            _sent: sent,
            _at_work: at_work,
        })
    }))
}

/// The body of a request, shared between the handler that reads it and the reply that holds it.
struct Sent(Rc<RefCell<Payload>>);

impl Sent {
    /// Leaves a request one share of its body; the other.
    fn of(req: &mut ServiceRequest) -> Self {
        let body = Rc::new(RefCell::new(req.take_payload()));
        req.set_payload(Payload::Stream {
            payload: Box::pin(Self(body.clone())),
        });
        Self(body)
    }
}

impl Stream for Sent {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

/// A body in pieces that ends with an error, and with it the connection, when its time is over.
struct Paced {
    body: BoxBody,
    /// Bytes that were handed over.
    taken: u64,
    /// Of the body's last part, what has not been handed over yet.
    rest: Bytes,
    began: Instant,
    limit: Duration,
    /// Held as long as the reply is.
    _sent: Option<Sent>,
    _at_work: Option<AtWork>,
}

impl MessageBody for Paced {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let more = match self.body.size() {
            // a file may be long: its time grows with what was taken of it
            BodySize::Stream => Duration::from_secs(self.taken / LEAST_A_SECOND),
            BodySize::None | BodySize::Sized(_) => Duration::ZERO,
        };
        if self.began.elapsed() > self.limit + more {
            return Poll::Ready(Some(
                Err("the client was too slow to take its reply".into()),
            ));
        }
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(part)) => self.rest = part,
                end => return Poll::Ready(end),
            }
        }
        let length = self.rest.len().min(PIECE);
        self.taken += length as u64;
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn pieces(limit: Duration) -> Result<Vec<usize>, String> {
        let body = BoxBody::new(Bytes::from(vec![7; 70_000]));
        let mut paced = Paced {
            body,
            taken: 0,
            rest: Bytes::new(),
            began: Instant::now(),
            limit,
            _sent: None,
            _at_work: None,
        };
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
        assert_eq!(
            pieces(Duration::from_secs(3_600)),
            Ok(vec![PIECE, PIECE, 70_000 - 2 * PIECE])
        );
        assert!(pieces(Duration::ZERO).is_err_and(|error| error.contains("too slow")));
    }
}
