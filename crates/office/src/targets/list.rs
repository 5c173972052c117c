//! The list of targets: which are asked for, in which order, how many there are of each status, and one of them with all
//! that is known of it. Must not write, nor work out how a target stands.

use std::collections::BTreeMap;

use beachhead_facts::export::{About, Cell, RowsFile};
use beachhead_facts::measure::TargetFate;
use beachhead_ledger::{StepSaid, TargetEntry};
use jiff::civil::Date;

use crate::actor::{Actor, Permission};
use crate::looking_back::day_of;
use crate::standing::Standing;
use crate::{Answer, Office};

/// How a target stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Named; its work has not begun.
    Named,
    /// On its way.
    Worked,
    /// It reached the last step.
    Through,
    /// Lost.
    Lost,
}

/// A target as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRow {
    /// The bet's key.
    pub bet: String,
    /// Its name.
    pub bet_name: String,
    /// Whose bet it is, a name or a person's id; empty where the strategy does not say.
    pub bet_owner: String,
    /// The account's key in the facts.
    pub account: String,
    /// Its name.
    pub account_name: String,
    /// The partner's key, where the record names one.
    pub partner: Option<String>,
    /// What the partner is called; empty where nobody says.
    pub partner_name: String,
    /// The play; empty where nobody says.
    pub play: String,
    /// How it stands.
    pub fate: Fate,
    /// The last step that it reached; `named`, `targeted` or `lost` before, or in the end.
    pub stage: String,
    /// The step of the motion that comes next; none at the end.
    pub next: Option<String>,
    /// What is to be done, in words; empty where nobody says.
    pub next_step: String,
    /// By when.
    pub due: Option<Date>,
    /// Whose it is: a person's id, or a name; empty while it is nobody's.
    pub owner: String,
    /// What the owner is called.
    pub owner_name: String,
    /// When it entered its bet.
    pub entered: Option<Date>,
    /// The last day on which something happened: it took a step, somebody said that there was a touch, or the facts hold
    /// one of its partner.
    pub last_touch: Option<Date>,
    /// How often the record has saved it by now; 0 for one that only the facts know.
    pub revision: i64,
    /// Its id in the record.
    pub id: Option<String>,
    /// Whether something is still to be done and nothing happened for [`super::STUCK_DAYS`].
    pub is_stuck: bool,
    /// Whether its next step should have been done before today.
    pub is_overdue: bool,
    /// Whether its next step is due from today to six days on.
    pub is_due: bool,
}

impl TargetRow {
    /// Whether anything is still to be done.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.fate, Fate::Named | Fate::Worked)
    }
}

/// Which targets are listed, by how they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// Something is still to be done.
    #[default]
    Open,
    /// Due this week.
    Due,
    /// Due before today.
    Overdue,
    /// Nothing happened for [`super::STUCK_DAYS`].
    Stuck,
    /// Named and not begun.
    Named,
    /// Through the last step.
    Through,
    /// Lost.
    Lost,
    /// Every one.
    All,
}

impl Status {
    /// All, in the order of the filter.
    pub const ALL: [Self; 8] = [
        Self::Open,
        Self::Due,
        Self::Overdue,
        Self::Stuck,
        Self::Named,
        Self::Through,
        Self::Lost,
        Self::All,
    ];

    /// Its word in an address.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Due => "due",
            Self::Overdue => "overdue",
            Self::Stuck => "stuck",
            Self::Named => "named",
            Self::Through => "through",
            Self::Lost => "lost",
            Self::All => "all",
        }
    }

    /// The status of this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    fn takes(self, row: &TargetRow) -> bool {
        match self {
            Self::Open => row.is_open(),
            Self::Due => row.is_due,
            Self::Overdue => row.is_overdue,
            Self::Stuck => row.is_stuck,
            Self::Named => row.fate == Fate::Named,
            Self::Through => row.fate == Fate::Through,
            Self::Lost => row.fate == Fate::Lost,
            Self::All => true,
        }
    }
}

