//! The five-question start: from a leader's answers to a strategy that can be signed, with every assumption listed.

use crate::cycle::{days_between, weeks_after};
use crate::{
    Bet, BetState, Capacity, Cell, CellState, Circumstances, Condition, Currency, Cycle, CycleLength, Error,
    FiscalCalendar, Gate, Indicator, IndicatorKind, Measure, MeasureKind, Member, Motion, Outcome, Places, Program,
    Range, ReviewPlan, Scope, Segment, Severity, Strategy, Template, Wedge, check, limits,
};
use jiff::civil::Date;
use serde::Serialize;

/// The segment when nobody named one: every account.
const DEFAULT_SEGMENT: (&str, &str) = ("target accounts", "account_id is not null");
/// Share of a cycle's hours that set-up may take at most.
const SET_UP_SHARE: f64 = 0.25;
/// Share of the weekly hours that overhead may take at most.
const OVERHEAD_SHARE: f64 = 0.1;
/// Share of the hours that is planned at all: the rest is for what nobody foresaw.
const PLANNED_SHARE: f64 = 0.9;
/// Weeks from the start to the date of the leading indicator.
const WEEKS_TO_EARLY_SIGN: f64 = 8.0;
/// What is believed of a condition when nobody says: as likely as not.
const EVEN: f64 = 0.5;

/// What the five questions ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// The company.
    pub company: String,
    /// The program's currency.
    pub currency: Currency,
    /// First day of the fiscal year as `02-01`; empty for the calendar year.
    pub fiscal_year_starts: String,
    /// The day of the answers.
    pub today: Date,
    /// The outcome in a sentence.
    pub outcome: String,
    /// Its measure; empty for sourced pipeline.
    pub measure: String,
    /// Where it stands.
    pub baseline: Option<f64>,
    /// Where it shall stand.
    pub target: f64,
    /// By when.
    pub by: Date,
    /// Whose it is: the sponsor.
    pub sponsor: String,
    /// Who runs the bet.
    pub owner: String,
    /// Hours of the team a week.
    pub hours_per_week: f64,
    /// What is running now or has been asked for, each by the name people use.
    pub initiatives: Vec<String>,
    /// Which of them is the bet, from 0.
    pub picked: usize,
    /// Why a partner would.
    pub why_a_partner_would: String,
    /// Why customers care.
    pub why_customers_care: String,
    /// Why each of the others is parked, in the order of `initiatives`; empty or missing takes the suggestion.
    pub park_reasons: Vec<String>,
    /// What would reopen each of the others, likewise.
    pub reopen_when: Vec<String>,
    /// Scale at this many; the template's suggestion when missing.
    pub scale_if: Option<f64>,
    /// Retire at this many; the template's suggestion when missing.
    pub retire_if: Option<f64>,
    /// The gate's date; suggested when missing.
    pub gate_by: Option<Date>,
    /// Name and rule of the segment; "target accounts" with every account when missing.
    pub segment: Option<(String, String)>,
}

/// Something that the start assumed, since nobody said it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assumption {
    /// What was assumed.
    pub what: String,
    /// Its value, in words.
    pub value: String,
}

/// A strategy that can be signed, and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Started {
    /// The strategy.
    pub strategy: Strategy,
    /// What was assumed.
    pub assumptions: Vec<Assumption>,
}

/// Builds the strategy. [`Error::Answer`] names the answer that it cannot start from; what it answers with has no
/// finding that stops a signature.
pub fn start(answers: &Answers) -> Result<Started, Error> {
    let plan = Plan::of(answers)?;
    let mut assumed = Assumptions::default();
    let outcome = outcome(answers, &plan, &mut assumed);
    let bet = bet(answers, &plan, &outcome, &mut assumed)?;
    let review = ReviewPlan {
        next: Some(plan.calendar.last_day(plan.cycle)),
        ..ReviewPlan::default()
    };
    assumed.note(
        "Review",
        format!(
            "at the end of each cycle, first on {}",
            plan.calendar.last_day(plan.cycle).strftime("%-d %b %Y")
        ),
    );
    let strategy = Strategy {
        program: program(answers, &plan),
        outcome,
        segments: vec![Segment {
            name: plan.segment.0.clone(),
            rule: plan.segment.1.clone(),
        }],
        cells: cells(answers, &plan),
        bets: vec![bet],
        review,
        ..Strategy::default()
    };
    let findings = check(&strategy, &Places::default(), &Circumstances::default());
    match findings.into_iter().find(|finding| finding.severity == Severity::Error) {
        Some(finding) => Err(refuse(
            "answers",
            format!("{} ({}). {}", finding.message, finding.path, finding.help),
        )),
        None => Ok(Started {
            strategy,
            assumptions: assumed.0,
        }),
    }
}

