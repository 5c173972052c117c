//! `/targets`: the list, mine by the next date; every filter stands in the address.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::reporting::query;
use beachhead_office::targets::{STUCK_DAYS, Sort, Status, TargetRow, TargetsAsked, TargetsView};
use beachhead_office::{Office, Permission, Refusal, Standing};
use beachhead_press::numbers;
use maud::{Markup, html};

use super::{address, offered, open_bets, pick, stage};
use crate::AsOf;
use crate::answer::{Answer, page};
use crate::evidence::asked::Asked;
use crate::evidence::download::{self, Ending};
use crate::evidence::{PAGE_ROWS, paging};
use crate::form::{Errors, Field};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// The owner that stands for whoever looks.
const ME: &str = "me";
/// The owner that stands for nobody.
const NOBODY: &str = "nobody";

fn question(asked: &Asked, visitor: &Visitor) -> Result<TargetsAsked, Refusal> {
    let given = |name: &str| Some(asked.get(name).to_owned()).filter(|text| !text.is_empty());
    let (descending, word) = match asked.get("sort") {
        "" => (false, Sort::default().name()),
        text => text.strip_prefix('-').map_or((false, text), |word| (true, word)),
    };
    let sort = Sort::from_name(word).ok_or_else(|| {
        let known = Sort::ALL.map(Sort::name).join(", ");
        Refusal::bad_input(
            format!("Targets are not sorted by “{word}”"),
            format!("Sort by {known}."),
        )
    })?;
    let status = match asked.get("status") {
        "" => Status::default(),
        word => Status::from_name(word).ok_or_else(|| {
            let known = Status::ALL.map(Status::name).join(", ");
            Refusal::bad_input(format!("“{word}” is no status"), format!("There are {known}."))
        })?,
    };
    Ok(TargetsAsked {
        bet: given("bet"),
        owner: given("owner").map(|owner| match owner.as_str() {
            ME => visitor.actor.id().to_owned(),
            NOBODY => String::new(),
            _ => owner,
        }),
        partner: given("partner"),
        named: given("named"),
        status,
        sort,
        // The oldest first is what `-age` asks for.
        descending: descending != (sort == Sort::Age),
    })
}

/// What the list is drawn from.
struct Shown<'a> {
    asked: &'a Asked,
    as_of: AsOf,
    visitor: &'a Visitor,
    standing: &'a Standing,
    view: &'a TargetsView,
    /// Whether whoever looks may write here at all, today.
    may: bool,
}

impl Shown<'_> {
    /// Whether each row says whose it is: where the list is one person's, its first sentence does.
    fn says_owners(&self) -> bool {
        !matches!(self.asked.get("owner"), ME | NOBODY)
    }

    /// Whether whoever looks may work a target, as long as it is open.
    fn may_work(&self, row: &TargetRow) -> bool {
        self.may && row.is_open() && row.may_be_worked_by(&self.visitor.actor)
    }
}

/// `GET /targets`
pub async fn show(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Answer {
    let asked = Asked::new(pairs);
    let standing = office.standing(&visitor.actor, asked.day()?).await?;
    let question = question(&asked, &visitor)?;
    let view = office.targets(&visitor.actor, &standing, &question).await?;
    let shown = Shown {
        as_of: asked.as_of(),
        may: visitor.actor.role.may(Permission::Run) && standing.looked_back.is_none(),
        asked: &asked,
        visitor: &visitor,
        standing: &standing,
        view: &view,
    };
    let from = asked.page()? * PAGE_ROWS;
    let rows: Vec<&TargetRow> = view.rows.iter().skip(from).take(PAGE_ROWS).collect();
    let body = html! {
        h1 { "Targets" }
        (shown.as_of.banner_on(&visitor.frame, &standing))
        (lede(&asked, &view))
        (actions(&shown))
        @if view.of == 0 { (example(&shown)) } @else {
            (statuses(&asked, &view, question.status))
            (filters(&shown))
            (table(&shown, &rows))
            (paging(&asked, "/targets", view.rows.len() as u64))
            p.inline-links.noprint {
                a href={ "/targets.csv?" (asked.query_without(&["page"])) } { "Download as CSV" } " "
                a href={ "/targets.xlsx?" (asked.query_without(&["page"])) } { "Download as XLSX" }
            }
        }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Targets, "Targets", &body),
    ))
}

fn actions(shown: &Shown<'_>) -> Markup {
    let first = shown.view.rows.iter().find(|row| shown.may_work(row));
    html! {
        @if shown.may {
            div.actions.noprint {
                @if let Some(first) = first {
                    a.btn.primary href=(log_href(shown, first)) { "Log a step of " (first.account_name) }
                }
                a.btn.primary[first.is_none()] href=(name_href(shown.asked)) aria-keyshortcuts="n" { "Name a target" }
            }
        }
    }
}

