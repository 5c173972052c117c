//! One suite for the record, run on SQLite and on PostgreSQL themselves.
//!
//! SQLite runs always, in a temporary folder. PostgreSQL runs when `BEACHHEAD_TEST_POSTGRES` holds the URL of a server
//! where a database may be created; each test makes one of its own and drops it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first error")]

#[path = "../common/mod.rs"]
mod common;

use beachhead_ledger::*;
use common::{Place, person, stamp};

/// How many try at once where exactly one may win.
const TRIES: usize = 50;

/// Runs every test on both databases.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                crate::common::on_sqlite(super::$test).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                crate::common::on_postgres(stringify!($test), super::$test).await;
            })*
        }
    };
}

mod audit;
mod decisions;
mod functions;
mod people;
mod psi;
mod sign_in;
mod store;
mod versions;
mod work;

/// Tries the same from two handles on one record at once and gives the answers.
async fn all_at_once<T, F>(place: &Place, attempt: impl Fn(Ledger, usize) -> F) -> Vec<Result<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let handles = [place.open().await, place.open().await];
    let tasks: Vec<_> = (0..TRIES)
        .map(|index| tokio::spawn(attempt(handles[index % 2].clone(), index)))
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("no try panics"));
    }
    for handle in handles {
        handle.close().await;
    }
    answers
}

/// The one answer that went through; all others must be conflicts.
fn the_winner<T: std::fmt::Debug>(answers: Vec<Result<T>>) -> T {
    assert_eq!(answers.len(), TRIES);
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    for answer in lost {
        assert!(matches!(answer, Err(LedgerError::Conflict { .. })), "{answer:?}");
    }
    assert_eq!(won.len(), 1, "exactly one wins");
    won.into_iter().next().expect("one").expect("it won")
}

/// What the record held, for a conflict; anything else fails.
fn held<T: std::fmt::Debug>(answer: Result<T>) -> Current {
    match answer {
        Err(LedgerError::Conflict { current, .. }) => *current,
        other => panic!("a conflict was expected, not {other:?}"),
    }
}

async fn signed_in_person(ledger: &Ledger) -> Person {
    ledger.add_person(&stamp("add", 0), person("mo")).await.expect("added")
}
