//! `/mapping/{partner}/rows`: the pairs behind a number of the matrix, to download and to choose accounts from.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use beachhead_office::mapping::{Chosen, LEAST, PairRow, Population, RowsAsked, RowsView, Which};
use beachhead_office::targets::{Status, TargetsAsked};
use beachhead_office::{Office, Permission, Refusal, reporting};
use beachhead_press::numbers;
use jiff::civil::Date;
use maud::{Markup, html};

use super::matrix::{open, plural_of};
use super::{address, breadcrumb};
use crate::AsOf;
use crate::answer::{Answer, Failure, page};
use crate::evidence::asked::Asked;
use crate::evidence::download::{self, Ending};
use crate::evidence::{PAGE_ROWS, paging};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// What an address says of the boxes from the start.
const CHOOSE: &str = "choose";
const ALL: &str = "all";

/// What an address asks for.
pub(super) fn question(asked: &Asked, partner: &str) -> Result<RowsAsked, Refusal> {
    let population = |name: &str| match asked.get(name) {
        "" => Ok(None),
        word => Population::from_name(word)
            .map(Some)
            .ok_or_else(|| unknown(word, Population::ALL.map(Population::name).as_slice())),
    };
    let which = match asked.get("which") {
        "" => Which::default(),
        word => Which::from_word(word).ok_or_else(|| unknown(word, Which::ALL.map(Which::word).as_slice()))?,
    };
    Ok(RowsAsked {
        partner: partner.to_owned(),
        ours: population("ours")?,
        theirs: population("theirs")?,
        which,
        least: LEAST,
        as_of: asked.day()?,
        offset: asked.page()? * PAGE_ROWS,
        limit: PAGE_ROWS,
    })
}

fn unknown(word: &str, known: &[&str]) -> Refusal {
    Refusal::bad_input(
        format!("There are no “{word}”"),
        format!("There are {}.", known.join(", ")),
    )
}

/// What the rows are, as a heading.
fn heading(question: &RowsAsked) -> String {
    let whose = match (question.ours, question.theirs) {
        (Some(ours), Some(theirs)) => Some(format!("Our {} that are their {}", plural_of(ours), plural_of(theirs))),
        (Some(ours), None) => Some(format!("Our {} in common", plural_of(ours))),
        (None, Some(theirs)) => Some(format!("Their {} in common", plural_of(theirs))),
        (None, None) => None,
    };
    match (question.which, whose) {
        (Which::Taken, Some(whose)) => whose,
        (which, Some(whose)) => format!("{whose}: {}", in_words(which)),
        (which, None) => reporting::measure_name(in_words(which)),
    }
}

const fn in_words(which: Which) -> &'static str {
    match which {
        Which::Taken => "accounts in common",
        Which::Waiting => "pairs that wait for review",
        Which::Likely => "pairs that wait for review and are likely",
        Which::Related => "pairs of one family",
        Which::Decided => "pairs that people decided",
        Which::All => "every pair that was found",
    }
}

/// `GET /mapping/{partner}/rows`
pub async fn show(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path(partner): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let asked = Asked::new(query);
    let question = question(&asked, &partner)?;
    let view = office.match_rows(&visitor.actor, &question).await;
    let view = view.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let targets = of_accounts(&office, &visitor, question.as_of).await?;
    let (title, path) = (heading(&question), format!("{}/rows", address(&view.partner)));
    let rest = asked.query_without(&["page"]);
    let may_choose =
        visitor.actor.role.may(Permission::Run) && question.which == Which::Taken && question.as_of.is_none();
    let body = html! {
        (breadcrumb(Some((&view.partner, &view.name))))
        h1 { (title) }
        (asked.as_of().banner(&visitor.frame))
        (lede(&view, question.which))
        p.inline-links {
            a href={ (path) ".csv?" (rest) } { "Download as CSV" } " "
            a href={ (path) ".xlsx?" (rest) } { "Download as XLSX" }
        }
        @if view.rows.is_empty() { p { "No pair is here." } }
        @else if may_choose {
            form method="get" action={ (address(&view.partner)) "/targets" } {
                (choose_all(&asked, &path))
                (table(&view, &targets, asked.as_of(), Some(asked.get(CHOOSE) == ALL)))
                button.btn.primary type="submit" { "Name the chosen accounts as targets" }
            }
        } @else { (table(&view, &targets, asked.as_of(), None)) }
        (paging(&asked, &path, view.found as u64))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Data, &title, &body),
    ))
}

