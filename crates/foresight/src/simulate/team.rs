//! The team's weeks on one path: which bets are live, where the hours go, what arrives when. Must not draw luck.

use super::fate::Path;
use super::model::{Model, Progress, REVIEW_WEEKS, count, whole};
use super::program::{Plan, Rule, Share};
use std::borrow::Cow;

mod policy;

pub(crate) use policy::Policy;

/// What came of one path under one plan.
pub(crate) struct Story {
    /// Value that has arrived by the end of each week, from week 0 to the horizon.
    pub(crate) value: Vec<f64>,
    /// Bet by bet, in the program's order.
    pub(crate) bets: Vec<BetStory>,
}

impl Story {
    /// Value that has arrived by the horizon.
    pub(crate) fn total(&self) -> f64 {
        self.value.last().copied().unwrap_or(0.0)
    }
}

/// What came of one bet.
#[derive(Debug, Clone, Default)]
pub(crate) struct BetStory {
    pub(crate) value: f64,
    pub(crate) wins: u32,
    pub(crate) worked: f64,
    pub(crate) hours: f64,
    pub(crate) opened: Option<usize>,
    /// Set-up hours still to do at the end.
    pub(crate) set_up_left: f64,
    /// Whether nothing more is to be done for it: its targets are worked, or it is retired.
    pub(crate) closed: bool,
    /// How often it stopped with targets left: parked or retired.
    pub(crate) stopped: u32,
    /// Targets worked in each week; empty unless the rule or a known truth asks for it.
    pub(crate) worked_by_week: Vec<f64>,
}

/// Where a bet stands in a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    Live,
    Closed,
}

/// Where a gate stands in a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pending,
    Met,
    Missed,
}

/// One bet as the team sees it in a week. Counts are by week of what happens in it, and empty where no rule of the plan
/// or the bet asks for them.
struct Desk {
    stage: Stage,
    set_up_left: f64,
    worked_before: u32,
    gate: Verdict,
    gate_have: u32,
    gate_arrivals: Vec<u32>,
    worked: Vec<f64>,
    signals: Vec<f64>,
    values: Vec<f64>,
    next_fate: usize,
    /// The week in which the first target was worked on.
    began: Option<usize>,
    story: BetStory,
}

/// Runs one path under one plan.
pub(crate) fn run(model: &Model, path: &Path, plan: &Plan) -> Story {
    run_for(model, path, plan, model.weeks)
}

/// Runs the first weeks of one path under one plan. What has been worked by then may still arrive later: the value by
/// week is that of all weeks to the horizon.
pub(crate) fn run_for(model: &Model, path: &Path, plan: &Plan, weeks: usize) -> Story {
    run_by(model, path, plan, weeks, &mut ())
}

/// Runs the first weeks of one path under one plan and a policy that decides beside it.
pub(crate) fn run_by(model: &Model, path: &Path, plan: &Plan, weeks: usize, policy: &mut dyn Policy) -> Story {
    let mut team = Team::new(model, path, plan);
    for week in 0..weeks.min(model.weeks) {
        team.judge_gates(week);
        policy.decide(&mut team, week);
        team.choose_live(week);
        team.work(week);
    }
    let value = team.value.iter().scan(0.0, |sum, arrived| {
        *sum += arrived;
        Some(*sum)
    });
    Story {
        value: value.collect(),
        bets: team.desks.into_iter().map(Desk::told).collect(),
    }
}

/// A team in its weeks.
pub(crate) struct Team<'a> {
    model: &'a Model<'a>,
    path: &'a Path<'a>,
    plan: Cow<'a, Plan>,
    desks: Vec<Desk>,
    /// Live bets, the first to be served first.
    live: Vec<usize>,
    /// Bets that have started and whose gate has not been judged.
    watched: Vec<usize>,
    /// Room for a week's lists, kept from week to week.
    candidates: Vec<usize>,
    asks: Vec<(usize, f64)>,
    /// Value that arrives in each week.
    value: Vec<f64>,
}

