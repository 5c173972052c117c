//! What was worked out lately, by the name of what it was worked out from. Must only hold what its name determines, so
//! that an entry can never be out of date.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use beachhead_strategy::signature::fingerprint;

/// The latest few results of one kind.
pub(crate) struct Memo<V> {
    room: usize,
    kept: Mutex<VecDeque<(String, V)>>,
    /// The turns of those who want a name that somebody works out just now.
    turns: Mutex<BTreeMap<String, Weak<Turn>>>,
}

/// Whose turn it is to work a name out.
type Turn = tokio::sync::Mutex<()>;

impl<V: Clone> Memo<V> {
    /// A memo with room for so many results.
    pub(crate) const fn new(room: usize) -> Self {
        Self {
            room,
            kept: Mutex::new(VecDeque::new()),
            turns: Mutex::new(BTreeMap::new()),
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

    /// The result of a name, worked out and kept where it was not; what goes wrong is not kept. Whoever asks for it
    /// meanwhile waits, so that the first page after an import is worked out once and not once a visitor.
    pub(crate) async fn once<E>(&self, name: &str, work: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        if let Some(value) = self.get(name) {
            return Ok(value);
        }
        let turn = self.turn(name);
        let _mine = turn.lock().await;
        if let Some(value) = self.get(name) {
            return Ok(value);
        }
        let value = work.await?;
        self.put(name.to_owned(), value.clone());
        Ok(value)
    }

    fn turn(&self, name: &str) -> Arc<Turn> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = turns.get(name).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::new(Turn::new(()));
        turns.insert(name.to_owned(), Arc::downgrade(&turn));
        turn
    }

    /// The same within work that blocks already, where nobody waits for another.
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_name_that_several_ask_for_at_once_is_worked_out_once() {
        let (memo, times) = (Memo::new(2), AtomicUsize::new(0));
        let work = async || {
            times.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok::<_, ()>(7)
        };
        let (one, two, other) = tokio::join!(memo.once("a", work()), memo.once("a", work()), memo.once("b", work()));
        assert_eq!((one, two, other), (Ok(7), Ok(7), Ok(7)));
        assert_eq!(times.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_went_wrong_is_tried_again_by_whoever_waited() {
        let memo = Memo::new(2);
        let (one, two) = tokio::join!(
            memo.once("a", async { Err("broken") }),
            memo.once::<&str>("a", async { Ok(7) })
        );
        assert_eq!((one, two), (Err("broken"), Ok(7)));
        assert!(memo.turns.lock().unwrap().values().all(|turn| turn.strong_count() == 0));
    }
}
