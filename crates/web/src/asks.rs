//! The intake: who asked to work with us, and what were they answered? What a partner asks is recorded against its cell;
//! the answer comes from the version that was signed, in words that can be sent.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use beachhead_office::intake::{Asked, Asks};
use beachhead_office::ledger::Ask;
use beachhead_office::strategy::CellState;
use beachhead_office::strategy::bet::slug;
use beachhead_office::weighing::ArenaView;
use beachhead_office::{Office, Permission, Standing, reporting};
use beachhead_press::numbers;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};
use serde::Deserialize;

use crate::answer::{Answer, page, redirect_saying};
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;
use crate::{AsOf, name_of};

/// Characters of a request that a list shows; its own page has it whole.
const WORDS_CHARS: usize = 100;

/// Which cell a page is about; all of them where none is named.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct OfCell {
    segment: String,
    partner_type: String,
}

fn list_href(cell: &ArenaView) -> String {
    let (segment, partner_type) = (reporting::query(&cell.segment), reporting::query(&cell.partner_type));
    format!("/asks?segment={segment}&partner_type={partner_type}")
}

fn new_href(cell: &ArenaView) -> String {
    list_href(cell).replacen("/asks?", "/asks/new?", 1)
}

fn state_tag(ask: &Ask) -> Markup {
    let state = CellState::from_word(&ask.ask.state).unwrap_or(CellState::Undecided);
    Tag::from(reporting::cell_state(state)).html()
}

/// How often a cell was asked for, as the grid shows it.
pub fn in_cell(asks: &Asks, cell: &ArenaView) -> Markup {
    let count = asks.count(&cell.segment, &cell.partner_type);
    html! { @if count > 0 { p { a href=(list_href(cell)) { (numbers::plural(count, "ask", "asks")) } } } }
}

/// That many were told no, which is a signal; nothing while few were, or where the cell is open.
pub fn signal(asks: &Asks, cell: &ArenaView) -> Markup {
    let out = cell.state.is_out();
    let many = out && asks.is_signal(&cell.segment, &cell.partner_type);
    let companies = asks.told_no(&cell.segment, &cell.partner_type) as u64;
    html! { @if many {
        p { (Tag::new(Tone::Caution, Some('◆'), "A signal").html()) " "
            a href=(list_href(cell)) { (numbers::plural(companies, "company", "companies")) " asked for this cell" }
            " and were told no: its reason is worth another look." }
    } }
}

/// What the grid says of asks, and the way to record one.
pub fn on_grid(visitor: &Visitor, asks: &Asks) -> Markup {
    html! { p.inline-links {
        a href="/asks" { @if asks.0.is_empty() { "Asks from partners" } @else { (numbers::plural(asks.0.len() as u64, "ask", "asks")) " from partners" } }
        @if visitor.actor.role.may(Permission::Run) { " · " a href="/asks/new" { "Record an ask" } }
    } }
}

/// What the page of a cell says of the asks for it.
pub fn on_cell(visitor: &Visitor, asks: &Asks, cell: &ArenaView) -> Markup {
    let count = asks.count(&cell.segment, &cell.partner_type);
    html! {
        h2 { "Who asked" }
        @if count == 0 {
            p { "No partner has asked for this cell." }
        } @else {
            p { a href=(list_href(cell)) { (numbers::plural(count, "ask", "asks")) } ", the last on "
                (asks.of(&cell.segment, &cell.partner_type).last().map_or_else(String::new, |ask| numbers::date(ask.ask.on))) "." }
            (signal(asks, cell))
        }
        @if visitor.actor.role.may(Permission::Run) { p { a href=(new_href(cell)) { "Record an ask" } } }
    }
}

/// `GET /asks`
pub async fn list(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Query(of): Query<OfCell>,
    Query(as_of): Query<AsOf>,
) -> Answer {
    let asks = office.asks(&visitor.actor, as_of.day()?).await?;
    let people = office.people(&visitor.actor).await?;
    let shown: Vec<&Ask> = match of.segment.is_empty() {
        true => asks.0.iter().collect(),
        false => asks.of(&of.segment, &of.partner_type).collect(),
    };
    let title = match of.segment.is_empty() {
        true => "Asks".to_owned(),
        false => format!("Asks for {}", reporting::cell_name(&of.segment, &of.partner_type)),
    };
    let may = visitor.actor.role.may(Permission::Run);
    let query = |path: &str| match of.segment.is_empty() {
        true => path.to_owned(),
        false => format!(
            "{path}?segment={}&partner_type={}",
            reporting::query(&of.segment),
            reporting::query(&of.partner_type)
        ),
    };
    let body = html! {
        p.breadcrumb { a href="/where" { "Where to win" } @if !of.segment.is_empty() { " / " a href="/asks" { "Asks" } } }
        h1 { (title) }
        (as_of.banner(&visitor.frame))
        p.lede { (answered(&shown)) }
        @if may { p.noprint { a.btn.primary href=(query("/asks/new")) { "Record an ask" } } }
        @if shown.is_empty() { (example()) } @else { (table(&shown, &|id| name_of(&people, id))) }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Where, &title, &body),
    ))
}

