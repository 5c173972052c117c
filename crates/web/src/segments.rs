//! Segments: which accounts does each take? The list with its counts, the rule of one as rows or as text, and the
//! accounts behind each count.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::facts::Rule;
use beachhead_office::facts::rule::{Columns, RowOperator, RuleRow, RuleRows};
use beachhead_office::segmenting::{self, RuleProblem, SegmentView, SegmentsView, segments_view, try_rule};
use beachhead_office::strategy::Segment;
use beachhead_office::{Office, Permission, Refusal, Standing, reporting};
use beachhead_press::numbers;
use maud::{Markup, html};
use serde::Deserialize;

use crate::answer::{Answer, page, redirect_saying};
use crate::form::{Errors, Field, Fields, Signed, plain_options, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

/// Rows that the form of a rule takes.
const ROWS_MAX: usize = 30;

/// `GET /segments`
pub async fn list(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    visitor.actor.must(Permission::Write)?;
    let standing = office.standing(&visitor.actor, None).await?;
    Ok(page(
        &visitor.frame,
        list_page(&visitor, &standing, &Fields::default(), &Errors::default()),
    ))
}

/// `POST /segments`: all segments and partner types at once.
pub async fn save_all(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Write)?;
    let mut errors = Errors::default();
    let mut segments = Vec::new();
    for line in lines(fields.get("segments")) {
        let (name, rule) = line.split_once(':').unwrap_or((line, ""));
        match beachhead_office::weighing::parse_rule(rule.trim()) {
            Ok(_) => segments.push(Segment {
                name: name.trim().to_owned(),
                rule: rule.trim().to_owned(),
            }),
            Err(refusal) => errors.add("segments", format!("{}: {}", name.trim(), refusal.message)),
        }
    }
    let types: Vec<String> = lines(fields.get("partner_types")).map(str::to_owned).collect();
    if errors.is_empty() {
        let revision = fields.get("revision").parse().ok();
        let saved = office
            .save_arena(&visitor.actor, segments, types, fields.get("beyond_limit"), revision)
            .await;
        match saved {
            Ok(_) => return Ok(redirect_saying("/where", "Segments and partner types are saved.")),
            Err(refusal) if refusal.message.starts_with("A grid of more") => errors.add("beyond_limit", refusal),
            Err(refusal) => errors.add("segments", refusal),
        }
    }
    let standing = office.standing(&visitor.actor, None).await?;
    Ok(refused(422, list_page(visitor, &standing, fields, &errors)))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn list_page(visitor: &Visitor, standing: &Standing, fields: &Fields, errors: &Errors) -> Markup {
    let strategy = &standing.draft.parsed.strategy;
    let view = segments_view(standing);
    let written = strategy
        .segments
        .iter()
        .map(|segment| format!("{}: {}", segment.name, segment.rule))
        .collect::<Vec<_>>()
        .join("\n");
    let typed = |field: &str, kept: String| {
        if fields.has(field) {
            fields.get(field).to_owned()
        } else {
            kept
        }
    };
    let title = errors.title("Segments and partner types");
    let body = html! {
        p.breadcrumb { a href="/where" { "Where to win" } }
        h1 { "Segments and partner types" }
        (lede(standing, &view))
        (errors.summary())
        @if !view.segments.is_empty() { (table(standing, &view)) }
        p { a.btn.primary href="/segments/rule" { "Add a segment" } }
        form method="post" action="/segments" novalidate {
            (token(visitor))
            input type="hidden" name="revision" value=(standing.draft.draft.revision);
            h2 { "All at once" }
            (Field::new("segments", "Segments, one per line")
                .hint("A name, a colon and a rule, such as enterprise: employees >= 1000 and region = 'EMEA'. An account belongs to the first that fits.")
                .value(typed("segments", written)).area(6, errors))
            (Field::new("partner_types", "Partner types, one per line")
                .hint("A kind of partner. Every segment meets every one of them in a cell.")
                .value(typed("partner_types", strategy.program.partner_types.join("\n"))).area(6, errors))
            (Field::new("beyond_limit", "Why so many")
                .hint("Needed only for more than 8 segments or 6 partner types; it is kept with the decision.")
                .value(typed("beyond_limit", String::new())).input(errors))
            button.btn type="submit" { "Save segments and partner types" }
        }
    };
    layout::inside(visitor, Place::Where, &title, &body)
}

fn lede(standing: &Standing, view: &SegmentsView) -> Markup {
    let Some((accounts, several, none)) = view.accounts.filter(|_| !view.segments.is_empty()) else {
        return html! { p.lede { "A segment is a rule over the columns of your accounts; a partner type is a kind of partner. Every pair is a cell." } };
    };
    let link = |fall: &str, words: &str| {
        let href = standing.accounts_link(&[("fall", fall)]);
        html! { a href=(href) { (words) } }
    };
    html! {
        p.lede {
            (numbers::plural(view.segments.len() as u64, "segment takes ", "segments take "))
            (link("some", &numbers::count(accounts - none))) " of " (link("all", &numbers::plural(accounts, "account", "accounts"))) ". "
            @if several > 0 {
                (link("several", &numbers::plural(several, "account falls", "accounts fall"))) " in two or more (the first segment counts); "
            } @else { "None falls in two; " }
            @if none > 0 { (link("none", &numbers::plural(none, "account falls", "accounts fall"))) " in none." }
            @else { "none falls in none." }
        }
    }
}

fn table(standing: &Standing, view: &SegmentsView) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Segments" { table {
            thead { tr { th scope="col" { "Segment" } th scope="col" { "Rule" } th.num scope="col" { "Accounts" } td {} } }
            tbody { @for SegmentView { segment, accounts, problem } in &view.segments { tr {
                th scope="row" { (segment.name) }
                td { @match problem {
                    Some(problem) => (broken(problem)),
                    None => code { (segment.rule) },
                } }
                td.num { @match accounts {
                    Some(accounts) => a href=(standing.accounts_link(&[("segment", &segment.name)])) { (numbers::count(*accounts)) },
                    None => @if problem.is_some() { "cannot be counted" } @else { "no facts yet" },
                } }
                td { a href={ "/segments/rule?segment=" (reporting::query(&segment.name)) } {
                    "Edit" span.visually-hidden { " " (segment.name) }
                } }
            } } }
        } }
    }
}

