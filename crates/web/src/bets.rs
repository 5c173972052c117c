//! Bets: what are we betting on, and is it working? The list, and a bet's page with its gate, funnel, forecast, evidence
//! and decisions.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use beachhead_office::strategy::bet::slug;
use beachhead_office::strategy::{Bet, BetState};
use beachhead_office::targets::{Status, TargetsAsked, TargetsView};
use beachhead_office::tracing::AtStep;
use beachhead_office::{Code, Office, Permission, Standing, judging, reporting};
use beachhead_press::chart::Frame;
use beachhead_press::chart::fan;
use beachhead_press::chart::funnel::{self, Funnel, Step};
use beachhead_press::numbers::{self, Rate};
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};

use crate::answer::{Answer, Failure, page, redirect, redirect_saying};
use crate::bet_evidence::{self, SHOWN};
use crate::bet_form;
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;
use crate::{AsOf, launch, targets};

/// `GET /bets`
pub async fn list(State(office): State<Arc<Office>>, visitor: Visitor, Query(as_of): Query<AsOf>) -> Answer {
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    let bets = standing.bets();
    let groups: [(&str, &[BetState]); 5] = [
        ("Running", &[BetState::Running, BetState::Scaled]),
        ("Planned", &[BetState::Planned]),
        ("Proposed", &[BetState::Proposed]),
        ("Parked", &[BetState::Parked]),
        ("Ended", &[BetState::Declined, BetState::Retired]),
    ];
    let may_edit = visitor.actor.role.may(Permission::Write) && standing.looked_back.is_none();
    let body = html! {
        h1 { "Bets" }
        (as_of.banner_on(&visitor.frame, &standing))
        p.lede { (how_they_stand(&standing)) }
        @if visitor.actor.role.may(Permission::Write) { p { a.btn.primary href="/bets/new" aria-keyshortcuts="n" { "Propose a bet" } } }
        @if bets.is_empty() {
            p { "A bet is one chosen cell with a reason for the partner, a motion of steps, hours, and a gate fixed before the start." }
            div.example aria-hidden="true" { p { strong { "Example: HRIS co-sell" } " ● Running · gate on 31 Dec 2026 · 7 of 12 opportunities" } }
        }
        @for (heading, states) in groups {
            @let members: Vec<&&Bet> = bets.iter().filter(|bet| states.contains(&standing.state_of(&bet.name))).collect();
            @if !members.is_empty() {
                h2 { (heading) }
                ul.bets.plain { @for bet in members { (line(&standing, bet, may_edit)) } }
            }
        }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Bets, "Bets", &body),
    ))
}

/// What runs, and what its gate says of it: "HRIS co-sell: Scale. Identity co-sell: Too early (~13 weeks)."
fn how_they_stand(standing: &Standing) -> String {
    let at_once = standing.strategy().program.at_once;
    let stands = |bet: &Bet| format!("{}: {}. ", bet.name, Tag::from(reporting::verdict(standing, bet)).word);
    let running: String = standing.worked_bets().map(stands).collect();
    match standing.worked_bets().count() as u64 {
        0 => format!("No bet is running; the strategy allows {at_once} at once."),
        n => format!(
            "{running}{} by the gate; the strategy allows {at_once} at once.",
            numbers::plural(n, "bet runs, judged", "bets run, each judged")
        ),
    }
}

fn line(standing: &Standing, bet: &Bet, may_edit: bool) -> Markup {
    let state = standing.state_of(&bet.name);
    html! {
        li.bet {
            p {
                strong { a href={ "/bets/" (bet.key()) } { (bet.name) } } " "
                (Tag::from(reporting::state(state)).html()) " "
                @if state.is_worked() { span.dim { "the gate says " } (Tag::from(reporting::verdict(standing, bet)).html()) }
                @if may_edit { " " a.source.noprint href={ "/bets/" (bet.key()) "/edit" } aria-keyshortcuts="e" { "Edit" span.visually-hidden { " " (bet.name) } } }
            }
            p.dim {
                (reporting::cell_name(&bet.segment, &bet.partner_type))
                @if !bet.owner.is_empty() { " · owner " (bet.owner) }
                (gate_day(standing, bet))
                @if !bet.after.is_empty() && standing.state_of(&bet.after) != BetState::Scaled { " · waits for the gate of " (bet.after) }
            }
            @match standing.judged(&bet.name).and_then(|judged| judged.judgement.as_ref()) {
                Some(judgement) if state.is_worked() => p { (judgement.why) },
                _ => (why(standing, bet)),
            }
        }
    }
}

