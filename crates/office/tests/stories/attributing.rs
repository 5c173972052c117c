//! The attribution policy: held against another before it is adopted, put into the draft, signed with the strategy.

use beachhead_office::Code;
use beachhead_office::attributing::{AttributionQuestion, Proposed, TouchesAsked};
use beachhead_office::facts::export::Format;
use beachhead_office::strategy::{AttributionPolicy, Bearing, Class, Credit};
use jiff::civil::date;

use crate::program::{FIRST_DAY, Program};

const DEALS: &str = "\
opportunity_id,account_id,created_on,closed_on,stage,amount
o1,a1,2026-03-01,2026-03-20,Closed Won,1000
o2,a2,2026-03-01,,Discovery,200
";
const TOUCHES: &str = "\
touch_id,opportunity_id,partner_id,kind,on,recorded_at,source_field
t1,o1,Keyring,intro,2026-02-20,2026-02-20,notes
t2,o2,Keyring,intro,2026-01-02,2026-01-02,notes
";

async fn with_facts() -> Program {
    let program = Program::drafted().await;
    program.take("opportunities.csv", DEALS).await;
    program.take("touches.csv", TOUCHES).await;
    program
}

fn wider() -> AttributionPolicy {
    AttributionPolicy {
        window_days: 90,
        credit: Credit::EqualShares,
        ..AttributionPolicy::default()
    }
}

fn against(policy: AttributionPolicy) -> AttributionQuestion {
    AttributionQuestion {
        proposed: Some(Proposed::Policy(policy)),
        limit: 10,
        ..AttributionQuestion::default()
    }
}

#[tokio::test]
async fn a_policy_is_tried_then_drafted_then_signed() {
    let program = with_facts().await;
    let (office, owner) = (&program.office, &program.owner);
    let unsigned = office.attribution(owner, AttributionQuestion::default()).await.unwrap();
    assert_eq!((unsigned.policy.version, unsigned.policy.since), (None, None));
    program.sign().await.unwrap();

    let tried = office.attribution(owner, against(wider())).await.unwrap();
    assert_eq!((tried.policy.version, tried.policy.since), (Some(1), Some(FIRST_DAY)));
    let held = tried.proposed.unwrap();
    let moved: Vec<_> = held
        .moves
        .iter()
        .map(|one| (one.opportunity_id.as_str(), one.from, one.to))
        .collect();
    assert_eq!(moved, [("o2", Class::Direct, Class::Sourced)]);
    assert_eq!(held.changes.len(), 2);

    // Trying writes nothing; only the leader may put it into the draft.
    let traces = program.traces().await;
    for actor in [&program.sponsor, &program.data] {
        let refused = office.propose_policy(actor, wider(), None).await.unwrap_err();
        assert_eq!(refused.code, Code::NotAllowed);
    }
    let stale = office
        .propose_policy(owner, wider(), Some(traces.draft.1 - 1))
        .await
        .unwrap_err();
    assert_eq!(stale.code, Code::Conflict);
    assert_eq!(program.traces().await, traces);

    office
        .propose_policy(owner, wider(), Some(traces.draft.1))
        .await
        .unwrap();
    let drafted = office.written(owner).await.unwrap().parsed.strategy.attribution.clone();
    assert_eq!(drafted, AttributionPolicy { version: 2, ..wider() });
    let changes = office.changes(owner, None, None).await.unwrap();
    assert!(
        changes.iter().all(|change| change.section == "Attribution"),
        "{changes:?}"
    );
    let still = office.attribution(owner, AttributionQuestion::default()).await.unwrap();
    assert_eq!(still.policy.policy, AttributionPolicy::default());

    program.clock.to(date(2026, 4, 20));
    assert_eq!(program.sign().await.unwrap(), 2);
    let signed = office.attribution(owner, AttributionQuestion::default()).await.unwrap();
    assert_eq!(
        (signed.policy.version, signed.policy.since),
        (Some(2), Some(date(2026, 4, 20)))
    );
    assert_eq!(signed.classes.classes[0].opportunities, 2);
}