/// A rule with the place marked where it stops being one.
fn broken(problem: &RuleProblem) -> Markup {
    html! {
        code { (problem.before) mark { @if problem.after.is_empty() { "…" } @else { (problem.after) } } }
        p.error { (problem.says) }
    }
}

/// Which segment is edited; none for a new one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    segment: String,
}

/// The rule of a segment while it is worked on.
struct Work {
    /// The name that the draft knows it by; empty for a new one.
    before: String,
    name: String,
    /// As rows, or as text where it is more than rows or the person wants it so.
    rows: Option<RuleRows>,
    text: String,
    revision: i64,
}

impl Work {
    fn of(segment: Option<&Segment>, revision: i64) -> Self {
        let (name, text) =
            segment.map_or_else(Default::default, |segment| (segment.name.clone(), segment.rule.clone()));
        let rows = match Rule::parse(&text) {
            Ok(rule) => rule.rows(),
            Err(_) if text.is_empty() => Some(RuleRows {
                any: false,
                rows: vec![blank()],
            }),
            Err(_) => None,
        };
        Self {
            before: name.clone(),
            name,
            rows,
            text,
            revision,
        }
    }

    fn typed(fields: &Fields) -> Self {
        let row = |at: usize| {
            let column = format!("column-{at}");
            fields.has(&column).then(|| RuleRow {
                column: fields.get(&column).to_owned(),
                operator: RowOperator::from_symbol(fields.get(&format!("operator-{at}"))).unwrap_or(RowOperator::Equal),
                value: fields.get(&format!("value-{at}")).to_owned(),
            })
        };
        let rows: Vec<RuleRow> = (0..ROWS_MAX).map_while(row).collect();
        Self {
            before: fields.get("before").to_owned(),
            name: fields.get("name").to_owned(),
            rows: (!rows.is_empty()).then(|| RuleRows {
                any: fields.get("match") == "any",
                rows,
            }),
            text: fields.get("rule").to_owned(),
            revision: fields.get("revision").parse().unwrap_or(0),
        }
    }

    /// The rule, written by the rows where there are rows.
    fn rule(&self, columns: &Columns, errors: &mut Errors) -> Option<String> {
        let Some(rows) = &self.rows else {
            return Some(self.text.clone());
        };
        match segmenting::written_by(rows, columns) {
            Ok(rule) => Some(rule),
            Err((at, says)) => {
                let part = if rows.rows.get(at).is_some_and(|row| row.column.is_empty()) {
                    "column"
                } else {
                    "value"
                };
                errors.add(&format!("{part}-{at}"), format!("Row {}: {says}", at + 1));
                None
            }
        }
    }
}