/// Why a bet does not run, and what would bring it back.
fn why(standing: &Standing, bet: &Bet) -> Markup {
    let state = standing.state_of(&bet.name);
    let (reason, reopens) = (standing.reason_of(bet), standing.reopens(bet));
    let rests = matches!(state, BetState::Parked | BetState::Declined | BetState::Retired);
    html! {
        @if rests && !reason.is_empty() { p { (reason) } }
        @if !reopens.is_empty() {
            p.dim { @if state == BetState::Declined { "Would change our mind: " } @else { "Reopens when: " } (reopens) }
        }
    }
}

/// `GET /bets/{bet}`
pub async fn show(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path(key): Path<String>,
    Query(as_of): Query<AsOf>,
) -> Answer {
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    if let Some(known) = corrected(&standing, &key) {
        return Ok(redirect(&as_of.on(&format!("/bets/{known}"))));
    }
    let shown = bet_page(
        &office,
        &visitor,
        &standing,
        &key,
        &as_of,
        &Fields::default(),
        &Errors::default(),
    )
    .await?;
    Ok(page(&visitor.frame, shown))
}

/// The key of the bet that an address means, where it is written otherwise: with a number before it, or in capitals.
fn corrected(standing: &Standing, key: &str) -> Option<String> {
    let plain = slug(key);
    let unnumbered = plain.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let known = |key: &str| standing.bet(key).is_ok();
    let found = [plain.as_str(), unnumbered.trim_start_matches('-')]
        .into_iter()
        .find(|key| known(key))?;
    (found != key && !known(key)).then(|| found.to_owned())
}

async fn bet_page(
    office: &Office,
    visitor: &Visitor,
    standing: &Standing,
    key: &str,
    as_of: &AsOf,
    fields: &Fields,
    errors: &Errors,
) -> Result<Markup, Failure> {
    let bet = standing
        .bet(key)
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let (decisions, notes) = bet_evidence::known(office, visitor, standing, key).await?;
    let may_decide = visitor.actor.role.may(Permission::Decide) && standing.looked_back.is_none();
    let title = errors.title(&bet.name);
    let body = html! {
        p.breadcrumb { a href="/bets" { "Bets" } }
        h1 { (bet.name) }
        (as_of.banner_on(&visitor.frame, standing))
        (heading(standing, bet))
        (why(standing, bet))
        p.lede { (hypothesis(bet)) }
        (errors.summary())
        @if standing.looked_back.is_none() { (actions(visitor, standing, bet, fields, errors)) }
        div.grid2 { (gate(standing, bet)) (funnel_card(standing, bet)) }
        @if let Some(fan) = reporting::gate_fan(standing, bet) {
            h2 { "Forecast to the gate" }
            (fan::draw(&fan))
        }
        (conditions(bet))
        (launch::section(visitor, standing, bet, &office.launch_plan(&visitor.actor, standing, key).await?))
        @if may_decide && standing.state_of(&bet.name) != BetState::Proposed { (decide_form(visitor, standing, bet, fields, errors)) }
        (bet_evidence::section(visitor, standing, bet, &notes, Some(SHOWN)))
        (bet_evidence::register(standing, bet, &decisions, Some(SHOWN)))
        (target_section(standing, bet, &office.targets(&visitor.actor, standing, &all_of(key)).await?))
    };
    Ok(layout::inside(visitor, Place::Bets, &title, &body))
}