/// `GET /targets.csv`, `GET /targets.xlsx`
pub async fn file(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Ending(format): Ending,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Answer {
    let asked = Asked::new(pairs);
    let standing = office.standing(&visitor.actor, asked.day()?).await?;
    let question = question(&asked, &visitor)?;
    let rows = office.targets_list_file(&visitor.actor, &standing, &question).await?;
    download::answer("targets", format, rows).await
}

/// The list with another status.
fn status_href(asked: &Asked, status: Status) -> String {
    let word = if status == Status::default() { "" } else { status.name() };
    let query = asked.query_with(&[("status", word), ("page", "")]);
    format!("/targets?{query}")
}

/// The page of a target, which leads back to this list.
fn log_href(shown: &Shown<'_>, row: &TargetRow) -> String {
    let back = shown.asked.query_without(&["page"]);
    let page = format!("{}?back={}", address(&row.bet, &row.account), query(&back));
    shown.as_of.on(&page)
}

fn name_href(asked: &Asked) -> String {
    match asked.get("bet") {
        "" => "/targets/new".to_owned(),
        bet => format!("/targets/new?bet={}", query(bet)),
    }
}

fn lede(asked: &Asked, view: &TargetsView) -> Markup {
    let count = |status: Status| view.count(status) as u64;
    let open = count(Status::Open);
    if open == 0 && asked.get("owner") == NOBODY {
        return html! { p.lede { "Every open target has an owner." } };
    }
    let whose = match asked.get("owner") {
        ME => "You have ",
        NOBODY => "Nobody has taken ",
        _ if open == 1 => "There is ",
        _ => "There are ",
    };
    let link = |status: Status, words: String| {
        html! { @if count(status) == 0 { (words) } @else { a href=(status_href(asked, status)) { (words) } } }
    };
    html! {
        p.lede {
            (whose) (link(Status::Open, numbers::plural(count(Status::Open), "open target", "open targets"))) ": "
            (link(Status::Overdue, format!("{} overdue", numbers::count(count(Status::Overdue))))) ", "
            (link(Status::Due, format!("{} due this week", numbers::count(count(Status::Due))))) ", "
            (link(Status::Stuck, format!("{} stuck", numbers::count(count(Status::Stuck))))) ": nothing happened for " (STUCK_DAYS) " days or more."
        }
    }
}

fn example(shown: &Shown<'_>) -> Markup {
    html! {
        p { "A target is a named account that a bet goes after: with the partner who is the way in, the next step, its day and whose it is. Choose some from what a partner and we have in common, or name one." }
        @if shown.may { p { a.btn href="/partners" { "Choose from a partner's accounts" } } }
        div.example aria-hidden="true" {
            p { strong { "Example: Cobalt Labs" } " · PeopleOak · HRIS co-sell · ● Introduced" }
            p { "Next: agree on a first meeting · due in 3 days · Tom Okafor" }
        }
    }
}

fn statuses(asked: &Asked, view: &TargetsView, now: Status) -> Markup {
    let words = |status: Status| match status {
        Status::Open => "Open",
        Status::Due => "Due this week",
        Status::Overdue => "Overdue",
        Status::Stuck => "Stuck",
        Status::Named => "Not begun",
        Status::Through => "Through",
        Status::Lost => "Lost",
        Status::All => "All",
    };
    let me = asked.get("owner") == ME;
    let mine = |owner: &str| format!("/targets?{}", asked.query_with(&[("owner", owner), ("page", "")]));
    html! {
        p.inline-links.noprint {
            a href=(mine(ME)) aria-current=[me.then_some("true")] { "Mine" } " · "
            a href=(mine("")) aria-current=[asked.get("owner").is_empty().then_some("true")] { "Everybody's" } " · "
            a href=(mine(NOBODY)) aria-current=[(asked.get("owner") == NOBODY).then_some("true")] { "Nobody's" }
            @for status in Status::ALL {
                " · " a href=(status_href(asked, status)) aria-current=[(status == now).then_some("true")] { (words(status)) " " (numbers::count(view.count(status) as u64)) }
            }
        }
    }
}

fn filters(shown: &Shown<'_>) -> Markup {
    let (asked, visitor, view) = (shown.asked, shown.visitor, shown.view);
    let any = |words: &str| (String::new(), words.to_owned());
    let bets: Vec<_> = std::iter::once(any("Every bet"))
        .chain(offered(&open_bets(shown.standing, &shown.visitor.actor)))
        .collect();
    let mut owners = vec![
        any("Everybody"),
        (ME.to_owned(), "Me".to_owned()),
        (NOBODY.to_owned(), "Nobody".to_owned()),
    ];
    let others = view.owners.iter().filter(|(id, _)| id.as_str() != visitor.actor.id());
    owners.extend(others.map(|(id, name)| (id.clone(), name.clone())));
    let sorts = [
        ("", "Next date"),
        ("-age", "Longest untouched"),
        ("account", "Account"),
        ("partner", "Partner"),
        ("bet", "Bet and stage"),
        ("owner", "Owner"),
    ];
    let sorts: Vec<_> = sorts
        .map(|(value, words)| (value.to_owned(), words.to_owned()))
        .to_vec();
    let none = Errors::default();
    html! {
        details.noprint open[["bet", "named", "sort", "partner"].iter().any(|name| !asked.get(name).is_empty())] {
            summary { "Narrow and sort" }
            form.filters method="get" action="/targets" {
                (Field::new("bet", "Bet").value(asked.get("bet")).select(&bets, &none))
                (Field::new("owner", "Owner").value(asked.get("owner")).select(&owners, &none))
                (Field::new("named", "Account's name holds").value(asked.get("named")).input(&none))
                (Field::new("sort", "Sorted by").value(asked.get("sort")).select(&sorts, &none))
                @for name in ["status", "partner", "as_of"] {
                    @if !asked.get(name).is_empty() { input type="hidden" name=(name) value=(asked.get(name)); }
                }
                button.btn type="submit" { "Show" }
            }
        }
    }
}

fn table(shown: &Shown<'_>, rows: &[&TargetRow]) -> Markup {
    let all = shown.as_of.on("/targets?status=all");
    html! {
        @if rows.is_empty() { p { "No target is like that. " a href=(all) { "Show every target" } } }
        @else if rows.iter().any(|row| shown.may_work(row)) {
            form method="get" action="/targets/edit" {
                input type="hidden" name="back" value=(shown.asked.query_without(&["page"]));
                (grid(shown, rows, true))
                p.noprint { button.btn type="submit" { "Edit the chosen" } }
            }
        } @else { (grid(shown, rows, false)) }
    }
}

fn grid(shown: &Shown<'_>, rows: &[&TargetRow], may: bool) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Targets" { table.dense.sticky.cards-on-phone.lines role="table" {
            thead role="rowgroup" { tr role="row" {
                @if may { td role="cell" {} }
                @for name in ["Account", "Partner", "Bet", "Stage", "Next step", "Due"] { th scope="col" role="columnheader" { (name) } }
                @if shown.says_owners() { th scope="col" role="columnheader" { "Owner" } }
                th scope="col" role="columnheader" { "Last touch" }
                @if may { td role="cell" {} }
            } }
            tbody role="rowgroup" data-rows { @for row in rows { (line(shown, row, may)) } }
        } }
        p.dim { "Last touch: the last day on which a target took a step, somebody said that something happened, or an import brought a touch of its partner." }
    }
}

