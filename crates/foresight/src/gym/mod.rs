//! The gym: made-up programs whose truth is known, on which policies and the judge's rules are tried side by side.
//! Must not be asked about a real program.

mod coverage;
pub mod judging;
mod policy;
mod replan;
mod ring;
mod score;
mod seen;
pub mod setting;
pub(crate) mod world;

#[cfg(test)]
mod tests;

pub use coverage::{Band, Coverage, Look, coverage};
pub use score::Score;
pub use setting::Setting;

use judging::{JudgingSetting, RuleRow, study};
use rayon::prelude::*;
use serde::Serialize;

use crate::error::ForesightError;
use crate::limits;
use crate::simulate::mean;
use world::World;

/// Worlds drawn from a setting, and what came of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gym {
    /// Worlds drawn.
    pub worlds: u32,
    /// The seed; the same seed gives the same bytes.
    pub seed: u64,
    /// The dials.
    pub setting: Setting,
    /// Every policy on the same worlds and luck.
    pub policies: Vec<Score>,
    /// What they are measured by.
    pub clairvoyant: Clairvoyant,
    /// The judge's rules on bets like those of the worlds.
    pub judge: Vec<RuleRow>,
    /// How often a forecast's band holds the truth.
    pub forecast: Coverage,
}

/// Bets that the judge's rules are tried on, for each world.
const JUDGED_BETS: u32 = 5;

/// The plan of one who knows every rate and no luck, the mean of worlds: the best of all ordered subsets of the bets and
/// numbers at once, nobody looking at what happens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Clairvoyant {
    /// The value it brings.
    pub value: f64,
    /// The value that it expects to bring.
    pub expected: f64,
    /// Bets at once.
    pub at_once: f64,
    /// Bets that are in its order at all.
    pub bets: f64,
}

/// Runs every policy in so many worlds of a setting, tries the judge's rules on bets like theirs and holds forecasts
/// against them. `progress` hears twice of every world, from any thread.
///
/// # Errors
/// When a dial is out of its range, or the worlds are none or over [`limits::WORLDS`].
pub fn gym(setting: &Setting, seed: u64, worlds: u32, progress: &(dyn Fn() + Sync)) -> Result<Gym, ForesightError> {
    setting.check()?;
    if worlds == 0 {
        return Err(ForesightError::invalid(
            "worlds",
            "is 0",
            "ask for at least one, such as 100",
        ));
    }
    ForesightError::at_most("worlds", u64::from(worlds), u64::from(limits::WORLDS))?;
    let fought: Vec<ring::Fought> = (0..worlds)
        .into_par_iter()
        .map(|number| {
            let fought = ring::fight(&World::new(setting, seed, number));
            progress();
            fought
        })
        .collect();
    let scored: Vec<_> = fought
        .iter()
        .map(|world| (world.results.as_slice(), world.clairvoyant))
        .collect();
    let over = |of: fn(&ring::Fought) -> f64| mean(&fought.iter().map(of).collect::<Vec<_>>());
    Ok(Gym {
        worlds,
        seed,
        setting: setting.clone(),
        policies: score::scores(&scored, setting.target_wins),
        clairvoyant: Clairvoyant {
            value: over(|world| world.clairvoyant),
            expected: over(|world| world.expected),
            at_once: over(|world| world.at_once as f64),
            bets: over(|world| world.bets as f64),
        },
        judge: study(&JudgingSetting::from_setting(setting), worlds * JUDGED_BETS, seed)?.rules,
        forecast: coverage(setting, worlds, seed, progress)?,
    })
}