fn heading(standing: &Standing, bet: &Bet) -> Markup {
    let first_target = standing.judged(&bet.name).and_then(|judged| judged.started);
    let started = standing.began(&bet.name).or(first_target);
    html! {
        p {
            (Tag::from(reporting::state(standing.state_of(&bet.name))).html()) " "
            span.dim {
                @if !bet.owner.is_empty() { "Owner " (bet.owner) }
                @if let Some(day) = started { " · started " (numbers::date(day)) }
                (gate_day(standing, bet))
                " · " a href=(reporting::cell_href(&bet.segment, &bet.partner_type)) { (reporting::cell_name(&bet.segment, &bet.partner_type)) }
            }
        }
    }
}

/// When its gate is; of a scaled bet, when it was scaled.
fn gate_day(standing: &Standing, bet: &Bet) -> Markup {
    let is_scaled = standing.state_of(&bet.name) == BetState::Scaled;
    let scaled = standing.since(&bet.name).filter(|_| is_scaled);
    html! {
        @match (scaled, bet.gate.as_ref().and_then(|gate| gate.by)) {
            (Some(day), _) => { " · scaled on " (numbers::date(day)) }
            (None, Some(by)) => { " · gate on " (numbers::date_from(by, standing.today)) }
            (None, None) => {}
        }
    }
}