fn line(shown: &Shown<'_>, row: &TargetRow, may: bool) -> Markup {
    let of = |words: &'static str| html! { span.visually-hidden.of { (words) " " } };
    // On a phone, what tells itself goes without its column's name, and what is said with `and` stands in one line.
    let plain = |words: &'static str| html! { span.visually-hidden { (words) " " } };
    let (as_of, may_work) = (&shown.as_of, shown.may_work(row));
    html! {
        tr role="row" {
            @if may {
                td.noprint role="cell" { @if may_work {
                    input type="checkbox" name="pick" value=(pick(row)) aria-label={ "Choose " (row.account_name) };
                } }
            }
            th scope="row" role="rowheader" { a href=(log_href(shown, row)) { (row.account_name) } }
            td role="cell" { (plain("Partner:")) (partner(as_of, row)) }
            td.and role="cell" { (plain("Bet:")) a href=(as_of.on(&format!("/bets/{}", row.bet))) { (row.bet_name) } }
            td.nowrap role="cell" { (plain("Stage:")) (stage(row).html()) @if row.is_stuck { " " span.dim { "stuck" } } }
            td.line role="cell" { (of("Next step:")) (or_dash(&row.next_step)) }
            td.line.nowrap role="cell" { (of("Due:"))
                @match row.due {
                    None => "–",
                    Some(due) if row.is_overdue => strong { "◆ " (numbers::date_from(due, shown.standing.today)) },
                    Some(due) => (numbers::date_from(due, shown.standing.today)),
                }
            }
            @if shown.says_owners() { td role="cell" { (of("Owner:")) (or_dash(&row.owner_name)) } }
            td.nowrap.and[shown.says_owners()] role="cell" { (of("Last touch:")) (row.last_touch.map_or_else(|| "–".to_owned(), numbers::date)) }
            @if may { td.noprint.and[may_work] role="cell" { @if may_work { a href=(log_href(shown, row)) aria-keyshortcuts="e" { "Log" span.visually-hidden { " a step of " (row.account_name) } } } } }
        }
    }
}

/// The partner, with a link to its page: by its key where the record names one, else by its name.
fn partner(as_of: &AsOf, row: &TargetRow) -> Markup {
    let key = row.partner.as_deref().unwrap_or(&row.partner_name);
    html! {
        @if key.is_empty() { "–" } @else { a href=(as_of.on(&format!("/partners/{}", query(key)))) { (row.partner_name) } }
    }
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}
