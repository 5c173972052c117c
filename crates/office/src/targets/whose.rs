//! Whose a bet and a target are, and who may work them: own bets and targets for a partner manager, every one for the owner
//! of the program. Must not write.

use beachhead_strategy::Bet;

use super::list::TargetRow;
use crate::actor::{Actor, Role};
use crate::{Code, Refusal};

/// Whether a person is meant, by id or by name.
fn is(actor: &Actor, owner: &str) -> bool {
    !owner.is_empty() && (owner == actor.person || owner == actor.name)
}

/// Whether somebody may run a bet: whoever owns the program any, a partner manager those that are theirs or nobody's.
#[must_use]
pub fn may_run(actor: &Actor, bet: &Bet) -> bool {
    match actor.role {
        Role::Owner => true,
        Role::PartnerManager => bet.owner.is_empty() || is(actor, &bet.owner),
        Role::Sponsor | Role::Data | Role::Viewer => false,
    }
}

/// Refuses whom a bet is not to run; says whose it is and who can.
pub(crate) fn must_run(actor: &Actor, bet: &Bet) -> Result<(), Refusal> {
    if may_run(actor, bet) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::NotAllowed,
        format!("{} is {}'s bet, not yours", bet.name, bet.owner),
        format!("Ask {} or somebody with the role owner.", bet.owner),
    ))
}

/// Refuses to name targets for others in a bet of somebody else; one's own may be named in any.
pub(crate) fn must_name<'a>(
    actor: &Actor,
    bet: &Bet,
    mut owners: impl Iterator<Item = &'a str>,
) -> Result<(), Refusal> {
    if may_run(actor, bet) || owners.all(|owner| is(actor, owner)) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::NotAllowed,
        format!(
            "{} is {}'s bet: there you name targets of your own",
            bet.name, bet.owner
        ),
        format!(
            "Make yourself the owner, or ask {} or somebody with the role owner.",
            bet.owner
        ),
    ))
}

impl TargetRow {
    /// Whether somebody who may run bets may work this target: whoever owns the program any, everybody else those that are
    /// theirs or nobody's, and those of a bet that is theirs.
    #[must_use]
    pub fn may_be_worked_by(&self, actor: &Actor) -> bool {
        match actor.role {
            Role::Owner => true,
            Role::PartnerManager => self.owner.is_empty() || is(actor, &self.owner) || is(actor, &self.bet_owner),
            Role::Sponsor | Role::Data | Role::Viewer => false,
        }
    }

    /// Refuses whom the target is not to work; says whose it is and who can.
    pub(crate) fn must_be_worked_by(&self, actor: &Actor) -> Result<(), Refusal> {
        if self.may_be_worked_by(actor) {
            return Ok(());
        }
        let who = match self.bet_owner.as_str() {
            "" => String::new(),
            owner if owner == self.owner || owner == self.owner_name => String::new(),
            owner => format!(", by {owner}, who owns {}", self.bet_name),
        };
        Err(Refusal::new(
            Code::NotAllowed,
            format!("{} is {}'s target, not yours", self.account_name, self.owner_name),
            format!(
                "It can be worked by {}{who}, or by somebody with the role owner, who can also make it yours.",
                self.owner_name
            ),
        ))
    }
}