fn blank() -> RuleRow {
    RuleRow {
        column: String::new(),
        operator: RowOperator::Equal,
        value: String::new(),
    }
}

/// `GET /segments/rule`
pub async fn rule(State(office): State<Arc<Office>>, visitor: Visitor, Query(asked): Query<Asked>) -> Answer {
    visitor.actor.must(Permission::Write)?;
    let standing = office.standing(&visitor.actor, None).await?;
    let strategy = &standing.draft.parsed.strategy;
    let segment = strategy.segment(&asked.segment);
    if segment.is_none() && !asked.segment.is_empty() {
        let message = format!("There is no segment {}", asked.segment);
        return Err(Refusal::not_found(message, "See the list of segments on Where to win.").into());
    }
    let work = Work::of(segment, standing.draft.draft.revision);
    let errors = Errors::default();
    let rule = Some(work.text.clone()).filter(|text| !text.is_empty());
    Ok(page(
        &visitor.frame,
        rule_page(&visitor, &standing, &work, rule.as_deref(), &errors),
    ))
}

/// `POST /segments/rule`: a row more or less, the rule tried, kept or taken out, as the button pressed says.
pub async fn work(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Write)?;
    let standing = office.standing(&visitor.actor, None).await?;
    let columns = segments_view(&standing).columns;
    let (mut work, mut errors) = (Work::typed(fields), Errors::default());
    let shown = |work: &Work, rule: Option<&str>, errors: &Errors| {
        page(&visitor.frame, rule_page(visitor, &standing, work, rule, errors))
    };
    let button = fields.get("do");
    match (
        button,
        button.strip_prefix("remove-").and_then(|at| at.parse::<usize>().ok()),
    ) {
        (_, Some(at)) => {
            if let Some(rows) = work
                .rows
                .as_mut()
                .filter(|rows| rows.rows.len() > 1 && at < rows.rows.len())
            {
                rows.rows.remove(at);
            }
            return Ok(shown(&work, None, &errors));
        }
        ("add", _) => {
            if let Some(rows) = work.rows.as_mut().filter(|rows| rows.rows.len() < ROWS_MAX) {
                rows.rows.push(blank());
            }
            return Ok(shown(&work, None, &errors));
        }
        ("remove", _) => {
            let removed = office
                .remove_segment(&visitor.actor, &work.before, Some(work.revision))
                .await;
            match removed {
                Ok(_) => {
                    return Ok(redirect_saying(
                        "/segments",
                        &format!("The segment {} is taken out.", work.before),
                    ));
                }
                Err(refusal) => errors.add("", refusal),
            }
        }
        _ => {}
    }
    let rule = work.rule(&columns, &mut errors).filter(|_| errors.is_empty());
    if let Some(rule) = &rule {
        if let Err(problem) = try_rule(&standing, &work.before, rule) {
            errors.add("rule", problem.says);
        }
        match button {
            "as-text" => (work.text, work.rows) = (rule.clone(), None),
            "save" if errors.is_empty() => {
                let segment = Segment {
                    name: work.name.clone(),
                    rule: rule.clone(),
                };
                let before = Some(work.before.as_str()).filter(|name| !name.is_empty());
                match office
                    .save_segment(&visitor.actor, before, segment, Some(work.revision))
                    .await
                {
                    Ok(_) => {
                        return Ok(redirect_saying(
                            "/segments",
                            &format!("The segment {} is saved.", work.name),
                        ));
                    }
                    Err(refusal) => errors.add("name", refusal),
                }
            }
            _ => {}
        }
    }
    if errors.is_empty() {
        return Ok(shown(&work, rule.as_deref(), &errors));
    }
    Ok(refused(
        422,
        rule_page(visitor, &standing, &work, rule.as_deref(), &errors),
    ))
}

