//! Replies in pieces, and the end of connections whose client goes on sending (F28, F29).
//!
//! A slow client would keep its connection and its reply in memory. The system keeps little of a
//! reply for a client that does not take it; the rest waits here, and its writes have a timeout
//! ([`connections::backlog`](super::connections::backlog)). The system closes a connection whose
//! client acknowledges nothing.
//!
//! The framework reads on to the end of a chunked body that nobody wants any more, and such a body
//! may have no end. It closes the connection instead where the body is still held while the reply
//! goes out.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

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

/// A longer body is handed to the connection in pieces of this length, so that little of it is kept
/// twice, and the connection is at work until most of it is taken.
const PIECE: usize = 32_768;

/// How many bytes the system keeps of what a client has not taken yet. Linux counts twice as many,
/// for what it keeps beside them. Without a limit it keeps several megabytes.
const KEPT_BY_SYSTEM: usize = 131_072;

/// Limits how much of a reply the system keeps for a client that does not take it.
pub fn keep_little(socket: &TcpStream) {
    if let Err(cause) = socket2::SockRef::from(socket).set_send_buffer_size(KEPT_BY_SYSTEM) {
        tracing::warn!(%cause, "a connection has no limit for what the system keeps of replies");
    }
}

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

/// Hands a reply over in pieces, and closes the connection of a request whose body was not read to
/// its end.
///
/// # Errors
/// Those of the handlers.
pub async fn paced(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
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
            rest: Bytes::new(),
            body: body.boxed(),
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

/// A body in pieces.
struct Paced {
    body: BoxBody,
    /// Of the body's last part, what has not been handed over yet.
    rest: Bytes,
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

    #[test]
    fn a_long_body_comes_in_pieces() {
        let mut paced = Paced {
            body: BoxBody::new(Bytes::from(vec![7; 70_000])),
            rest: Bytes::new(),
            _sent: None,
            _at_work: None,
        };
        assert_eq!(paced.size(), BodySize::Sized(70_000));
        let mut lengths = Vec::new();
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(piece)) = Pin::new(&mut paced).poll_next(&mut context) {
            lengths.push(piece.unwrap().len());
        }
        assert_eq!(lengths, [PIECE, PIECE, 70_000 - 2 * PIECE]);
    }
}
