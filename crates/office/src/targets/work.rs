//! Working targets: a step is logged, several are edited at once, one is named by hand, a step is taken back. Must not
//! say what the funnel makes of it.

use beachhead_ledger::{NewStep, NewTarget, Target, TargetWork};
use beachhead_strategy::Bet;
use jiff::civil::Date;

use super::list::TargetRow;
use super::whose::must_name;
use super::{LOST, NAMED, TARGETED, TOUCH};
use crate::actor::{Actor, Permission};
use crate::deciding::sentence;
use crate::mapping::TARGETS_MOST;
use crate::standing::Standing;
use crate::{Answer, Office, Refusal};

/// What is logged of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLog {
    /// The bet's key.
    pub bet: String,
    /// The account's key.
    pub account: String,
    /// The step that it reached: one of the motion's, [`TARGETED`] as its work begins, [`LOST`]; empty where it reached
    /// none. Then it is a touch if there is anything to say of it, and else only what is next has changed.
    pub reached: String,
    /// The day.
    pub on: Date,
    /// What there is to say of it; may be empty.
    pub note: String,
    /// What is next; may be empty only at the end.
    pub next_step: String,
    /// By when.
    pub due: Option<Date>,
    /// Whose it is from now on; empty leaves it.
    pub owner: String,
    /// The revision that the editor began from.
    pub revision: i64,
}

/// What became of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The account's name.
    pub account_name: String,
    /// The step, where one was logged.
    pub reached: Option<String>,
    /// How many of the bet's targets have reached it now, of how many that entered.
    pub funnel: Option<(u64, u64)>,
}

/// A target chosen from the list, as its editor saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picked {
    /// The bet's key.
    pub bet: String,
    /// The account's key.
    pub account: String,
    /// The revision that the editor saw.
    pub revision: i64,
}

impl Picked {
    /// The target that was chosen, if something is still to be done.
    pub(super) fn open_row<'a>(&self, rows: &'a [TargetRow]) -> Result<&'a TargetRow, Refusal> {
        let is_it = |row: &&TargetRow| row.bet == self.bet && row.account == self.account;
        let row = rows.iter().find(is_it).ok_or_else(|| {
            let what = format!("{} is no target of {}", self.account, self.bet);
            Refusal::not_found(what, "The list may have changed meanwhile; choose again.")
        })?;
        if !row.is_open() {
            return Err(Refusal::conflict(
                format!("{} has come to its end: {}", row.account_name, row.stage),
                "Choose targets that are open.",
            ));
        }
        Ok(row)
    }
}

/// What several targets say from now on; what is empty stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetChange {
    /// Whose they are.
    pub owner: String,
    /// What is next.
    pub next_step: String,
    /// By when.
    pub due: Option<Date>,
}

/// How many targets an edit changes, and what of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edited {
    /// Targets chosen.
    pub targets: usize,
    /// Those that get another owner.
    pub owners: usize,
    /// Those that get another next step.
    pub next_steps: usize,
    /// Those that get another day.
    pub dues: usize,
    /// Those chosen of which nothing changes.
    pub unchanged: usize,
}

/// An account named as a target by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNamed {
    /// The bet's key.
    pub bet: String,
    /// The account: its id or its name.
    pub account: String,
    /// The partner's key; may be empty.
    pub partner: String,
    /// The play; may be empty.
    pub play: String,
    /// Whose it is; empty for whoever names it.
    pub owner: String,
    /// The next step.
    pub next_step: String,
    /// Its day.
    pub due: Date,
}

