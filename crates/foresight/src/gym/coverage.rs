//! Whether forecasts are honest: how often the truth of a made-up program lies inside the 80% band of what was forecast
//! of it. Must not decide what a program does.

use rayon::prelude::*;
use serde::Serialize;

use super::seen;
use super::setting::Setting;
use super::world::World;
use crate::belief::Belief;
use crate::error::ForesightError;
use crate::judge::{self, Evidence};
use crate::limits;
use crate::luck::Luck;
use crate::simulate::{
    BetStory, Model, Path, Plan, Program, Rule, Running, Share, Story, count, mean, quantile, run, run_for, totals,
    whole,
};

/// Weeks at which forecasts are made, as far as they lie before the horizon.
const LOOKS: [u32; 4] = [0, 13, 26, 52];
/// Paths of each forecast.
const PATHS: u32 = 200;
/// Bets at once in every world.
const AT_ONCE: usize = 2;

/// How honest forecasts of wins by the horizon are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coverage {
    /// Worlds, each with one truth.
    pub worlds: u32,
    /// Share of truths inside the 80% band of the forecast at week 0.
    pub coverage80: f64,
    /// The same and more, by the week of the forecast.
    pub looks: Vec<Look>,
}

/// Forecasts made at one week.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Look {
    /// The week.
    pub week: u32,
    /// With rates drawn from what is believed: the prior as stated, and what was counted since.
    pub drawn: Band,
    /// The same with the judge's robust prior, which doubts even a prior that is right.
    pub robust: Band,
    /// With every rate at its believed mean and partners alike: what ignoring doubt would say.
    pub plug_in: Band,
}

/// An 80% band held against the truth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Band {
    /// Share of truths from its lower to its upper end.
    pub coverage80: f64,
    /// Its mean width, wins.
    pub width80: f64,
    /// How far the truths' places in their forecasts are from evenly spread: the distance of Kolmogorov & Smirnov, ties
    /// broken by luck.
    pub ks: f64,
}

/// Forecasts so many worlds at several weeks and holds the forecasts against what came. `progress` hears of every world
/// that is done, from any thread.
///
/// # Errors
/// When a dial is out of its range, or the worlds are none or over [`limits::WORLDS`].
pub fn coverage(
    setting: &Setting,
    worlds: u32,
    seed: u64,
    progress: &(dyn Fn() + Sync),
) -> Result<Coverage, ForesightError> {
    of_looks(setting, worlds, seed, (&LOOKS, PATHS), progress)
}

fn of_looks(
    setting: &Setting,
    worlds: u32,
    seed: u64,
    (looks, paths): (&[u32], u32),
    progress: &(dyn Fn() + Sync),
) -> Result<Coverage, ForesightError> {
    setting.check()?;
    if worlds == 0 {
        return Err(ForesightError::invalid(
            "worlds",
            "is 0",
            "ask for at least one, such as 300",
        ));
    }
    ForesightError::at_most("worlds", u64::from(worlds), u64::from(limits::WORLDS))?;
    let looks: Vec<u32> = looks.iter().copied().filter(|&week| week < setting.weeks).collect();
    let held: Vec<Vec<[Held; 3]>> = (0..worlds)
        .into_par_iter()
        .map(|number| {
            let world = World::new(setting, seed, number);
            let held = Observed::new(setting, &world).looks(&looks, paths, Luck::new(seed).at(u64::from(number)));
            progress();
            held
        })
        .collect::<Result<_, _>>()?;
    let looks: Vec<Look> = looks
        .iter()
        .enumerate()
        .map(|(look, &week)| {
            let band = |which: usize| band(held.iter().map(|world| world[look][which]));
            Look {
                week,
                drawn: band(0),
                robust: band(1),
                plug_in: band(2),
            }
        })
        .collect();
    Ok(Coverage {
        worlds,
        coverage80: looks.first().map_or(0.0, |look| look.drawn.coverage80),
        looks,
    })
}

/// One forecast held against its truth.
#[derive(Debug, Clone, Copy)]
struct Held {
    inside: bool,
    width: f64,
    /// The share of the forecast below the truth.
    place: f64,
}

fn band(held: impl Iterator<Item = Held>) -> Band {
    let held: Vec<Held> = held.collect();
    let over = |of: fn(&Held) -> f64| mean(&held.iter().map(of).collect::<Vec<_>>());
    let mut places: Vec<f64> = held.iter().map(|held| held.place).collect();
    places.sort_by(f64::total_cmp);
    let n = f64::from(count(places.len()));
    let gap = |(before, place): (u32, &f64)| {
        let (below, above) = (f64::from(before) / n, f64::from(before + 1) / n);
        (place - below).abs().max((above - place).abs())
    };
    Band {
        coverage80: over(|held| f64::from(u8::from(held.inside))),
        width80: over(|held| held.width),
        ks: (0..).zip(&places).map(gap).fold(0.0, f64::max),
    }
}

/// A world that counts wins, and what its team sees of it.
struct Observed<'a> {
    world: &'a World,
    program: Program,
    plan: Plan,
}

impl<'a> Observed<'a> {
    fn new(setting: &Setting, world: &'a World) -> Self {
        let plan = Plan {
            order: Model::new(&world.program).order_now(),
            at_once: AT_ONCE.min(world.program.bets.len()),
            rule: Rule::Open,
            share: Share::InOrder,
        };
        let mut program = world.program.clone();
        for bet in &mut program.bets {
            bet.deal_value.mean = 1.0;
            bet.overdispersion = Some(setting.overdispersion);
        }
        Self { world, program, plan }
    }

