//! The sentence that a leader can repeat: what focus buys here, or that it does not. Must not compute plans.

use super::{PlanResult, Sequenced};
use crate::simulate::{Program, Rule};

/// A gain below this share of the best plan is not worth a change of plan.
const WORTH_SAYING: f64 = 0.02;
/// A mean below this share of one deal, or of the best plan, is next to nothing.
const NEXT_TO_NOTHING: f64 = 0.01;
/// Bets whose indices differ by less than this share are alike.
const ALIKE: f64 = 0.05;

/// How an amount is written.
type Amount<'a> = &'a dyn Fn(f64) -> String;

/// What focus buys here, or that it does not.
pub(super) fn says(program: &Program, sequenced: &Sequenced, amount: Amount) -> String {
    let plans = &sequenced.plans;
    let (best, spread) = (&plans[sequenced.best], &plans[sequenced.spread]);
    if program.bets.len() == 1 {
        return "There is one bet, so there is nothing to put in sequence.".to_owned();
    }
    let one_deal = program
        .bets
        .iter()
        .map(|bet| bet.deal_value.mean)
        .fold(f64::INFINITY, f64::min);
    if best.mean < NEXT_TO_NOTHING * one_deal {
        return format!(
            "No plan brings anything to speak of within {} weeks: set-up and steps take longer than that.",
            program.weeks
        );
    }
    let gain = -spread.vs_best.difference;
    let certain = spread.vs_best.high < 0.0;
    if !certain || gain < WORTH_SAYING * best.mean {
        return no_gain(program, sequenced, amount);
    }
    let plan = describe(program, sequenced, best);
    let bought = if spread.mean < NEXT_TO_NOTHING * best.mean {
        "where everything at once brings next to nothing".to_owned()
    } else if best.mean >= 2.0 * spread.mean {
        format!("{:.1} times as much as everything at once", best.mean / spread.mean)
    } else {
        format!("{:.0}% more than everything at once", 100.0 * gain / spread.mean)
    };
    let range = format!(
        "{} more, 95% interval {} to {}",
        amount(gain),
        amount(-spread.vs_best.high),
        amount(-spread.vs_best.low)
    );
    format!(
        "{plan} brings {} on average, {bought} ({range}){}.",
        amount(best.mean),
        but(program, sequenced, amount)
    )
}

/// Why everything at once is as good as anything.
fn no_gain(program: &Program, sequenced: &Sequenced, amount: Amount) -> String {
    let plans = &sequenced.plans;
    let (best, spread) = (&plans[sequenced.best], &plans[sequenced.spread]);
    let one = &plans[sequenced.one_at_a_time];
    let all = *sequenced.hours_by_k.last().unwrap_or(&0.0);
    let work: f64 = program
        .bets
        .iter()
        .map(|bet| bet.set_up_hours + f64::from(bet.targets) * bet.hours_per_target)
        .sum();
    let why = if work < 0.75 * all * f64::from(program.weeks) {
        "the targets are so few for this team that all of them get worked either way"
    } else if sequenced.hours_by_k[0] < all {
        "the team has more hours than a few routes can absorb"
    } else if frictionless(program) {
        "nothing is lost by switching, overhead or set-up"
    } else {
        "no order or number at once stands out"
    };
    let one_loses = if one.mean < (1.0 - WORTH_SAYING) * spread.mean {
        format!("; one at a time would bring only {}", amount(one.mean))
    } else {
        String::new()
    };
    format!(
        "Focus does not win here: everything at once brings {} and the best plan found {}, because {why}{one_loses}.",
        amount(spread.mean),
        amount(best.mean),
    )
}

/// What must be said beside the gain.
fn but(program: &Program, sequenced: &Sequenced, amount: Amount) -> String {
    let plans = &sequenced.plans;
    let (spread, one) = (&plans[sequenced.spread], &plans[sequenced.one_at_a_time]);
    if one.mean < (1.0 - WORTH_SAYING) * spread.mean {
        let most = sequenced.hours_by_k[sequenced.k_formula - 1];
        let why = if sequenced.hours_by_k[0] < most {
            ", since one route cannot absorb the team's hours"
        } else {
            ""
        };
        return format!(
            "; but one at a time brings less than everything at once ({}){why}",
            amount(one.mean)
        );
    }
    if alike(sequenced) {
        return "; the bets look alike, so the gain is from fewer at once and not from which comes first".to_owned();
    }
    if frictionless(program) {
        return "; with nothing lost by switching, overhead or set-up, all of it is from working the better bets first"
            .to_owned();
    }
    String::new()
}

fn describe(program: &Program, sequenced: &Sequenced, plan: &PlanResult) -> String {
    let names: Vec<String> = plan
        .order
        .iter()
        .take(plan.at_once.min(3))
        .map(|&bet| format!("\u{201c}{}\u{201d}", program.bets[bet].called(bet)))
        .collect();
    let first = match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    };
    let count = match plan.at_once {
        1 => "Running one bet at a time".to_owned(),
        k if k == sequenced.hours_by_k.len() => "Running all bets, served in order".to_owned(),
        k => format!("Running {k} bets at once"),
    };
    let rule = match plan.rule {
        Rule::Open => "",
        Rule::Gated => ", retired where a gate is missed",
        Rule::Index => ", changed at reviews for whichever has the highest index",
    };
    format!("{count}, {first} first{rule},")
}

fn alike(sequenced: &Sequenced) -> bool {
    let least = sequenced.index.iter().copied().fold(f64::INFINITY, f64::min);
    let most = sequenced.index.iter().copied().fold(0.0, f64::max);
    most - least <= ALIKE * most
}

fn frictionless(program: &Program) -> bool {
    let free = |bet: &crate::simulate::Bet| bet.set_up_hours == 0.0 && bet.weekly_overhead_hours == 0.0;
    program.switching_tax == 0.0 && program.bets.iter().all(free)
}

/// Three figures, with commas between thousands.
pub(super) fn round(x: f64) -> String {
    if x.abs() < 100.0 {
        return format!("{x:.1}");
    }
    let scale = 10_f64.powf((x.abs().log10().floor() - 2.0).max(0.0));
    let digits = format!("{:.0}", (x / scale).round() * scale);
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits.as_str()), |digits| ("-", digits));
    let mut grouped = String::from(sign);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