fn rule_page(visitor: &Visitor, standing: &Standing, work: &Work, rule: Option<&str>, errors: &Errors) -> Markup {
    let columns = segments_view(standing).columns;
    let heading = if work.before.is_empty() {
        "A new segment".to_owned()
    } else {
        format!("The segment {}", work.before)
    };
    let body = html! {
        p.breadcrumb { a href="/where" { "Where to win" } " / " a href="/segments" { "Segments" } }
        h1 { (heading) }
        (verdict(standing, work, rule))
        (errors.summary())
        form method="post" action="/segments/rule" novalidate {
            (token(visitor))
            input type="hidden" name="before" value=(work.before);
            input type="hidden" name="revision" value=(work.revision);
            // The first button of a form is the one that Enter presses.
            button.visually-hidden type="submit" name="do" value="try" tabindex="-1" aria-hidden="true" { "Count" }
            (Field::new("name", "Name").value(&work.name).required().input(errors))
            @match &work.rows {
                Some(rows) => (rows_of(rows, &columns, errors)),
                None => (Field::new("rule", "Rule")
                    .hint("Columns with =, <>, <, <=, >, >=, in (…), between, like, is null; and, or, not; lower, upper, coalesce.")
                    .value(&work.text).class("written").area(4, errors)),
            }
            div.actions {
                button.btn.primary type="submit" name="do" value="save" { "Save the segment" }
                button.btn type="submit" name="do" value="try" { "Count the accounts" }
                @if work.rows.is_some() { button.btn.link type="submit" name="do" value="as-text" { "Write it as text" } }
                @if !work.before.is_empty() { button.btn.link type="submit" name="do" value="remove" { "Take this segment out" } }
            }
        }
        (known_columns(&columns))
    };
    layout::inside(visitor, Place::Where, &errors.title(&heading), &body)
}

/// What the rule takes, as far as it is a rule.
fn verdict(standing: &Standing, work: &Work, rule: Option<&str>) -> Markup {
    let Some(rule) = rule else {
        return html! { p.lede { "A segment is a named group of accounts: say what must be so of an account that belongs to it." } };
    };
    match try_rule(standing, &work.before, rule) {
        Err(problem) => html! { p.lede { "This is no rule for your accounts yet." } (broken(&problem)) },
        Ok(None) => {
            html! { p.lede { "No facts have been imported yet, so nothing can be counted." } p { code { (rule) } } }
        }
        Ok(Some(trial)) => html! {
            p.lede {
                "It takes " (numbers::count(trial.taken)) " of " (numbers::plural(trial.accounts, "account", "accounts")) ". "
                @for (name, both) in &trial.shared { (numbers::count(*both)) " of them fall in " (name) " too. " }
                @if trial.shared.is_empty() && trial.taken > 0 { "No other segment takes one of them." }
            }
            p { code { (rule) } }
        },
    }
}

fn rows_of(rows: &RuleRows, columns: &Columns, errors: &Errors) -> Markup {
    let joins = [
        ("all".to_owned(), "All of the rows must hold".to_owned()),
        ("any".to_owned(), "One row is enough".to_owned()),
    ];
    let operators: Vec<(String, String)> = RowOperator::ALL
        .iter()
        .map(|(_, symbol, words)| ((*symbol).to_owned(), (*words).to_owned()))
        .collect();
    html! {
        (Field::new("match", "An account belongs to it when").value(if rows.any { "any" } else { "all" }).radios(&joins, errors))
        @for (at, row) in rows.rows.iter().enumerate() {
            fieldset {
                legend { "Row " (at + 1) }
                div.pairs {
                    (column_field(at, row, columns, errors))
                    (Field::new(&format!("operator-{at}"), "Comparison").value(row.operator.symbol()).select(&operators, errors))
                    (Field::new(&format!("value-{at}"), "Value").value(&row.value).input(errors))
                }
                @if rows.rows.len() > 1 {
                    button.btn.link type="submit" name="do" value={ "remove-" (at) } { "Remove row " (at + 1) }
                }
            }
        }
        @if rows.rows.len() < ROWS_MAX { p { button.btn type="submit" name="do" value="add" { "Add a row" } } }
    }
}

// A choice of the columns that there are; while there are none, or the rule names one that is not there, its name.
fn column_field(at: usize, row: &RuleRow, columns: &Columns, errors: &Errors) -> Markup {
    let name = format!("column-{at}");
    let field = Field::new(&name, "Column").value(&row.column);
    let known: Vec<&str> = columns.iter().map(|(name, _)| name).collect();
    if known.is_empty() || (!row.column.is_empty() && !known.contains(&row.column.as_str())) {
        return field.input(errors);
    }
    field.select(&plain_options(std::iter::once("").chain(known)), errors)
}

fn known_columns(columns: &Columns) -> Markup {
    let names: Vec<&str> = columns.iter().map(|(name, _)| name).collect();
    html! {
        @if !names.is_empty() { details {
            summary { "The columns of your accounts" }
            p { (names.join(", ")) }
        } }
    }
}
