//! One world, and every policy in it on the same luck. Must not draw worlds or add them up.

use super::policy::{JudgedGate, NaiveKill, PilotThenHalve};
use super::score::Result;
use super::world::World;
use crate::sequence::fluid::Fluid;
use crate::sequence::sequence;
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

/// Runs every policy in a world.
pub(super) fn fight(world: &World) -> Fought {
    let model = Model::new(&world.program);
    let path = Path::of_truth(&model, &world.truth, world.luck);
    let ring = Ring {
        world,
        order: model.order_now(),
        model: &model,
        path: &path,
    };
    let truth = Fluid::of_truth(&world.program, &world.truth);
    let (at_once, order) = truth.best(MOST_AT_ONCE);
    let expected = truth.value(&order, at_once);
    let bets = order.len();
    let clairvoyant = ring.open(order, at_once, Share::InOrder, ());
    Fought {
        results: ring.policies(),
        clairvoyant: clairvoyant.total(),
        expected,
        at_once,
        bets,
    }
}

struct Ring<'a> {
    world: &'a World,
    model: &'a Model<'a>,
    path: &'a Path<'a>,
    /// The bets in the order of their index.
    order: Vec<usize>,
}

impl Ring<'_> {
    /// The columns of the tables of numbers.md section 2.
    fn policies(&self) -> Vec<Result> {
        let all = self.order.len();
        let everything = |policy: &mut dyn Policy| self.run(&self.plan(all, Rule::Open, Share::Equal), policy);
        let one = |policy: &mut dyn Policy| self.run(&self.plan(1, Rule::Open, Share::InOrder), policy);
        let index = |at_once| self.run(&self.plan(at_once, Rule::Index, Share::InOrder), &mut ());
        let (at_once, order) = Fluid::of_beliefs(&self.world.program).best(MOST_AT_ONCE);
        [
            ("spread", everything(&mut ())),
            ("spread, naive kill", everything(&mut NaiveKill)),
            ("spread, judged gate", everything(&mut JudgedGate::default())),
            ("pilot all, then halve", everything(&mut PilotThenHalve)),
            ("random one", self.open((0..all).collect(), 1, Share::InOrder, ())),
            ("focus 1, open", one(&mut ())),
            ("focus 1, naive kill", one(&mut NaiveKill)),
            ("focus 1, judged gate", one(&mut JudgedGate::default())),
            ("focus 1, index", index(1)),
            ("focus 2, index", index(2)),
            ("focus 3, index", index(3)),
            ("focus 4, index", index(4)),
            ("open-loop optimum", self.open(order, at_once, Share::InOrder, ())),
            ("optimiser", self.optimiser()),
        ]
        .into_iter()
        .map(|(name, story)| result(name, &story))
        .collect()
    }

    /// The product's own plan search on what is believed, and the plan that it finds.
    fn optimiser(&self) -> Story {
        let found = sequence(&self.world.program, None, self.world.luck.bits());
        let plan = found.map_or_else(
            |_| self.plan(1, Rule::Open, Share::InOrder),
            |found| {
                let best = &found.plans[found.best];
                Plan {
                    order: best.order.clone(),
                    at_once: best.at_once,
                    rule: best.rule,
                    share: best.share,
                }
            },
        );
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

    fn open(&self, order: Vec<usize>, at_once: usize, share: Share, mut policy: impl Policy) -> Story {
        let rule = Rule::Open;
        self.run(
            &Plan {
                order,
                at_once,
                rule,
                share,
            },
            &mut policy,
        )
    }

    fn run(&self, plan: &Plan, policy: &mut dyn Policy) -> Story {
        run_by(self.model, self.path, plan, self.world.program.weeks as usize, policy)
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