fn refuse(question: &'static str, mend: impl Into<String>) -> Error {
    Error::Answer {
        question,
        mend: mend.into(),
    }
}

/// What the answers settle before anything is written.
struct Plan {
    calendar: FiscalCalendar,
    cycle: Cycle,
    /// The first working day: today, or the start of the cycle when that is later.
    first_day: Date,
    /// When nobody says: the last day of the second cycle, so that a review can act on it.
    gate_by: Date,
    segment: (String, String),
    /// Initiatives that are not blank: place in the answers, name, partner type.
    initiatives: Vec<(usize, String, String)>,
    template: Template,
}

impl Plan {
    fn of(answers: &Answers) -> Result<Self, Error> {
        let starts = if answers.fiscal_year_starts.is_empty() {
            "01-01"
        } else {
            &answers.fiscal_year_starts
        };
        let calendar = FiscalCalendar::parse(starts, CycleLength::Quarter)?;
        if answers.by <= answers.today {
            return Err(refuse(
                "by when",
                format!("{} is not after today; give a later day", answers.by),
            ));
        }
        if !(answers.hours_per_week > 0.0 && answers.hours_per_week <= limits::FIGURE) {
            return Err(refuse(
                "hours a week",
                "give the hours a week that the team has, more than none",
            ));
        }
        if answers.sponsor.trim().is_empty() {
            return Err(refuse(
                "whose outcome",
                "name the person who signs, such as \"Dana Whitfield, CRO\"",
            ));
        }
        if answers.why_a_partner_would.trim().is_empty() {
            return Err(refuse("why a partner would", "say in one line what the partner gains"));
        }
        let initiatives = initiatives(answers)?;
        let picked = initiatives.iter().find(|(at, ..)| *at == answers.picked);
        let (.., partner_type) = picked.ok_or_else(|| refuse("the pick", "pick one of the initiatives as the bet"))?;
        let template = Template::for_partner_type(partner_type);
        let cycle = starting_cycle(calendar, answers.today, answers.by);
        let first_day = calendar.first_day(cycle).max(answers.today);
        let gate_by = answers
            .gate_by
            .unwrap_or_else(|| calendar.last_day(cycle.next()).min(answers.by));
        let (name, rule) = answers.segment.clone().unwrap_or_default();
        let or_default = |own: String, default: &str| if own.trim().is_empty() { default.to_owned() } else { own };
        let segment = (or_default(name, DEFAULT_SEGMENT.0), or_default(rule, DEFAULT_SEGMENT.1));
        Ok(Self {
            calendar,
            cycle,
            first_day,
            gate_by,
            segment,
            initiatives,
            template,
        })
    }

    fn weeks_to_gate(&self) -> f64 {
        (days_between(self.first_day, self.gate_by) as f64 / 7.0).max(1.0)
    }
}

/// The cycle that today lies in, or the next when over half of this one is gone and the next begins before the end.
fn starting_cycle(calendar: FiscalCalendar, today: Date, by: Date) -> Cycle {
    let current = calendar.containing(today);
    let gone = days_between(calendar.first_day(current), today);
    let next_first = calendar.first_day(current.next());
    if gone * 2 > days_between(calendar.first_day(current), next_first) && next_first < by {
        current.next()
    } else {
        current
    }
}

