//! A socket with its dead-lines: those of the framework hold for the first request of a connection
//! only.

use std::future::Future as _;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use super::backlog::Backlog;
use super::refusal::Refusals;
use super::{Connections, Limits, Line};
use crate::web::error::{Kind, Problem};

/// A connection that was admitted.
#[derive(Debug)]
pub struct Stream {
    io: TcpStream,
    line: Line,
    refusals: Arc<Refusals>,
    /// The dead-line of the head that is awaited.
    late: Pin<Box<Sleep>>,
    /// For which head it is set: how many replies came before, and whether a byte of the head came.
    set_for: (u32, bool),
    /// After how many replies a byte was read last.
    heard_after: Option<u32>,
    /// A reply of ours that is not sent yet.
    unsent: Vec<u8>,
    /// How far the client is behind in taking its replies.
    backlog: Backlog,
    /// When it is too far behind; `None` as long as no write had to wait.
    too_far: Option<Pin<Box<Sleep>>>,
}

impl Stream {
    /// Admits a connection.
    ///
    /// # Errors
    /// If every other connection is busy with a request; the client is answered first.
    pub fn admit(
        io: TcpStream,
        all: &Arc<Connections>,
        refusals: &Arc<Refusals>,
    ) -> io::Result<(Self, Option<SocketAddr>)> {
        let peer = io.peer_addr().ok();
        let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        let Some(connection) = all.admit(address.to_canonical()) else {
            // best effort: the connection is closed either way
            let _sent = io.try_write(&refusals.of(&Problem::new(Kind::Crowded)));
            return Err(io::Error::other("all connections are at work"));
        };
        let line = Line {
            all: all.clone(),
            connection,
        };
        let stream = Self {
            io,
            line,
            refusals: refusals.clone(),
            late: Box::pin(tokio::time::sleep(all.limits.head)),
            set_for: (0, true),
            heard_after: None,
            unsent: Vec::new(),
            backlog: Backlog::new(all.limits.write),
            too_far: None,
        };
        Ok((stream, peer))
    }

    /// What its requests see of it.
    #[must_use]
    pub fn line(&self) -> Line {
        self.line.clone()
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> &TcpStream {
        &self.io
    }

    /// Whether the head that is awaited is late. The first one is awaited from the beginning, each
    /// later one from its first byte, and in any case from the time that idle connections are kept.
    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        if self.line.connection.busy.load(Ordering::Acquire) {
            return false;
        }
        let replies = self.line.connection.replies.load(Ordering::Acquire);
        let heard = replies == 0 || self.heard_after == Some(replies);
        if self.set_for != (replies, heard) {
            self.set_for = (replies, heard);
            let Limits { head, idle, .. } = self.line.all.limits;
            let wait = if heard { head } else { idle + head };
            self.late.as_mut().reset(Instant::now() + wait);
        }
        self.late.as_mut().poll(cx).is_ready()
    }

    /// Sends what is left of a reply of ours.
    fn send_own(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            let sent = Pin::new(&mut self.io).poll_write(cx, &self.unsent);
            let sent = ready!(self.in_time(cx, sent))?;
            self.unsent.drain(..sent);
        }
        Poll::Ready(Ok(()))
    }

    /// The result of a write, or an error if the client is too far behind.
    fn in_time(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) if !self.backlog.is_empty() => {
                self.backlog.wrote(bytes, Instant::now());
                written
            }
            Poll::Ready(_) => written,
            Poll::Pending => {
                let end = self.backlog.waits(Instant::now());
                let too_far = self
                    .too_far
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
                if too_far.deadline() != end {
                    too_far.as_mut().reset(end);
                }
                ready!(too_far.as_mut().poll(cx));
                // the system would go on sending what it still keeps
                let _kept = socket2::SockRef::from(&self.io).set_linger(Some(Duration::ZERO));
                tracing::info!("a client was too slow to take its reply");
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.line.all.leave(&self.line.connection);
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let connection = &this.line.connection;
        connection.waker.register(cx.waker());
        if connection.evicted.load(Ordering::Acquire) {
            // as if the client had closed it
            return Poll::Ready(Ok(()));
        }
        let before = into.filled().len();
        let read = Pin::new(&mut this.io).poll_read(cx, into);
        let connection = &this.line.connection;
        if into.filled().len() > before && !connection.busy.load(Ordering::Acquire) {
            this.heard_after = Some(connection.replies.load(Ordering::Acquire));
        }
        if read.is_ready() || !this.is_late(cx) {
            return read;
        }
        if this.heard_after == Some(this.set_for.0) {
            // best effort: who is that slow may not read it either
            let reply = this.refusals.of(&Problem::new(Kind::TooSlow));
            let _sent = this.io.try_write(&reply);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.send_own(cx))?;
        let Some(own) = this.refusals.instead_of(bytes) else {
            let written = Pin::new(&mut this.io).poll_write(cx, bytes);
            return this.in_time(cx, written);
        };
        this.unsent = own;
        if let Poll::Ready(sent) = this.send_own(cx) {
            sent?;
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.send_own(cx))?;
        Pin::new(&mut this.io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.send_own(cx))?;
        Pin::new(&mut this.io).poll_shutdown(cx)
    }
}
