//! When a rule would have scaled or retired a bet, from what every week's look said. Must not look at the truth.

use super::{JudgingSetting, Look};

/// What a rule makes of one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Wait for the next look.
    Wait,
    /// Scale the bet.
    Scale,
    /// Retire the bet.
    Retire,
}

/// The chance that a rule goes by; none where it goes by counts.
pub type Signal = fn(&Look) -> f64;

/// A rule that is tried: at which looks it may speak, and what it says.
pub struct WatchRule {
    /// Its name in the report.
    pub name: String,
    /// The first and the last week in which it may speak, and every how many weeks.
    pub weeks: (u32, u32, u32),
    /// How many looks in a row must say the same.
    pub in_a_row: u32,
    /// The chance whose calibration is reported with it.
    pub signal: Option<Signal>,
    /// What it says of a look.
    pub says: Box<dyn Fn(&Look) -> Call + Send + Sync>,
}

/// The end that a rule gave a bet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The week it spoke.
    pub week: u32,
    /// Scale or retire.
    pub call: Call,
    /// Targets that had entered by then.
    pub entered: u32,
}

impl WatchRule {
    /// A rule that scales over one chance and retires under another, every week that anything may be said.
    pub fn chance(name: &str, signal: Signal, retire_under: f64, scale_over: f64) -> Self {
        let says = move |look: &Look| match signal(look) {
            p if p > scale_over => Call::Scale,
            p if p < retire_under => Call::Retire,
            _ => Call::Wait,
        };
        Self {
            name: format!("{name}, {retire_under:.2}/{scale_over:.2}"),
            weeks: (0, u32::MAX, 1),
            in_a_row: 1,
            signal: Some(signal),
            says: Box::new(says),
        }
    }

    fn named(self, more: &str) -> Self {
        Self {
            name: format!("{}, {more}", self.name),
            ..self
        }
    }

    /// The looks at which it may speak.
    pub fn looks<'a>(&self, looks: &'a [Look]) -> impl Iterator<Item = &'a Look> {
        let (from, to, every) = self.weeks;
        looks
            .iter()
            .filter(move |look| (from..=to).contains(&look.week) && look.week.is_multiple_of(every))
    }

    /// The end it would have given the bet; none where the gate's date came first.
    pub fn decides(&self, looks: &[Look]) -> Option<Decision> {
        let (mut last, mut times) = (Call::Wait, 0);
        for look in self.looks(looks) {
            let call = (self.says)(look);
            times = if call == last { times + 1 } else { 1 };
            last = call;
            if call != Call::Wait && times >= self.in_a_row {
                return Some(Decision {
                    week: look.week,
                    call,
                    entered: look.entered,
                });
            }
        }
        None
    }
}

/// The rules of numbers.md 1(b), side by side. `target` is the share of targets at which the gate's number is what one
/// expects by its date.
pub(super) fn side_by_side(setting: &JudgingSetting, target: f64) -> Vec<WatchRule> {
    let judge = |retire_under| WatchRule::chance("judge", |look| look.judge, retire_under, 0.90);
    let half_way = setting.week / 2;
    let once = |week: u32| (week, week, 1);
    let counts = |name: &str, weeks, says: Box<dyn Fn(&Look) -> Call + Send + Sync>| WatchRule {
        name: name.to_owned(),
        weeks,
        in_a_row: 1,
        signal: None,
        says,
    };
    let call = |retire: bool, scale: bool| match (retire, scale) {
        (true, _) => Call::Retire,
        (_, true) => Call::Scale,
        _ => Call::Wait,
    };
    let pace = f64::from(setting.need) / f64::from(setting.week);
    vec![
        judge(0.10).named("weekly"),
        judge(0.05).named("weekly"),
        WatchRule {
            weeks: (0, u32::MAX, 4),
            ..judge(0.10).named("every 4 weeks")
        },
        WatchRule {
            in_a_row: 2,
            ..judge(0.10).named("two weekly looks in a row")
        },
        WatchRule {
            weeks: once(half_way),
            ..judge(0.10).named("half-way review only")
        },
        WatchRule::chance("final event only", |look| look.final_event_only, 0.10, 0.90).named("weekly"),
        WatchRule::chance("naive Bayes without delay", |look| look.without_delay, 0.10, 0.90).named("weekly"),
        counts(
            "observed rate under half the target, half-way",
            once(half_way),
            Box::new(move |look| call(look.rate() < 0.5 * target, look.rate() > target)),
        ),
        counts(
            "behind linear pace, half-way",
            once(half_way),
            Box::new(move |look| {
                let due = pace * f64::from(look.week);
                call(look.have < due, look.have >= due)
            }),
        ),
        counts(
            "observed rate under the target, weekly from week 8",
            (8, u32::MAX, 1),
            Box::new(move |look| call(look.rate() < target, false)),
        ),
    ]
}