/// What the list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The day of the next step; those without one last.
    #[default]
    Due,
    /// Days since something happened last.
    Age,
    /// The account's name.
    Account,
    /// The partner's name.
    Partner,
    /// The bet's name, then how far it has come.
    Bet,
    /// The owner's name.
    Owner,
}

impl Sort {
    /// Every order.
    pub const ALL: [Self; 6] = [
        Self::Due,
        Self::Age,
        Self::Account,
        Self::Partner,
        Self::Bet,
        Self::Owner,
    ];

    /// Its word in an address.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Age => "age",
            Self::Account => "account",
            Self::Partner => "partner",
            Self::Bet => "bet",
            Self::Owner => "owner",
        }
    }

    /// The order of this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }

    fn put(self, rows: &mut [TargetRow], descending: bool) {
        rows.sort_by(|one, other| {
            let order = match self {
                Self::Due => {
                    // Without a day comes last, whichever way.
                    let missing = one.due.is_none().cmp(&other.due.is_none());
                    return missing
                        .then(turned(one.due.cmp(&other.due), descending))
                        .then(by_name(one, other));
                }
                // The older the last touch, the larger the age; what had none is the oldest.
                Self::Age => other.last_touch.cmp(&one.last_touch),
                Self::Account => one.account_name.cmp(&other.account_name),
                Self::Partner => one.partner_name.cmp(&other.partner_name),
                Self::Bet => (&one.bet_name, one.fate, &one.stage).cmp(&(&other.bet_name, other.fate, &other.stage)),
                Self::Owner => one.owner_name.cmp(&other.owner_name),
            };
            turned(order, descending).then(by_name(one, other))
        });
    }
}

fn turned(order: std::cmp::Ordering, descending: bool) -> std::cmp::Ordering {
    if descending { order.reverse() } else { order }
}

fn by_name(one: &TargetRow, other: &TargetRow) -> std::cmp::Ordering {
    (&one.account_name, &one.bet).cmp(&(&other.account_name, &other.bet))
}

/// Which targets are asked for, in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetsAsked {
    /// The key of a bet.
    pub bet: Option<String>,
    /// A person's id or a name; empty for those that are nobody's.
    pub owner: Option<String>,
    /// A partner, by key or name.
    pub partner: Option<String>,
    /// A part of the account's name.
    pub named: Option<String>,
    /// How they stand.
    pub status: Status,
    /// The order.
    pub sort: Sort,
    /// Whether the order is turned round.
    pub descending: bool,
}

/// The list.
#[derive(Debug, Clone)]
pub struct TargetsView {
    /// The targets asked for, in order.
    pub rows: Vec<TargetRow>,
    /// How many there are of each status, by the other filters.
    pub counts: BTreeMap<&'static str, usize>,
    /// How many targets there are at all.
    pub of: usize,
    /// Their owners, as ids or names, with what they are called.
    pub owners: BTreeMap<String, String>,
}

impl TargetsView {
    /// How many there are of a status.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.counts.get(status.name()).copied().unwrap_or_default()
    }
}

/// All that is known of one target.
#[derive(Debug, Clone)]
pub struct TargetView {
    /// As the list shows it.
    pub row: TargetRow,
    /// As the facts and the record together count it, where it has entered its bet.
    pub fate: Option<TargetFate>,
    /// The steps that people said it reached, and the touches, oldest first; what was taken back is not among them.
    pub said: Vec<StepSaid>,
    /// What it said each time that it was saved by that day, oldest first.
    pub log: Vec<TargetEntry>,
}

