//! Looks for rules that retire bad bets earlier at the same error, as in docs/judging.md. Must not hold a model.
//!
//! Every rule has one number that is set on one half of the bets so that it retires a tenth of those whose gate would be
//! met; the other half says what that bought. `cargo run -p beachhead-foresight --example earlier -- [bets] [seed]`

use std::error::Error;

use beachhead_foresight::gym::judging::{Call, JudgingSetting, Look, WatchRule, Watched, row, watch};

/// Of bets whose gate would be met, the share that every rule may retire.
const ERROR: f64 = 0.10;
const SCALE_OVER: f64 = 0.90;
/// Bins of the chance in the dynamic program.
const BINS: usize = 60;

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse());
    let bets = numbers.next().transpose()?.unwrap_or(10_000);
    let seed = numbers.next().transpose()?.map_or(1, u64::from);
    let setting = JudgingSetting::default();
    let (learn, test) = (watch(&setting, bets, seed)?, watch(&setting, bets, seed + 1)?);
    println!("| rule | set to | would meet | good | bad (median week, targets used) | scales miss | good (week) |");
    println!("|---|---|---|---|---|---|---|");
    let program = Program::of(&learn, &setting);
    let mut makes = families(f64::from(setting.week));
    makes.push(Box::new(move |x| program.rule(x)));
    for make in &makes {
        let (rule, at) = set(make, &learn);
        print(&rule, at, &test);
    }
    Ok(())
}

/// A family of rules with one number to set; a larger one retires more.
type Family = Box<dyn Fn(f64) -> WatchRule>;

fn families(weeks: f64) -> Vec<Family> {
    let by = |name: &'static str, of: fn(&Look) -> f64| -> Family {
        Box::new(move |x| retire(name.to_owned(), move |look| of(look) < x))
    };
    let mut families = vec![
        by("chance under x", |look| look.judge),
        by("chance that it is good under x", |look| look.good),
        by("both chances under x", |look| look.judge.max(look.good)),
        by("mean of both chances under x", |look| 0.5 * (look.judge + look.good)),
        by("mean share under x of the minimum", |look| look.share_of_minimum),
        // What a target still to enter is expected to bring with the option to stop later: the mean share where the
        // bet is good, nothing where it is not.
        by("value of going on under x of the minimum", |look| {
            look.share_of_minimum * look.good
        }),
    ];
    for power in [-1.0, -0.5, 0.5, 1.0, 2.0] {
        families.push(Box::new(move |x| {
            let under = move |look: &Look| x * (f64::from(look.week) / weeks).powf(power);
            retire(format!("chance under x (week/{weeks})^{power}"), move |look| {
                look.judge < under(look)
            })
        }));
    }
    for in_a_row in [2, 3] {
        families.push(Box::new(move |x| WatchRule {
            in_a_row,
            ..retire(format!("chance under x, {in_a_row} looks in a row"), move |look| {
                look.judge < x
            })
        }));
    }
    families.push(Box::new(|x| WatchRule {
        weeks: (0, u32::MAX, 4),
        ..retire("chance under x, every 4 weeks".to_owned(), move |look| look.judge < x)
    }));
    families
}

/// A rule that scales over [`SCALE_OVER`] and retires where told.
fn retire(name: String, retires: impl Fn(&Look) -> bool + Send + Sync + 'static) -> WatchRule {
    WatchRule {
        name,
        weeks: (0, u32::MAX, 1),
        in_a_row: 1,
        signal: None,
        says: Box::new(move |look| {
            if look.judge > SCALE_OVER {
                Call::Scale
            } else if retires(look) {
                Call::Retire
            } else {
                Call::Wait
            }
        }),
    }
}

/// The number at which a rule retires [`ERROR`] of the bets whose gate would be met.
fn set(make: &Family, learn: &[Watched]) -> (WatchRule, f64) {
    let (mut low, mut high) = (0.0, 2.0);
    for _ in 0..24 {
        let middle = 0.5 * (low + high);
        let errs = row(&make(middle), learn).retires_would_meet.unwrap_or(0.0);
        if errs < ERROR { low = middle } else { high = middle }
    }
    (make(low), low)
}

fn print(rule: &WatchRule, at: f64, test: &[Watched]) {
    let row = row(rule, test);
    let percent = |x: Option<f64>| format!("{:.1}%", 100.0 * x.unwrap_or(0.0));
    println!(
        "| {} | {at:.3} | {} | {} | {} ({}), {:.1} | {} | {} ({}) |",
        row.rule,
        percent(row.retires_would_meet),
        percent(row.retires_good),
        percent(row.retires_bad),
        row.retires_bad_week.unwrap_or(0),
        row.targets_used_on_bad.unwrap_or(0.0),
        percent(row.scales_miss),
        percent(row.scales_good),
        row.scales_good_week.unwrap_or(0),
    );
}

/// The boundary on the chance that is best for targets used on bets that miss, at a price for each bet retired that
/// would have met its gate: backward induction over weeks and bins of the chance, moves as watched.
struct Program {
    /// For each week, from bin to bin, how many bets moved.
    moves: Vec<Vec<Vec<f64>>>,
    first: u32,
    per_week: f64,
}

impl Program {
    fn of(learn: &[Watched], setting: &JudgingSetting) -> Self {
        let first = learn
            .first()
            .and_then(|bet| bet.looks.first())
            .map_or(0, |look| look.week);
        let weeks = (setting.week - first) as usize;
        let mut moves = vec![vec![vec![0.0; BINS]; BINS]; weeks];
        for bet in learn {
            for (at, look) in bet.looks.iter().enumerate() {
                let next = bet
                    .looks
                    .get(at + 1)
                    .map_or(f64::from(u8::from(bet.met)), |next| next.judge);
                moves[at][bin(look.judge)][bin(next)] += 1.0;
            }
        }
        Self {
            moves,
            first,
            per_week: f64::from(setting.targets_per_week),
        }
    }

    /// The rule whose price of retiring a bet that would have met its gate is `1000 (2 - x)^4` targets.
    fn rule(&self, x: f64) -> WatchRule {
        let price = 1_000.0 * (2.0 - x).powi(4);
        let chance = |bin: usize| (bin as f64 + 0.5) / BINS as f64;
        let mut after = vec![0.0; BINS];
        let mut under = vec![0.0; self.moves.len()];
        for (week, moves) in self.moves.iter().enumerate().rev() {
            let mut now = vec![0.0; BINS];
            for (bin, to) in moves.iter().enumerate() {
                let p = chance(bin);
                let n: f64 = to.iter().sum();
                let going_on = if n > 0.0 {
                    to.iter().zip(&after).map(|(n, cost)| n * cost).sum::<f64>() / n
                } else {
                    0.0
                };
                let going_on = going_on + (1.0 - p) * self.per_week;
                let retiring = price * p;
                if p > SCALE_OVER {
                    continue;
                }
                now[bin] = going_on.min(retiring);
                if retiring <= going_on && n > 0.0 && p < 0.6 {
                    under[week] = chance(bin) + 0.5 / BINS as f64;
                }
            }
            after = now;
        }
        let first = self.first;
        retire("dynamic program on the chance".to_owned(), move |look| {
            look.judge < under[(look.week - first) as usize]
        })
    }
}

/// The bin of a chance.
fn bin(chance: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a chance times the bins, clamped"
    )]
    let bin = (chance * BINS as f64) as usize;
    bin.min(BINS - 1)
}
