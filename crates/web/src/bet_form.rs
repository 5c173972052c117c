//! The form of a bet: the written bet as fields, and fields read back into it. What the form does not show of a bet is
//! kept as it was.

use beachhead_office::strategy::motion::Template;
use beachhead_office::strategy::state::BetState;
use beachhead_office::strategy::{
    Bet, Capacity, CellState, Condition, Cycle, Gate, Indicator, IndicatorKind, Measure, Motion, Range, Step, Strategy,
};
use beachhead_office::{Standing, reporting};
use beachhead_press::numbers;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::form::{Errors, Field, Fields, plain_options, token};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// The fields of a new bet: the first chosen cell without a bet, and the motion that fits its partner type.
pub fn suggested(strategy: &Strategy, today: Date) -> Fields {
    let free = strategy
        .cells
        .iter()
        .filter(|cell| cell.state == CellState::Chosen)
        .find(|cell| strategy.bets_in(&cell.segment, &cell.partner_type).next().is_none());
    let (segment, partner_type) = match free {
        Some(cell) => (cell.segment.clone(), cell.partner_type.clone()),
        None => (
            strategy
                .segments
                .first()
                .map_or_else(String::new, |segment| segment.name.clone()),
            strategy.program.partner_types.first().cloned().unwrap_or_default(),
        ),
    };
    let template = Template::ALL
        .iter()
        .copied()
        .find(|template| template.partner_type() == partner_type)
        .unwrap_or(Template::CoSell);
    let bet = Bet {
        segment,
        partner_type,
        owner: strategy
            .program
            .team
            .first()
            .map_or_else(String::new, |member| member.who.clone()),
        motion: Motion {
            template: Some(template),
            steps: template.steps(),
        },
        capacity: Some(template.capacity()),
        starts: Some(strategy.program.calendar.containing(today).next()),
        indicators: vec![Indicator {
            kind: IndicatorKind::Leading,
            measure: template.early_step().to_owned(),
            target: None,
            by: None,
        }],
        ..Bet::default()
    };
    fields_of(&bet)
}