impl<'a> Team<'a> {
    fn new(model: &'a Model<'a>, path: &'a Path<'a>, plan: &'a Plan) -> Self {
        let desks = model.bets.iter().map(|bet| {
            let running = bet.bet.started.as_ref();
            Desk {
                stage: Stage::Idle,
                set_up_left: bet.set_up_left,
                worked_before: bet.bet.targets - bet.pool,
                gate: Verdict::Pending,
                gate_have: running.map_or(0, |running| running.gate_have),
                gate_arrivals: Vec::new(),
                worked: Vec::new(),
                signals: Vec::new(),
                values: Vec::new(),
                next_fate: 0,
                began: None,
                story: BetStory::default(),
            }
        });
        let mut team = Self {
            model,
            path,
            plan: Cow::Borrowed(plan),
            desks: desks.collect(),
            live: Vec::new(),
            watched: Vec::new(),
            candidates: Vec::new(),
            asks: Vec::new(),
            value: vec![0.0; model.weeks + 1],
        };
        for bet in 0..model.bets.len() {
            team.post_in_flight(bet);
        }
        team
    }

    /// What is in flight arrives whether or not the bet goes on.
    fn post_in_flight(&mut self, bet: usize) {
        if self.model.bets[bet].bet.started.is_none() {
            return;
        }
        self.watch(bet);
        let (model, desk, value) = (self.model, &mut self.desks[bet], &mut self.value);
        self.path.in_flight(bet, |fate| {
            if let Some(arrivals) = model
                .week_of(0, fate.gate)
                .and_then(|at| desk.gate_arrivals.get_mut(at))
            {
                *arrivals += 1;
            }
            if let Some(at) = model.week_of(0, fate.value) {
                value[at] += fate.amount;
                desk.story.value += fate.amount;
                desk.story.wins += 1;
            }
        });
    }

    /// From now on the gate of a bet is looked at.
    fn watch(&mut self, bet: usize) {
        let desk = &mut self.desks[bet];
        if self.model.bets[bet].bet.gate.is_some() && desk.gate_arrivals.is_empty() {
            desk.gate_arrivals = vec![0; self.model.weeks + 1];
            self.watched.push(bet);
        }
    }

    /// A gate is met in the first week that has what it needs, and judged for good at its date, or as soon after as it
    /// has its least number of targets worked (or no more to work).
    fn judge_gates(&mut self, week: usize) {
        let (model, gated, desks) = (self.model, self.plan.rule == Rule::Gated, &mut self.desks);
        let mut retired = false;
        self.watched.retain(|&bet| {
            let (desk, bet) = (&mut desks[bet], model.bets[bet].bet);
            let since = bet.started.as_ref().map(|running| running.weeks_running);
            let (Some(gate), Some(weeks_since_start)) = (bet.gate, desk.weeks_since_start(week, since)) else {
                return true;
            };
            desk.gate_have = desk.gate_have.saturating_add(desk.gate_arrivals[week]);
            let worked = desk.worked_before + whole(desk.story.worked);
            let enough = worked >= gate.at_least_targets.min(bet.targets);
            let due = weeks_since_start >= u64::from(gate.week_after_start);
            if enough && desk.gate_have >= gate.need {
                desk.gate = Verdict::Met;
            } else if enough && due {
                desk.gate = Verdict::Missed;
                // A gate that was already past at week 0 has had its review.
                let was_past = since.is_some_and(|since| since > gate.week_after_start);
                if gated && !was_past {
                    retired |= desk.stage == Stage::Live;
                    desk.stage = Stage::Closed;
                }
            }
            desk.gate == Verdict::Pending
        });
        if retired {
            self.live.retain(|&bet| desks[bet].stage == Stage::Live);
        }
    }

