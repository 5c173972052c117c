//! The five pitfalls of a strategy, each found or not, with the page that mends it. Reads the checker's findings; finds
//! nothing of its own but that more cells are chosen than one page has room for.

use beachhead_strategy::{CellState, Finding};

use crate::standing::Standing;

/// The most cells that a strategy chooses: more is refusing to choose.
pub const CHOSEN_MOST: usize = 3;

/// One of the five.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pitfall {
    /// What it is called when one is in it.
    pub name: &'static str,
    /// What is so when one is not.
    pub avoided: &'static str,
    /// What was found; `None` where one is not in it.
    pub found: Option<String>,
    /// The page that mends it.
    pub href: &'static str,
}

/// The five, in the order of the choices.
#[must_use]
pub fn pitfalls(standing: &Standing) -> [Pitfall; 5] {
    let findings = standing.findings();
    let first =
        |takes: &dyn Fn(&Finding) -> bool| findings.iter().find(|one| takes(one)).map(|one| one.message.clone());
    let strategy = &standing.draft.parsed.strategy;
    let ruled_out = strategy.cells.iter().any(|cell| cell.state.is_out());
    let chosen = strategy
        .cells
        .iter()
        .filter(|cell| cell.state == CellState::Chosen)
        .count();
    let crowded = (chosen > CHOSEN_MOST).then(|| format!("{chosen} cells are chosen"));
    [
        Pitfall {
            name: "This is a goal, not a strategy",
            avoided: "It says a route, and what it rules out",
            found: first(&|one| one.code == "S01" || (one.code == "S03" && !ruled_out)),
            href: "/where",
        },
        Pitfall {
            name: "Refusing to choose",
            avoided: "Few cells are chosen, each with a bet",
            found: crowded.or_else(|| first(&|one| one.code == "S03" && ruled_out)),
            href: "/where",
        },
        Pitfall {
            name: "Not a business outcome",
            avoided: "The outcome is a business result",
            found: first(&|one| matches!(one.code, "S02" | "S06")),
            href: "/strategy/written",
        },
        Pitfall {
            name: "All at once",
            avoided: "The team has the hours for it",
            found: first(&|one| one.code == "S04"),
            href: "/roadmap",
        },
        Pitfall {
            name: "No way to judge it",
            avoided: "Every bet has a gate that can be judged",
            found: first(&|one| one.code == "S05"),
            href: "/bets",
        },
    ]
}