/// "If … then … by … because …": the bet in one sentence.
fn hypothesis(bet: &Bet) -> String {
    let who = if bet.partners.is_empty() {
        format!("{} partners", bet.partner_type)
    } else {
        bet.partners.join(" and ")
    };
    let targets = bet
        .capacity
        .map_or_else(|| "named".to_owned(), |capacity| capacity.targets.to_string());
    let because = if bet.wedge.partner.is_empty() {
        String::new()
    } else {
        format!(", because {}", lower_first(&bet.wedge.partner))
    };
    match &bet.gate {
        Some(gate) => format!(
            "If {who} work with us on {targets} target accounts, at least {} reach “{}” by {}{because}.",
            gate.scale_if.map_or_else(|| "some".to_owned(), numbers::three_figures),
            gate.measure,
            gate.by
                .map_or_else(|| "a day still to be set".to_owned(), numbers::date),
        ),
        None => format!("If {who} work with us on {targets} target accounts, deals follow{because}."),
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn actions(visitor: &Visitor, standing: &Standing, bet: &Bet, fields: &Fields, errors: &Errors) -> Markup {
    let state = standing.state_of(&bet.name);
    let may_start = state == BetState::Planned && visitor.actor.role.may(Permission::Decide);
    let over = standing.over_if_started(bet).filter(|_| may_start);
    html! {
        @if let Some(over) = &over { p.banner.noprint { (over.says()) ". Move or park something first, or say why it starts although." } }
        div.actions.noprint {
            @if may_start {
                form method="post" action={ "/bets/" (bet.key()) "/start" } novalidate {
                    (token(visitor))
                    @if over.is_some() { (Field::new("although", "Why it starts although").value(fields.get("although")).input(errors)) }
                    button.btn.primary type="submit" { "Start this bet" }
                }
            }
            @if state.is_worked() { a.btn.primary href="#decide" { "Record a decision" } }
            @if visitor.actor.role.may(Permission::Run) { a.btn href="#add-evidence" { "Add evidence" } }
            @if visitor.actor.role.may(Permission::Write) { a.btn href={ "/bets/" (bet.key()) "/edit" } aria-keyshortcuts="e" { "Edit in the draft" } }
        }
    }
}

fn gate(standing: &Standing, bet: &Bet) -> Markup {
    let judged = standing.judged(&bet.name);
    let judgement = judged.and_then(|judged| judged.judgement.as_ref());
    let now = bet
        .gate
        .as_ref()
        .map(|gate| reporting::measured(standing, bet, &gate.measure))
        .unwrap_or_default();
    html! {
        section.card aria-labelledby="gate" {
            h2 id="gate" { "The gate" }
            @match &bet.gate {
                None => p { "This bet has no gate, so nothing can say whether it works. Write one before the start." },
                Some(gate) => {
                    p { (Tag::from(reporting::verdict(standing, bet)).html())
                        @if judgement.is_some_and(|judgement| judgement.proven) { " " (Tag::new(Tone::Positive, Some('★'), "Proven").html()) } }
                    p { (gate.question) }
                    div.scroll tabindex="0" role="region" aria-label="What would count" { table {
                        caption.dim { "What we said would count, before we started" }
                        thead { tr { th scope="col" { "Measure" } th.num scope="col" { "Scale if" } th.num scope="col" { "Retire if" } th.num scope="col" { "Now" } } }
                        tbody { tr {
                            th scope="row" { (reporting::measure_name(&gate.measure)) }
                            td.num { @if let Some(value) = gate.scale_if { "≥ " (numbers::three_figures(value)) } }
                            td.num { @if let Some(value) = gate.retire_if { "≤ " (numbers::three_figures(value)) } }
                            td.num { @if let Some(rows) = &now.href { a href=(rows) { (now.says) } } @else { (now.says) } }
                        } }
                    } }
                    (can_tell(standing, bet))
                    @if let Some(judgement) = judgement {
                        p { (judgement.why) }
                        p.dim { "Scale once the chance of passing is over " (numbers::percent(judgement.rule.scale_over)) ", retire once it is under " (numbers::percent(judgement.rule.retire_under))
                            "; neither before week " (judgement.rule.least_weeks) " and " (judgement.rule.least_targets.max(gate.at_least_targets)) " targets. " (known(standing, judged)) }
                        @if let Some(rates) = judged.and_then(|judged| judged.error_rates) { p.dim { (judging::error_rates_in_words(&rates)) } }
                    } @else if standing.state_of(&bet.name).is_worked() {
                        p.dim { "No facts say yet how it goes. " a href="/data" { "Import progress" } }
                    }
                },
            }
        }
    }
}

/// "Facts of 31 Oct 2026, steps said up to 9 Nov 2026."
fn known(standing: &Standing, judged: Option<&judging::Judged>) -> String {
    let said = judged.map(|judged| judged.as_of).filter(|day| *day > standing.as_of);
    let facts = format!("Facts of {}", numbers::date(standing.as_of));
    said.map_or_else(
        || format!("{facts}."),
        |day| format!("{facts}, steps said up to {}.", numbers::date(day)),
    )
}

/// Before the start: how often the gate would be right, and what would make it able to tell.
fn can_tell(standing: &Standing, bet: &Bet) -> Markup {
    let outlook = standing.gate_outlook(&bet.name);
    html! {
        @if let Some((outlook, tells)) = outlook.and_then(|outlook| Some((outlook, outlook.tells?))) {
            p {
                "Of bets like this, the gate tells one that works from one that does not " (numbers::percent(tells)) " of the time"
                @if let Some(arrived) = outlook.arrived { "; " (numbers::percent(arrived)) " of what it counts can have come by its date" }
                "."
            }
            @if !outlook.ways.is_empty() {
                p { "What would make it able to tell:" }
                ul { @for way in &outlook.ways { li { (reporting::measure_name(way)) } } }
            }
        }
    }
}

/// Whether a target of the bet stands in the facts.
fn has_targets(standing: &Standing, bet: &Bet) -> bool {
    standing
        .judged(&bet.name)
        .is_some_and(|judged| !judged.progress.targets.is_empty())
}

fn funnel_card(standing: &Standing, bet: &Bet) -> Markup {
    let judged = standing.judged(&bet.name);
    let steps: Vec<Step> = judged.map_or_else(Vec::new, |judged| {
        let rates = judged.judgement.as_ref().map(|judgement| &judgement.steps);
        judged
            .stages
            .steps
            .iter()
            .enumerate()
            .map(|(at, step)| Step {
                name: reporting::measure_name(&step.step),
                entered: step.entered,
                reached: step.converted,
                open: step.open_ages_weeks.iter().map(|(_, n)| n).sum(),
                rate: rates.and_then(|rates| rates.get(at)).map(|judged| Rate {
                    value: judged.rate.mean,
                    low: judged.rate.low80,
                    high: judged.rate.high80,
                    reached: step.converted,
                    of: step.entered,
                }),
                href: Some(standing.targets_link(bet, &step.step, AtStep::Entered)),
                reached_href: Some(standing.targets_link(bet, &step.step, AtStep::Reached)),
                open_href: Some(standing.targets_link(bet, &step.step, AtStep::Open)),
            })
            .collect()
    });
    html! {
        section.card aria-labelledby="funnel" {
            h2 id="funnel" { "Funnel" }
            @if !has_targets(standing, bet) {
                p { "The motion: " (bet.motion.steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>().join(" → ")) "." }
                p.dim { "Once targets are worked, each step shows how many reached it and how many still may." }
            } @else {
                (funnel::draw(&Funnel {
                    frame: Frame::new("funnel", format!("{} targets have entered", judged.map_or(0, |judged| judged.progress.targets.len()))),
                    of: "target accounts".into(),
                    range_percent: 80,
                    steps,
                }))
            }
        }
    }
}

fn conditions(bet: &Bet) -> Markup {
    html! {
        @if !bet.wedge.conditions.is_empty() {
            h2 { "What would have to be true" }
            div.scroll tabindex="0" role="region" aria-label="Conditions" { table {
                caption.dim { "The least believed is tested first" }
                thead { tr { th scope="col" { "Condition" } th.num scope="col" { "Belief" } th scope="col" { "Test" } th scope="col" { "By" } } }
                tbody { @for condition in bet.wedge.least_believed_first() { tr {
                    td { (condition.says) }
                    td.num { @if let Some(belief) = condition.belief { (numbers::percent(belief)) } @else { "not said" } }
                    td { (condition.test) }
                    td.nowrap { @if let Some(by) = condition.by { (numbers::date(by)) } }
                } } }
            } }
        }
    }
}

fn decide_form(visitor: &Visitor, standing: &Standing, bet: &Bet, fields: &Fields, errors: &Errors) -> Markup {
    let state = standing.state_of(&bet.name);
    let words = |to: BetState| match to {
        BetState::Scaled => "▲ Scale – give it more capacity, or unlock the next bet",
        BetState::Running => "● Run on as before",
        BetState::Parked => "■ Park – pause it and say what would bring it back",
        BetState::Retired => "✕ Retire – stop, and record what we learned",
        BetState::Declined => "✕ Decline – it never starts",
        BetState::Proposed => "? Propose it again",
        BetState::Planned => "● Plan it",
    };
    let options: Vec<(String, String)> = state
        .moves()
        .iter()
        .filter(|to| state.occasion(**to) == beachhead_office::strategy::state::Occasion::Decision)
        .map(|to| (to.word().to_owned(), words(*to).to_owned()))
        .collect();
    html! {
        h2.noprint id="decide" { "Record a decision" }
        p.noprint.dim { "A review decides every running bet; this is for what cannot wait. Going against the gate needs a reason of at least 40 characters and stays marked." }
        form.noprint method="post" action={ "/bets/" (bet.key()) "/decide" } novalidate {
            (token(visitor))
            (Field::new("to", "What happens to this bet?").value(fields.get("to")).radios(&options, errors))
            (Field::new("reason", "Why (one sentence the sponsor will read)").value(fields.get("reason")).area(3, errors))
            button.btn type="submit" { "Save the decision" }
        }
    }
}

/// Every target of a bet, those due first, first.
fn all_of(key: &str) -> TargetsAsked {
    TargetsAsked {
        bet: Some(key.to_owned()),
        status: Status::All,
        ..TargetsAsked::default()
    }
}

fn target_section(standing: &Standing, bet: &Bet, view: &TargetsView) -> Markup {
    let judged = standing
        .judged(&bet.name)
        .filter(|judged| !judged.progress.targets.is_empty());
    let list = |status: Status, words: &str| {
        let (n, key) = (view.count(status), bet.key());
        html! { a href={ "/targets?bet=" (key) "&status=" (status.name()) } { (n) " " (words) } }
    };
    html! {
        h2.noprint id="targets" { "Targets" }
        @if view.of == 0 && standing.looked_back.is_some() {
            p.noprint { "No account had been named as a target by then." }
        } @else if view.of == 0 {
            p.noprint { "No account has been named as a target yet. " a href={ "/targets/new?bet=" (bet.key()) } { "Name one" } ", or choose some from what a " a href="/partners" { "partner" } " and we have in common." }
        } @else {
            p.noprint {
                (list(Status::All, "targets")) ": " (list(Status::Open, "open")) ", of them " (list(Status::Overdue, "overdue")) ", "
                (list(Status::Stuck, "stuck")) " and " (list(Status::Named, "not begun")) "; " (list(Status::Through, "through")) ", " (list(Status::Lost, "lost")) "."
            }
        }
        @if view.rows.iter().any(|row| row.is_open() && row.due.is_some()) { (due_next(standing, view)) }
        @if let Some(judged) = judged { (reached(standing, bet, judged)) }
    }
}

/// Targets with a next step that the bet's page shows; the list has them all.
const DUE_SHOWN: usize = 10;

/// The targets whose next step has a day, those due first, first.
fn due_next(standing: &Standing, view: &TargetsView) -> Markup {
    let due = view.rows.iter().filter(|row| row.is_open() && row.due.is_some());
    html! {
        div.scroll.noprint tabindex="0" role="region" aria-label="Next steps" { table.dense {
            caption.dim { "What is due next" }
            thead { tr {
                th scope="col" { "Account" } th scope="col" { "Partner" } th scope="col" { "Next step" }
                th scope="col" { "Due" } th scope="col" { "Owner" }
            } }
            tbody { @for row in due.take(DUE_SHOWN) { tr {
                th scope="row" { a href=(targets::address(&row.bet, &row.account)) { (row.account_name) } }
                td { @match &row.partner { Some(id) => a href={ "/partners/" (reporting::query(id)) } { (row.partner_name) }, None => (row.partner_name) } }
                td { (row.next_step) }
                td.nowrap { @if let Some(due) = row.due { (numbers::date_from(due, standing.today)) } }
                td { (row.owner_name) }
            } } }
        } }
    }
}

fn reached(standing: &Standing, bet: &Bet, judged: &judging::Judged) -> Markup {
    let day = |day: Option<jiff::civil::Date>| day.map_or_else(|| "–".to_owned(), numbers::day_month);
    html! {
        details.noprint open[judged.progress.targets.len() <= 40] {
            summary { (numbers::plural(judged.progress.targets.len() as u64, "target", "targets")) " with the day each step was reached" }
            p.inline-links { a href=(standing.targets_link(bet, "", AtStep::Entered)) { "The rows behind them" } }
            div.scroll tabindex="0" role="region" aria-label="Targets" { table.dense {
                thead { tr {
                    th scope="col" { "Account" } th scope="col" { "Partner" } th scope="col" { "Entered" }
                    @for step in &judged.progress.steps { th scope="col" { (reporting::measure_name(step)) } }
                    th scope="col" { "Lost" }
                } }
                tbody { @for target in &judged.progress.targets { tr {
                    th scope="row" { (target.account_name) }
                    td { (target.partner.as_deref().unwrap_or("–")) }
                    td.nowrap { (numbers::day_month(target.entered)) }
                    @for reached in &target.reached { td.nowrap { (day(*reached)) } }
                    td.nowrap { (day(target.lost_on)) }
                } } }
            } }
        }
    }
}

/// `GET /bets/new`
pub async fn new(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    visitor.actor.must(Permission::Write)?;
    let standing = office.standing(&visitor.actor, None).await?;
    let fields = bet_form::suggested(&standing.draft.parsed.strategy, standing.today);
    Ok(page(
        &visitor.frame,
        bet_form::draw(&visitor, &standing, None, &fields, &Errors::default()),
    ))
}

/// `POST /bets/new`
pub async fn propose(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    save_from(&office, None, signed).await
}

/// `GET /bets/{bet}/edit`
pub async fn edit(State(office): State<Arc<Office>>, visitor: Visitor, Path(key): Path<String>) -> Answer {
    visitor.actor.must(Permission::Write)?;
    let standing = office.standing(&visitor.actor, None).await?;
    let drafted = standing.draft.parsed.strategy.bets.iter().find(|bet| bet.key() == key);
    let bet = drafted.map_or_else(|| standing.bet(&key), Ok)?;
    Ok(page(
        &visitor.frame,
        bet_form::draw(
            &visitor,
            &standing,
            Some(&key),
            &bet_form::fields_of(bet),
            &Errors::default(),
        ),
    ))
}

/// `POST /bets/{bet}/edit`
pub async fn save(State(office): State<Arc<Office>>, Path(key): Path<String>, signed: Signed) -> Answer {
    save_from(&office, Some(&key), signed).await
}

async fn save_from(office: &Office, key: Option<&str>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Write)?;
    let standing = office.standing(&visitor.actor, None).await?;
    let strategy = &standing.draft.parsed.strategy;
    let before = key.and_then(|key| strategy.bets.iter().find(|bet| bet.key() == key));
    let mut errors = match bet_form::read(strategy, before, fields) {
        Ok(bet) => {
            let name = bet.name.clone();
            let revision = fields.get("revision").parse().unwrap_or(standing.draft.draft.revision);
            match office.save_bet(&visitor.actor, key, bet, revision).await {
                Ok(saved) => {
                    return Ok(redirect_saying(
                        &format!("/bets/{saved}"),
                        &format!("{name} is saved in the draft."),
                    ));
                }
                Err(refusal) => Errors::from(&refusal),
            }
        }
        Err(errors) => errors,
    };
    if errors.is_empty() {
        errors.add("", "The bet was not saved");
    }
    Ok(refused(422, bet_form::draw(visitor, &standing, key, fields, &errors)))
}

/// `POST /bets/{bet}/start`
pub async fn start(State(office): State<Arc<Office>>, Path(key): Path<String>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    let started = office
        .start_bet_although(&visitor.actor, &key, fields.get("although"))
        .await;
    let refusal = match started {
        Ok(_) => {
            return Ok(redirect_saying(
                &format!("/bets/{key}"),
                "The bet is running. Its gate is judged with every import.",
            ));
        }
        Err(refusal) if refusal.code != Code::Conflict => return Err(Failure::on(&visitor.frame, refusal)),
        Err(refusal) => refusal,
    };
    let standing = office.standing(&visitor.actor, None).await?;
    let mut errors = Errors::default();
    errors.add("although", &refusal);
    let shown = bet_page(&office, visitor, &standing, &key, &AsOf::default(), fields, &errors).await?;
    Ok(refused(refusal.code.status(), shown))
}

/// `POST /bets/{bet}/decide`
pub async fn decide(State(office): State<Arc<Office>>, Path(key): Path<String>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Decide)?;
    let mut errors = Errors::default();
    if let Some(to) = BetState::from_word(fields.get("to")) {
        match office.decide_bet(&visitor.actor, &key, to, fields.get("reason")).await {
            Ok(_) => return Ok(redirect_saying(&format!("/bets/{key}"), &format!("The bet is {to}."))),
            Err(refusal) => errors.add("reason", &refusal.message),
        }
    } else {
        errors.add("to", "Choose what happens to this bet");
    }
    let standing = office.standing(&visitor.actor, None).await?;
    let shown = bet_page(&office, visitor, &standing, &key, &AsOf::default(), fields, &errors).await?;
    Ok(refused(422, shown))
}
