//! The thread that keeps the history.

use super::change::Change;
use super::file::HistoryFile;
use super::rings::Rings;
use crate::embedded::locked;
use crate::log::Log;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the thread is told.
pub(super) enum Message {
    /// A change, to be kept.
    Note(Change),
    /// Say when everything before is written.
    Tell(SyncSender<()>),
}

pub(super) struct Writer {
    /// Taken away when the writer has come to what somebody waited for.
    pub(super) behind: Arc<AtomicBool>,
    pub(super) rings: Arc<Mutex<Rings>>,
    pub(super) file: Option<HistoryFile>,
    pub(super) log: Arc<Log>,
}

impl Writer {
    /// Keeps what comes until nobody can send any more.
    pub(super) fn spawn(mut self, messages: Receiver<Message>) -> io::Result<()> {
        let mut fails = false;
        let keeping = thread::Builder::new().name("history".to_owned());
        keeping.spawn(move || {
            for message in messages {
                match message {
                    Message::Note(change) => self.note(change, &mut fails),
                    Message::Tell(done) => {
                        self.behind.store(false, Ordering::Relaxed);
                        let _nobody_waits = done.send(());
                    }
                }
            }
        })?;
        Ok(())
    }

    /// An error is told once, until the file can be written again.
    fn note(&mut self, change: Change, fails: &mut bool) {
        locked(&self.rings).add(change.clone());
        let Some(file) = &mut self.file else {
            return;
        };
        let written = file.add(&change, &self.rings);
        if let (Err(error), false) = (&written, *fails) {
            self.log.error(&format!("changes are missing in the history, whose file cannot be written: {error}; look at the disk"));
        }
        *fails = written.is_err();
    }
}