/// The initiatives with a partner type each. Of two that speak of the same type, the picked one, else the first, has
/// it; the others get a type of their own name, so that each has its own cell.
fn initiatives(answers: &Answers) -> Result<Vec<(usize, String, String)>, Error> {
    let named: Vec<(usize, &str)> = answers.initiatives.iter().map(|line| line.trim()).enumerate().collect();
    let mut named: Vec<(usize, &str)> = named.into_iter().filter(|(_, name)| !name.is_empty()).collect();
    if named.len() < 2 {
        let mend = "write at least two, one per line: a strategy also says what will not be done now";
        return Err(refuse("initiatives", mend));
    }
    if named.len() > limits::INITIATIVES {
        return Err(refuse("initiatives", format!("write at most {}", limits::INITIATIVES)));
    }
    named.sort_by_key(|(at, _)| (*at != answers.picked, *at));
    let mut typed: Vec<(usize, String, String)> = Vec::with_capacity(named.len());
    for (at, name) in named {
        let is_taken = |partner_type: &str| typed.iter().any(|(.., taken)| taken == partner_type);
        let mut partner_type = partner_type_of(name);
        if is_taken(&partner_type) {
            partner_type = name.to_lowercase();
        }
        if is_taken(&partner_type) {
            return Err(refuse("initiatives", format!("{name:?} stands there twice; keep one")));
        }
        typed.push((at, name.to_owned(), partner_type));
    }
    typed.sort_by_key(|(at, ..)| *at);
    Ok(typed)
}

fn program(answers: &Answers, plan: &Plan) -> Program {
    let owner = Member {
        who: answers.owner.trim().to_owned(),
        role: "owner".to_owned(),
        hours_per_week: answers.hours_per_week.min(HOURS_IN_A_WEEK),
    };
    let rest = answers.hours_per_week - owner.hours_per_week;
    let mut team = vec![owner];
    // More hours than a week has are those of several people whom nobody has named yet.
    for left in std::iter::successors(Some(rest), |left| Some(left - HOURS_IN_A_WEEK)).take_while(|left| *left > 0.0) {
        if team.len() == limits::TEAM {
            break;
        }
        team.push(Member {
            role: "team".to_owned(),
            hours_per_week: left.min(HOURS_IN_A_WEEK),
            ..Member::default()
        });
    }
    Program {
        name: answers.company.trim().to_owned(),
        currency: answers.currency,
        calendar: plan.calendar,
        partner_types: plan
            .initiatives
            .iter()
            .map(|(.., partner_type)| partner_type.clone())
            .collect(),
        team,
        ..Program::default()
    }
}

/// Hours in a week.
const HOURS_IN_A_WEEK: f64 = 168.0;

fn outcome(answers: &Answers, plan: &Plan, assumed: &mut Assumptions) -> Outcome {
    let measure = match answers.measure.trim() {
        "" => {
            let default = Measure::by_key("sourced-pipeline").map_or("", |measure| measure.key);
            assumed.note("Measure of the outcome", default);
            default
        }
        given => given,
    };
    let rule = plan.segment.1.replace(DEFAULT_SEGMENT.1, "every account");
    assumed.note("Accounts that count", format!("{}: {rule}", plan.segment.0));
    Outcome {
        says: answers.outcome.trim().to_owned(),
        measure: measure.to_owned(),
        scope: Scope::named(&plan.segment.0),
        baseline: answers.baseline,
        target: Some(answers.target),
        from: None,
        by: Some(answers.by),
        sponsor: answers.sponsor.trim().to_owned(),
    }
}

fn cells(answers: &Answers, plan: &Plan) -> Vec<Cell> {
    let given = |texts: &[String], at: usize| {
        texts
            .get(at)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    };
    let cell = |(at, name, partner_type): &(usize, String, String)| {
        let cell = Cell {
            segment: plan.segment.0.clone(),
            partner_type: partner_type.clone(),
            initiative: name.clone(),
            ..Cell::default()
        };
        if *at == answers.picked {
            return Cell {
                state: CellState::Chosen,
                reason: answers.why_a_partner_would.trim().to_owned(),
                ..cell
            };
        }
        Cell {
            state: CellState::Parked,
            reason: given(&answers.park_reasons, *at).unwrap_or_else(|| suggested_park_reason(name)),
            reopen_when: given(&answers.reopen_when, *at).unwrap_or_else(|| suggested_reopen_when(name)),
            ..cell
        }
    };
    plan.initiatives.iter().map(cell).collect()
}