impl Office {
    /// Logs what a target came to and what is next. A target that only the facts know comes into the record with it.
    pub fn log_step<'a>(&'a self, actor: &'a Actor, log: &'a StepLog) -> Answer<'a, Logged> {
        Box::pin(async move {
            actor.must(Permission::Run)?;
            let standing = self.standing(actor, None).await?;
            let bet = standing.bet(&log.bet)?.clone();
            let row = self.target_row(&standing, &log.bet, &log.account).await?;
            row.must_be_worked_by(actor)?;
            let step = checked(&standing, &bet, &row, log)?;
            let mut target = kept(&row, self.surroundings.id());
            if row.revision > 0 {
                target.revision = log.revision;
            }
            let ends = step.as_ref().is_some_and(|step| is_end(&bet, &step.step));
            let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            let new = &mut target.target;
            new.owner = said(&log.owner)
                .or_else(|| new.owner.take())
                .or_else(|| said(&actor.person));
            new.next_step = said(&log.next_step).filter(|_| !ends);
            new.due = log.due.filter(|_| !ends);
            if let Some(step) = step.as_ref().filter(|step| step.step != TOUCH) {
                new.state.clone_from(&step.step);
            }
            let work = vec![TargetWork { target, step }];
            self.ledger
                .work_targets(&self.stamp_of(actor, "log step"), work)
                .await?;
            let reached = Some(log.reached.clone()).filter(|step| !step.is_empty());
            let funnel = match &reached {
                Some(step) => in_funnel(&self.standing(actor, None).await?, &bet, step),
                None => None,
            };
            Ok(Logged {
                account_name: row.account_name,
                reached,
                funnel,
            })
        })
    }

    /// Takes back a step that somebody said; it counts no more, and what was said stays in the record.
    pub fn undo_step<'a>(&'a self, actor: &'a Actor, number: i64) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Run)?;
            let standing = self.standing(actor, None).await?;
            if let Some(said) = standing.said.row(number) {
                let row = self.target_row(&standing, &said.bet, &said.account).await?;
                row.must_be_worked_by(actor)?;
                // What was named and never worked would leave the count otherwise, and the rest would look better than it is.
                if said.step.step == TARGETED && said.step.on <= standing.today {
                    return Err(Refusal::conflict(
                        format!("{} has entered {} and stays in its count", said.account_name, said.bet),
                        "Log it as lost if nothing can come of it.",
                    ));
                }
            }
            Ok(self
                .ledger
                .undo_step(&self.stamp_of(actor, "undo step"), number)
                .await?)
        })
    }

    /// Changes owner, next step or day of several targets, all or none; with `write` unset it only counts what would
    /// change.
    pub fn edit_targets<'a>(
        &'a self,
        actor: &'a Actor,
        picked: &'a [Picked],
        change: &'a TargetChange,
        write: bool,
    ) -> Answer<'a, Edited> {
        Box::pin(async move {
            actor.must(Permission::Run)?;
            let standing = self.standing(actor, None).await?;
            check_edit(picked, change, standing.today)?;
            let rows = self.target_rows(&standing).await?;
            let mut edited = Edited {
                targets: picked.len(),
                ..Edited::default()
            };
            let mut work = Vec::new();
            for one in picked {
                let row = one.open_row(&rows)?;
                row.must_be_worked_by(actor)?;
                let mut target = kept(row, self.surroundings.id());
                target.revision = one.revision;
                if edited.count(row, change, &mut target.target) {
                    work.push(TargetWork { target, step: None });
                }
            }
            if write && !work.is_empty() {
                self.ledger
                    .work_targets(&self.stamp_of(actor, "edit targets"), work)
                    .await?;
            }
            Ok(edited)
        })
    }

    /// Names an account as a target of a bet by hand: one of ours, or one that no import has brought yet.
    pub fn name_target<'a>(&'a self, actor: &'a Actor, named: &'a NewNamed) -> Answer<'a, TargetRow> {
        Box::pin(async move {
            actor.must(Permission::Run)?;
            let standing = self.standing(actor, None).await?;
            let bet = standing.bet(&named.bet)?;
            let owner = Some(named.owner.trim()).filter(|owner| !owner.is_empty());
            must_name(actor, bet, owner.into_iter())?;
            must_be_open(&standing, bet)?;
            let typed = named.account.trim();
            required("The account", typed)?;
            required("The next step", &named.next_step)?;
            sentence("The account", typed)?;
            sentence("The play", &named.play)?;
            sentence("The owner", &named.owner)?;
            not_passed(named.due, standing.today)?;
            let star = standing.facts.as_ref().map(|facts| &facts.star);
            let found = star.and_then(|star| star.account_called(typed));
            let (account, account_name) = found.unwrap_or((typed, typed));
            let row = self.target_row(&standing, &named.bet, account).await;
            if let Ok(row) = row {
                return Err(Refusal::conflict(
                    format!("{} is a target of {} already", row.account_name, bet.name),
                    "Log a step of it instead.",
                ));
            }
            let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            let target = Target {
                id: self.surroundings.id(),
                revision: 0,
                target: NewTarget {
                    bet: named.bet.clone(),
                    account: account.to_owned(),
                    account_name: account_name.to_owned(),
                    partner: said(&named.partner),
                    play: said(&named.play),
                    owner: owner.map(ToOwned::to_owned).or_else(|| said(&actor.person)),
                    next_step: said(&named.next_step),
                    due: Some(named.due),
                    state: NAMED.to_owned(),
                },
            };
            let work = vec![begins(target)];
            self.ledger
                .work_targets(&self.stamp_of(actor, "name target"), work)
                .await?;
            self.target_row(&standing, &named.bet, account).await
        })
    }
}

