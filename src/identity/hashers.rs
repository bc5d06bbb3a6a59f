//! The threads that hash passwords: one for each processor, each with memory that it reuses, all of
//! low priority. However many people sign in, hashing needs the memory of one hash for each
//! processor, and threads that serve requests run first.

use std::cell::RefCell;
use std::sync::LazyLock;
use std::sync::mpsc;
use std::time::Duration;

use argon2::{Argon2, Block};
use tokio::runtime::{Builder, Runtime};

use super::Fault;

/// How long an idle thread keeps its memory.
const KEPT: Duration = Duration::from_secs(60);

static THREADS: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    // only its pool of blocking threads is used, which runs without a driver
    Builder::new_current_thread()
        .thread_name("hasher")
        .max_blocking_threads(at_once)
        .thread_keep_alive(KEPT)
        .on_thread_start(lower_priority)
        .build()
});

thread_local! {
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Hashes password and salt to `length` bytes on one of the threads. It blocks until the hash is
/// there: never call it from asynchronous code.
///
/// # Errors
/// [`Fault`] if the library rejects the parameters, or if a thread or memory is missing.
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
        // the caller may have disconnected
        let _disconnected = done.send(made);
    });
    made.recv().map_err(Fault::of)?.map_err(Fault::of)
}

/// During many sign-ins, a reader's slowest replies take twice as long with niceness 10 as with 19
/// (`cargo bench --bench sign_in`).
fn lower_priority() {
    // on Linux the priority is that of one thread, elsewhere that of the whole process
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::warn!(%error, "passwords are hashed with normal priority");
    }
}