    fn may_run(&self, bet: usize) -> bool {
        let ready = self.model.bets[bet]
            .bet
            .after
            .is_none_or(|after| self.desks[after].gate == Verdict::Met);
        ready && self.desks[bet].stage != Stage::Closed
    }

    fn choose_live(&mut self, week: usize) {
        let review = self.plan.rule == Rule::Index && week.is_multiple_of(REVIEW_WEEKS);
        if !review && self.live.len() >= self.plan.at_once {
            return;
        }
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.clear();
        let waiting = |bet: &usize| self.desks[*bet].stage == Stage::Idle && self.may_run(*bet);
        candidates.extend(self.plan.order.iter().copied().filter(waiting));
        if candidates.is_empty() {
            self.candidates = candidates;
            return;
        }
        if self.plan.rule == Rule::Index {
            candidates.extend(&self.live);
            self.live.clear();
            self.rank(&mut candidates, week);
        }
        let free = self.plan.at_once - self.live.len();
        for (rank, &bet) in candidates.iter().enumerate() {
            if rank < free {
                self.live.push(bet);
                self.open(bet, week);
            } else {
                let desk = &mut self.desks[bet];
                desk.story.stopped += u32::from(desk.stage == Stage::Live);
                desk.stage = Stage::Idle;
            }
        }
        self.candidates = candidates;
    }

    fn open(&mut self, bet: usize, week: usize) {
        let desk = &mut self.desks[bet];
        desk.stage = Stage::Live;
        if desk.story.opened.is_none() {
            desk.story.opened = Some(week);
            if self.plan.rule == Rule::Index || self.path.is_truth() {
                let none = || vec![0.0; self.model.weeks + 1];
                (desk.worked, desk.signals, desk.values) = (none(), none(), none());
            }
            self.watch(bet);
        }
    }