fn bet(answers: &Answers, plan: &Plan, outcome: &Outcome, assumed: &mut Assumptions) -> Result<Bet, Error> {
    let is_activity = outcome
        .catalogued()
        .is_some_and(|measure| measure.kind == MeasureKind::Activity);
    if is_activity {
        let mend = format!(
            "{} is partner activity; choose a business result, such as sourced-pipeline",
            outcome.measure
        );
        return Err(refuse("the outcome's measure", mend));
    }
    let (_, name, partner_type) = plan
        .initiatives
        .iter()
        .find(|(at, ..)| *at == answers.picked)
        .ok_or_else(|| refuse("the pick", "pick one of the initiatives as the bet"))?;
    let capacity = fitted(plan, answers.hours_per_week);
    let motion = Motion {
        template: Some(plan.template),
        steps: plan.template.steps(),
    };
    note_template(assumed, plan, &motion, &capacity);
    let gate = gate(name, answers, plan, &motion, &capacity, assumed)?;
    Ok(Bet {
        name: name.clone(),
        segment: plan.segment.0.clone(),
        partner_type: partner_type.clone(),
        state: BetState::Planned,
        owner: answers.owner.trim().to_owned(),
        wedge: Wedge {
            partner: answers.why_a_partner_would.trim().to_owned(),
            customer: answers.why_customers_care.trim().to_owned(),
            conditions: vec![condition(plan, &motion, assumed)],
        },
        starts: Some(plan.cycle),
        indicators: indicators(plan, outcome, &motion, &capacity, assumed),
        gate: Some(gate),
        capacity: Some(capacity),
        motion,
        ..Bet::default()
    })
}

/// The template's capacity, cut to the hours there are: set-up and overhead to their shares, targets to what is left.
fn fitted(plan: &Plan, hours_per_week: f64) -> Capacity {
    let template = plan.template.capacity();
    let weeks = plan.calendar.weeks(plan.cycle);
    let has = hours_per_week * weeks;
    let set_up_hours = template.set_up_hours.min(has * SET_UP_SHARE).floor();
    let weekly_overhead_hours = rounded_down(template.weekly_overhead_hours.min(hours_per_week * OVERHEAD_SHARE));
    let left = (has * PLANNED_SHARE - set_up_hours - weekly_overhead_hours * weeks).max(0.0);
    let targets_per_week = rounded_down(template.targets_per_week.min(left / weeks / template.hours_per_target));
    let started_by_gate = (targets_per_week * plan.weeks_to_gate())
        .floor()
        .clamp(1.0, f64::from(template.targets));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and the template's targets"
    )]
    let targets = started_by_gate as u32;
    Capacity {
        set_up_hours,
        weekly_overhead_hours,
        targets_per_week,
        targets,
        ..template
    }
}

/// To tenths, below one to hundredths, and never up: what is planned must fit.
fn rounded_down(value: f64) -> f64 {
    let parts = if value < 1.0 { 100.0 } else { 10.0 };
    (value * parts).floor() / parts
}

/// The share of targets that passes every step up to this one, by the middles of the ranges.
fn share_reaching(motion: &Motion, step: &str) -> f64 {
    let upto = motion
        .steps
        .iter()
        .position(|own| own.name == step)
        .map_or(0, |at| at + 1);
    let middle = |range: Range| f64::midpoint(range.low, range.high);
    motion.steps[..upto]
        .iter()
        .filter_map(|step| step.conversion)
        .map(middle)
        .product()
}

/// Targets started early enough to pass a step, on average, within so many weeks of the start.
fn started_in_time(motion: &Motion, capacity: &Capacity, step: &str, weeks: f64) -> f64 {
    let delay = motion.weeks_until(step).unwrap_or_default();
    (capacity.targets_per_week * (weeks - delay)).clamp(0.0, f64::from(capacity.targets))
}

