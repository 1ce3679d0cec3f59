//! Signals: what the service manager wants while the server runs.

use crate::reload::Reloading;
use std::io;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::spawn_blocking;

/// The signals that are not left to the system from now on.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Listens.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Reloads on each SIGHUP, and ends on SIGTERM or SIGINT.
    pub(crate) async fn until_stop(mut self, reloading: Arc<Reloading>) {
        let stopped_by = loop {
            tokio::select! {
                _ = self.terminate.recv() => break "SIGTERM",
                _ = self.interrupt.recv() => break "SIGINT",
                // On a thread of its own: requests go on meanwhile.
                _ = self.hangup.recv() => {
                    let reloading = Arc::clone(&reloading);
                    let _ended_in_a_panic = spawn_blocking(move || reloading.reload()).await;
                }
            }
        };
        reloading
            .log
            .info(&format!("{stopped_by}: finishing the requests under way"));
    }
}
