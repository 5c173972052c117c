//! The sequence: which bets run in which cycle, and the hours they ask against the hours the team has. Arithmetic only;
//! chances are the business of the numbers' room.

use crate::{Bet, BetState, Capacity, Cycle, Strategy};
use std::collections::BTreeMap;

/// The plan, cycle by cycle.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Sequence {
    /// Every cycle from the first start to the outcome's date (or the last gate), in order.
    pub cycles: Vec<CycleLoad>,
    /// Names of live bets that cannot be placed: they wait for a bet that has no dated gate, or there is no date at
    /// all.
    pub unplaced: Vec<String>,
}

/// What one cycle asks.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CycleLoad {
    /// The cycle.
    pub cycle: Cycle,
    /// Hours that the team has in it.
    pub hours_has: f64,
    /// What each running bet asks, in the strategy's order.
    pub bets: Vec<BetLoad>,
}

/// What one bet asks in one cycle.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct BetLoad {
    /// Name of the bet.
    pub bet: String,
    /// Hours asked.
    pub hours: f64,
    /// Targets started in this cycle.
    pub targets: f64,
}

impl CycleLoad {
    /// Hours asked by all bets together.
    pub fn hours_asked(&self) -> f64 {
        self.bets.iter().fold(0.0, |sum, bet| sum + bet.hours)
    }
    /// Whether more is asked than there is.
    pub fn is_over_committed(&self) -> bool {
        self.hours_asked() > self.hours_has
    }
}

impl Sequence {
    /// Places every planned, running and scaled bet. `states` override the states as written.
    pub fn of(strategy: &Strategy, states: &BTreeMap<String, BetState>) -> Self {
        let mut sequence = Self::default();
        let mut runs = Vec::new();
        let live: Vec<&Bet> = strategy
            .bets
            .iter()
            .filter(|bet| is_sequenced(state_of(bet, states)))
            .collect();
        let origin = origin(strategy, &live);
        for bet in &live {
            let start = origin.and_then(|origin| start(strategy, &live, bet, origin));
            match start {
                Some(first) => runs.push(Run::new(strategy, bet, state_of(bet, states), first)),
                None => sequence.unplaced.push(bet.name.clone()),
            }
        }
        let calendar = strategy.program.calendar;
        let Some(first) = runs.iter().map(|run| run.first).min() else {
            return sequence;
        };
        let by = strategy.outcome.by.map(|by| calendar.containing(by));
        let last = runs.iter().filter_map(|run| run.last).chain(by).max().unwrap_or(first);
        sequence.cycles = calendar
            .cycles(first, last)
            .map(|cycle| load(strategy, &mut runs, cycle))
            .collect();
        sequence
    }

    /// Each placed bet with the hours that it asks in all cycles together, in the order of their first cycles.
    pub fn bets(&self) -> impl Iterator<Item = (&str, f64)> {
        let mut all: Vec<(&str, f64)> = Vec::new();
        for asked in self.cycles.iter().flat_map(|load| &load.bets) {
            match all.iter_mut().find(|(bet, _)| *bet == asked.bet) {
                Some((_, hours)) => *hours += asked.hours,
                None => all.push((&asked.bet, asked.hours)),
            }
        }
        all.into_iter()
    }

    /// The cycle in which a bet starts.
    pub fn start_of(&self, bet: &str) -> Option<Cycle> {
        self.cycles
            .iter()
            .find(|load| load.bets.iter().any(|asked| asked.bet == bet))
            .map(|load| load.cycle)
    }
}

/// A bet on its way through the cycles.
struct Run<'a> {
    bet: &'a str,
    capacity: Capacity,
    first: Cycle,
    /// `None`: as far as the plan reaches.
    last: Option<Cycle>,
    targets_left: f64,
}

impl<'a> Run<'a> {
    /// A bet is committed from its start through the cycle of its gate, since what comes after is the gate's to say;
    /// one that is scaled, or has no dated gate, runs as far as the plan reaches.
    fn new(strategy: &Strategy, bet: &'a Bet, state: BetState, first: Cycle) -> Self {
        let gate = bet
            .gate
            .as_ref()
            .and_then(|gate| gate.by)
            .filter(|_| state != BetState::Scaled);
        let capacity = bet.capacity.unwrap_or_default();
        let last = gate.map(|by| strategy.program.calendar.containing(by).max(first));
        Self {
            bet: &bet.name,
            capacity,
            first,
            last,
            targets_left: f64::from(capacity.targets),
        }
    }

    /// Set-up hours in the first cycle, overhead for every week, and hours for each target started.
    fn work(&mut self, cycle: Cycle, weeks: f64) -> Option<BetLoad> {
        if cycle < self.first || self.last.is_some_and(|last| cycle > last) {
            return None;
        }
        let targets = self.targets_left.min(self.capacity.targets_per_week * weeks).max(0.0);
        self.targets_left -= targets;
        let set_up = if cycle == self.first {
            self.capacity.set_up_hours
        } else {
            0.0
        };
        let hours = set_up + self.capacity.weekly_overhead_hours * weeks + self.capacity.hours_per_target * targets;
        Some(BetLoad {
            bet: self.bet.to_owned(),
            hours,
            targets,
        })
    }
}

