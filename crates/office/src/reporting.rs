//! The one page, filled from a standing: every figure on them is computed here or below, none is typed.

use std::collections::BTreeMap;

use beachhead_ledger::Stance;
use beachhead_press::chart::Frame;
use beachhead_press::chart::fan::{Fan, Quantiles, Threshold};
use beachhead_press::numbers::{self, Chance, Unit};
use beachhead_press::one_page;
use beachhead_press::one_page::{
    BetLine, ChosenCell, Figure, FunctionAnswer, FunctionLine, OnePage, Outcome, Proof, ProofKind, ProofLine, RuledOut,
    SignOff, Wedge, When,
};
use beachhead_press::tag::{State, Tag, Verdict};
use beachhead_strategy::{Bet, BetState, CellState, IndicatorKind, Measure, Sequence, Strategy, Unit as Counted};
use jiff::civil::Date;

use crate::actor::{Actor, Permission};
use crate::figures::as_real;
use crate::looking_back::day_of;
use crate::standing::Standing;
use crate::tracing::{AtStep, address};
use crate::weighing::ArenaView;
use crate::{Answer, Office, outlook};

/// The state of a bet as the press draws it.
#[must_use]
pub const fn state(state: BetState) -> State {
    match state {
        BetState::Proposed => State::Proposed,
        BetState::Planned => State::Planned,
        BetState::Running => State::Running,
        BetState::Scaled => State::Scaled,
        BetState::Parked => State::Parked,
        BetState::Declined => State::Declined,
        BetState::Retired => State::Retired,
    }
}

/// The state of a cell as the press draws it.
#[must_use]
pub const fn cell_state(state: CellState) -> State {
    match state {
        CellState::Chosen => State::Chosen,
        CellState::Declined => State::Declined,
        CellState::Parked => State::Parked,
        CellState::Undecided => State::Undecided,
    }
}

/// What the gate of a bet says, as the press draws it.
#[must_use]
pub fn verdict(standing: &Standing, bet: &Bet) -> Verdict {
    if !standing.state_of(&bet.name).is_worked() {
        return Verdict::NotStarted;
    }
    let Some(judgement) = standing.judged(&bet.name).and_then(|judged| judged.judgement.as_ref()) else {
        return Verdict::NoData;
    };
    use beachhead_foresight::judge::Verdict as Judged;
    match judgement.verdict {
        Judged::NoData => Verdict::NoData,
        Judged::TooEarly => Verdict::TooEarly {
            weeks: judgement.weeks_until_clear,
        },
        Judged::Continue => Verdict::Continue,
        Judged::Scale => Verdict::Scale,
        Judged::Retire => Verdict::Retire,
    }
}

/// How values of a measure are written.
#[must_use]
pub fn unit(strategy: &Strategy, measure: &str) -> Unit {
    match Measure::by_key(measure).map(|measure| measure.unit) {
        Some(Counted::Money) => Unit::Money(strategy.program.currency.to_string()),
        Some(Counted::Share) => Unit::Percent,
        Some(Counted::Days) => Unit::Days,
        Some(Counted::Count) | None => Unit::Count,
    }
}