/// The page's question, answered: who asked, and what were they told?
fn answered(shown: &[&Ask]) -> String {
    let of = |state: CellState| shown.iter().filter(|ask| ask.ask.state == state.word()).count() as u64;
    let no = of(CellState::Parked) + of(CellState::Declined);
    match shown.len() as u64 {
        0 => "No partner has asked yet; whoever asks is answered from what was signed.".to_owned(),
        all => format!(
            "{} asked: {} told whom to talk to, {} told why not, {} told that nothing is decided.",
            numbers::plural(all, "partner has", "partners have"),
            numbers::plural(of(CellState::Chosen), "was", "were"),
            numbers::plural(no, "was", "were"),
            numbers::plural(of(CellState::Undecided), "was", "were"),
        ),
    }
}

fn example() -> Markup {
    html! { div.example aria-hidden="true" {
        p { strong { "Example: " } "3 Nov 2026, Mara Lind of Bright Resale, Mid-market × reseller: “Will you list us as a reseller?”" }
        p { "Answered: Not now: working with reseller partners in mid-market is parked. The reason: a quarter of the team's hours." }
    } }
}

fn table(shown: &[&Ask], name: &dyn Fn(&str) -> String) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label="Asks" { table {
        thead { tr { th scope="col" { "Day" } th scope="col" { "Who" } th scope="col" { "Cell" } th scope="col" { "What they ask" } th scope="col" { "Answered from" } th scope="col" { "Recorded by" } } }
        tbody { @for ask in shown.iter().rev() { tr {
            td.nowrap { (numbers::date(ask.ask.on)) }
            th scope="row" { a href={ "/asks/" (ask.number) } { (ask.ask.company) } br; span.source { (ask.ask.who) } }
            td { (cell_name(&ask.ask.cell)) }
            td { (cut(&ask.ask.words)) }
            td { (state_tag(ask)) }
            td { (name(&ask.by)) }
        } } }
    } } }
}

/// Segment and partner type of a cell as the record names it.
fn parts_of(cell: &str) -> (&str, &str) {
    cell.split_once(" × ").unwrap_or((cell, ""))
}

fn cell_name(cell: &str) -> String {
    let (segment, partner_type) = parts_of(cell);
    reporting::cell_name(segment, partner_type)
}

fn cut(words: &str) -> String {
    let mut letters = words.chars();
    let short: String = letters.by_ref().take(WORDS_CHARS).collect();
    letters.next().map_or_else(|| short.clone(), |_| format!("{short}…"))
}

/// `GET /asks/new`
pub async fn new(State(office): State<Arc<Office>>, visitor: Visitor, Query(of): Query<OfCell>) -> Answer {
    visitor.actor.must(Permission::Run)?;
    let standing = office.standing(&visitor.actor, None).await?;
    let cell = match of.segment.is_empty() {
        true => String::new(),
        false => value_of(&of.segment, &of.partner_type),
    };
    let kept = Fields(vec![("cell".to_owned(), cell)]);
    Ok(page(
        &visitor.frame,
        form(&visitor, &standing, &kept, &Errors::default()),
    ))
}

/// A cell as the form names it.
fn value_of(segment: &str, partner_type: &str) -> String {
    format!("{}/{}", slug(segment), slug(partner_type))
}