/// The fields of a bet as written.
pub fn fields_of(bet: &Bet) -> Fields {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let date = |value: Option<Date>| value.map_or_else(String::new, |value| value.to_string());
    let capacity = bet.capacity.unwrap_or_default();
    let gate = bet.gate.clone().unwrap_or_default();
    let indicator = |kind: IndicatorKind| bet.indicators.iter().find(|indicator| indicator.kind == kind).cloned();
    let mut fields: Vec<(&str, String)> = vec![
        ("name", bet.name.clone()),
        ("segment", bet.segment.clone()),
        ("partner_type", bet.partner_type.clone()),
        ("owner", bet.owner.clone()),
        ("partners", bet.partners.join(", ")),
        ("starts", bet.starts.map_or_else(String::new, |cycle| cycle.to_string())),
        ("after", bet.after.clone()),
        ("wedge_partner", bet.wedge.partner.clone()),
        ("wedge_customer", bet.wedge.customer.clone()),
        (
            "conditions",
            bet.wedge
                .conditions
                .iter()
                .map(condition_line)
                .collect::<Vec<_>>()
                .join("\n"),
        ),
        (
            "motion",
            bet.motion
                .template
                .map_or_else(String::new, |template| template.word().to_owned()),
        ),
        (
            "steps",
            bet.motion.steps.iter().map(step_line).collect::<Vec<_>>().join("\n"),
        ),
        ("set_up_hours", capacity.set_up_hours.to_string()),
        ("hours_per_target", capacity.hours_per_target.to_string()),
        ("weekly_overhead_hours", capacity.weekly_overhead_hours.to_string()),
        ("targets", capacity.targets.to_string()),
        ("targets_per_week", capacity.targets_per_week.to_string()),
        ("value_low", number(bet.deal_value.map(|range| range.low))),
        ("value_high", number(bet.deal_value.map(|range| range.high))),
        ("question", gate.question.clone()),
        ("measure", gate.measure.clone()),
        ("scale_if", number(gate.scale_if)),
        ("retire_if", number(gate.retire_if)),
        ("gate_by", date(gate.by)),
        ("at_least_targets", gate.at_least_targets.to_string()),
    ];
    for (prefix, kind) in [("leading", IndicatorKind::Leading), ("lagging", IndicatorKind::Lagging)] {
        let found = indicator(kind);
        let names = if prefix == "leading" {
            ["leading_measure", "leading_target", "leading_by"]
        } else {
            ["lagging_measure", "lagging_target", "lagging_by"]
        };
        fields.push((
            names[0],
            found
                .as_ref()
                .map_or_else(String::new, |indicator| indicator.measure.clone()),
        ));
        fields.push((names[1], number(found.as_ref().and_then(|indicator| indicator.target))));
        fields.push((names[2], date(found.as_ref().and_then(|indicator| indicator.by))));
    }
    Fields(
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// `name | done when | low to high | weeks`
fn step_line(step: &Step) -> String {
    let range = step
        .conversion
        .map_or_else(String::new, |range| format!("{} to {}", range.low, range.high));
    format!(
        "{} | {} | {range} | {}",
        step.name,
        step.done_when,
        step.delay_weeks.map_or_else(String::new, |weeks| weeks.to_string())
    )
}

/// `what would have to be true | belief | test | by`
fn condition_line(condition: &Condition) -> String {
    format!(
        "{} | {} | {} | {}",
        condition.says,
        condition.belief.map_or_else(String::new, |belief| belief.to_string()),
        condition.test,
        condition.by.map_or_else(String::new, |by| by.to_string())
    )
}

fn parts(line: &str) -> [&str; 4] {
    let mut parts = line.splitn(4, '|').map(str::trim);
    std::array::from_fn(|_| parts.next().unwrap_or(""))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn optional<T: std::str::FromStr>(errors: &mut Errors, field: &str, text: &str, mend: &str) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    let read = text.parse().ok();
    if read.is_none() {
        errors.add(field, format!("“{text}”: {mend}"));
    }
    read
}

fn read_step(errors: &mut Errors, line: &str, before: Option<&Step>) -> Step {
    let [name, done_when, range, weeks] = parts(line);
    let conversion = (!range.is_empty()).then(|| range.split_once(" to ")).flatten();
    let conversion =
        conversion.and_then(|(low, high)| Some(Range::new(low.trim().parse().ok()?, high.trim().parse().ok()?)));
    if !range.is_empty() && conversion.is_none_or(|range| range.beta().is_none()) {
        errors.add(
            "steps",
            format!("“{range}”: write an 80% range of a share, such as 0.3 to 0.6"),
        );
    }
    Step {
        name: name.to_owned(),
        done_when: done_when.to_owned(),
        conversion,
        delay_weeks: optional(errors, "steps", weeks, "the mean weeks of a step are a number"),
        owner: before.map_or_else(String::new, |step| step.owner.clone()),
        hours: before.and_then(|step| step.hours),
    }
}

fn read_condition(errors: &mut Errors, line: &str) -> Condition {
    let [says, belief, test, by] = parts(line);
    Condition {
        says: says.to_owned(),
        belief: optional(errors, "conditions", belief, "a belief is a number from 0 to 1"),
        test: test.to_owned(),
        by: optional(errors, "conditions", by, "write the day as 2026-08-21"),
    }
}

fn read_number(errors: &mut Errors, fields: &Fields, name: &str) -> Option<f64> {
    fields.number(name).unwrap_or_else(|error| {
        errors.add(name, error);
        None
    })
}

fn read_indicator(errors: &mut Errors, fields: &Fields, kind: IndicatorKind, names: [&str; 3]) -> Option<Indicator> {
    let measure = fields.get(names[0]);
    (!measure.is_empty()).then(|| Indicator {
        kind,
        measure: measure.to_owned(),
        target: read_number(errors, fields, names[1]),
        by: optional(errors, names[2], fields.get(names[2]), "write the day as 2026-09-30"),
    })
}

/// Reads a bet back from its fields; what the form does not show is taken from the bet as it was.
///
/// # Errors
/// What is wrong, field by field.
pub fn read(strategy: &Strategy, before: Option<&Bet>, fields: &Fields) -> Result<Bet, Errors> {
    let mut errors = Errors::default();
    let mut bet = before.cloned().unwrap_or_else(|| Bet {
        state: BetState::Planned,
        ..Bet::default()
    });
    bet.name = errors.require(fields, "name", "Give the bet a name");
    fields.get("segment").clone_into(&mut bet.segment);
    fields.get("partner_type").clone_into(&mut bet.partner_type);
    fields.get("owner").clone_into(&mut bet.owner);
    fields.get("after").clone_into(&mut bet.after);
    bet.partners = fields
        .get("partners")
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    fields.get("wedge_partner").clone_into(&mut bet.wedge.partner);
    fields.get("wedge_customer").clone_into(&mut bet.wedge.customer);
    bet.wedge.conditions = lines(fields.get("conditions"))
        .map(|line| read_condition(&mut errors, line))
        .collect();
    bet.starts = match fields.get("starts") {
        "" => None,
        text => Cycle::parse(text).map_err(|error| errors.add("starts", error)).ok(),
    };
    bet.motion.template = Template::from_word(fields.get("motion"));
    let old = std::mem::take(&mut bet.motion.steps);
    bet.motion.steps = lines(fields.get("steps"))
        .map(|line| {
            let name = parts(line)[0];
            read_step(&mut errors, line, old.iter().find(|step| step.name == name))
        })
        .collect();
    bet.capacity = Some(Capacity {
        set_up_hours: read_number(&mut errors, fields, "set_up_hours").unwrap_or(0.0),
        hours_per_target: read_number(&mut errors, fields, "hours_per_target").unwrap_or(0.0),
        weekly_overhead_hours: read_number(&mut errors, fields, "weekly_overhead_hours").unwrap_or(0.0),
        targets: optional(&mut errors, "targets", fields.get("targets"), "write a whole number").unwrap_or(0),
        targets_per_week: read_number(&mut errors, fields, "targets_per_week").unwrap_or(0.0),
    });
    bet.deal_value = read_number(&mut errors, fields, "value_low")
        .zip(read_number(&mut errors, fields, "value_high"))
        .map(|(low, high)| Range::new(low, high));
    bet.indicators.clear();
    let leading = ["leading_measure", "leading_target", "leading_by"];
    let lagging = ["lagging_measure", "lagging_target", "lagging_by"];
    bet.indicators
        .extend(read_indicator(&mut errors, fields, IndicatorKind::Leading, leading));
    bet.indicators
        .extend(read_indicator(&mut errors, fields, IndicatorKind::Lagging, lagging));
    bet.gate = read_gate(&mut errors, before, fields);
    if strategy.segment(&bet.segment).is_none() && !bet.segment.is_empty() {
        errors.add("segment", "That segment is not written down");
    }
    if errors.is_empty() { Ok(bet) } else { Err(errors) }
}

fn read_gate(errors: &mut Errors, before: Option<&Bet>, fields: &Fields) -> Option<Gate> {
    let measure = fields.get("measure");
    (!measure.is_empty()).then(|| Gate {
        question: fields.get("question").to_owned(),
        measure: measure.to_owned(),
        scale_if: read_number(errors, fields, "scale_if"),
        retire_if: read_number(errors, fields, "retire_if"),
        by: optional(errors, "gate_by", fields.get("gate_by"), "write the day as 2026-12-31"),
        at_least_targets: optional(
            errors,
            "at_least_targets",
            fields.get("at_least_targets"),
            "write a whole number",
        )
        .unwrap_or(0),
        passes_to: before
            .and_then(|bet| bet.gate.as_ref())
            .map_or_else(String::new, |gate| gate.passes_to.clone()),
    })
}

fn with_none(words: &str, values: Vec<(String, String)>) -> Vec<(String, String)> {
    std::iter::once((String::new(), words.to_owned()))
        .chain(values)
        .collect()
}

fn measures(fields: &Fields) -> Vec<(String, String)> {
    let steps = lines(fields.get("steps")).map(|line| parts(line)[0].to_owned());
    let steps = steps.map(|name| (name.clone(), format!("step: {name}")));
    let catalogue = beachhead_office::strategy::measure::CATALOGUE.iter();
    let catalogue = catalogue.map(|measure: &Measure| (measure.key.to_owned(), measure.name.to_owned()));
    with_none("Choose a measure", steps.chain(catalogue).collect())
}

/// A part of the form, folded unless it has to be filled in or mended: who changes the hours need not pass the wedge.
struct Part {
    /// Its address within the page, which unfolds it.
    id: &'static str,
    title: &'static str,
    fields: &'static [&'static str],
    /// Whether nobody but the writer can know it: of a new bet, the others come from the motion's template.
    is_own: bool,
    /// What it says now, in a line.
    says: fn(&Fields) -> String,
}

const PARTS: [Part; 6] = [
    Part {
        id: "part-cell",
        title: "The cell",
        fields: &["name", "segment", "partner_type", "owner", "partners"],
        is_own: true,
        says: |fields| {
            let cell = reporting::cell_name(fields.get("segment"), fields.get("partner_type"));
            said([
                cell,
                after("run by ", fields.get("owner")),
                after("with ", fields.get("partners")),
            ])
        },
    },
    Part {
        id: "part-wedge",
        title: "The wedge",
        fields: &["wedge_partner", "wedge_customer", "conditions"],
        is_own: true,
        says: |fields| {
            let conditions = match lines(fields.get("conditions")).count() as u64 {
                0 => String::new(),
                some => numbers::plural(some, "condition", "conditions"),
            };
            said([fields.get("wedge_partner").to_owned(), conditions])
        },
    },
    Part {
        id: "part-motion",
        title: "The motion",
        fields: &["motion", "steps"],
        is_own: false,
        says: |fields| {
            let steps: Vec<&str> = lines(fields.get("steps")).map(|line| parts(line)[0]).collect();
            steps.join(", ")
        },
    },
    Part {
        id: "part-hours",
        title: "Hours and targets",
        fields: &[
            "set_up_hours",
            "hours_per_target",
            "weekly_overhead_hours",
            "targets",
            "targets_per_week",
            "value_low",
            "value_high",
            "starts",
            "after",
        ],
        is_own: false,
        says: |fields| {
            said([
                format!(
                    "{} targets, {} a week",
                    fields.get("targets"),
                    fields.get("targets_per_week")
                ),
                format!(
                    "{} h before the first, {} h each, {} h a week besides",
                    fields.get("set_up_hours"),
                    fields.get("hours_per_target"),
                    fields.get("weekly_overhead_hours")
                ),
                after("starts in ", fields.get("starts")),
            ])
        },
    },
    Part {
        id: "part-gate",
        title: "The gate",
        fields: &[
            "question",
            "measure",
            "scale_if",
            "retire_if",
            "gate_by",
            "at_least_targets",
        ],
        is_own: true,
        says: |fields| {
            said([
                reporting::measure_name(fields.get("measure")),
                after("scale at ", fields.get("scale_if")),
                after("retire at ", fields.get("retire_if")),
                after("by ", &day(fields.get("gate_by"))),
            ])
        },
    },
    Part {
        id: "part-indicators",
        title: "Indicators",
        fields: &[
            "leading_measure",
            "leading_target",
            "leading_by",
            "lagging_measure",
            "lagging_target",
            "lagging_by",
        ],
        is_own: false,
        says: |fields| {
            let measure = |name: &str| reporting::measure_name(fields.get(name));
            said([
                after("leading: ", &measure("leading_measure")),
                after("lagging: ", &measure("lagging_measure")),
            ])
        },
    },
];

fn after(words: &str, value: &str) -> String {
    match value {
        "" => String::new(),
        value => format!("{words}{value}"),
    }
}

/// A day as it is read; what is none stays as it was typed.
fn day(typed: &str) -> String {
    typed.parse().map_or_else(|_| typed.to_owned(), numbers::date)
}

fn said<const N: usize>(all: [String; N]) -> String {
    let said: Vec<String> = all.into_iter().filter(|words| !words.is_empty()).collect();
    said.join("; ")
}

fn drawn(part: &Part, is_new: bool, fields: &Fields, errors: &Errors, inner: &Markup) -> Markup {
    let is_wrong = part.fields.iter().any(|name| errors.of(name).is_some());
    html! {
        details.part open[is_wrong || (is_new && part.is_own)] {
            summary { h2 { (part.title) } span.source { ((part.says)(fields)) } }
            fieldset id=(part.id) { legend.visually-hidden { (part.title) } (inner) }
        }
    }
}

/// The part of the form that a path of the written strategy is mended in.
pub fn part_of(path: &str) -> &'static str {
    let parts = [
        ("wedge", "part-wedge"),
        ("condition", "part-wedge"),
        ("gate", "part-gate"),
        ("indicator", "part-indicators"),
        ("motion", "part-motion"),
        ("step", "part-motion"),
        ("capacity", "part-hours"),
        ("deal_value", "part-hours"),
        ("starts", "part-hours"),
        ("after", "part-hours"),
    ];
    let found = parts.iter().find(|(word, _)| path.contains(word));
    found.map_or("part-cell", |(_, part)| part)
}