/// A target that is named: it enters its bet when something is logged of it, at the latest on the day that its first step
/// is due. Nobody has to remember to say so, and nothing that is never worked is left out of the count.
pub(crate) fn begins(target: Target) -> TargetWork {
    let step = target.target.due.map(|on| NewStep {
        step: TARGETED.to_owned(),
        on,
        note: None,
    });
    TargetWork { target, step }
}

/// Refuses a bet that has ended.
pub(crate) fn must_be_open(standing: &Standing, bet: &Bet) -> Result<(), Refusal> {
    if standing.state_of(&bet.name).is_ended() {
        return Err(Refusal::conflict(
            format!("{} has ended", bet.name),
            "Choose a bet that is proposed, planned or running.",
        ));
    }
    Ok(())
}

/// The step that is logged, if it can be.
pub(super) fn checked(
    standing: &Standing,
    bet: &Bet,
    row: &TargetRow,
    log: &StepLog,
) -> Result<Option<NewStep>, Refusal> {
    sentence("The next step", &log.next_step)?;
    sentence("What is said of it", &log.note)?;
    sentence("The owner", &log.owner)?;
    if row.revision > 0 && row.revision != log.revision {
        let next = if row.next_step.is_empty() {
            "nothing"
        } else {
            &row.next_step
        };
        return Err(Refusal::conflict(
            format!(
                "{} was changed meanwhile: it is at “{}”, and next is: {next}",
                row.account_name, row.stage
            ),
            "Look at both and log again.",
        ));
    }
    if !is_end(bet, &log.reached) {
        required("The next step", &log.next_step)?;
        let due = log
            .due
            .ok_or_else(|| Refusal::bad_input("The day of the next step is missing", "Give a day from today on."))?;
        not_passed(due, standing.today)?;
    }
    let note = Some(log.note.trim().to_owned()).filter(|note| !note.is_empty());
    let step = match (log.reached.is_empty(), &note) {
        (true, None) => return Ok(None),
        (true, Some(_)) => touch(standing, log)?,
        (false, _) => reached(standing, bet, row, log)?,
    };
    Ok(Some(NewStep {
        step: step.to_owned(),
        on: log.on,
        note,
    }))
}

/// What happened without a step: on any day up to today.
fn touch(standing: &Standing, log: &StepLog) -> Result<&'static str, Refusal> {
    if log.on > standing.today {
        return Err(Refusal::bad_input(
            format!("{} is not a day on which anything could have happened", log.on),
            "Give a day up to today.",
        ));
    }
    Ok(TOUCH)
}

fn reached<'a>(standing: &Standing, bet: &Bet, row: &TargetRow, log: &'a StepLog) -> Result<&'a str, Refusal> {
    let state = standing.state_of(&bet.name);
    let Some(began) = standing.began(&bet.name).filter(|_| state.is_worked()) else {
        return Err(Refusal::conflict(
            format!("{} is {}, so no step of it is logged", bet.name, state.word()),
            "Steps count from the day on which a bet begins.",
        ));
    };
    let known = bet.motion.step(&log.reached).is_some() || [TARGETED, LOST].contains(&log.reached.as_str());
    if !known {
        let steps: Vec<&str> = bet.motion.steps.iter().map(|step| step.name.as_str()).collect();
        return Err(Refusal::bad_input(
            format!("“{}” is no step of {}", log.reached, bet.name),
            format!("There are {TARGETED}, {} and {LOST}.", steps.join(", ")),
        ));
    }
    if log.on > standing.today || log.on < began {
        return Err(Refusal::bad_input(
            format!("{} is not a day on which a step could be reached", log.on),
            format!("Give a day from {began}, when the bet began, to today."),
        ));
    }
    let fates = standing.judged(&bet.name).map(|judged| &judged.progress);
    let fate = fates.and_then(|progress| progress.targets.iter().find(|fate| fate.account == row.account));
    let before = fate.and_then(|fate| match log.reached.as_str() {
        TARGETED => Some(fate.entered),
        LOST => fate.lost_on,
        step => {
            let at = bet.motion.steps.iter().position(|other| other.name == step)?;
            fate.reached.get(at).copied().flatten()
        }
    });
    match before {
        Some(before) if before <= log.on => Err(Refusal::conflict(
            format!("{} reached “{}” on {before} already", row.account_name, log.reached),
            "Of two days the first counts. Log what came after, or change only what is next.",
        )),
        _ => Ok(&log.reached),
    }
}

