//! Threads that read the database for requests: as many as there are connections for reading, so
//! that a burst of requests waits in one queue and not on as many threads.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

use super::error::Problem;

type Task = Box<dyn FnOnce() + Send>;

/// The threads; they end when this is dropped.
pub(super) struct Readers {
    queue: Sender<Task>,
}

impl Readers {
    /// Starts `count` threads, at least one.
    pub(super) fn new(count: u32) -> Self {
        let (queue, tasks) = channel();
        let tasks = Arc::new(Mutex::new(tasks));
        for _ in 0..count.max(1) {
            let tasks = tasks.clone();
            let started = thread::Builder::new()
                .name("reader".to_owned())
                .spawn(move || serve(&tasks));
            if let Err(cause) = started {
                tracing::error!(%cause, "a thread that reads could not be started");
            }
        }
        Self { queue }
    }

    /// Runs `work` on one of the threads.
    ///
    /// # Errors
    /// If `work` panics.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (reply, done) = oneshot::channel();
        let task = move || {
            // nobody waits for it where the caller has gone
            let _gone = reply.send(work());
        };
        self.queue.send(Box::new(task)).map_err(Problem::internal)?;
        done.await.map_err(Problem::internal)
    }
}

fn serve(tasks: &Mutex<Receiver<Task>>) {
    loop {
        let next = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(task) = next else {
            return;
        };
        // the panic hook has logged it, and the caller learns of it by the reply that is missing
        let _panicked = std::panic::catch_unwind(AssertUnwindSafe(task));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_neither_the_thread_nor_the_next_task() {
        let readers = Readers::new(1);
        let run = async {
            let panics = readers.run(|| std::panic::resume_unwind(Box::new(())));
            let ended: Result<(), _> = panics.await;
            assert!(ended.is_err());
            readers.run(|| 7).await.map_err(|_| ())
        };
        assert_eq!(actix_web::rt::System::new().block_on(run), Ok(7));
    }
}
