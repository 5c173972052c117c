//! The record: everything people decided, kept on SQLite or PostgreSQL. It must not know Arrow or HTML, read a clock,
//! make an id, or judge a decision; it keeps what it is handed, in one transaction with the audit row that says so.
//!
//! Three rules hold everywhere:
//!
//! * One writer at a time. A write first takes the audit head, so what it reads stays true until it commits.
//! * A write commits only together with its row of the [audit chain](Ledger::audit_verify). Four traces of use that come
//!   by the minute have none: a session was seen, a sign-in was tried, a job got on, a shared link was opened.
//! * Decisions, commitments, signatures, versions of the strategy, what came of them and what functions said of them, what
//!   was said of pairs of accounts, of targets, partners and launch plans, what partners asked, and the audit rows are
//!   never changed; both databases refuse it.
//!
//! Instants are kept to the microsecond, as UTC. JSON is kept as the text that was handed in.

mod asks;
mod audit;
mod backup;
mod checksum;
mod commitments;
mod error;
mod functions;
mod hash;
mod invites;
mod jobs;
mod launch;
mod matches;
mod migrate;
mod partners;
mod people;
mod psi;
mod register;
mod resets;
mod reviews;
mod second_factors;
mod settings;
mod shares;
mod snapshots;
mod store;
mod strategies;
mod targets;
mod url;
mod work;

use std::pin::Pin;

pub use asks::{Ask, NewAsk};
pub use audit::{AuditChain, AuditFilter, AuditRow, Stamp};
pub use commitments::{Commitment, NewCommitment};
pub use error::{Current, LedgerError, Result};
pub use functions::{Acknowledgement, FunctionHead, NewAcknowledgement, Stance};
pub use invites::{Invite, NewInvite};
pub use jobs::{Job, JobUpdate, NewJob};
pub use launch::LaunchEntry;
pub use matches::{MatchDecision, NewMatchDecision};
pub use partners::{NewPartnerEntry, Partner, PartnerEntry};
pub use people::{NewPerson, NewSession, Person, Secret, Session, SignedIn};
pub use psi::{NewPsiRun, PsiAct, PsiLimit, PsiRun};
pub use register::{BetState, Decision, NewDecision};
pub use reviews::{ClosingReview, ItemChoice, NewReview, Review, ReviewItem};
pub use second_factors::{Factor, NewWaitingSignIn, SecondFactor};
pub use shares::{NewShare, Share};
pub use snapshots::{Catalogued, Import, NewSnapshot, Profile, Snapshot};
pub use store::Ledger;
pub use strategies::{Draft, DraftEdit, Signature, Signing, StrategyVersion, VersionState};
pub use targets::{NewStep, NewTarget, StepSaid, Target, TargetEntry, TargetWork};
pub use url::RecordUrl;
pub use work::{Effect, NewNote, Note};

/// What every method of the ledger returns: boxed, so that it is compiled here and not again where it is awaited.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