/// A measure's plain name: the catalogue's, else the step's own.
#[must_use]
pub fn measure_name(measure: &str) -> String {
    let name = Measure::by_key(measure).map_or(measure, |measure| measure.name);
    let mut letters = name.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A cell by the names of its segment and partner type.
#[must_use]
pub fn cell_name(segment: &str, partner_type: &str) -> String {
    format!("{} × {partner_type}", measure_name(segment))
}

/// "import of 31 Oct 2026", the source of every figure from the facts.
fn source(standing: &Standing) -> String {
    format!("facts of {}", numbers::date(standing.as_of))
}

/// Where the outcome stands, its forecast and its target, as a drawing.
#[must_use]
pub fn outcome_fan(standing: &Standing, prefix: &str) -> Option<Fan> {
    let strategy = standing.strategy();
    let foreseen = standing.foreseen()?;
    let now = standing.outcome_now();
    let unit = unit(strategy, &strategy.outcome.measure);
    let last = foreseen.fan().last()?.1;
    let target = strategy.outcome.target;
    let chance = foreseen.forecast.outcome.p_target;
    let finding = match (target, chance) {
        (Some(target), Some(chance)) => format!(
            "{} of the plan's simulations reach {} by {}",
            numbers::percent(chance),
            unit.write(target),
            strategy.outcome.by.map_or_else(String::new, numbers::date)
        ),
        _ => format!(
            "Half of the plan's simulations end between {} and {}",
            unit.short(last.p25),
            unit.short(last.p75)
        ),
    };
    let mut frame = Frame::new(prefix, finding);
    // The one page has its figure beside the fan, with its own link.
    frame.csv_href =
        (prefix == "outcome").then(|| address("/evidence.csv", &[("measure", "outcome")], standing.looked_back));
    frame.note = Some(format!(
        "{} simulations of the live bets from {}, under {} hours a week and {} lost for each further bet at once; seed {}.",
        numbers::count(u64::from(foreseen.forecast.paths)),
        numbers::date(foreseen.from),
        numbers::three_figures(strategy.program.hours_per_week()),
        numbers::percent(strategy.program.switching_tax),
        outlook::SEED,
    ));
    Some(Fan {
        frame,
        measure: measure_name(&strategy.outcome.measure),
        unit,
        actual: now.map_or_else(Vec::new, |now| {
            std::iter::once((now.from, 0.0))
                .chain(now.weekly.iter().copied())
                .collect()
        }),
        forecast: foreseen.fan().map(|(date, week)| quantiles(date, &week)).collect(),
        thresholds: target
            .map(|value| Threshold {
                label: "Target".into(),
                value,
            })
            .into_iter()
            .collect(),
        decisions: Vec::new(),
        stale_since: None,
    })
}

/// The fan from a bet's evidence to its gate.
#[must_use]
pub fn gate_fan(standing: &Standing, bet: &Bet) -> Option<Fan> {
    let judged = standing.judged(&bet.name)?;
    let judgement = judged.judgement.as_ref()?;
    let gate = bet.gate.as_ref()?;
    let started = judged.started?;
    let weeks = judged.fan_to_gate(standing.strategy(), bet)?;
    let last = weeks.last()?;
    let name = measure_name(&gate.measure);
    let finding = format!(
        "{name} by {}: half of simulations end between {} and {}",
        gate.by.map_or_else(|| "the gate".into(), numbers::date),
        numbers::three_figures(last.p25),
        numbers::three_figures(last.p75)
    );
    let mut frame = Frame::new("gate-fan", finding);
    let entered = judgement.steps.first().map_or(0, |step| step.entered);
    frame.note = Some(format!(
        "From {} and {} so far, as of {}.",
        numbers::plural(entered, "target", "targets"),
        numbers::plural(judgement.have, "count at the gate", "counts at the gate"),
        numbers::date(judged.as_of)
    ));
    let day = |week: u32| judged.as_of.saturating_add(jiff::Span::new().days(i64::from(week) * 7));
    Some(Fan {
        frame,
        measure: name,
        unit: Unit::Count,
        actual: reached_by_day(judged, started, &gate.measure),
        forecast: weeks.iter().map(|week| quantiles(day(week.week), week)).collect(),
        thresholds: gate
            .scale_if
            .map(|value| Threshold {
                label: format!("Scale at {value}"),
                value,
            })
            .into_iter()
            .collect(),
        decisions: Vec::new(),
        stale_since: None,
    })
}

fn quantiles(date: Date, week: &beachhead_foresight::simulate::FanWeek) -> Quantiles {
    Quantiles {
        date,
        p10: week.p10,
        p25: week.p25,
        p50: week.p50,
        p75: week.p75,
        p90: week.p90,
    }
}

/// How many targets had reached the gate's step by the end of each week since the start.
fn reached_by_day(judged: &crate::judging::Judged, started: Date, measure: &str) -> Vec<(Date, f64)> {
    let step = judged.progress.steps.iter().position(|step| step == measure);
    let mut days: Vec<Date> = judged
        .progress
        .targets
        .iter()
        .filter_map(|target| target.reached.get(step?).copied().flatten())
        .filter(|day| *day <= judged.as_of)
        .collect();
    days.sort_unstable();
    let weeks = crate::plan::weeks_between(started, judged.as_of);
    let end = |week: u32| {
        started
            .saturating_add(jiff::Span::new().days(i64::from(week) * 7))
            .min(judged.as_of)
    };
    let count = |day: Date| days.partition_point(|reached| *reached <= day) as u64;
    let mut series: Vec<(Date, f64)> = (0..=weeks).map(|week| (end(week), as_real(count(end(week))))).collect();
    if series.last().is_some_and(|(day, _)| *day < judged.as_of) {
        series.push((judged.as_of, as_real(days.len() as u64)));
    }
    series
}

/// The one page of a standing.
#[must_use]
pub fn one_page_of(standing: &Standing, demo: Option<&str>) -> OnePage {
    let strategy = standing.strategy();
    let arena = standing.arena();
    let sequence = Sequence::of(strategy, &as_signed(standing));
    OnePage {
        program: if strategy.program.name.is_empty() {
            "A partner program".into()
        } else {
            strategy.program.name.clone()
        },
        today: standing.today,
        banner: banner(standing, demo),
        outcome: outcome(standing),
        fan: outcome_fan(standing, "one-page"),
        chosen: strategy
            .cells
            .iter()
            .filter(|cell| cell.state == CellState::Chosen)
            .map(|cell| ChosenCell {
                cell: cell_name(&cell.segment, &cell.partner_type),
                href: Some(cell_href(&cell.segment, &cell.partner_type)),
                reason: cell.reason.clone(),
                evidence: arena
                    .cells
                    .iter()
                    .find(|view| view.segment == cell.segment && view.partner_type == cell.partner_type)
                    .and_then(|view| cell_evidence(standing, view)),
            })
            .collect(),
        ruled_out: ruled_out(standing, strategy),
        wedges: strategy
            .bets
            .iter()
            .filter(|bet| standing.state_of(&bet.name).is_live())
            .map(wedge)
            .collect(),
        bets: strategy
            .bets
            .iter()
            .filter_map(|bet| bet_line(standing, &sequence, bet))
            .collect(),
        cost: cost(standing, &sequence),
        proof: proof(standing),
        sign_off: sign_off(standing),
    }
}

fn banner(standing: &Standing, demo: Option<&str>) -> Option<String> {
    let lapsed = standing
        .is_lapsed()
        .then_some("The cycle ended and no review was held: this strategy has lapsed.".to_owned());
    let draft = match &standing.signed {
        None => Some("Draft: nobody has signed it yet.".to_owned()),
        Some(signed) if signed.version.signature.is_none() => {
            Some(format!("Nobody has signed version {} yet.", signed.version.number))
        }
        Some(signed) if standing.draft.draft.text != signed.version.text => {
            Some("The draft has changed since this was signed.".to_owned())
        }
        Some(_) => None,
    };
    let parts = [demo.map(str::to_owned), lapsed, draft].into_iter().flatten();
    let parts: Vec<String> = parts.chain(standing.hindsight.iter().cloned()).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn outcome(standing: &Standing) -> Outcome {
    let strategy = standing.strategy();
    let outcome = &strategy.outcome;
    let unit = unit(strategy, &outcome.measure);
    let written = |value: Option<f64>| {
        Figure::new(value.map_or_else(|| numbers::NOT_KNOWN.to_owned(), |value| unit.write(value)))
    };
    let now = match standing.outcome_now() {
        Some(now) => Figure::new(format!(
            "{} ({})",
            unit.write(now.value),
            numbers::plural(now.n, "opportunity", "opportunities")
        ))
        .rows(standing.outcome_link())
        .source(source(standing)),
        None => Figure::new("no facts yet"),
    };
    Outcome {
        sentence: outcome.says.clone(),
        measure: format!("{}, {}", measure_name(&outcome.measure), outcome.scope.name()),
        baseline: written(outcome.baseline),
        target: written(outcome.target),
        now,
        explained: (standing.signed.is_some() && standing.foreseen().is_some()).then(|| "/miss".to_owned()),
        by: outcome.by.unwrap_or(standing.today),
        sponsor: outcome.sponsor.clone(),
    }
}

/// The address of a cell's page.
#[must_use]
pub fn cell_href(segment: &str, partner_type: &str) -> String {
    let part = |text: &str| beachhead_strategy::bet::slug(text);
    format!("/where/{}/{}", part(segment), part(partner_type))
}

fn cell_evidence(standing: &Standing, view: &ArenaView) -> Option<Figure> {
    let (with, counts) = (view.with.as_ref()?, view.counts.as_ref()?);
    let rate = match with.rate {
        Some(rate) => format!(
            "won {} of {} decided with partners, {} ({} to {})",
            with.k,
            with.n,
            numbers::percent(rate),
            numbers::percent(with.low),
            numbers::percent(with.high)
        ),
        None => "no decided deal with partners yet".to_owned(),
    };
    let without = view.without.as_ref().and_then(|without| Some((without, without.rate?)));
    let against = without.map_or_else(String::new, |(without, rate)| {
        format!(
            ", against {} of {} without, {}",
            without.k,
            without.n,
            numbers::percent(rate)
        )
    });
    let words = format!(
        "{} of {} accounts in partners' lists; {rate}{against}",
        counts.overlap, counts.accounts
    );
    let href = standing.cell_link(&view.segment, &view.partner_type, "decided");
    Some(Figure::new(words).rows(href).source(source(standing)))
}

/// Text made safe for a query or a cookie: every byte that is not a letter, digit or `-._~` as `%XX`.
#[must_use]
pub fn query(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

fn ruled_out(standing: &Standing, strategy: &Strategy) -> Vec<RuledOut> {
    let cells = strategy.cells.iter().filter(|cell| cell.state.is_out());
    let out = cells.map(|cell| {
        let name = cell_name(&cell.segment, &cell.partner_type);
        let reopens = if cell.state == CellState::Parked {
            &cell.reopen_when
        } else {
            &cell.would_change_our_mind
        };
        RuledOut {
            what: if cell.initiative.is_empty() {
                name
            } else {
                format!("{} ({name})", cell.initiative)
            },
            href: Some(cell_href(&cell.segment, &cell.partner_type)),
            state: cell_state(cell.state),
            reason: cell.reason.clone(),
            reopens: (!reopens.is_empty()).then(|| reopens.clone()),
        }
    });
    let retired = strategy
        .bets
        .iter()
        .filter(|bet| standing.state_of(&bet.name) == BetState::Retired)
        .map(|bet| RuledOut {
            what: bet.name.clone(),
            href: Some(format!("/bets/{}", bet.key())),
            state: State::Retired,
            reason: standing.reason_of(bet).to_owned(),
            reopens: None,
        });
    out.chain(retired).collect()
}

fn wedge(bet: &Bet) -> Wedge {
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    Wedge {
        bet: bet.name.clone(),
        partner_type: format!("{} partners", measure_name(&bet.partner_type)),
        partner_reason: bet.wedge.partner.clone(),
        customer_reason: some(&bet.wedge.customer),
        motion: bet.motion.steps.iter().map(|step| step.name.clone()).collect(),
    }
}

fn bet_line(standing: &Standing, sequence: &Sequence, bet: &Bet) -> Option<BetLine> {
    let live = standing.state_of(&bet.name);
    let when = match live {
        BetState::Running | BetState::Scaled => When::Now,
        BetState::Planned | BetState::Proposed => When::Next,
        BetState::Parked => When::Parked,
        BetState::Declined | BetState::Retired => return None,
    };
    let tag = if live == BetState::Running {
        Tag::from(verdict(standing, bet))
    } else {
        Tag::from(state(live))
    };
    let waits = !bet.after.is_empty() && standing.state_of(&bet.after) != BetState::Scaled;
    let hours = sequence.bets().find(|(name, _)| *name == bet.name);
    let notes = [
        waits.then(|| format!("waits for the gate of {}", bet.after)),
        (!waits && !bet.owner.is_empty()).then(|| format!("owner {}", bet.owner)),
        hours.map(|(_, all)| format!("{} hours in all", whole_hours(all))),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    Some(BetLine {
        when,
        name: bet.name.clone(),
        href: Some(format!("/bets/{}", bet.key())),
        tag,
        gate: bet.gate.as_ref().and_then(|gate| gate.by),
        note: (!notes.is_empty()).then(|| notes.join(", ")),
    })
}

/// The chance of a bet's gate, as it is shown: with what it was judged from.
#[must_use]
pub fn chance(standing: &Standing, bet: &Bet) -> Option<Chance> {
    let judgement = standing.judged(&bet.name)?.judgement.as_ref()?;
    let n = judgement.steps.first().map_or(0, |step| step.entered);
    // Without a single target the chance is the plan's own guess, and no evidence.
    (n > 0).then_some(())?;
    Some(Chance {
        value: judgement.probability,
        range: None,
        n,
        of: "targets".into(),
    })
}

fn proof(standing: &Standing) -> Proof {
    let strategy = standing.strategy();
    let worked: Vec<&Bet> = strategy
        .bets
        .iter()
        .filter(|bet| standing.state_of(&bet.name).is_worked())
        .collect();
    let shown = if worked.is_empty() {
        strategy
            .bets
            .iter()
            .filter(|bet| standing.state_of(&bet.name).is_live())
            .collect()
    } else {
        worked
    };
    let mut lines = Vec::new();
    for bet in shown {
        lines.extend(bet.indicators.iter().filter_map(|indicator| {
            let unit = unit(strategy, &indicator.measure);
            Some(ProofLine {
                bet: bet.name.clone(),
                kind: if indicator.kind == IndicatorKind::Leading {
                    ProofKind::Leading
                } else {
                    ProofKind::Lagging
                },
                measure: measure_name(&indicator.measure),
                now: measured(standing, bet, &indicator.measure),
                scale_if: indicator
                    .target
                    .map_or_else(String::new, |target| format!("≥ {}", unit.write(target))),
                retire_if: None,
                by: indicator.by?,
                chance: None,
            })
        }));
        lines.extend(gate_line(standing, bet));
    }
    Proof {
        lines,
        next_review: standing.draft.parsed.strategy.review.next.or(strategy.review.next),
    }
}

fn gate_line(standing: &Standing, bet: &Bet) -> Option<ProofLine> {
    let gate = bet.gate.as_ref()?;
    let unit = unit(standing.strategy(), &gate.measure);
    Some(ProofLine {
        bet: bet.name.clone(),
        kind: ProofKind::Gate,
        measure: measure_name(&gate.measure),
        now: measured(standing, bet, &gate.measure),
        scale_if: gate
            .scale_if
            .map_or_else(String::new, |value| format!("≥ {}", unit.write(value))),
        retire_if: gate.retire_if.map(|value| format!("≤ {}", unit.write(value))),
        by: gate.by?,
        chance: chance(standing, bet),
    })
}

/// Where a measure of a bet stands: a step's count, or what its own partners brought of a measure in money.
#[must_use]
pub fn measured(standing: &Standing, bet: &Bet, measure: &str) -> Figure {
    let strategy = standing.strategy();
    let judged = standing.judged(&bet.name);
    let step = crate::plan::step_of(bet, measure).filter(|_| bet.motion.step(measure).is_some());
    if let (Some(judged), Some(step)) = (judged, step) {
        let reached = judged.stages.steps.get(step).map_or(0, |step| step.converted);
        let of = judged.progress.targets.len() as u64;
        if of == 0 {
            return Figure::new("no target worked yet");
        }
        return Figure::new(format!(
            "{} of {}",
            numbers::count(reached),
            numbers::plural(of, "target", "targets")
        ))
        .rows(standing.targets_link(bet, &bet.motion.steps[step].name, AtStep::Reached))
        .source(source(standing));
    }
    match standing.brought_by(bet, measure) {
        Some((value, n)) => Figure::new(format!(
            "{} ({})",
            unit(strategy, measure).write(value),
            numbers::plural(n, "opportunity", "opportunities")
        ))
        .rows(standing.brought_link(bet, measure))
        .source(source(standing)),
        None => Figure::new("no facts yet"),
    }
}

fn sign_off(standing: &Standing) -> SignOff {
    let version = standing.signed.as_ref().map(|signed| &signed.version);
    let asked = version.or(standing.asked.as_ref());
    let number = asked.map_or(0, |version| version.number);
    let signature = version.and_then(|version| version.signature.as_ref());
    SignOff {
        version: u32::try_from(number).unwrap_or(u32::MAX),
        content_hash: version.map_or_else(
            || beachhead_strategy::signature::fingerprint(&standing.draft.draft.text),
            |version| version.sha256.clone(),
        ),
        signed: signature.map(|signature| (standing.name(&signature.person).to_owned(), day_of(signature.at))),
        conditions: signature.and_then(|signature| signature.conditions.clone()),
        functions: function_lines(standing, number),
    }
}

/// What each function says of a version; a function for which nobody speaks, and nobody spoke, is not on the page.
#[must_use]
pub fn function_lines(standing: &Standing, version: i64) -> Vec<FunctionLine> {
    let voices = standing.voices(version).into_iter();
    let heard = voices.filter(|voice| voice.head.is_some() || voice.answer().is_some());
    heard
        .map(|voice| {
            let who = voice
                .answer()
                .map(|answer| answer.said.person.as_str())
                .or(voice.head.as_deref());
            FunctionLine {
                function: measure_name(&voice.function),
                who: who.map(|id| standing.name(id).to_owned()),
                answer: voice.answer().map(|answer| FunctionAnswer {
                    objects: answer.said.stance == Stance::Objects,
                    words: answer.said.words.clone(),
                    on: day_of(answer.at),
                }),
            }
        })
        .collect()
}

/// Where bets stand once the text is signed: its sponsor reads what it costs before that.
fn as_signed(standing: &Standing) -> BTreeMap<String, BetState> {
    let mut states = standing.states();
    for bet in &standing.strategy().bets {
        if let Some(state) = states.get_mut(&bet.name)
            && (*state, bet.state) == (BetState::Proposed, BetState::Planned)
        {
            *state = BetState::Planned;
        }
    }
    states
}

/// What the live bets ask of the team in the cycle of the day, or in the next one that asks something.
fn cost(standing: &Standing, sequence: &Sequence) -> Option<String> {
    let today = standing.strategy().program.calendar.containing(standing.today);
    let cycle = sequence
        .cycles
        .iter()
        .find(|load| load.cycle >= today && !load.bets.is_empty())?;
    let (asked, has) = (whole_hours(cycle.hours_asked()), whole_hours(cycle.hours_has));
    Some(format!("{asked} of the team's {has} hours in {}", cycle.cycle))
}

fn whole_hours(hours: f64) -> String {
    numbers::three_figures(hours.round())
}

impl Office {
    /// The one page, filled.
    pub fn one_page<'a>(&'a self, actor: &'a Actor, as_of: Option<Date>) -> Answer<'a, OnePage> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let standing = self.standing(actor, as_of).await?;
            let program = self.program().await?;
            Ok(one_page_of(&standing, program.demo.as_deref()))
        })
    }

    /// The one page as text for a terminal.
    pub fn one_page_text<'a>(&'a self, actor: &'a Actor, as_of: Option<Date>) -> Answer<'a, String> {
        Box::pin(async move { Ok(one_page::text(&self.one_page(actor, as_of).await?, TERMINAL_COLUMNS)) })
    }

    /// The one page as a printable HTML file.
    pub fn one_page_html<'a>(&'a self, actor: &'a Actor, as_of: Option<Date>) -> Answer<'a, String> {
        Box::pin(async move { Ok(one_page::document(&self.one_page(actor, as_of).await?)) })
    }

    /// The one page as Markdown.
    pub fn one_page_markdown<'a>(&'a self, actor: &'a Actor, as_of: Option<Date>) -> Answer<'a, String> {
        Box::pin(async move { Ok(one_page::markdown(&self.one_page(actor, as_of).await?)) })
    }
}

/// The width of a terminal's page.
const TERMINAL_COLUMNS: usize = 100;
