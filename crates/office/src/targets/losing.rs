//! Several targets said to be lost at once, with the reason: all or none. Must not change a target otherwise.

use std::collections::BTreeMap;

use beachhead_ledger::TargetWork;
use jiff::civil::Date;

use super::work::{Picked, StepLog, checked, kept, some};
use super::{LOST, TargetRow};
use crate::actor::{Actor, Permission};
use crate::{Answer, Office, Refusal};

/// That nothing comes of some targets any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The targets.
    pub picked: Vec<Picked>,
    /// Since which day.
    pub on: Date,
    /// Why; it stands with each of them.
    pub why: String,
}

impl Office {
    /// Says that several targets are lost, all or none; with `write` unset it only checks that they can be. Gives how many
    /// there are of each bet, by its name. They stay in the count of their bet.
    pub fn lose_targets<'a>(
        &'a self,
        actor: &'a Actor,
        lost: &'a [Lost],
        write: bool,
    ) -> Answer<'a, BTreeMap<String, usize>> {
        Box::pin(async move {
            actor.must(Permission::Run)?;
            some(lost.iter().map(|lost| lost.picked.len()).sum())?;
            if lost.iter().any(|lost| lost.why.trim().is_empty()) {
                return Err(Refusal::bad_input(
                    "The reason is missing",
                    "Say why nothing comes of them; it stands with each.",
                ));
            }
            let standing = self.standing(actor, None).await?;
            let rows = self.target_rows(&standing).await?;
            let mut of_bets: BTreeMap<String, usize> = BTreeMap::new();
            let mut work = Vec::new();
            for (lost, one) in lost
                .iter()
                .flat_map(|lost| lost.picked.iter().map(move |one| (lost, one)))
            {
                let row = one.open_row(&rows)?;
                row.must_be_worked_by(actor)?;
                let step = checked(&standing, standing.bet(&row.bet)?, row, &log_of(row, one, lost))?;
                let mut target = kept(row, self.surroundings.id());
                target.revision = one.revision;
                (target.target.next_step, target.target.due) = (None, None);
                LOST.clone_into(&mut target.target.state);
                *of_bets.entry(row.bet_name.clone()).or_default() += 1;
                work.push(TargetWork { target, step });
            }
            if write {
                self.ledger
                    .work_targets(&self.stamp_of(actor, "lose targets"), work)
                    .await?;
            }
            Ok(of_bets)
        })
    }
}

fn log_of(row: &TargetRow, picked: &Picked, lost: &Lost) -> StepLog {
    StepLog {
        bet: row.bet.clone(),
        account: row.account.clone(),
        reached: LOST.to_owned(),
        on: lost.on,
        note: lost.why.clone(),
        next_step: String::new(),
        due: None,
        owner: String::new(),
        revision: picked.revision,
    }
}
