//! The memory that sorted rows may stay in. All imports of a process share it: a file that finds none left goes to the
//! disk, and gives the same rows.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

/// Arrow memory that sorted rows of all imports of this process are held in, in bytes: 64 MiB.
const HELD_BYTES: usize = 64 << 20;

/// Memory that is still free.
#[derive(Debug, Clone)]
pub(super) struct Room(Arc<AtomicUsize>);

/// Memory that is taken, free again when this is let go of.
#[derive(Debug)]
pub(super) struct Taken {
    room: Room,
    bytes: usize,
}

impl Room {
    /// What all imports of this process share.
    pub(super) fn of_process() -> Self {
        static ROOM: LazyLock<Room> = LazyLock::new(|| Room::of(HELD_BYTES));
        ROOM.clone()
    }

    pub(super) fn of(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// Takes so many bytes, where they are free.
    pub(super) fn take(&self, bytes: usize) -> Option<Taken> {
        let less = |free: usize| free.checked_sub(bytes);
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.ok().map(|_| Taken {
            room: self.clone(),
            bytes,
        })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.room.0.fetch_add(self.bytes, Ordering::Relaxed);
    }
}