fn gate(
    name: &str,
    answers: &Answers,
    plan: &Plan,
    motion: &Motion,
    capacity: &Capacity,
    assumed: &mut Assumptions,
) -> Result<Gate, Error> {
    /// The step that a gate judges: late enough to matter, early enough to arrive.
    const JUDGED: &str = "opportunity";
    if plan.gate_by <= answers.today {
        return Err(refuse(
            "the gate's date",
            format!("{} is not after today; give a later day", plan.gate_by),
        ));
    }
    let in_time = started_in_time(motion, capacity, JUDGED, plan.weeks_to_gate());
    let expected = in_time * share_reaching(motion, JUDGED);
    let scale_if = answers.scale_if.unwrap_or_else(|| expected.ceil().max(2.0));
    let retire_if = answers.retire_if.unwrap_or_else(|| (scale_if / 3.0).floor());
    if answers.scale_if.is_none() {
        let words = format!(
            "{scale_if} opportunities: what the {in_time:.0} targets started in time bring by the middles of the ranges"
        );
        assumed.note("Scale if", words);
    }
    if answers.retire_if.is_none() {
        assumed.note(
            "Retire if",
            format!("{retire_if} opportunities or fewer: a third of that"),
        );
    }
    if answers.gate_by.is_none() {
        assumed.note("Gate's date", plan.gate_by.to_string());
    }
    let at_least_targets = capacity.targets * 2 / 5;
    assumed.note("Targets before the gate can be judged", at_least_targets.to_string());
    Ok(Gate {
        question: format!("Does {name:?} open opportunities?"),
        measure: JUDGED.to_owned(),
        scale_if: Some(scale_if),
        retire_if: Some(retire_if),
        by: Some(plan.gate_by),
        at_least_targets,
        passes_to: String::new(),
    })
}

fn indicators(
    plan: &Plan,
    outcome: &Outcome,
    motion: &Motion,
    capacity: &Capacity,
    assumed: &mut Assumptions,
) -> Vec<Indicator> {
    let early = plan.template.early_step();
    let weeks = WEEKS_TO_EARLY_SIGN.min(plan.weeks_to_gate());
    let by = weeks_after(plan.first_day, weeks).min(plan.gate_by);
    let started = started_in_time(motion, capacity, early, weeks);
    let target = (started * share_reaching(motion, early)).round().max(1.0);
    assumed.note(
        "Leading indicator",
        format!("{target} targets {early} by {}", by.strftime("%-d %b %Y")),
    );
    let less_is_better = outcome.catalogued().is_some_and(|measure| measure.less_is_better);
    let in_all = outcome.target.unwrap_or_default();
    let own = if less_is_better {
        in_all
    } else {
        in_all - outcome.baseline.unwrap_or_default()
    };
    assumed.note(
        "Lagging indicator",
        format!(
            "{} by the outcome's date: all that is missing",
            outcome.measure.replace('-', " ")
        ),
    );
    vec![
        Indicator {
            kind: IndicatorKind::Leading,
            measure: early.to_owned(),
            target: Some(target),
            by: Some(by),
        },
        Indicator {
            kind: IndicatorKind::Lagging,
            measure: outcome.measure.clone(),
            target: Some(own),
            by: outcome.by,
        },
    ]
}

fn condition(plan: &Plan, motion: &Motion, assumed: &mut Assumptions) -> Condition {
    /// Asked for before the first test is read.
    const ASKED: u32 = 10;
    let early = plan.template.early_step();
    let range = motion.step(early).and_then(|step| step.conversion);
    let enough = range.map_or(1.0, |range| (range.low * f64::from(ASKED)).ceil());
    let by = weeks_after(plan.first_day, 4.0).min(plan.gate_by);
    assumed.note(
        "Belief that partners will act",
        "50%: as likely as not, until the first test",
    );
    Condition {
        says: "Partners will do what they gain from: the first step happens when we ask for it".to_owned(),
        belief: Some(EVEN),
        test: format!("Ask for {ASKED} named targets; {enough} or more {early}"),
        by: Some(by),
    }
}

