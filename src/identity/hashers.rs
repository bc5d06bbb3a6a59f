//! The threads that hash passwords: one a processor, each with memory that it uses again, all of
//! low priority. However many sign in, hashing takes the memory of one hash a processor, and
//! whatever serves requests goes first.

use std::cell::RefCell;
use std::sync::LazyLock;
use std::sync::mpsc;
use std::time::Duration;

use argon2::{Argon2, Block};
use tokio::runtime::{Builder, Runtime};

use super::Fault;

/// How long a thread without work keeps its memory.
const KEPT: Duration = Duration::from_secs(60);

static THREADS: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    // only its pool of blocking threads is used, which needs nobody to drive it
    Builder::new_current_thread()
        .thread_name("hasher")
        .max_blocking_threads(at_once)
        .thread_keep_alive(KEPT)
        .on_thread_start(step_back)
        .build()
});

thread_local! {
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// `length` bytes made from password and salt on one of the threads; waits for it, so never call
/// this from asynchronous code.
///
/// # Errors
/// [`Fault`] if the library refuses its parameters, or there is no thread or no memory.
pub(super) fn hash(
    with: Argon2<'static>,
    password: String,
    salt: Vec<u8>,
    length: usize,
) -> Result<Vec<u8>, Fault> {
    let threads = THREADS.as_ref().map_err(Fault::of)?;
    let (done, made) = mpsc::sync_channel(1);
    threads.spawn_blocking(move || {
        let made = MEMORY.with_borrow_mut(|memory| {
            memory.resize(with.params().block_count().max(memory.len()), Block::new());
            let mut out = vec![0; length];
            with.hash_password_into_with_memory(password.as_bytes(), &salt, &mut out, memory)
                .map(|()| out)
        });
        // whoever asked may have gone
        let _gone = done.send(made);
    });
    made.recv().map_err(Fault::of)?.map_err(Fault::of)
}

/// With niceness 10 a reader's slowest replies take twice as long in a flood as with 19 (`cargo
/// bench --bench sign_in`).
fn step_back() {
    // about one thread on Linux; elsewhere it would be the whole process
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::warn!(%error, "passwords are hashed with normal priority");
    }
}
