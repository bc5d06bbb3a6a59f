//! Office hours of a stretch of years as one sorted array, with running sums of working time: the
//! arithmetic of deadlines.
//!
//! Everything here counts nanoseconds since the epoch (UTC), so that instants keep their full
//! precision. An answer costs two look-ups: instant -> span by an index over time, working time ->
//! span by an index over working time. Nothing here knows dates, zones or names; a question about
//! other years is answered with [`Miss::Outside`].

/// A nanosecond count: an instant since the epoch, or a length.
pub(super) type Nanos = i64;

/// Two years (one of them may be a leap year): an office that does not open for longer than this
/// counts as closed for good.
const TWO_YEARS: Nanos = 731 * 86_400 * 1_000_000_000;

/// Half-open office hours `[open, close)`, and the working time of all spans before.
#[derive(Debug, Clone, Copy)]
struct Span {
    open: Nanos,
    close: Nanos,
    done: Nanos,
}

impl Span {
    /// Working time up to and including this span.
    fn done_after(self) -> Nanos {
        self.done + (self.close - self.open)
    }
}

/// For equal steps along an axis, the first span that ends after the step begins.
#[derive(Debug)]
struct Index {
    origin: Nanos,
    shift: u32,
    first: Vec<u32>,
}

impl Index {
    /// Steps about as long as the spans lie apart, a power of two to divide by shifting.
    fn build(spans: &[Span], origin: Nanos, end: Nanos, ends: impl Fn(Span) -> Nanos) -> Self {
        let count = i64::try_from(spans.len().max(1)).unwrap_or(i64::MAX);
        let shift = ((end - origin) / count).max(1).ilog2();
        let mut first = Vec::new();
        let mut span = 0_u32;
        let mut rest = spans.iter().copied().peekable();
        let mut step = origin;
        while step <= end {
            while rest.next_if(|s| ends(*s) <= step).is_some() {
                span += 1;
            }
            first.push(span);
            step += 1 << shift;
        }
        Self {
            origin,
            shift,
            first,
        }
    }

    /// A span at or shortly before the one that holds `at`; `None` before the origin or past the
    /// end.
    #[inline]
    fn near(&self, at: Nanos) -> Option<usize> {
        let step = usize::try_from(at.checked_sub(self.origin)? >> self.shift).ok()?;
        self.first.get(step).map(|span| *span as usize)
    }
}

/// The office hours of `[start, end)`.
#[derive(Debug)]
pub(super) struct Timeline {
    start: Nanos,
    end: Nanos,
    spans: Vec<Span>,
    by_time: Index,
    by_work: Index,
    /// Numbers of spans before which the office stays closed for more than two years; nearly always
    /// empty.
    gaps: Vec<usize>,
}

/// Why a timeline has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Miss {
    /// The question leaves the stretch of years; a longer one may answer.
    Outside,
    /// The office stays closed for more than two years.
    Closed,
}

impl Timeline {
    /// Builds it from `[open, close)` pairs in order of time; empty ones are left out.
    pub(super) fn build(
        start: Nanos,
        end: Nanos,
        hours: impl Iterator<Item = (Nanos, Nanos)>,
    ) -> Self {
        let mut spans: Vec<Span> = Vec::new();
        let mut gaps = Vec::new();
        let mut done = 0;
        let mut last_close = start;
        for (open, close) in hours {
            // where clocks are set forward or back, hours may become empty or meet; they must not
            // overlap
            let open = open.max(last_close);
            if close <= open {
                continue;
            }
            if !spans.is_empty() && open - last_close > TWO_YEARS {
                gaps.push(spans.len());
            }
            spans.push(Span { open, close, done });
            done += close - open;
            last_close = close;
        }
        let by_time = Index::build(&spans, start, end, |span| span.close);
        let by_work = Index::build(&spans, 0, done, Span::done_after);
        Self {
            start,
            end,
            spans,
            by_time,
            by_work,
            gaps,
        }
    }

    /// The first span that ends after `at`: the one that holds it or the next one. Its number and
    /// itself.
    #[inline]
    fn span_at(&self, at: Nanos) -> Result<(usize, Span), Miss> {
        if at < self.start {
            return Err(Miss::Outside);
        }
        let mut number = self.by_time.near(at).ok_or(Miss::Outside)?;
        loop {
            let span = *self.spans.get(number).ok_or(Miss::Outside)?;
            if span.close > at {
                return Ok((number, span));
            }
            number += 1;
        }
    }

