//! The running of the bets of the story: what was agreed with a partner, the launches, the first targets of the second bet.
//! Must not reach below the office.

use beachhead_office::mapping::{RowsAsked, Which};
use beachhead_office::partners::{NewPartner, PartnerSaid, Saying};
use beachhead_office::targets::{NewNamed, StepLog, TARGETED, TargetRow, TargetsAsked};
use beachhead_office::{Actor, Office, Refusal};
use jiff::civil::{Date, date};

/// The partner whose list the story maps.
const PARTNER: &str = "P-02";
/// The way into the targets of the second bet.
const WAY_IN: &str = "Keyring";
/// Targets that are named for the second bet.
const NAMED: usize = 6;

/// What was said of the partner: kind, day, words, with whom there.
const SAID: [(Saying, Date, &str, &str); 5] = [
    (
        Saying::Motion,
        date(2026, 5, 12),
        "Each month one introduction to a named enterprise target; we list their product in our directory.",
        "Ada Lindqvist",
    ),
    (
        Saying::Gave,
        date(2026, 7, 14),
        "A reference call for their renewal at a joint customer",
        "Ada Lindqvist",
    ),
    (
        Saying::Got,
        date(2026, 8, 20),
        "A seat at their customer day, with three of our targets in the room",
        "",
    ),
    (
        Saying::Motion,
        date(2026, 9, 1),
        "Each month two introductions to named enterprise targets; for each that leads to a meeting, one reference or \
         introduction from us. Account executives of both sides meet every second Tuesday.",
        "Ada Lindqvist",
    ),
    (
        Saying::Met,
        date(2026, 10, 27),
        "They staff a second partner team for enterprise from January",
        "Ada Lindqvist",
    ),
];

/// What was said of the partner from a day on up to another, each on its own day.
pub async fn say(office: &Office, manager: &Actor, from: Date, to: Date) -> Result<(), Refusal> {
    for (kind, on, words, with_whom) in SAID.into_iter().filter(|said| said.1 > from && said.1 <= to) {
        let said = PartnerSaid {
            partner: PARTNER.into(),
            kind,
            on,
            words: words.into(),
            with_whom: with_whom.into(),
        };
        office.say_of_partner(manager, &said).await?;
    }
    Ok(())
}

/// The partner belongs to somebody.
pub async fn own(office: &Office, manager: &Actor) -> Result<(), Refusal> {
    let owner = PartnerSaid {
        partner: PARTNER.into(),
        kind: Saying::Owner,
        on: date(2026, 11, 2),
        words: manager.person.clone(),
        with_whom: String::new(),
    };
    office.say_of_partner(manager, &owner).await
}

/// Tasks of a launch plan that are done, from one on, each on its day, said by whoever runs the bet.
pub async fn launched(office: &Office, runs: &Actor, bet: &str, from: usize, days: &[Date]) -> Result<(), Refusal> {
    let standing = office.standing(runs, None).await?;
    let plan = office.launch_plan(runs, &standing, bet).await?;
    for (task, on) in plan.iter().skip(from).zip(days) {
        office.mark_launched(runs, bet, task.what, Some(*on)).await?;
    }
    Ok(())
}

async fn open(office: &Office, manager: &Actor, bet: &str) -> Result<Vec<TargetRow>, Refusal> {
    let standing = office.standing(manager, None).await?;
    let asked = TargetsAsked {
        bet: Some(bet.to_owned()),
        ..TargetsAsked::default()
    };
    Ok(office.targets(manager, &standing, &asked).await?.rows)
}

/// The start of the second bet: its first targets, a partner that no import has brought, the first task of its launch.
pub async fn launch(office: &Office, owner: &Actor, manager: &Actor, bet: &str) -> Result<(), Refusal> {
    let new = NewPartner {
        name: "Gatehouse Identity".into(),
        partner_type: "technology".into(),
        website: "gatehouse.example".into(),
        owner: manager.person.clone(),
    };
    office.add_partner(manager, &new).await?;
    let standing = office.standing(manager, None).await?;
    let way_in = office.partner(manager, &standing, WAY_IN).await?.row.id;
    let asked = RowsAsked {
        partner: PARTNER.into(),
        which: Which::Taken,
        limit: usize::MAX,
        ..RowsAsked::default()
    };
    let rows = office.match_rows(manager, &asked).await?.rows;
    let mut accounts: Vec<String> = rows.into_iter().map(|row| row.ours_id).collect();
    accounts.sort();
    accounts.dedup();
    for (nth, account) in accounts.into_iter().take(NAMED).enumerate() {
        let named = NewNamed {
            bet: bet.to_owned(),
            account,
            partner: way_in.clone(),
            play: "Ask who to reach".into(),
            owner: String::new(),
            next_step: "Ask Keyring who runs identity there".into(),
            due: if nth < NAMED / 2 {
                date(2026, 11, 10)
            } else {
                date(2026, 11, 17)
            },
        };
        office.name_target(manager, &named).await?;
    }
    launched(office, owner, bet, 0, &[standing.today]).await
}

/// The half hour of a Monday: two targets have begun, and one of them is a step on.
pub async fn monday(office: &Office, manager: &Actor, bet: &str, first_step: &str, on: Date) -> Result<(), Refusal> {
    let rows = open(office, manager, bet).await?;
    for (row, reached) in rows.iter().zip([first_step, TARGETED]) {
        let log = StepLog {
            bet: row.bet.clone(),
            account: row.account.clone(),
            reached: reached.to_owned(),
            on,
            note: "Keyring wrote to them on Friday".into(),
            next_step: "Agree on a day for a first meeting".into(),
            due: Some(date(2026, 11, 16)),
            owner: String::new(),
            revision: row.revision,
        };
        office.log_step(manager, &log).await?;
    }
    Ok(())
}
