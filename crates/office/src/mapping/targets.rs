//! From the matrix to named targets: accounts chosen from a cell, each with its play, owner, next step and day, become
//! targets of a bet. Must not judge how they fare.

use std::collections::{BTreeMap, BTreeSet};

use beachhead_ledger::{NewTarget, Target, TargetWork};
use jiff::civil::Date;

use crate::actor::{Actor, Permission};
use crate::deciding::sentence;
use crate::targets::{NAMED, begins, must_be_open, must_name};
use crate::{Answer, Office, Refusal};

/// The most accounts that are named at once.
pub const TARGETS_MOST: usize = 200;

/// An account to go after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTarget {
    /// Our account's id.
    pub account: String,
    /// The play.
    pub play: String,
    /// Whose it is: a person's id, or a name.
    pub owner: String,
    /// The next step, in words.
    pub next_step: String,
    /// Its day.
    pub due: Date,
}

/// What became of the accounts that were named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetsChosen {
    /// The bet's key.
    pub bet: String,
    /// How many are targets now.
    pub added: usize,
    /// The names of those that the bet had already: they stay as they were.
    pub already: Vec<String>,
}

impl Office {
    /// Makes accounts that a partner's list has in common with us targets of a bet: all that the bet does not have yet.
    pub fn choose_targets<'a>(
        &'a self,
        actor: &'a Actor,
        bet: &'a str,
        partner: &'a str,
        targets: &'a [NamedTarget],
    ) -> Answer<'a, TargetsChosen> {
        Box::pin(async move {
            actor.must(Permission::Run)?;
            let standing = self.standing(actor, None).await?;
            let found = standing.bet(bet)?;
            must_name(actor, found, targets.iter().map(|target| target.owner.as_str()))?;
            must_be_open(&standing, found)?;
            let settled = self.settled(partner, None).await?;
            let in_common: BTreeMap<&str, u32> = settled
                .companies
                .ours
                .keys()
                .map(|ours| (settled.laid.ours.list.id.get(*ours as usize), *ours))
                .collect();
            let today = self.surroundings.today();
            check(
                targets,
                today,
                |account| in_common.contains_key(account),
                settled.laid.partner_name(),
            )?;
            let of_record = |target: &NamedTarget| {
                let row = in_common.get(target.account.as_str()).copied().unwrap_or_default();
                let said = |text: &str| Some(text.trim().to_owned());
                let target = NewTarget {
                    bet: bet.to_owned(),
                    account: target.account.clone(),
                    account_name: settled.laid.ours.list.name.get(row as usize).to_owned(),
                    partner: Some(settled.laid.of.partner_id.clone()),
                    play: said(&target.play),
                    owner: said(&target.owner),
                    next_step: said(&target.next_step),
                    due: Some(target.due),
                    state: NAMED.to_owned(),
                };
                begins(Target {
                    id: self.surroundings.id(),
                    revision: 0,
                    target,
                })
            };
            let new: Vec<TargetWork> = targets.iter().map(of_record).collect();
            let names: Vec<(String, String)> = new
                .iter()
                .map(|work| &work.target.target)
                .map(|new| (new.account.clone(), new.account_name.clone()))
                .collect();
            let added = self
                .ledger
                .add_targets(&self.stamp_of(actor, "choose targets"), new)
                .await?;
            let ids: BTreeSet<&str> = added.iter().map(|target| target.target.account.as_str()).collect();
            Ok(TargetsChosen {
                bet: bet.to_owned(),
                added: added.len(),
                already: names
                    .iter()
                    .filter(|(account, _)| !ids.contains(account.as_str()))
                    .map(|(_, name)| name.clone())
                    .collect(),
            })
        })
    }
}

fn check(
    targets: &[NamedTarget],
    today: Date,
    is_in_common: impl Fn(&str) -> bool,
    partner: &str,
) -> Result<(), Refusal> {
    if targets.is_empty() || targets.len() > TARGETS_MOST {
        return Err(Refusal::bad_input(
            format!("{} accounts were chosen", targets.len()),
            format!("Choose from 1 to {TARGETS_MOST} accounts at a time."),
        ));
    }
    for target in targets {
        if !is_in_common(&target.account) {
            return Err(Refusal::bad_input(
                format!("{} is not in common with {partner}", target.account),
                "The list may have changed meanwhile; choose again from the matrix.",
            ));
        }
        for (what, words) in [
            ("The play", &target.play),
            ("The owner", &target.owner),
            ("The next step", &target.next_step),
        ] {
            if words.trim().is_empty() {
                return Err(Refusal::bad_input(
                    format!("{what} of {} is missing", target.account),
                    "Each target has a play, an owner, a next step and its day.",
                ));
            }
            sentence(what, words)?;
        }
        if target.due < today {
            return Err(Refusal::bad_input(
                format!("{} has passed", target.due),
                "Give the next step a day from today on.",
            ));
        }
    }
    Ok(())
}
