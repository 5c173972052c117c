//! What must hold of the worked example whatever its seed draws: the order of its story, and that each figure of its page
//! is what the verbs say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use beachhead_demo::truth::{FIRST_BET, SECOND_BET, SEED, STEPS};
use beachhead_office::foreseeing::Named;
use beachhead_office::ledger::VersionState;
use beachhead_office::strategy::Severity;
use beachhead_office::strategy::bet::slug;
use beachhead_office::targets::{Fate, LOST, Status, TargetsAsked};
use beachhead_office::weighing::WeighQuestion;
use beachhead_office::{Actor, Entropy, Office};
use serde_json::Value;

/// Bytes that count upwards: secrets need not be secret in a test.
struct Counting(std::sync::atomic::AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
}

fn entropy() -> Box<dyn Entropy> {
    Box::new(Counting(std::sync::atomic::AtomicU8::new(0)))
}

async fn made(name: &str) -> (Office, PathBuf) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    beachhead_demo::make(&folder, entropy)
        .await
        .expect("the story can be told");
    let office = beachhead_demo::open(&folder, entropy).await.expect("it can be opened");
    (office, folder)
}

/// The page as one line, so that no line break can stand within a phrase.
async fn page(office: &Office) -> String {
    let text = office
        .one_page_text(&Actor::command_line(), None)
        .await
        .expect("a page");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn weigh(office: &Office, by: &[&str]) -> Value {
    let by = by.iter().map(|field| (*field).to_owned()).collect();
    office
        .weigh(
            &Actor::command_line(),
            WeighQuestion {
                by,
                filter: None,
                as_of: None,
            },
        )
        .await
        .expect("facts")
}

/// Won and decided of the cells that a filter takes.
fn record(weighed: &Value, takes: impl Fn(&Value) -> bool) -> (u64, u64) {
    let cells = weighed["cells"]
        .as_array()
        .expect("cells")
        .iter()
        .filter(|cell| takes(&cell["key"]));
    cells.fold((0, 0), |(won, decided), cell| {
        let count = |field: &str| cell[field].as_u64().expect("a count");
        (won + count("won"), decided + count("won") + count("lost"))
    })
}

#[tokio::test]
async fn the_story_is_told_in_its_order_and_nothing_in_it_stops_a_signature() {
    let (office, folder) = made("story-order").await;
    let actor = Actor::command_line();
    let versions = office.versions(&actor).await.expect("versions");
    assert_eq!(versions.len(), 2);
    for version in &versions {
        assert!(version.state == VersionState::Signed, "{:?}", version.state);
        assert!(
            version.signature.is_some() && version.snapshot.is_some(),
            "version {}",
            version.number
        );
    }
    let reviews = office.reviews(&actor).await.expect("reviews");
    assert_eq!(reviews.len(), 2);
    assert!(
        reviews
            .iter()
            .all(|review| review.closed_at.is_some() && review.minutes.is_some())
    );

    let mut moves = office.decisions_on(&actor, &slug(FIRST_BET)).await.expect("decisions");
    moves.sort_by_key(|decision| decision.number);
    assert!(
        moves.windows(2).all(|pair| pair[0].decision.on <= pair[1].decision.on),
        "{moves:?}"
    );
    assert!(
        moves
            .iter()
            .all(|one| !one.decision.reason.is_empty() && !one.decision.against_gate),
        "{moves:?}"
    );
    let states: Vec<&str> = moves.iter().filter_map(|one| one.decision.to.as_deref()).collect();
    let place = |state: &str| states.iter().position(|other| *other == state);
    assert!(
        place("planned") < place("running") && place("running").is_some(),
        "{states:?}"
    );

    assert!(office.verify_audit(&actor).await.expect("the chain holds").rows > 20);
    let standing = office.standing(&actor, None).await.expect("a standing");
    let errors: Vec<_> = standing
        .findings()
        .into_iter()
        .filter(|found| found.severity == Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:?}");

    let text = std::fs::read_to_string(folder.join("truth.toml")).expect("beside the facts");
    let truth: Value = beachhead_office::from_toml(&text).expect("TOML");
    assert_eq!(truth["seed"], SEED);
    let named: Vec<&str> = truth["step"]
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(|step| step["name"].as_str())
        .collect();
    assert_eq!(named, STEPS.map(|step| step.name));
}

#[tokio::test]
async fn every_figure_of_the_page_is_what_the_verbs_say() {
    let (office, _) = made("story-figures").await;
    let page = page(&office).await;
    let says = |words: String| assert!(page.contains(&words), "the page does not say “{words}”:\n{page}");
    let actor = Actor::command_line();

    let by_cell = weigh(&office, &["segment", "partner_type", "class"]).await;
    let with = record(&by_cell, |key| {
        key["segment"] == "enterprise"
            && key["partner_type"] == "technology"
            && (key["class"] == "sourced" || key["class"] == "influenced")
    });
    let by_class = weigh(&office, &["segment", "class"]).await;
    let without = record(&by_class, |key| {
        key["segment"] == "enterprise" && (key["class"] == "direct" || key["class"] == "present")
    });
    says(format!("won {} of {} decided with partners", with.0, with.1));
    says(format!("against {} of {} without", without.0, without.1));

    let judged = office.judge(&actor, None, None).await.expect("judged");
    for bet in judged["bets"].as_array().expect("bets") {
        let (name, entered) = (bet["bet"].as_str().expect("a name"), &bet["steps"][0]["entered"]);
        if entered == 0 {
            says(format!(
                "Opportunity ({name}, gate) now no target worked yet; scale if ≥ {}",
                bet["need"]
            ));
            continue;
        }
        let probability = bet["probability"].as_f64().expect("a probability") * 100.0;
        says(format!(
            "Opportunity ({name}, gate) now {} of {entered} targets",
            bet["have"]
        ));
        says(format!("scale if ≥ {}", bet["need"]));
        says(format!("chance {probability:.0}%, from {entered} targets"));
    }
    let simulated = office.simulate(&actor, Named::Own).await.expect("simulated");
    let chance = simulated["outcome"]["p_target"].as_f64().expect("a chance") * 100.0;
    says(format!("Forecast {chance:.0}% of the plan's simulations reach"));
    let now = office
        .standing(&actor, None)
        .await
        .expect("a standing")
        .outcome_now()
        .expect("facts")
        .clone();
    says(format!("({} opportunities)", now.n));
    assert!(
        (simulated["already"].as_f64().expect("a value") - now.value).abs() < 0.5,
        "the forecast starts where the page stands"
    );
    assert!(page.contains(SECOND_BET));
}

#[tokio::test]
async fn the_list_of_targets_is_that_of_a_team_that_works_it() {
    let (office, _) = made("story-targets").await;
    let actor = Actor::command_line();
    let standing = office.standing(&actor, None).await.expect("a standing");
    let all = TargetsAsked {
        status: Status::All,
        ..TargetsAsked::default()
    };
    let view = office.targets(&actor, &standing, &all).await.expect("targets");
    let within = |status: Status, least: usize, most: usize| {
        let n = view.count(status);
        assert!((least..=most).contains(&n), "{n} targets are {}", status.name());
    };
    within(Status::Open, 20, 50);
    within(Status::Stuck, 3, 8);
    within(Status::Overdue, 2, 5);
    within(Status::Due, 6, 12);
    for row in view.rows.iter().filter(|row| row.is_open()) {
        assert!(
            !row.owner.is_empty() && !row.next_step.is_empty() && row.due.is_some(),
            "{row:?}"
        );
    }
    let mut lost: BTreeMap<_, usize> = BTreeMap::new();
    for row in view.rows.iter().filter(|row| row.fate == Fate::Lost) {
        for said in standing
            .said
            .of_target(&row.bet, &row.account)
            .filter(|said| said.step.step == LOST)
        {
            assert!(said.step.note.as_ref().is_some_and(|note| note.len() > 10), "{said:?}");
            *lost.entry(said.step.on).or_default() += 1;
        }
    }
    let most = lost.values().max().copied().unwrap_or_default();
    assert!(lost.len() >= 10 && most <= 10, "let go of week by week: {lost:?}");
    let judged = standing.judged(FIRST_BET).expect("judged");
    let gate_step = judged.stages.steps.iter().find(|step| step.step == "opportunity");
    assert!(
        gate_step.is_some_and(|step| step.converted >= 12),
        "its gate is passed as before"
    );
    assert!(
        office
            .standing(&actor, None)
            .await
            .expect("a standing")
            .state_of(SECOND_BET)
            .is_worked()
    );
}

#[tokio::test]
async fn somebody_is_invited_two_have_a_second_factor_and_last_night_was_backed_up() {
    let (office, folder) = made("story-settings").await;
    let actor = Actor::command_line();
    let now = office.surroundings().now();
    let invites = office.invites(&actor).await.expect("invites");
    assert!(invites.len() == 1 && invites[0].is_open(now), "{invites:?}");
    assert_eq!(office.second_factors(&actor).await.expect("factors").len(), 2);
    let backups = office.backups(&actor).await.expect("backups");
    assert_eq!(
        (backups.kept.len(), backups.age_days, backups.is_late()),
        (1, Some(0), false)
    );
    let place = folder.join("backups").join(&backups.kept[0].name);
    assert!(backups.kept[0].is_nightly && place.is_file(), "{}", place.display());
}
