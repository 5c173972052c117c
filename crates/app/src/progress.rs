//! Long work as it is seen on a terminal: one line that is written over, and Ctrl-C. It must not know what the work is.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Told the percentage and what is done in words; says whether to go on.
pub type Tell = Arc<dyn Fn(i64, &str) -> bool + Send + Sync>;

/// Does long work with a line of progress on a terminal, until it is done or Ctrl-C stops it.
pub async fn watched<T>(work: impl AsyncFnOnce(Tell) -> T) -> T {
    let stop = Arc::new(AtomicBool::new(false));
    let line = Arc::new(Line::new());
    let (stopped, shown) = (Arc::clone(&stop), Arc::clone(&line));
    let tell: Tell = Arc::new(move |percent, words| {
        shown.say(percent, words);
        !stopped.load(Ordering::Relaxed)
    });
    let listening = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.store(true, Ordering::Relaxed);
        }
    });
    let done = work(tell).await;
    listening.abort();
    line.clear();
    done
}

/// One line on standard error that is written over, where that is a terminal.
struct Line {
    is_terminal: bool,
    shown: Mutex<String>,
}

impl Line {
    /// The cells of the bar.
    const WIDTH: usize = 24;

    fn new() -> Self {
        Self {
            is_terminal: std::io::stderr().is_terminal(),
            shown: Mutex::default(),
        }
    }

    fn say(&self, percent: i64, words: &str) {
        if !self.is_terminal {
            return;
        }
        let filled = usize::try_from(percent.clamp(0, 100)).unwrap_or(0) * Self::WIDTH / 100;
        let bar = "█".repeat(filled) + &"░".repeat(Self::WIDTH - filled);
        let words = format!("{bar} {percent:>3}% {words}");
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if *shown != words {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K{words}");
            *shown = words;
        }
    }

    fn clear(&self) {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if !shown.is_empty() {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K");
        }
    }
}