/// Whether nothing comes after a step.
fn is_end(bet: &Bet, step: &str) -> bool {
    step == LOST || bet.motion.steps.last().is_some_and(|last| last.name == step)
}

/// A target of the list as the record keeps it; one that only the facts know becomes new.
pub(super) fn kept(row: &TargetRow, id: String) -> Target {
    let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Target {
        id: row.id.clone().unwrap_or(id),
        revision: row.revision,
        target: NewTarget {
            bet: row.bet.clone(),
            account: row.account.clone(),
            account_name: row.account_name.clone(),
            partner: row.partner.clone(),
            play: said(&row.play),
            owner: said(&row.owner),
            next_step: said(&row.next_step),
            due: row.due,
            state: row.stage.clone(),
        },
    }
}

/// How many targets have reached a step now, of how many that entered.
fn in_funnel(standing: &Standing, bet: &Bet, step: &str) -> Option<(u64, u64)> {
    let judged = standing.judged(&bet.name)?;
    let at = bet.motion.steps.iter().position(|other| other.name == step)?;
    let seen = judged.stages.steps.get(at)?;
    Some((seen.converted, judged.progress.targets.len() as u64))
}

impl Edited {
    /// Changes a target and counts what changes; whether anything does.
    fn count(&mut self, row: &TargetRow, change: &TargetChange, target: &mut NewTarget) -> bool {
        let owner = Some(change.owner.trim()).filter(|owner| !owner.is_empty() && *owner != row.owner);
        let next = Some(change.next_step.trim()).filter(|next| !next.is_empty() && *next != row.next_step);
        let due = change.due.filter(|due| Some(*due) != row.due);
        if let Some(owner) = owner {
            target.owner = Some(owner.to_owned());
            self.owners += 1;
        }
        if let Some(next) = next {
            target.next_step = Some(next.to_owned());
            self.next_steps += 1;
        }
        if let Some(due) = due {
            target.due = Some(due);
            self.dues += 1;
        }
        let changes = owner.is_some() || next.is_some() || due.is_some();
        self.unchanged += usize::from(!changes);
        changes
    }
}

/// Refuses no target and more than can be changed at once.
pub(super) fn some(picked: usize) -> Result<(), Refusal> {
    if picked == 0 || picked > TARGETS_MOST {
        return Err(Refusal::bad_input(
            format!("{picked} targets were chosen"),
            format!("Choose from 1 to {TARGETS_MOST} targets at a time."),
        ));
    }
    Ok(())
}

fn check_edit(picked: &[Picked], change: &TargetChange, today: Date) -> Result<(), Refusal> {
    some(picked.len())?;
    if change.owner.trim().is_empty() && change.next_step.trim().is_empty() && change.due.is_none() {
        return Err(Refusal::bad_input(
            "Nothing would change",
            "Give an owner, a next step or a day.",
        ));
    }
    sentence("The owner", &change.owner)?;
    sentence("The next step", &change.next_step)?;
    change.due.map_or(Ok(()), |due| not_passed(due, today))
}

fn required(what: &str, words: &str) -> Result<(), Refusal> {
    if words.trim().is_empty() {
        let hint = "Each open target has a next step and its day.";
        return Err(Refusal::bad_input(format!("{what} is missing"), hint));
    }
    Ok(())
}

fn not_passed(due: Date, today: Date) -> Result<(), Refusal> {
    if due < today {
        return Err(Refusal::bad_input(
            format!("{due} has passed"),
            "Give the next step a day from today on.",
        ));
    }
    Ok(())
}