fn load(strategy: &Strategy, runs: &mut [Run<'_>], cycle: Cycle) -> CycleLoad {
    let weeks = strategy.program.calendar.weeks(cycle);
    let bets = runs.iter_mut().filter_map(|run| run.work(cycle, weeks)).collect();
    CycleLoad {
        cycle,
        hours_has: strategy.program.hours_per_week() * weeks,
        bets,
    }
}

fn is_sequenced(state: BetState) -> bool {
    matches!(state, BetState::Planned | BetState::Running | BetState::Scaled)
}

/// The live state of a bet, else its state as written.
pub(crate) fn state_of(bet: &Bet, states: &BTreeMap<String, BetState>) -> BetState {
    states.get(&bet.name).copied().unwrap_or(bet.state)
}

/// The cycle in which bets start that do not say: that of the earliest start, else of the outcome's first day, else of
/// the earliest gate.
fn origin(strategy: &Strategy, live: &[&Bet]) -> Option<Cycle> {
    let calendar = strategy.program.calendar;
    let starts = live
        .iter()
        .filter_map(|bet| bet.starts)
        .map(|cycle| in_calendar(strategy, cycle))
        .min();
    let counted = || strategy.outcome.counted_from(calendar);
    let gates = || live.iter().filter_map(|bet| bet.gate.as_ref()?.by).min();
    starts.or_else(|| counted().or_else(gates).map(|day| calendar.containing(day)))
}

/// A cycle in the program's own length: the one that holds its first day.
fn in_calendar(strategy: &Strategy, cycle: Cycle) -> Cycle {
    let calendar = strategy.program.calendar;
    if cycle.length() == calendar.length {
        cycle
    } else {
        calendar.containing(calendar.first_day(cycle))
    }
}

/// The first cycle of a bet: its own start, and not before the cycle that follows the gate it waits for.
fn start(strategy: &Strategy, live: &[&Bet], bet: &Bet, origin: Cycle) -> Option<Cycle> {
    let own = bet.starts.map(|cycle| in_calendar(strategy, cycle));
    if bet.after.is_empty() {
        return Some(own.unwrap_or(origin));
    }
    let before = live.iter().find(|before| before.name == bet.after)?;
    let gate = before.gate.as_ref()?.by?;
    let unlocked = strategy.program.calendar.containing(gate).next();
    Some(own.map_or(unlocked, |own| own.max(unlocked)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Gate, Member};
    use jiff::civil::date;

    fn bet(name: &str, after: &str, starts: Option<&str>, gate: Option<jiff::civil::Date>) -> Bet {
        Bet {
            name: name.to_owned(),
            after: after.to_owned(),
            starts: starts.map(|cycle| Cycle::parse(cycle).expect("a cycle")),
            gate: Some(Gate {
                by: gate,
                ..Gate::default()
            }),
            capacity: Some(Capacity {
                set_up_hours: 100.0,
                hours_per_target: 5.0,
                weekly_overhead_hours: 4.0,
                targets: 100,
                targets_per_week: 6.0,
            }),
            ..Bet::default()
        }
    }

    fn strategy(bets: Vec<Bet>) -> Strategy {
        let mut strategy = Strategy {
            bets,
            ..Strategy::default()
        };
        strategy.program.team = vec![Member {
            hours_per_week: 50.0,
            ..Member::default()
        }];
        strategy.outcome.by = Some(date(2026, 12, 31));
        strategy
    }

    #[test]
    fn a_bet_asks_for_set_up_once_overhead_weekly_and_hours_for_the_targets_left() {
        let plan = strategy(vec![bet("A", "", Some("2026-Q1"), Some(date(2026, 6, 30)))]);
        let sequence = Sequence::of(&plan, &BTreeMap::new());
        let (q1, q2) = (90.0 / 7.0, 91.0 / 7.0);
        let asked: Vec<f64> = sequence.cycles.iter().map(CycleLoad::hours_asked).collect();
        let known = [
            100.0 + 4.0 * q1 + 5.0 * 6.0 * q1,
            4.0 * q2 + 5.0 * (100.0 - 6.0 * q1),
            0.0,
            0.0,
        ];
        assert!(
            asked
                .iter()
                .zip(known)
                .all(|(asked, known)| (asked - known).abs() < 1e-9),
            "{asked:?} {known:?}"
        );
        assert!(!sequence.cycles[0].is_over_committed());
        assert!((sequence.cycles[0].hours_has - 50.0 * q1).abs() < 1e-9);
        let all: Vec<_> = sequence.bets().collect();
        assert!(matches!(all[..], [("A", hours)] if (hours - asked.iter().sum::<f64>()).abs() < 1e-9));
    }

    #[test]
    fn a_bet_after_another_starts_in_the_cycle_after_its_gate() {
        let plan = strategy(vec![
            bet("A", "", Some("2026-Q1"), Some(date(2026, 6, 30))),
            bet("B", "A", Some("2026-Q1"), None),
            bet("C", "B", None, None),
        ]);
        let sequence = Sequence::of(&plan, &BTreeMap::new());
        assert_eq!(sequence.start_of("B"), Cycle::parse("2026-Q3").ok());
        assert_eq!(sequence.unplaced, ["C"]);
    }

    #[test]
    fn parked_bets_are_not_sequenced_and_live_states_count_before_written_ones() {
        let plan = strategy(vec![bet("A", "", Some("2026-Q1"), None), bet("B", "", None, None)]);
        let states = BTreeMap::from([("A".to_owned(), BetState::Parked)]);
        let sequence = Sequence::of(&plan, &states);
        assert_eq!(
            (sequence.start_of("A"), sequence.start_of("B")),
            (None, Cycle::parse("2026-Q1").ok())
        );
    }

    #[test]
    fn bets_that_wait_for_each_other_are_not_an_endless_loop() {
        let plan = strategy(vec![bet("A", "B", None, None), bet("B", "A", None, None)]);
        assert_eq!(Sequence::of(&plan, &BTreeMap::new()).unplaced, ["A", "B"]);
    }
}
