//! The refresh: a thread of its own asks the source; requests take what is there.
//!
//! No lock is held while the source is asked. A request waits only while there are no valid keys and the
//! source is being asked, and never beyond its own deadline.

use super::schedule::{next_fetch, pause};
use aws_credential_types::Credentials;
use dyn53_route53::AccessKey;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// How long the source may take.
const FETCH: Duration = Duration::from_secs(10);

/// What the source answers.
pub(crate) type Answer = Pin<Box<dyn Future<Output = Result<Credentials, String>>>>;
type Ask = Box<dyn Fn() -> Answer + Send + Sync>;

/// Why there are no keys.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Unavailable {
    /// The source failed, and keys of before have ended or never were.
    #[error(
        "no AWS access key was found: {0}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
    )]
    Failed(String),
    /// The source has not answered yet, and the request has no more time.
    #[error("no AWS access key yet: their source has not answered in time; look at what it does")]
    Late,
}

/// Keys that are fetched again before they end, from the first request on.
pub(crate) struct Refresh(Arc<Shared>);

struct Shared {
    runtime: Own,
    ask: Ask,
    clock: fn() -> SystemTime,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    known: Option<Known>,
    /// Why the source failed the last time; `None`: it did not.
    failure: Option<String>,
    failures: u32,
    begun: bool,
    asking: bool,
    closed: bool,
}

struct Known {
    key: AccessKey,
    /// When to ask again.
    until: SystemTime,
    /// When the key ends.
    end: Option<SystemTime>,
}

impl Refresh {
    /// Nothing is asked before the first request.
    pub(crate) fn new(ask: Ask, clock: fn() -> SystemTime) -> io::Result<Self> {
        Ok(Self(Arc::new(Shared {
            runtime: Own::new()?,
            ask,
            clock,
            state: Mutex::default(),
            changed: Condvar::new(),
        })))
    }

    /// The keys that are valid at `now`. Waits for the source no longer than `deadline`, and only without any.
    pub(crate) fn current(
        &self,
        now: SystemTime,
        deadline: Instant,
    ) -> Result<AccessKey, Unavailable> {
        let shared = &self.0;
        let mut state = shared.lock();
        self.begin(&mut state)?;
        loop {
            if let Some(known) = state.known.as_ref().filter(|known| known.is_valid(now)) {
                if known.until <= now {
                    // The clock may have jumped, as after a sleep of the machine.
                    shared.changed.notify_all();
                }
                return Ok(known.key.clone());
            }
            if let Some(failure) = state.failure.as_ref().filter(|_| !state.asking) {
                return Err(Unavailable::Failed(failure.clone()));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Unavailable::Late);
            }
            shared.changed.notify_all();
            state = shared.wait(state, left);
        }
    }

    /// Runs a future where no runtime is.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> Option<F::Output> {
        self.0.runtime.block_on(future)
    }

    fn begin(&self, state: &mut State) -> Result<(), Unavailable> {
        if state.begun {
            return Ok(());
        }
        let shared = self.0.clone();
        let thread = thread::Builder::new().name("keys".into());
        let spawned = thread.spawn(move || shared.run());
        spawned.map_err(|error| Unavailable::Failed(error.to_string()))?;
        state.begun = true;
        state.asking = true;
        Ok(())
    }
}

impl Drop for Refresh {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_timeout(state, time);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Asks, keeps the answer, waits until it is time to ask again; ends with its owner.
    fn run(&self) {
        loop {
            let answer = self.fetch();
            let mut state = self.lock();
            state.keep(answer, (self.clock)());
            self.changed.notify_all();
            state = self.rest(state);
            if state.closed {
                return;
            }
            state.asking = true;
        }
    }

    /// Waits until keys are to be fetched again.
    fn rest<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let since = Instant::now();
        while !state.closed {
            let left = match (&state.failure, &state.known) {
                (None, Some(known)) => {
                    let left = known.until.duration_since((self.clock)());
                    left.unwrap_or_default()
                }
                _ => pause(state.failures).saturating_sub(since.elapsed()),
            };
            if left.is_zero() {
                break;
            }
            state = self.wait(state, left);
        }
        state
    }

    fn fetch(&self) -> Result<Credentials, String> {
        let answer = (self.ask)();
        let fetched = self
            .runtime
            .block_on(async { timeout(FETCH, answer).await });
        let late = || format!("the chain took longer than {} s", FETCH.as_secs());
        fetched.and_then(Result::ok).unwrap_or_else(|| Err(late()))
    }
}

impl State {
    fn keep(&mut self, answer: Result<Credentials, String>, now: SystemTime) {
        self.asking = false;
        match answer {
            Ok(credentials) => {
                self.known = Some(Known::of(&credentials, now));
                self.failure = None;
                self.failures = 0;
            }
            Err(failure) => {
                self.failure = Some(failure);
                self.failures = self.failures.saturating_add(1);
            }
        }
    }
}

impl Known {
    fn of(credentials: &Credentials, now: SystemTime) -> Self {
        Self {
            key: AccessKey {
                id: credentials.access_key_id().to_owned(),
                secret: credentials.secret_access_key().to_owned(),
                session_token: credentials.session_token().map(str::to_owned),
            },
            until: next_fetch(now, credentials.expiry()),
            end: credentials.expiry(),
        }
    }

    fn is_valid(&self, now: SystemTime) -> bool {
        self.end.is_none_or(|end| now < end)
    }
}

/// A runtime of our own, for threads without one. Dropping it waits for nothing, so that a server may
/// drop its zones anywhere.
struct Own(Option<Runtime>);

impl Own {
    fn new() -> io::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        Ok(Self(Some(builder.enable_all().build()?)))
    }

    fn block_on<F: Future>(&self, future: F) -> Option<F::Output> {
        self.0.as_ref().map(|runtime| runtime.block_on(future))
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