    /// The span in which the working time after `work` is done: the first with `done_after > work`.
    #[inline]
    fn span_of_work(&self, work: Nanos) -> Result<(usize, Span), Miss> {
        let mut number = self.by_work.near(work).ok_or(Miss::Outside)?;
        loop {
            let span = *self.spans.get(number).ok_or(Miss::Outside)?;
            if span.done_after() > work {
                return Ok((number, span));
            }
            number += 1;
        }
    }

    /// Checks that there is no gap before any of the spans `first + 1 ..= last`.
    #[inline]
    fn passable(&self, first: usize, last: usize) -> Result<(), Miss> {
        if self.gaps.iter().any(|gap| first < *gap && *gap <= last) {
            Err(Miss::Closed)
        } else {
            Ok(())
        }
    }

    /// `at` if it is working time, else the next opening.
    #[inline]
    pub(super) fn next_opening(&self, at: Nanos) -> Result<Nanos, Miss> {
        let (_, span) = self.span_at(at)?;
        if span.open.saturating_sub(at) > TWO_YEARS {
            Err(Miss::Closed)
        } else {
            Ok(span.open.max(at))
        }
    }

    /// `at` if it is working time, else the close of the last span before it.
    pub(super) fn previous_closing(&self, at: Nanos) -> Result<Nanos, Miss> {
        let next = match self.span_at(at) {
            Ok((_, span)) if span.open <= at => return Ok(at),
            Ok((number, _)) => number,
            Err(_) if at >= self.start && at < self.end => self.spans.len(),
            Err(miss) => return Err(miss),
        };
        let close = next
            .checked_sub(1)
            .and_then(|last| self.spans.get(last))
            .ok_or(Miss::Outside)?
            .close;
        if at - close > TWO_YEARS {
            Err(Miss::Closed)
        } else {
            Ok(close)
        }
    }

    /// Where `work` is used up, counted from `at`: the earliest such instant, so a close stays a
    /// close. Of nothing: `next_opening`.
    #[inline]
    pub(super) fn add(&self, at: Nanos, work: Nanos) -> Result<Nanos, Miss> {
        let (first, span) = self.span_at(at)?;
        let begin = span.open.max(at);
        if begin.saturating_sub(at) > TWO_YEARS {
            return Err(Miss::Closed);
        }
        if work <= span.close - begin {
            return Ok(begin + work);
        }
        let target = (span.done + (begin - span.open))
            .checked_add(work)
            .ok_or(Miss::Outside)?;
        let (last, span) = self.span_of_work(target - 1)?;
        self.passable(first, last)?;
        Ok(span.open + (target - span.done))
    }

    /// From where `work` is used up at `at`: the latest such instant, so an opening stays an
    /// opening.
    pub(super) fn subtract(&self, at: Nanos, work: Nanos) -> Result<Nanos, Miss> {
        if work == 0 {
            return self.next_opening(at);
        }
        let last_close = self.previous_closing(at)?;
        let total = self.measure(at)?;
        let target = total
            .checked_sub(work)
            .filter(|target| *target >= 0)
            .ok_or(Miss::Outside)?;
        let (first, span) = self.span_of_work(target)?;
        let (last, _) = self.span_of_work(total - 1)?;
        self.passable(first, last)?;
        debug_assert!(span.open <= last_close);
        Ok(span.open + (target - span.done))
    }

    /// Working time from the start of the stretch to `at`.
    pub(super) fn measure(&self, at: Nanos) -> Result<Nanos, Miss> {
        match self.span_at(at) {
            Ok((_, span)) => Ok(span.done + (at - span.open).max(0)),
            Err(_) if at >= self.start && at <= self.end => {
                Ok(self.spans.last().map_or(0, |span| span.done_after()))
            }
            Err(miss) => Err(miss),
        }
    }

    /// The stretch, `[start, end)`.
    pub(super) fn range(&self) -> (Nanos, Nanos) {
        (self.start, self.end)
    }
}
