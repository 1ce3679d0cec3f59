//! Sessions: who has logged in with a browser. They are in memory alone, and short.

use crate::embedded::locked;
use dyn53_core::{Login, SecretHash};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Sessions that are open at the same time; the one that ends first goes where there is no room.
const MOST: usize = 1_000;

/// One browser that has logged in.
pub(super) struct Session {
    /// What it logged in with. It is looked up again at each request, so that a secret that is replaced
    /// ends the session.
    pub(super) login: Login,
    /// Stands in the forms of this session alone, so that no other page can send them.
    pub(super) form: String,
    until: Instant,
}

/// All sessions, by the hash of their cookie.
pub(super) struct Sessions {
    open: Mutex<HashMap<SecretHash, Arc<Session>>>,
    time: Duration,
}

impl Sessions {
    /// No session; each will last so long.
    pub(super) fn new(time: Duration) -> Self {
        let open = Mutex::default();
        Self { open, time }
    }

    /// Begins a session, and returns the value of its cookie; `None` if the system has no random numbers.
    pub(super) fn begin(&self, login: Login) -> Option<String> {
        let (token, form) = (random()?, random()?);
        let until = Instant::now() + self.time;
        let mut open = locked(&self.open);
        if open.len() >= MOST {
            let first = open.iter().min_by_key(|(_, session)| session.until);
            if let Some(first) = first.map(|(key, _)| *key) {
                open.remove(&first);
            }
        }
        let session = Session { login, form, until };
        open.insert(SecretHash::of(&token), Arc::new(session));
        Some(token)
    }

    /// The session of a cookie, if its time is not over.
    pub(super) fn find(&self, token: &str) -> Option<Arc<Session>> {
        let mut open = locked(&self.open);
        open.retain(|_, session| session.until > Instant::now());
        open.get(&SecretHash::of(token)).cloned()
    }

    /// Ends a session.
    pub(super) fn end(&self, token: &str) {
        locked(&self.open).remove(&SecretHash::of(token));
    }
}

fn random() -> Option<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    let mut text = String::with_capacity(64);
    for byte in bytes {
        // A text takes everything.
        let _never_fails = write!(text, "{byte:02x}");
    }
    Some(text)
}