impl Office {
    /// The targets asked for.
    pub fn targets<'a>(
        &'a self,
        actor: &'a Actor,
        standing: &'a Standing,
        asked: &'a TargetsAsked,
    ) -> Answer<'a, TargetsView> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let all = self.target_rows(standing).await?;
            let is_of_bet = |row: &&TargetRow| asked.bet.as_ref().is_none_or(|bet| row.bet == *bet);
            let of_bet: Vec<&TargetRow> = all.iter().filter(is_of_bet).collect();
            let of = of_bet.len();
            let owners = of_bet.iter().filter(|row| !row.owner.is_empty());
            let owners = owners.map(|row| (row.owner.clone(), row.owner_name.clone())).collect();
            let asked_for: Vec<&TargetRow> = of_bet.into_iter().filter(|row| asked.takes(row)).collect();
            let count = |status: Status| (status.name(), asked_for.iter().filter(|row| status.takes(row)).count());
            let counts = Status::ALL.map(count).into_iter().collect();
            let of_status = asked_for.into_iter().filter(|row| asked.status.takes(row));
            let mut rows: Vec<TargetRow> = of_status.cloned().collect();
            asked.sort.put(&mut rows, asked.descending);
            Ok(TargetsView {
                rows,
                counts,
                of,
                owners,
            })
        })
    }

    /// Everything that is known of one target.
    pub fn target<'a>(
        &'a self,
        actor: &'a Actor,
        standing: &'a Standing,
        bet: &'a str,
        account: &'a str,
    ) -> Answer<'a, TargetView> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let row = self.target_row(standing, bet, account).await?;
            let mut log = match &row.id {
                Some(id) => self.ledger.target_log(id).await?,
                None => Vec::new(),
            };
            log.retain(|entry| day_of(entry.at) <= standing.today);
            let judged = standing.judged(&row.bet_name);
            let fates = judged.map_or(&[][..], |judged| &judged.progress.targets);
            Ok(TargetView {
                fate: fates.iter().find(|fate| fate.account == row.account).cloned(),
                said: standing.said.of_target(bet, account).cloned().collect(),
                log,
                row,
            })
        })
    }

    /// The targets asked for as a file.
    pub fn targets_list_file<'a>(
        &'a self,
        actor: &'a Actor,
        standing: &'a Standing,
        asked: &'a TargetsAsked,
    ) -> Answer<'a, RowsFile> {
        Box::pin(async move {
            let TargetsView { rows, .. } = self.targets(actor, standing, asked).await?;
            let about = About {
                title: format!("Targets, {}", asked.status.name()),
                lines: vec![("As of".to_owned(), standing.today.to_string())],
            };
            let scratch = self.facts.folder();
            Ok(RowsFile::new(about, HEADER, rows.len() as u64, scratch, move |take| {
                rows.iter().try_for_each(|row| take(&cells(row)))
            }))
        })
    }
}

impl TargetsAsked {
    fn takes(&self, row: &TargetRow) -> bool {
        let is =
            |asked: &Option<String>, values: [&str; 2]| asked.as_deref().is_none_or(|asked| values.contains(&asked));
        let named = self.named.as_deref().map(str::to_lowercase);
        is(&self.owner, [&row.owner, &row.owner_name])
            && is(
                &self.partner,
                [row.partner.as_deref().unwrap_or_default(), &row.partner_name],
            )
            && named.is_none_or(|part| row.account_name.to_lowercase().contains(&part))
    }
}

/// The columns of the file.
const HEADER: [&str; 11] = [
    "account_id",
    "account",
    "partner",
    "bet",
    "stage",
    "play",
    "next_step",
    "due",
    "owner",
    "entered_on",
    "last_touch",
];

fn cells(row: &TargetRow) -> [Cell<'_>; HEADER.len()] {
    [
        Cell::text(&row.account),
        Cell::text(&row.account_name),
        Cell::text(&row.partner_name),
        Cell::text(&row.bet_name),
        Cell::text(&row.stage),
        Cell::text(&row.play),
        Cell::text(&row.next_step),
        Cell::day(row.due),
        Cell::text(&row.owner_name),
        Cell::day(row.entered),
        Cell::day(row.last_touch),
    ]
}