fn lede(view: &RowsView, which: Which) -> Markup {
    let currency = view.currency.map(|currency| currency.to_string()).unwrap_or_default();
    let count = &view.count;
    html! {
        p.lede {
            @if which == Which::Taken {
                (numbers::plural(count.companies as u64, "company", "companies")) ": "
            } @else { (numbers::plural(view.found as u64, "pair", "pairs")) ": " }
            (numbers::count(count.ours as u64)) " of our accounts and " (numbers::count(count.theirs as u64)) " of those of " (view.name)
            @if let Some(open) = open(&view.pipeline, &currency) { ", with " (open) }
            ", as known on " (numbers::date(view.as_of)) "."
        }
    }
}

/// The bets that have an account as a target already, by the account's id.
async fn of_accounts(office: &Office, visitor: &Visitor, day: Option<Date>) -> Result<Targets, Failure> {
    let standing = office.standing(&visitor.actor, day).await?;
    let every = TargetsAsked {
        status: Status::All,
        ..TargetsAsked::default()
    };
    let view = office.targets(&visitor.actor, &standing, &every).await?;
    let mut targets = Targets::new();
    for row in view.rows {
        targets.entry(row.account).or_default().push((row.bet, row.bet_name));
    }
    Ok(targets)
}

/// Bets by the accounts that are their targets: key and name.
type Targets = BTreeMap<String, Vec<(String, String)>>;

/// The way to have every box of the page ticked, and none again.
fn choose_all(asked: &Asked, path: &str) -> Markup {
    let (word, words) = match asked.get(CHOOSE) {
        ALL => ("", "Choose none"),
        _ => (ALL, "Choose all that are no target yet"),
    };
    html! { p.inline-links { a href={ (path) "?" (asked.query_with(&[(CHOOSE, word)])) } { (words) } } }
}

/// The pairs; where accounts are chosen, `choose` says whether those that are no target yet are chosen from the start.
fn table(view: &RowsView, targets: &Targets, as_of: AsOf, choose: Option<bool>) -> Markup {
    let currency = view.currency.map(|currency| currency.to_string()).unwrap_or_default();
    let mut chosen_before = std::collections::BTreeSet::new();
    html! {
        div.scroll tabindex="0" role="region" aria-label="Pairs" { table.dense {
            thead { tr {
                @if choose.is_some() { th scope="col" { "Choose" } }
                th scope="col" { "Our account" } th scope="col" { "Theirs" } th.num scope="col" { "Open with us" }
                th scope="col" { "To us" } th scope="col" { "To them" } th.num scope="col" { "Same company" } th scope="col" { "Standing" } th scope="col" { "Target of" }
            } }
            tbody { @for row in &view.rows {
                @let is_first = chosen_before.insert(row.ours_id.as_str());
                tr {
                    @if let Some(all) = choose { td { @if is_first {
                        input type="checkbox" name="account" value=(row.ours_id) checked[all && !targets.contains_key(&row.ours_id)] aria-label={ "Choose " (row.ours_name) };
                    } } }
                    (cells(view, row, &currency))
                    td { @for (at, (bet, name)) in targets.get(&row.ours_id).into_iter().flatten().enumerate() {
                        @if at > 0 { br; }
                        a href=(as_of.on(&crate::targets::address(bet, &row.ours_id))) { (name) }
                    } @if !targets.contains_key(&row.ours_id) { "–" } }
                }
            } }
        } }
    }
}

fn cells(view: &RowsView, row: &PairRow, currency: &str) -> Markup {
    let pair = Chosen {
        ours: row.ours_id.clone(),
        theirs: row.theirs_id.clone(),
    };
    let owner = |owner: &str| html! { @if !owner.is_empty() { br; span.source { (owner) } } };
    html! {
        th scope="row" { (row.ours_name) (owner(&row.ours_owner)) }
        td { (row.theirs_name) (owner(&row.theirs_owner)) }
        td.num { @if row.pipeline.priced > 0 { (numbers::money(row.pipeline.units, currency)) } @else { "–" } }
        td { (row.ours_population.name()) }
        td { (row.theirs_population.name()) }
        td.num { a href=(pair_href(&view.partner, &pair)) { (numbers::percent(row.probability)) } }
        td { (row.standing) }
    }
}

/// The page of one pair.
pub(super) fn pair_href(partner: &str, pair: &Chosen) -> String {
    format!(
        "{}/review?ours={}&theirs={}",
        address(partner),
        reporting::query(&pair.ours),
        reporting::query(&pair.theirs)
    )
}

/// `GET /mapping/{partner}/rows.csv`, `GET /mapping/{partner}/rows.xlsx`
pub async fn file(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Ending(format): Ending,
    Path(partner): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let question = question(&Asked::new(query), &partner)?;
    let rows = office.match_rows_file(&visitor.actor, &question).await?;
    download::answer("pairs", format, rows).await
}
