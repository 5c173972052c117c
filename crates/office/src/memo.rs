//! What was worked out lately, by the name of what it was worked out from. Must only hold what its name determines, so
//! that an entry can never be out of date.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use beachhead_strategy::signature::fingerprint;

/// The latest few results of one kind.
pub(crate) struct Memo<V> {
    room: usize,
    kept: Mutex<VecDeque<(String, V)>>,
}

impl<V: Clone> Memo<V> {
    /// A memo with room for so many results.
    pub(crate) const fn new(room: usize) -> Self {
        Self {
            room,
            kept: Mutex::new(VecDeque::new()),
        }
    }

    /// The result of a name, if it is kept.
    pub(crate) fn get(&self, name: &str) -> Option<V> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.clone())
    }

    /// Keeps a result; the oldest gives way.
    pub(crate) fn put(&self, name: String, value: V) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(other, _)| *other != name);
        kept.push_front((name, value));
        kept.truncate(self.room);
    }

    /// The result of a name, worked out and kept where it was not; what goes wrong is not kept.
    pub(crate) fn or_try<E>(&self, name: &str, work: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        if let Some(value) = self.get(name) {
            return Ok(value);
        }
        let value = work()?;
        self.put(name.to_owned(), value.clone());
        Ok(value)
    }

    /// The result of a name, worked out and kept where it was not.
    pub(crate) fn or_put(&self, name: &str, work: impl FnOnce() -> V) -> V {
        if let Some(value) = self.get(name) {
            return value;
        }
        let value = work();
        self.put(name.to_owned(), value.clone());
        value
    }
}

/// The name of everything that a result is worked out from.
pub(crate) fn name_of(parts: &impl Debug) -> String {
    fingerprint(&format!("{parts:?}"))
}