/// Draws the form.
pub fn draw(visitor: &Visitor, standing: &Standing, key: Option<&str>, fields: &Fields, errors: &Errors) -> Markup {
    let strategy = &standing.draft.parsed.strategy;
    let heading = key.map_or("Propose a bet", |_| "Edit the bet in the draft");
    let title = errors.title(heading);
    let action = key.map_or_else(|| "/bets/new".to_owned(), |key| format!("/bets/{key}/edit"));
    let text = |name: &'static str, label: &'static str| Field::new(name, label).value(fields.get(name));
    let segments = plain_options(strategy.segments.iter().map(|segment| segment.name.as_str()));
    let types = strategy
        .program
        .partner_types
        .iter()
        .map(|name| (name.clone(), reporting::measure_name(name)))
        .collect::<Vec<_>>();
    let others = strategy
        .bets
        .iter()
        .filter(|bet| key.is_none_or(|key| bet.key() != key))
        .map(|bet| bet.name.as_str());
    let motions = with_none(
        "Our own",
        plain_options(Template::ALL.iter().map(|template| template.word())),
    );
    let inner = [
        html! {
            (text("name", "Name of the bet").required().input(errors))
            (text("segment", "Segment").select(&segments, errors))
            (text("partner_type", "Partner type").select(&types, errors))
            (text("owner", "Owner").input(errors))
            (text("partners", "Partners by name, with commas between").input(errors))
        },
        html! {
            (text("wedge_partner", "Why does a partner work with us?").area(2, errors))
            (text("wedge_customer", "Why does the customer care?").area(2, errors))
            (text("conditions", "What would have to be true, one per line").hint("Condition | belief from 0 to 1 | test | by").area(4, errors))
        },
        html! {
            (text("motion", "Start from").select(&motions, errors))
            (text("steps", "Steps, one per line").hint("Name | done when | 80% range of those who pass, such as 0.3 to 0.6 | mean weeks").area(6, errors))
        },
        html! {
            div.pairs {
                (text("set_up_hours", "Hours before the first target").input(errors))
                (text("hours_per_target", "Hours for each target").input(errors))
                (text("weekly_overhead_hours", "Hours a week besides, for running it").input(errors))
                (text("targets", "Targets in all").input(errors))
                (text("targets_per_week", "Targets started a week").input(errors))
                (text("value_low", "A won deal is worth from (one in ten is below)").input(errors))
                (text("value_high", "to (one in ten is above)").input(errors))
                (text("starts", "Starts in the cycle").hint("Such as 2026-Q3").input(errors))
                (text("after", "Waits for the gate of").select(&with_none("No other bet", plain_options(others)), errors))
            }
        },
        gate(fields, errors),
        indicators(fields, errors),
    ];
    let parts = PARTS.iter().zip(inner);
    let body = html! {
        p.breadcrumb { a href="/bets" { "Bets" } }
        h1 { (heading) }
        p.lede { "A bet is a cell with a reason for the partner, steps that repeat, hours, and a gate fixed before the start. It counts once a version that holds it is signed." }
        (errors.summary())
        form method="post" action=(action) novalidate {
            (token(visitor))
            input type="hidden" name="revision" value=(standing.draft.draft.revision);
            @for (part, inner) in parts { (drawn(part, key.is_none(), fields, errors, &inner)) }
            button.btn.primary type="submit" { "Save in the draft" }
        }
    };
    layout::inside(visitor, Place::Bets, &title, &body)
}