fn form(visitor: &Visitor, standing: &Standing, fields: &Fields, errors: &Errors) -> Markup {
    let cells = &standing.arena().cells;
    let choose = ("".to_owned(), "Choose the cell".to_owned());
    let options = cells.iter().map(|cell| {
        let state = Tag::from(reporting::cell_state(cell.state)).text();
        let name = reporting::cell_name(&cell.segment, &cell.partner_type);
        (value_of(&cell.segment, &cell.partner_type), format!("{name}, {state}"))
    });
    let options: Vec<(String, String)> = std::iter::once(choose).chain(options).collect();
    let on = match fields.has("on") {
        true => fields.get("on").to_owned(),
        false => standing.today.to_string(),
    };
    let body = html! {
        p.breadcrumb { a href="/where" { "Where to win" } " / " a href="/asks" { "Asks" } }
        h1 { "Record an ask" }
        p.lede { "Say who asked for what; the answer comes from the version that was signed, in words that you can send." }
        (errors.summary())
        @if cells.is_empty() {
            p { "There is no cell to ask for yet. " a href="/where" { "Where to win" } " begins with segments and partner types." }
        } @else {
            form method="post" action="/asks" novalidate {
                (token(visitor))
                (Field::new("who", "Who asks").value(fields.get("who")).required().input(errors))
                (Field::new("company", "Their company").value(fields.get("company")).required().input(errors))
                (Field::new("cell", "The cell").hint("Where they would work with us: a segment of our accounts and their kind of partner.")
                    .value(fields.get("cell")).select(&options, errors))
                (Field::new("on", "The day").kind("date").value(on).input(errors))
                (Field::new("words", "What they ask").value(fields.get("words")).required().area(3, errors))
                button.btn.primary type="submit" { "Record it and get the answer" }
            }
        }
    };
    layout::inside(visitor, Place::Where, &errors.title("Record an ask"), &body)
}

/// `POST /asks`
pub async fn record(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Run)?;
    let standing = office.standing(&visitor.actor, None).await?;
    let mut errors = Errors::default();
    let who = errors.require(fields, "who", "Say who asks");
    let company = errors.require(fields, "company", "Say for which company");
    let wanted = fields.get("cell");
    let cells = standing.arena().cells.iter();
    let cell = cells
        .into_iter()
        .find(|cell| value_of(&cell.segment, &cell.partner_type) == wanted);
    if cell.is_none() {
        errors.add("cell", "Choose the cell that they ask about");
    }
    let on = errors.require_date(fields, "on", "Say on which day they asked");
    let words = errors.require(fields, "words", "Say what they ask");
    if let Some(cell) = cell.filter(|_| errors.is_empty()) {
        let asked = Asked {
            who,
            company,
            segment: cell.segment.clone(),
            partner_type: cell.partner_type.clone(),
            on: Some(on),
            words,
        };
        match office.record_ask(&visitor.actor, asked).await {
            Ok(ask) => {
                let said = format!("The ask of {} is kept, with the answer below.", ask.ask.company);
                return Ok(redirect_saying(&format!("/asks/{}", ask.number), &said));
            }
            Err(refusal) => {
                let field = match refusal.message.as_str() {
                    says if says.contains("day") => "on",
                    says if says.contains("request") => "words",
                    _ => "who",
                };
                errors.add(field, refusal);
            }
        }
    }
    Ok(refused(422, form(visitor, &standing, fields, &errors)))
}

/// `GET /asks/{ask}`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor, Path(number): Path<i64>) -> Answer {
    let Ask { ask, by, .. } = &office.ask(&visitor.actor, number).await?;
    let people = office.people(&visitor.actor).await?;
    let state = CellState::from_word(&ask.state).unwrap_or(CellState::Undecided);
    let title = format!("{} asks", ask.company);
    let told = match state {
        CellState::Chosen => "whom to talk to",
        CellState::Parked => "why not now, and what would bring it back",
        CellState::Declined => "why not, and what would change our mind",
        CellState::Undecided => "that nothing is decided yet",
    };
    let (segment, partner_type) = parts_of(&ask.cell);
    let body = html! {
        p.breadcrumb { a href="/where" { "Where to win" } " / " a href="/asks" { "Asks" } }
        h1 { (title) }
        p.lede { (ask.who) " asked on " (numbers::date(ask.on)) " and is told " (told) "." }
        h2 { "What they ask" }
        blockquote { p { (ask.words) } }
        p { "For " a href=(reporting::cell_href(segment, partner_type)) { (cell_name(&ask.cell)) } " "
            (Tag::from(reporting::cell_state(state)).html()) "; recorded by " (name_of(&people, by)) "." }
        h2 { "The answer to send" }
        p.dim { @match ask.version {
            Some(version) => { "From " a href={ "/strategy/" (version) } { "version " (version) } ", which was in force when it was recorded. Copy it; nothing is sent from here." },
            None => "No version was signed when it was recorded. Copy it; nothing is sent from here.",
        } }
        textarea.letter rows="11" readonly aria-label="The answer to send" { (ask.answer) }
        pre.onpaper { (ask.answer) }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Where, &title, &body),
    ))
}