    /// The highest index first; the plan's order on ties.
    fn rank(&mut self, bets: &mut [usize], week: usize) {
        let mut ranked = std::mem::take(&mut self.asks);
        ranked.clear();
        ranked.extend(bets.iter().map(|&bet| (bet, self.index(bet, week))));
        let place = |bet: usize| self.plan.order.iter().position(|&at| at == bet);
        ranked.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| place(a.0).cmp(&place(b.0))));
        for (slot, (bet, _)) in bets.iter_mut().zip(&ranked) {
            *slot = *bet;
        }
        self.asks = ranked;
    }

    fn index(&self, bet: usize, week: usize) -> f64 {
        let (desk, model) = (&self.desks[bet], &self.model.bets[bet]);
        let Some(opened) = desk.story.opened else {
            return model.fresh_index(self.model.program, week);
        };
        let seen = Progress {
            opened,
            set_up_left: desk.set_up_left,
            pool_left: f64::from(model.pool) - desk.story.worked,
            worked: &desk.worked,
            signals: &desk.signals,
            values: &desk.values,
        };
        model.index_at(self.model.program, week, &seen)
    }

    /// Hands out the week's hours: targets first, then set-ups.
    fn work(&mut self, week: usize) {
        let mut asks = std::mem::take(&mut self.asks);
        asks.clear();
        let mut left = self.model.productive_hours(&self.live);
        match self.plan.share {
            Share::InOrder => {
                for setting_up in [false, true] {
                    for &bet in &self.live {
                        if (self.desks[bet].set_up_left > 0.0) == setting_up {
                            asks.push((bet, self.asks(bet)));
                        }
                    }
                }
            }
            Share::Equal => {
                asks.extend(self.live.iter().map(|&bet| (bet, self.asks(bet))));
                let part = left / f64::from(count(asks.len()).max(1));
                // Who asks for the least is served first, unless all ask for their part or more.
                if asks.iter().any(|&(_, ask)| ask < part) {
                    asks.sort_by(|a, b| a.1.total_cmp(&b.1));
                }
            }
        }
        let mut unserved = asks.len();
        for &(bet, ask) in &asks {
            let part = match self.plan.share {
                Share::InOrder => left,
                Share::Equal => left / f64::from(count(unserved)),
            };
            let hours = ask.min(part);
            left -= hours;
            unserved -= 1;
            self.spend(bet, week, hours);
        }
        self.asks = asks;
        if self.live.iter().any(|&bet| self.desks[bet].stage != Stage::Live) {
            self.live.retain(|&bet| self.desks[bet].stage == Stage::Live);
        }
    }

    /// The hours that a live bet could use this week.
    fn asks(&self, bet: usize) -> f64 {
        let (desk, model) = (&self.desks[bet], &self.model.bets[bet]);
        if desk.set_up_left > 0.0 {
            return desk.set_up_left.min(model.most_set_up_hours());
        }
        let targets = model
            .bet
            .targets_per_week
            .min(f64::from(model.pool) - desk.story.worked);
        targets * model.bet.hours_per_target
    }

    fn spend(&mut self, bet: usize, week: usize, hours: f64) {
        let model = &self.model.bets[bet];
        let desk = &mut self.desks[bet];
        desk.story.hours += hours + model.bet.weekly_overhead_hours;
        if desk.set_up_left > 0.0 {
            desk.set_up_left -= hours;
            if desk.set_up_left < ROUNDING {
                desk.set_up_left = 0.0;
            }
            return;
        }
        let before = desk.story.worked;
        desk.story.worked += hours / model.bet.hours_per_target;
        if desk.story.worked > f64::from(model.pool) - ROUNDING {
            desk.story.worked = f64::from(model.pool);
            desk.stage = Stage::Closed;
        }
        if desk.story.worked > before {
            desk.began.get_or_insert(week);
        }
        if let Some(worked) = desk.worked.get_mut(week) {
            *worked = desk.story.worked - before;
        }
        self.post(bet, week);
    }

    /// Posts what will come of the accounts whose work ended this week.
    fn post(&mut self, bet: usize, week: usize) {
        let desk = &mut self.desks[bet];
        let done = whole(desk.story.worked + ROUNDING);
        let weeks_of_work = week - desk.began.unwrap_or(week);
        while let Some(fate) = self.path.fate(bet, desk.next_fate).filter(|fate| fate.account < done) {
            desk.next_fate += 1;
            if !self.path.lands(bet, &fate, weeks_of_work) {
                continue;
            }
            let signal = self.model.week_of(week, fate.signal);
            if let Some(signals) = signal.and_then(|at| desk.signals.get_mut(at)) {
                *signals += 1.0;
            }
            let gate = self.model.week_of(week, fate.gate);
            if let Some(arrivals) = gate.and_then(|at| desk.gate_arrivals.get_mut(at)) {
                *arrivals += 1;
            }
            if let Some(at) = self.model.week_of(week, fate.value) {
                if let Some(values) = desk.values.get_mut(at) {
                    *values += 1.0;
                }
                desk.story.wins += 1;
                desk.story.value += fate.amount;
                self.value[at] += fate.amount;
            }
        }
    }
}

/// Hours and targets below this are rounding of sums.
pub(super) const ROUNDING: f64 = 1e-9;

impl Desk {
    fn told(self) -> BetStory {
        BetStory {
            set_up_left: self.set_up_left,
            closed: self.stage == Stage::Closed,
            worked_by_week: self.worked,
            ..self.story
        }
    }

    fn weeks_since_start(&self, week: usize, weeks_running: Option<u32>) -> Option<u64> {
        match weeks_running {
            Some(running) => Some(u64::from(running) + week as u64),
            None => self.story.opened.map(|opened| (week - opened) as u64),
        }
    }
}

impl Model<'_> {
    /// The week in which something arrives that comes `after` weeks after a week, when it is within the horizon.
    fn week_of(&self, week: usize, after: Option<u32>) -> Option<usize> {
        after.map(|after| week + after as usize).filter(|&at| at <= self.weeks)
    }
}
