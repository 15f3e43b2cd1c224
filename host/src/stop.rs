//! A word from outside that ends what takes long: a question to a person, a key that a file is expensive with.
//!
//! Never here: what takes long.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Two ends of one wire: whoever has a clone may pull it.
#[derive(Clone, Default)]
pub struct Stop(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    stopped: bool,
    then: Option<Box<dyn FnOnce() + Send>>,
}

impl Stop {
    /// Ends it. What has ended already, or was ended, stays so.
    pub fn stop(&self) {
        let mut state = self.state();
        state.stopped = true;
        let then = state.then.take();
        drop(state);
        if let Some(then) = then {
            then();
        }
    }

    /// Whether it is to end.
    pub fn is_stopped(&self) -> bool {
        self.state().stopped
    }

    /// Has this done when it is to end, in the place of what was to be done before; at once if it is to end
    /// already.
    pub fn then(&self, then: impl FnOnce() + Send + 'static) {
        let mut state = self.state();
        if state.stopped {
            drop(state);
            then();
        } else {
            state.then = Some(Box::new(then));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stop({})", self.is_stopped())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_is_stopped_does_at_once_what_it_was_to_do_then_and_does_it_once() {
        let (said, heard) = mpsc::channel();
        let stop = Stop::default();
        let wire = stop.clone();
        let (first, second) = (said.clone(), said);
        stop.then(move || first.send(1).unwrap());
        assert!(!stop.is_stopped() && heard.try_recv().is_err());
        wire.stop();
        wire.stop();
        assert!(stop.is_stopped());
        stop.then(move || second.send(2).unwrap());
        assert_eq!(heard.iter().collect::<Vec<_>>(), [1, 2]);
    }
}
