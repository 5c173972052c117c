//! One world, and every policy in it on the same luck. Must not draw worlds or add them up.

use super::policy::{JudgedGate, NaiveKill, PilotThenHalve};
use super::replan::PlanAnew;
use super::score::Result;
use super::world::World;
use crate::sequence::best_plan;
use crate::sequence::fluid::Fluid;
use crate::simulate::{Model, Path, Plan, Policy, Rule, Share, Story, run_by};

/// What came of one world.
pub(super) struct Fought {
    /// The policies, always in the same order.
    pub(super) results: Vec<Result>,
    /// The clairvoyant's value on the same luck,
    pub(super) clairvoyant: f64,
    /// what it expected,
    pub(super) expected: f64,
    /// how many bets at once it runs,
    pub(super) at_once: usize,
    /// and how many in all.
    pub(super) bets: usize,
}

/// The most bets at once that the clairvoyant and the open-loop optimum try.
const MOST_AT_ONCE: usize = 6;

/// Orders of each length that the open-loop optimum is grown from; it loses less than a thousandth to all of them.
const WIDTH: usize = 16;
/// Paths of the optimiser's search in each world.
const SEARCH_PATHS: u32 = 128;

/// Runs every policy in a world.
pub(super) fn fight(world: &World) -> Fought {
    let model = Model::new(&world.program);
    let ring = Ring::new(world, &model);
    let truth = Fluid::of_truth(&world.program, &world.truth);
    let plan = truth.best(MOST_AT_ONCE, usize::MAX);
    Fought {
        results: ring.policies(),
        clairvoyant: ring.run(&plan, &mut ()).total(),
        expected: truth.value(&plan.order, plan.at_once),
        at_once: plan.at_once,
        bets: plan.order.len(),
    }
}

/// A world with its luck drawn.
pub(super) struct Ring<'a> {
    world: &'a World,
    model: &'a Model<'a>,
    path: Path<'a>,
    /// The bets in the order of their index.
    order: Vec<usize>,
}

impl<'a> Ring<'a> {
    pub(super) fn new(world: &'a World, model: &'a Model<'a>) -> Self {
        Self {
            world,
            model,
            path: Path::of_truth(model, &world.truth, world.luck),
            order: model.order_now(),
        }
    }

    /// The columns of the tables of numbers.md section 2.
    fn policies(&self) -> Vec<Result> {
        let all = self.order.len();
        // Worlds are drawn bet by bet, so the first to be drawn is as random as any.
        let random = Plan {
            order: (0..all).collect(),
            ..self.plan(1, Rule::Open, Share::InOrder)
        };
        let everything = |policy: &mut dyn Policy| self.run(&self.plan(all, Rule::Open, Share::Equal), policy);
        let one = |policy: &mut dyn Policy| self.run(&self.plan(1, Rule::Open, Share::InOrder), policy);
        let open_loop = Fluid::of_beliefs(&self.world.program, 0.0).best(MOST_AT_ONCE, WIDTH);
        [
            ("spread", everything(&mut ())),
            ("spread, naive kill", everything(&mut NaiveKill)),
            ("spread, judged gate", everything(&mut JudgedGate::default())),
            ("pilot all, then halve", everything(&mut PilotThenHalve)),
            ("random one", self.run(&random, &mut ())),
            ("focus 1, open", one(&mut ())),
            ("focus 1, naive kill", one(&mut NaiveKill)),
            ("focus 1, judged gate", one(&mut JudgedGate::default())),
            ("focus 1, index", self.index(1)),
            ("focus 2, index", self.index(2)),
            ("focus 3, index", self.index(3)),
            ("focus 4, index", self.index(4)),
            ("open-loop optimum", self.run(&open_loop, &mut ())),
            ("optimiser, once", self.optimiser_once()),
            ("optimiser", self.optimiser()),
        ]
        .into_iter()
        .map(|(name, story)| result(name, &story))
        .collect()
    }

    /// So many at once, those with the highest index.
    pub(super) fn index(&self, at_once: usize) -> Story {
        self.run(&self.plan(at_once, Rule::Index, Share::InOrder), &mut ())
    }

    /// The product's answer to what to run until the next review, asked at each.
    pub(super) fn optimiser(&self) -> Story {
        self.run(&self.plan(1, Rule::Open, Share::InOrder), &mut PlanAnew)
    }

    /// The plan that the product's search finds on what is believed beforehand.
    pub(super) fn optimiser_once(&self) -> Story {
        let plan = best_plan(self.model, self.world.luck.bits(), SEARCH_PATHS);
        self.run(&plan, &mut ())
    }

    fn plan(&self, at_once: usize, rule: Rule, share: Share) -> Plan {
        Plan {
            order: self.order.clone(),
            at_once: at_once.min(self.order.len()),
            rule,
            share,
        }
    }

    fn run(&self, plan: &Plan, policy: &mut dyn Policy) -> Story {
        run_by(self.model, &self.path, plan, self.world.program.weeks as usize, policy)
    }
}

fn result(policy: &'static str, story: &Story) -> Result {
    Result {
        policy,
        value: story.total(),
        wins: story.bets.iter().map(|bet| bet.wins).sum(),
        accounts: story.bets.iter().map(|bet| bet.worked).sum(),
        switches: story.bets.iter().map(|bet| bet.stopped).sum(),
    }
}