fn note_template(assumed: &mut Assumptions, plan: &Plan, motion: &Motion, capacity: &Capacity) {
    assumed.note("Motion", format!("the template \"{}\"", plan.template));
    for step in &motion.steps {
        if let (Some(range), Some(weeks)) = (step.conversion, step.delay_weeks) {
            let (low, high) = (range.low * 100.0, range.high * 100.0);
            assumed.note(
                format!("Step \"{}\"", step.name),
                format!("{low:.0}% to {high:.0}% pass it, after {weeks} weeks"),
            );
        }
    }
    assumed.note("Set-up", format!("{} hours", capacity.set_up_hours));
    assumed.note("Overhead", format!("{} hours a week", capacity.weekly_overhead_hours));
    assumed.note("Hours for each target", capacity.hours_per_target.to_string());
    let pace = format!(
        "{} in all, {} started each week",
        capacity.targets, capacity.targets_per_week
    );
    assumed.note("Targets", pace);
    assumed.note("Start", plan.cycle.to_string());
}

#[derive(Default)]
struct Assumptions(Vec<Assumption>);

impl Assumptions {
    fn note(&mut self, what: impl Into<String>, value: impl Into<String>) {
        self.0.push(Assumption {
            what: what.into(),
            value: value.into(),
        });
    }
}

/// What each partner type is called in the names of initiatives, why it is commonly parked and what would reopen it.
/// The first row that has a word of the name counts, so that "agency referrals" are agencies.
struct Kind {
    partner_type: &'static str,
    words: &'static [&'static str],
    park_reason: &'static str,
    reopen_when: &'static str,
}

const KINDS: &[Kind] = &[
    Kind {
        partner_type: "marketplace",
        words: &["marketplace", "listing", "appexchange", "app store"],
        park_reason: "Our buyers do not start there yet, and a listing needs engineering hours that the bet needs more",
        reopen_when: "a target account asks to pay through it",
    },
    Kind {
        partner_type: "agency",
        words: &["agency", "agencies", "consultant", "consultancy"],
        park_reason: "Agencies bring projects one at a time; each takes hours before the first deal",
        reopen_when: "an agency names five of our target accounts where it works today",
    },
    Kind {
        partner_type: "systems integrator",
        words: &["integrator", "integrators", "si", "gsi"],
        park_reason: "Integrators follow demand that we have not yet made",
        reopen_when: "an integrator brings a named project with a budget",
    },
    Kind {
        partner_type: "reseller",
        words: &["reseller", "resellers", "resale", "resell", "channel", "var", "vars"],
        park_reason: "Resellers need a price list, training and support before the first deal",
        reopen_when: "a reseller brings its own list of 30 named accounts",
    },
    Kind {
        partner_type: "distributor",
        words: &["distributor", "distributors", "distribution"],
        park_reason: "A distributor multiplies resellers, and there are none to multiply yet",
        reopen_when: "the first three resellers each close a deal without us",
    },
    Kind {
        partner_type: "OEM",
        words: &["oem", "embedded", "white label", "white-label"],
        park_reason: "Embedding takes engineering for a year before the first revenue",
        reopen_when: "a vendor offers a paid commitment for it",
    },
    Kind {
        partner_type: "events",
        words: &[
            "event",
            "events",
            "webinar",
            "webinars",
            "conference",
            "conferences",
            "roadshow",
        ],
        park_reason: "Events take whole weeks of the team and bring names, seldom opportunities",
        reopen_when: "a partner brings ten named target accounts to one table",
    },
    Kind {
        partner_type: "community",
        words: &[
            "community",
            "communities",
            "forum",
            "ambassador",
            "ambassadors",
            "champions",
        ],
        park_reason: "A community pays back over years; this outcome is due sooner",
        reopen_when: "five customers ask to lead it",
    },
    Kind {
        partner_type: "technology",
        words: &[
            "technology",
            "tech",
            "integration",
            "integrations",
            "isv",
            "isvs",
            "co-sell",
            "cosell",
            "api",
        ],
        park_reason: "An integration opens doors only where its users are our targets; that is not shown yet",
        reopen_when: "twenty target accounts are found to use the same product",
    },
    Kind {
        partner_type: "referral",
        words: &[
            "referral",
            "referrals",
            "refer",
            "affiliate",
            "affiliates",
            "advisor",
            "advisors",
        ],
        park_reason: "Referrals come when they come; they cannot be planned by the week",
        reopen_when: "one referrer names three target accounts within a month",
    },
];

