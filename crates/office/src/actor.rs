//! Who asks, and what the five roles may do. Deny by default: a permission that a role does not list is refused here,
//! whatever the page showed.

use crate::Refusal;
use crate::refusal::Code;

/// The five roles of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The partnerships leader: writes the strategy and decides.
    Owner,
    /// Reads everything, signs.
    Sponsor,
    /// Runs the motion: own bets and targets.
    PartnerManager,
    /// Imports facts and settles matches.
    Data,
    /// Reads.
    Viewer,
}

impl Role {
    /// All roles, in the order that pages list them.
    pub const ALL: [Self; 5] = [
        Self::Owner,
        Self::Sponsor,
        Self::PartnerManager,
        Self::Data,
        Self::Viewer,
    ];

    /// The role's name, as written in pages, in the record and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Sponsor => "sponsor",
            Self::PartnerManager => "partner manager",
            Self::Data => "data",
            Self::Viewer => "viewer",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether this role holds a permission.
    #[must_use]
    pub const fn may(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Owner => !matches!(permission, P::Sign),
            Self::Sponsor => matches!(permission, P::Read | P::Sign),
            Self::PartnerManager => matches!(permission, P::Read | P::Run),
            Self::Data => matches!(permission, P::Read | P::Import | P::Match),
            Self::Viewer => matches!(permission, P::Read),
        }
    }
}

/// What a verb asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Look at strategy, evidence and decisions.
    Read,
    /// Write the strategy: outcome, choices, bets.
    Write,
    /// Sign a version, or send it back.
    Sign,
    /// Start bets, decide, hold reviews.
    Decide,
    /// Record what happens in a bet: targets, steps, evidence.
    Run,
    /// Import facts.
    Import,
    /// Say which accounts of a partner's list are ours.
    Match,
    /// Give out links that show the one page.
    Share,
    /// Add people and change their roles.
    Administer,
}

impl Permission {
    /// The permission in words, for "… may be done by …".
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Read => "reading this program",
            Self::Write => "writing the strategy",
            Self::Sign => "signing or sending back a version",
            Self::Decide => "deciding on bets and holding reviews",
            Self::Run => "recording what happens in a bet",
            Self::Import => "importing facts",
            Self::Match => "settling matches",
            Self::Share => "giving out links",
            Self::Administer => "managing people",
        }
    }

    /// The roles that hold it.
    pub fn holders(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| role.may(self))
    }
}

/// Somebody who asks for a verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person's id in the record; empty for the command line of the machine itself.
    pub person: String,
    /// The name shown in the register.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

impl Actor {
    /// The operator of the machine, at its command line.
    #[must_use]
    pub fn command_line() -> Self {
        Self {
            person: String::new(),
            name: "command line".into(),
            role: Role::Owner,
        }
    }

    /// Who this is in the record: the person's id, or the command line.
    #[must_use]
    pub fn id(&self) -> &str {
        if self.person.is_empty() {
            "command line"
        } else {
            &self.person
        }
    }

    /// Refuses unless this actor's role holds the permission; says who can.
    ///
    /// # Errors
    /// [`Code::NotAllowed`], naming the roles that may.
    pub fn must(&self, permission: Permission) -> Result<(), Refusal> {
        if self.role.may(permission) {
            return Ok(());
        }
        let holders: Vec<&str> = permission.holders().map(Role::name).collect();
        let message = format!(
            "{} has the role {}; {} is not theirs to do",
            self.name,
            self.role.name(),
            permission.words()
        );
        let hint = format!("Ask somebody with the role {}.", holders.join(" or "));
        Err(Refusal {
            missing: Some(permission),
            ..Refusal::new(Code::NotAllowed, message, hint)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Actor, Permission, Role};
    use crate::refusal::Code;

    #[test]
    fn only_the_sponsor_signs_and_the_refusal_says_who_can() {
        for role in Role::ALL {
            assert_eq!(role.may(Permission::Sign), role == Role::Sponsor);
        }
        let owner = Actor {
            name: "Ines".into(),
            ..Actor::command_line()
        };
        let refusal = owner.must(Permission::Sign).expect_err("an owner does not sign");
        assert_eq!(refusal.code, Code::NotAllowed);
        assert!(refusal.hint.contains("sponsor"), "{refusal}");
    }

    #[test]
    fn role_names_round_trip() {
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
    }
}
