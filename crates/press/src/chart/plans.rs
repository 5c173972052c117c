//! Plans side by side, each with its difference to the best on the same simulated paths. Draws; simulates nothing.

use maud::{Markup, html};

use super::{
    Frame,
    plot::{Scale, pc},
};
use crate::{
    numbers::{Unit, count, percent},
    tag::{Tag, Tone},
};

/// Plans that were compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Plans {
    /// The words around it.
    pub frame: Frame,
    /// What is expected of a plan: "Enterprise pipeline by 31 Jan 2027".
    pub measure: String,
    /// How values are written.
    pub unit: Unit,
    /// How many simulated paths every plan was run on.
    pub paths: u64,
    /// In the order shown.
    pub plans: Vec<Plan>,
}

/// What kind of plan it is; the two named ends are always recognisable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Every bet from the first day.
    EverythingAtOnce,
    /// One bet after another.
    OneAtATime,
    /// Anything else, such as what the search found.
    Other,
}

/// One plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What it does: "HRIS co-sell, then Identity co-sell".
    pub name: String,
    /// Which kind.
    pub kind: Kind,
    /// Expected value.
    pub mean: f64,
    /// This plan less the best, on the same paths; none for the best itself.
    pub against_best: Option<Difference>,
    /// Chance of the outcome's target, a fraction of 1.
    pub chance_of_target: Option<f64>,
}

/// A paired difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Mean of the differences.
    pub value: f64,
    /// Lower end of its range.
    pub low: f64,
    /// Upper end of its range.
    pub high: f64,
}

/// The plans as a table with a bar in each row.
pub fn draw(plans: &Plans) -> Markup {
    let ends = plans
        .plans
        .iter()
        .flat_map(|plan| [plan.mean, plan.against_best.map_or(0.0, |d| plans.best_mean() + d.high)]);
    let most = ends.filter(|v| v.is_finite()).fold(0.0, f64::max);
    if most <= 0.0 {
        return plans.frame.nothing_yet("it begins when two plans were simulated");
    }
    let scale = Scale::new((0.0, most * 1.02), (0.0, 1.0));
    let table = html! {
        table.plans {
            caption.dim {
                (plans.measure) ", every plan on the same " (count(plans.paths)) " simulated paths. "
                "Dashed: the best plan. Bracket: range of the difference to it."
            }
            thead { tr {
                th scope="col" { "Plan" }
                th.num scope="col" { "Expected" }
                th scope="col" { "Drawn from 0" }
                th scope="col" { "Against the best" }
                th.num scope="col" { "Chance of the target" }
            } }
            tbody { @for plan in &plans.plans { (row(plans, plan, scale)) } }
        }
    };
    plans.frame.drawn_table(&table)
}

impl Plans {
    fn best_mean(&self) -> f64 {
        let best = self.plans.iter().find(|plan| plan.against_best.is_none());
        best.map_or_else(
            || self.plans.iter().map(|plan| plan.mean).fold(0.0, f64::max),
            |plan| plan.mean,
        )
    }
}

fn row(plans: &Plans, plan: &Plan, scale: Scale) -> Markup {
    let kind = match plan.kind {
        Kind::EverythingAtOnce => Some("Everything at once"),
        Kind::OneAtATime => Some("One bet at a time"),
        Kind::Other => None,
    };
    html! {
        tr {
            th scope="row" {
                (plan.name) br;
                @if plan.against_best.is_none() { (Tag::new(Tone::Positive, Some('★'), "Best").html()) " " }
                @if let Some(kind) = kind.filter(|kind| !plan.name.eq_ignore_ascii_case(kind)) { (Tag::new(Tone::Muted, None, kind).html()) }
            }
            td.num { (plans.unit.write(plan.mean)) }
            td.drawn { (bar(plans, plan, scale)) }
            td { @match plan.against_best { Some(d) => (plans.unit.difference(d.value, d.low, d.high)), None => span.dim { "The best found" } } }
            td.num { @match plan.chance_of_target { Some(p) => (percent(p)), None => span.dim { "not asked" } } }
        }
    }
}

fn bar(plans: &Plans, plan: &Plan, scale: Scale) -> Markup {
    let best = scale.at(plans.best_mean());
    let (fill, edge) = if plan.against_best.is_none() {
        ("var(--c1)", "none")
    } else {
        ("var(--band-inner)", "var(--band-edge)")
    };
    html! {
        svg.track aria-hidden="true" {
            rect y="3" width=(pc(scale.at(plan.mean))) height="14" rx="2" fill=(fill) stroke=(edge) {}
            line x1=(pc(best)) x2=(pc(best)) y1="0" y2="100%" stroke="var(--c4)" stroke-width="2" stroke-dasharray="6 4" {}
            @if let Some(d) = plan.against_best {
                @let (low, high) = (scale.at(plans.best_mean() + d.low), scale.at(plans.best_mean() + d.high));
                @for (width, colour) in [("6", "var(--bg)"), ("2", "var(--text)")] {
                    line x1=(pc(low)) x2=(pc(high)) y1="50%" y2="50%" stroke=(colour) stroke-width=(width) {}
                }
                @for end in [low, high] { line x1=(pc(end)) x2=(pc(end)) y1="5" y2="15" stroke="var(--text)" stroke-width="2" {} }
            }
        }
    }
}