#[tokio::test]
async fn every_signed_version_keeps_its_policy_and_says_what_it_changed() {
    let program = with_facts().await;
    let (office, owner) = (&program.office, &program.owner);
    program.sign().await.unwrap();
    office.name_program(owner, "Northwind").await.unwrap();
    program.clock.to(date(2026, 4, 10));
    program.sign().await.unwrap();
    // The second version has the rules of the first: they are in force since then.
    let second = office.attribution(owner, AttributionQuestion::default()).await.unwrap();
    assert_eq!((second.policy.version, second.policy.since), (Some(1), Some(FIRST_DAY)));
    office.propose_policy(owner, wider(), None).await.unwrap();
    program.clock.to(date(2026, 4, 20));
    program.sign().await.unwrap();

    let policies = office.policies(owner).await.unwrap();
    let told: Vec<_> = policies
        .iter()
        .map(|policy| (policy.version, policy.changes.join("; ")))
        .collect();
    let changed = "the window before creation goes from 30 days to 90 days; credit goes from earliest to equal shares";
    assert_eq!(told, [(3, changed.to_owned()), (2, String::new()), (1, String::new())]);

    let back = AttributionQuestion {
        proposed: Some(Proposed::Version(1)),
        limit: 10,
        ..AttributionQuestion::default()
    };
    let held = office.attribution(owner, back).await.unwrap().proposed.unwrap();
    assert_eq!(
        (held.found, held.moves[0].from, held.moves[0].to),
        (1, Class::Sourced, Class::Direct)
    );
    // Old rules taken up again are a new version of the policy.
    office
        .propose_policy(owner, AttributionPolicy::default(), None)
        .await
        .unwrap();
    assert_eq!(
        office.written(owner).await.unwrap().parsed.strategy.attribution.version,
        3
    );
}

#[tokio::test]
async fn the_ledger_of_touches_is_of_the_policy_in_force() {
    let program = with_facts().await;
    let (office, owner) = (&program.office, &program.owner);
    program.sign().await.unwrap();
    let asked = || TouchesAsked {
        limit: 10,
        ..TouchesAsked::default()
    };
    let told = office.touches(owner, asked()).await.unwrap();
    let came: Vec<_> = told.ledger.rows.iter().map(|row| (row.came_to, row.row)).collect();
    assert_eq!(came, [(Bearing::Sources, 2), (Bearing::OutsideWindow, 3)]);
    assert_eq!(
        told.files[usize::try_from(told.ledger.rows[0].file).unwrap()],
        "touches.csv"
    );
    let sourcing = TouchesAsked {
        bearing: Some(Bearing::Sources),
        ..asked()
    };
    assert_eq!(office.touches(owner, sourcing).await.unwrap().ledger.found, 1);
    let nobody = TouchesAsked {
        partner: Some("Nobody".into()),
        ..asked()
    };
    let refused = office.touches(owner, nobody).await.err().unwrap();
    assert_eq!(refused.message, "there is no partner Nobody");
}

#[tokio::test]
async fn touches_and_moves_are_had_as_files_with_their_file_and_row() {
    let program = with_facts().await;
    let (office, owner) = (&program.office, &program.owner);
    program.sign().await.unwrap();
    let lines =
        |bytes: Vec<u8>| -> Vec<String> { String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect() };
    let file = office.touches_file(owner, TouchesAsked::default()).await.unwrap();
    assert_eq!(file.rows(), 2, "whatever the page's limit");
    let touches = lines(file.write(Format::Csv, Vec::new()).unwrap());
    assert_eq!(touches.len(), 3);
    let days = "2026-02-20,2026-02-20,Keyring";
    assert!(
        touches[1].starts_with(days) && touches[1].ends_with(",touches.csv,2"),
        "{}",
        touches[1]
    );
    assert!(
        touches[1].contains(",o1,,yes,0,9,yes,yes,yes,sources,sourced,yes,"),
        "{}",
        touches[1]
    );
    let sourcing = TouchesAsked {
        bearing: Some(Bearing::Sources),
        ..TouchesAsked::default()
    };
    assert_eq!(office.touches_file(owner, sourcing).await.unwrap().rows(), 1);

    let moves = office.moves_file(owner, against(wider())).await.unwrap();
    let moves = lines(moves.write(Format::Csv, Vec::new()).unwrap());
    assert_eq!(
        moves[1..],
        ["o2,a2,open,2026-03-01,200.00,direct,sourced,,Keyring,opportunities.csv,3"]
    );
    let mut of_sourced = against(wider());
    of_sourced.filter.from = Some(Class::Sourced);
    assert_eq!(office.moves_file(owner, of_sourced).await.unwrap().rows(), 0);
    let unnamed = office
        .moves_file(owner, AttributionQuestion::default())
        .await
        .err()
        .unwrap();
    assert_eq!(unnamed.code, Code::BadInput);
}
