//! The two databases beside each other: the same operations give the same answers and the same checksum.
#![expect(clippy::unwrap_used, reason = "a test stops at the first error")]

#[expect(dead_code, reason = "this test needs a part of it")]
mod common;

use beachhead_ledger::*;
use common::{Place, at, decision, stamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_has_the_same_checksum_on_both() {
    common::on_sqlite(|sqlite| async move {
        common::on_postgres("same_content", |postgres| async move {
            let (one, other) = (sqlite.open().await, postgres.open().await);
            assert_eq!(one.checksum().await.unwrap(), other.checksum().await.unwrap());
            common::write_everything(&one).await;
            common::write_everything(&other).await;
            assert_eq!(one.checksum().await.unwrap(), other.checksum().await.unwrap());
            assert_eq!(one.audit_verify().await.unwrap(), other.audit_verify().await.unwrap());
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cut_its_connections_is_reached_again() {
    common::on_postgres("cut", |place| async move {
        let ledger = place.open().await;
        ledger.set_setting(&stamp("set", 0), "key", "1").await.unwrap();
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        for round in 1..4 {
            place.raw(cut).await.unwrap();
            assert_eq!(ledger.setting("key").await.unwrap(), Some(round.to_string()));
            ledger
                .set_setting(&stamp("set", round), "key", &(round + 1).to_string())
                .await
                .unwrap();
        }
        assert_eq!(ledger.audit_verify().await.unwrap().rows, 4);
    })
    .await;
}

/// Something a person might do, sensible or not.
#[derive(Debug, Clone)]
enum Step {
    Save { text: String, behind: i64 },
    Ask { text: String },
    Sign { version: i64, other_text: bool },
    SendBack { version: i64 },
    Open,
    Decide { bet: String, behind: i64 },
    Close { review: i64, behind: i64 },
    Note { words: String },
}

fn step() -> impl Strategy<Value = Step> {
    let behind = || prop_oneof![4 => Just(0_i64), 1 => Just(1_i64)];
    prop_oneof![
        ("\\PC{0,8}", behind()).prop_map(|(text, behind)| Step::Save { text, behind }),
        "\\PC{0,8}".prop_map(|text| Step::Ask { text }),
        (0..6_i64, prop::bool::weighted(0.2)).prop_map(|(version, other_text)| Step::Sign { version, other_text }),
        (0..6_i64).prop_map(|version| Step::SendBack { version }),
        Just(Step::Open),
        ("[ab]", behind()).prop_map(|(bet, behind)| Step::Decide { bet, behind }),
        (0..4_i64, behind()).prop_map(|(review, behind)| Step::Close { review, behind }),
        "\\PC{0,8}".prop_map(|words| Step::Note { words }),
    ]
}

/// What the record must hold, kept by the plainest means.
#[derive(Debug, Default)]
struct Model {
    draft: (String, i64),
    /// Text and state of each version.
    versions: Vec<(String, VersionState)>,
    /// Open or not, and the items of each review: bet and revision.
    reviews: Vec<(bool, Vec<(String, i64)>)>,
    decisions: i64,
    notes: Vec<String>,
    writes: i64,
}

impl Model {
    /// Takes a step; whether the record must take it too.
    fn take(&mut self, step: &Step) -> bool {
        let taken = self.try_to(step);
        self.writes += i64::from(taken);
        taken
    }

    fn version(&mut self, number: i64) -> Option<&mut (String, VersionState)> {
        let index = usize::try_from(number - 1).ok()?;
        self.versions
            .get_mut(index)
            .filter(|version| version.1 == VersionState::Asked)
    }

    fn review(&mut self, number: i64) -> Option<&mut (bool, Vec<(String, i64)>)> {
        let index = usize::try_from(number - 1).ok()?;
        self.reviews.get_mut(index).filter(|review| review.0)
    }

    fn try_to(&mut self, step: &Step) -> bool {
        match step {
            Step::Save { text, behind } => {
                if *behind == 0 {
                    self.draft = (text.clone(), self.draft.1 + 1);
                }
                *behind == 0
            }
            Step::Ask { text } => {
                if let Some(last) = self.versions.last_mut().filter(|last| last.1 == VersionState::Asked) {
                    last.1 = VersionState::Superseded;
                }
                self.versions.push((text.clone(), VersionState::Asked));
                true
            }
            Step::Sign { version, other_text } => {
                let Some(version) = self.version(*version).filter(|_| !other_text) else {
                    return false;
                };
                version.1 = VersionState::Signed;
                self.decisions += 1;
                true
            }
            Step::SendBack { version } => match self.version(*version) {
                Some(version) => {
                    version.1 = VersionState::SentBack;
                    true
                }
                None => false,
            },
            Step::Open => {
                if self.reviews.iter().any(|review| review.0) {
                    return false;
                }
                self.reviews.push((true, vec![]));
                true
            }
            Step::Decide { bet, behind } => {
                let number = self.reviews.len() as i64;
                let Some(review) = self.review(number).filter(|_| *behind == 0) else {
                    return false;
                };
                match review.1.iter_mut().find(|item| item.0 == *bet) {
                    Some(item) => item.1 += 1,
                    None => review.1.push((bet.clone(), 1)),
                }
                true
            }
            Step::Close { review, behind } => {
                let Some(review) = self.review(*review).filter(|_| *behind == 0) else {
                    return false;
                };
                review.0 = false;
                self.decisions += 1;
                true
            }
            Step::Note { words } => {
                self.notes.push(words.clone());
                true
            }
        }
    }
}

/// Does the same to the record; whether it took it.
async fn do_it(ledger: &Ledger, step: &Step, second: i64) -> bool {
    let stamp = stamp("do", second);
    let done = match step.clone() {
        Step::Save { text, behind } => {
            let expected_revision = ledger.draft().await.unwrap().revision - behind;
            ledger
                .save_draft(
                    &stamp,
                    DraftEdit {
                        text,
                        expected_revision,
                    },
                )
                .await
                .map(drop)
        }
        Step::Ask { text } => ledger.ask_signature(&stamp, &text).await.map(drop),
        Step::Sign { version, other_text } => {
            let sha256 = match ledger.version(version).await.unwrap() {
                Some(version) if !other_text => version.sha256,
                _ => "f".repeat(64),
            };
            let decisions = vec![decision("bet", "move", "planned")];
            let signing = Signing {
                version,
                sha256,
                person: "mo".to_owned(),
                conditions: None,
                decisions,
            };
            ledger.sign(&stamp, signing).await.map(drop)
        }
        Step::SendBack { version } => ledger.send_back(&stamp, version, "no").await.map(drop),
        Step::Open => ledger
            .open_review(
                &stamp,
                NewReview {
                    cycle: "Q1".to_owned(),
                    snapshot: None,
                },
            )
            .await
            .map(drop),
        Step::Decide { bet, behind } => {
            let review = ledger.reviews().await.unwrap().len() as i64;
            let items = ledger.review_items(review).await.unwrap();
            let revision = items
                .iter()
                .find(|item| item.bet == bet)
                .map_or(0, |item| item.revision);
            let (decision, reason) = ("park".to_owned(), "why not".to_owned());
            let choice = ItemChoice {
                review,
                bet,
                decision,
                reason,
                next_gate: None,
                expected_revision: revision - behind,
            };
            ledger.decide_item(&stamp, choice).await.map(drop)
        }
        Step::Close { review, behind } => {
            let revision = ledger.review(review).await.unwrap().map_or(0, |review| review.revision);
            let closing = ClosingReview {
                review,
                expected_revision: revision - behind,
                next_review: None,
                minutes: "{}".to_owned(),
                decisions: vec![decision("bet", "move", "parked")],
                draft: None,
            };
            ledger.close_review(&stamp, closing).await.map(drop)
        }
        Step::Note { words } => {
            let note = NewNote {
                bet: "bet".to_owned(),
                on: common::day(1),
                words,
                effect: Effect::Neutral,
                source: None,
            };
            ledger.add_note(&stamp, note).await.map(drop)
        }
    };
    match done {
        Ok(()) => true,
        Err(LedgerError::Conflict { .. } | LedgerError::NotFound { .. }) => false,
        Err(other) => panic!("{step:?}: {other}"),
    }
}

async fn compare(ledger: &Ledger, model: &Model) {
    let draft = ledger.draft().await.unwrap();
    assert_eq!((draft.text, draft.revision), model.draft);
    let versions: Vec<_> = ledger
        .versions()
        .await
        .unwrap()
        .into_iter()
        .rev()
        .map(|v| (v.text, v.state))
        .collect();
    assert_eq!(versions, model.versions);
    let mut reviews = Vec::new();
    for review in ledger.reviews().await.unwrap().into_iter().rev() {
        let items = ledger.review_items(review.number).await.unwrap();
        reviews.push((
            review.closed_at.is_none(),
            items.into_iter().map(|item| (item.bet, item.revision)).collect(),
        ));
    }
    let mut expected = model.reviews.clone();
    expected.iter_mut().for_each(|review| review.1.sort());
    assert_eq!(reviews, expected);
    assert_eq!(ledger.decisions().await.unwrap().len() as i64, model.decisions);
    let notes: Vec<_> = ledger
        .notes("bet")
        .await
        .unwrap()
        .into_iter()
        .map(|note| note.note.words)
        .collect();
    assert_eq!(notes, model.notes);
    assert_eq!(ledger.audit_verify().await.unwrap().rows, model.writes);
}

/// Takes the steps on a fresh record, compares it with the model after each run, and gives its checksum.
async fn walk(place: Place, walks: Vec<Step>) -> String {
    let ledger = place.open().await;
    ledger.add_person(&stamp("add", 0), common::person("mo")).await.unwrap();
    let mut model = Model {
        writes: 1,
        ..Model::default()
    };
    for (second, step) in (1..).zip(&walks) {
        assert_eq!(
            do_it(&ledger, step, second).await,
            model.take(step),
            "step {second}: {step:?}\n{model:#?}"
        );
    }
    compare(&ledger, &model).await;
    assert!(ledger.attempts_since("k", at(0)).await.unwrap() == 0);
    ledger.checksum().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn random_operations_agree_with_a_model_on_both() {
    let mut runner = TestRunner::deterministic();
    let walks = prop::collection::vec(step(), 60);
    for round in 0..12 {
        let steps = walks.new_tree(&mut runner).expect("steps").current();
        let (sent, received) = std::sync::mpsc::channel();
        let on_sqlite = steps.clone();
        common::on_sqlite(|place| async move { sent.send(walk(place, on_sqlite).await).expect("heard") }).await;
        let checksum = received.recv().expect("sent");
        // A database of its own takes PostgreSQL longer than the walk.
        if round % 4 == 0 {
            common::on_postgres("random", |place| async move {
                assert_eq!(walk(place, steps).await, checksum)
            })
            .await;
        }
    }
}