fn kind_of(initiative: &str) -> Option<&'static Kind> {
    let name = initiative.to_lowercase();
    let apart = |c: char| !c.is_alphanumeric() && c != '-';
    let words: Vec<&str> = name.split(apart).filter(|word| !word.is_empty()).collect();
    let has = |known: &str| words.contains(&known) || (known.contains(' ') && name.contains(known));
    KINDS.iter().find(|kind| kind.words.iter().any(|known| has(known)))
}

/// The partner type that an initiative's name speaks of; its own name, in lower case, when it speaks of none.
pub fn partner_type_of(initiative: &str) -> String {
    kind_of(initiative).map_or_else(|| initiative.trim().to_lowercase(), |kind| kind.partner_type.to_owned())
}

/// A reason for parking an initiative, to be edited.
pub fn suggested_park_reason(initiative: &str) -> String {
    let general = "It would share the hours of the bet, and neither would have enough";
    kind_of(initiative).map_or(general, |kind| kind.park_reason).to_owned()
}

/// What would reopen a parked initiative, to be edited.
pub fn suggested_reopen_when(initiative: &str) -> String {
    let general = "the bet passes its gate, and there are hours to spare";
    kind_of(initiative).map_or(general, |kind| kind.reopen_when).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{parse, render, signable};
    use jiff::civil::date;
    use proptest::prelude::*;

    const INITIATIVES: [&str; 7] = [
        "Channel resale",
        "Technology integrations",
        "Agency referrals",
        "Marketplace listing",
        "Events push",
        "Community play",
        "Referral program",
    ];

    fn answers(picked: usize) -> Answers {
        Answers {
            company: "Northwind Analytics".to_owned(),
            currency: Currency::USD,
            fiscal_year_starts: "02-01".to_owned(),
            today: date(2026, 8, 3),
            outcome: "Double the enterprise pipeline that partners start".to_owned(),
            measure: String::new(),
            baseline: Some(1_900_000.0),
            target: 3_800_000.0,
            by: date(2027, 7, 31),
            sponsor: "Dana Whitfield, CRO".to_owned(),
            owner: "Ines Marchetti".to_owned(),
            hours_per_week: 55.0,
            initiatives: INITIATIVES.map(str::to_owned).to_vec(),
            picked,
            why_a_partner_would: "Their renewal risk falls where our integration is live".to_owned(),
            why_customers_care: "Security review is already done".to_owned(),
            park_reasons: Vec::new(),
            reopen_when: Vec::new(),
            scale_if: None,
            retire_if: None,
            gate_by: None,
            segment: None,
        }
    }

    #[test]
    fn every_template_starts_a_strategy_that_can_be_signed_without_a_single_finding() {
        let mut templates = Vec::new();
        for (picked, initiative) in INITIATIVES.iter().enumerate() {
            let started = start(&answers(picked)).expect("answers enough");
            let findings = check(&started.strategy, &Places::default(), &Circumstances::default());
            assert_eq!(findings, [], "{initiative}");
            assert_eq!(parse(&render(&started.strategy)).strategy, started.strategy);
            templates.extend(started.strategy.bets[0].motion.template);
        }
        templates.sort_unstable();
        templates.dedup();
        assert_eq!(templates, Template::ALL);
    }

    #[test]
    fn all_but_the_pick_are_parked_with_a_reason_and_what_would_reopen_them() {
        let mut given = answers(1);
        given.park_reasons = vec!["Four resellers, eleven deals".to_owned()];
        let strategy = start(&given).expect("answers enough").strategy;
        assert_eq!(strategy.cells[0].reason, "Four resellers, eleven deals");
        let states: Vec<CellState> = strategy.cells.iter().map(|cell| cell.state).collect();
        assert_eq!(states.iter().filter(|state| **state == CellState::Parked).count(), 6);
        assert_eq!(states[1], CellState::Chosen);
        assert!(
            strategy
                .cells
                .iter()
                .skip(2)
                .all(|cell| !cell.reason.is_empty() && !cell.reopen_when.is_empty())
        );
    }

    #[test]
    fn initiatives_are_known_by_their_names_and_others_keep_their_own() {
        let types = [
            "reseller",
            "technology",
            "agency",
            "marketplace",
            "events",
            "community",
            "referral",
        ];
        assert_eq!(INITIATIVES.map(partner_type_of), types);
        assert_eq!(partner_type_of("University labs"), "university labs");
        assert_eq!(
            partner_type_of("Positioning"),
            "positioning",
            "\"si\" counts only as a word"
        );
    }

    #[test]
    fn two_initiatives_of_one_type_have_a_cell_each() {
        let mut given = answers(1);
        given.initiatives = vec!["Tech alliances".to_owned(), "Technology integrations".to_owned()];
        let strategy = start(&given).expect("answers enough").strategy;
        assert_eq!(strategy.program.partner_types, ["tech alliances", "technology"]);
    }

    #[test]
    fn what_nobody_said_is_listed_as_assumed() {
        let started = start(&answers(1)).expect("answers enough");
        let what: Vec<&str> = started
            .assumptions
            .iter()
            .map(|assumption| assumption.what.as_str())
            .collect();
        for said in [
            "Measure of the outcome",
            "Motion",
            "Step \"introduced\"",
            "Set-up",
            "Targets",
            "Scale if",
            "Gate's date",
        ] {
            assert!(what.contains(&said), "{said}: {what:?}");
        }
        let mut given = answers(1);
        (given.scale_if, given.gate_by) = (Some(12.0), Some(date(2026, 12, 31)));
        let started = start(&given).expect("answers enough");
        assert!(
            !started
                .assumptions
                .iter()
                .any(|assumption| ["Scale if", "Gate's date"].contains(&assumption.what.as_str()))
        );
    }

    #[test]
    fn answers_that_make_no_strategy_are_refused_by_question() {
        let question = |change: fn(&mut Answers)| {
            let mut given = answers(1);
            change(&mut given);
            match start(&given) {
                Err(Error::Answer { question, .. }) => question,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(question(|given| given.initiatives.truncate(1)), "initiatives");
        assert_eq!(question(|given| given.picked = 9), "the pick");
        assert_eq!(
            question(|given| given.measure = "intros".to_owned()),
            "the outcome's measure"
        );
        assert_eq!(question(|given| given.sponsor = " ".to_owned()), "whose outcome");
        assert_eq!(question(|given| given.hours_per_week = 0.0), "hours a week");
        assert_eq!(question(|given| given.by = given.today), "by when");
        assert_eq!(question(|given| given.retire_if = Some(1e6)), "answers");
    }

    proptest! {
        #[test]
        fn whatever_it_starts_can_be_signed(
            picked in 0_usize..7,
            hours in 0.1_f64..2000.0,
            day in 0_i64..2000,
            span in 1_i64..1500,
            starts in prop::sample::select(vec!["", "02-01", "07-01", "12-28"]),
            measure in prop::sample::select(vec!["", "bookings-won", "cycle-time", "retention", "intros", "nonsense"]),
        ) {
            let mut given = answers(picked);
            given.today = given.today.saturating_add(jiff::Span::new().days(day));
            given.by = given.today.saturating_add(jiff::Span::new().days(span));
            given.hours_per_week = hours;
            given.fiscal_year_starts = starts.to_owned();
            given.measure = measure.to_owned();
            match start(&given) {
                Ok(started) => {
                    let findings = check(&started.strategy, &Places::default(), &Circumstances::default());
                    prop_assert!(signable(&findings), "{findings:?}");
                }
                Err(refused) => prop_assert!(["intros", "nonsense"].contains(&measure), "{refused}"),
            }
        }
    }
}