    fn looks(&self, weeks: &[u32], paths: u32, luck: Luck) -> Result<Vec<[Held; 3]>, ForesightError> {
        let model = Model::new(&self.program);
        let path = Path::of_truth(&model, &self.world.truth, self.world.luck);
        let truth = run(&model, &path, &self.plan).total();
        let held = weeks.iter().map(|&week| {
            let story = run_for(&model, &path, &self.plan, week as usize);
            let mut plan = self.plan.clone();
            plan.order.retain(|&bet| !story.bets[bet].closed);
            let luck = luck.at(u64::from(week));
            let hold = |program: &Program| {
                let mut wins = totals(program, &plan, luck.bits(), paths);
                wins.sort_unstable_by(f64::total_cmp);
                held(&wins, truth - story.value[week as usize], luck)
            };
            let stated = self.program_at(&path, &story, week, false)?;
            let robust = self.program_at(&path, &story, week, true)?;
            let drawn = hold(&stated);
            // Nothing has been counted yet, so nothing has been doubted.
            let doubted = if week == 0 { drawn } else { hold(&robust) };
            Ok([drawn, doubted, hold(&plugged_in(stated))])
        });
        held.collect()
    }

    /// The program as the team sees it at a week.
    fn program_at(&self, path: &Path, story: &Story, week: u32, robust_prior: bool) -> Result<Program, ForesightError> {
        let mut program = self.program.clone();
        program.weeks -= week;
        for (bet, told) in story.bets.iter().enumerate() {
            if let Some(opened) = told.opened {
                let weeks = (week, week - count(opened));
                program.bets[bet].started = Some(self.running(path, bet, told, weeks, robust_prior)?);
            }
        }
        Ok(program)
    }

    fn running(
        &self,
        path: &Path,
        bet: usize,
        told: &BetStory,
        (week, weeks_running): (u32, u32),
        robust_prior: bool,
    ) -> Result<Running, ForesightError> {
        let seen = path.seen(bet, &told.worked_by_week, week as usize);
        let planned = &self.program.bets[bet];
        let gate_have = planned.gate.map_or(0, |gate| seen[gate.step].converted);
        let in_flight = seen.iter().map(|step| step.open_ages_weeks.clone()).collect();
        // The forecast draws partners by itself, so the judge is told of none.
        let evidence = Evidence {
            overdispersion: None,
            ..seen::evidence(seen, planned, weeks_running)
        };
        let rule = judge::Rule {
            robust_prior,
            ..judge::Rule::default()
        };
        Ok(Running {
            weeks_running,
            set_up_hours_left: told.set_up_left,
            targets_left: planned.targets - whole(told.worked + 1e-9),
            gate_have: u32::try_from(gate_have).unwrap_or(u32::MAX),
            in_flight,
            beliefs: judge::beliefs(&evidence, &rule)?,
        })
    }
}

/// The program with every rate known to be its believed mean, and partners alike.
fn plugged_in(mut program: Program) -> Program {
    let sure = |mean: f64| (SURE * mean, SURE * (1.0 - mean));
    for bet in &mut program.bets {
        bet.overdispersion = None;
        for step in &mut bet.steps {
            step.prior = sure(step.prior.0 / (step.prior.0 + step.prior.1));
        }
        for belief in bet.started.iter_mut().flat_map(|running| &mut running.beliefs) {
            let (a, b) = sure(belief.mean());
            *belief = Belief::from_prior(a, b);
        }
    }
    program
}

/// As sure of a rate as this many accounts.
const SURE: f64 = 1e6;

/// A forecast, ascending, held against the truth.
fn held(wins: &[f64], truth: f64, luck: Luck) -> Held {
    let (low, high) = (quantile(wins, 0.1), quantile(wins, 0.9));
    let below = wins.partition_point(|&wins| wins < truth);
    let not_above = wins.partition_point(|&wins| wins <= truth);
    let ties = f64::from(count(not_above - below)) + 1.0;
    Held {
        inside: (low..=high).contains(&truth),
        width: high - low,
        place: (f64::from(count(below)) + ties * luck.uniform()) / f64::from(count(wins.len() + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Coverage, of_looks};
    use crate::gym::Setting;
    use crate::overdispersion::Overdispersion;

    fn covers(correlation: f64) -> Coverage {
        let overdispersion = Overdispersion {
            correlation,
            partners: 10,
        };
        let setting = Setting {
            overdispersion,
            ..Setting::default()
        };
        of_looks(&setting, 200, 3, (&[0, 26], 100), &|| ()).unwrap()
    }

    #[test]
    fn the_80_percent_band_holds_80_percent_of_truths_and_one_without_doubt_far_fewer() {
        for correlation in [0.0, 0.1] {
            for look in covers(correlation).looks {
                let (drawn, plug_in) = (look.drawn.coverage80, look.plug_in.coverage80);
                assert!((0.77..=0.86).contains(&drawn), "{correlation}: {look:?}");
                assert!(plug_in < 0.66, "{correlation}: {look:?}");
                // With 200 places 0.115 is passed once in a hundred times.
                assert!(
                    look.drawn.ks < 0.115 && look.plug_in.ks > 0.1,
                    "{correlation}: {look:?}"
                );
                assert!(look.robust.width80 >= look.drawn.width80, "{correlation}: {look:?}");
            }
        }
    }

    #[test]
    fn no_world_is_refused_and_a_short_horizon_has_fewer_looks() {
        let setting = Setting {
            weeks: 20,
            ..Setting::default()
        };
        assert!(super::coverage(&setting, 0, 1, &|| ()).is_err());
        let short = of_looks(&setting, 2, 1, (&[0, 13, 26, 52], 10), &|| ()).unwrap();
        assert_eq!(short.looks.iter().map(|look| look.week).collect::<Vec<_>>(), [0, 13]);
        assert_eq!(short, of_looks(&setting, 2, 1, (&[0, 13, 26, 52], 10), &|| ()).unwrap());
    }
}