/// The gate: how we will know.
fn gate(fields: &Fields, errors: &Errors) -> Markup {
    let text = |name: &'static str, label: &'static str| Field::new(name, label).value(fields.get(name));
    html! {
        (text("question", "The question it answers").area(2, errors))
        (text("measure", "Measure").select(&measures(fields), errors))
        div.pairs {
            (text("scale_if", "Scale at this many or more").input(errors))
            (text("retire_if", "Retire at this many or fewer").input(errors))
            (text("gate_by", "By which day").kind("date").input(errors))
            (text("at_least_targets", "Not judged before this many targets").input(errors))
        }
    }
}

fn indicators(fields: &Fields, errors: &Errors) -> Markup {
    let text = |name: &'static str, label: &'static str| Field::new(name, label).value(fields.get(name));
    html! {
        (text("leading_measure", "Leading indicator: moves in weeks").select(&measures(fields), errors))
        (text("leading_target", "Where it should stand").input(errors))
        (text("leading_by", "By which day (leading)").kind("date").input(errors))
        (text("lagging_measure", "Lagging indicator: moves in quarters").select(&measures(fields), errors))
        (text("lagging_target", "Where it should stand in the end").input(errors))
        (text("lagging_by", "By which day (lagging)").kind("date").input(errors))
    }
}
