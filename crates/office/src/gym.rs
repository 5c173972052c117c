//! The gym: policies and the judge's rules on made-up programs whose truth is known. Needs no program of ours.

use beachhead_foresight::gym::{Gym, Setting, gym};

use crate::{Office, Refusal};

impl Office {
    /// Runs every policy in so many worlds of a setting, tries the judge's rules on bets like theirs and holds forecasts
    /// against them. `progress` hears twice of every world, from any thread.
    ///
    /// # Errors
    /// A dial out of its range, or too many worlds: where, what, and how to mend it.
    pub fn gym(setting: &Setting, seed: u64, worlds: u32, progress: &(dyn Fn() + Sync)) -> Result<Gym, Refusal> {
        gym(setting, seed, worlds, progress).map_err(crate::wrong_figures)
    }
}
