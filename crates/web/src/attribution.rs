//! Attribution: which policy says what a partner brought, what it makes of every opportunity, and what another would move.
//! A what-if is an address: nothing is saved until it is put into the draft. Must not add classes up.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::attributing::{
    AttributionQuestion, AttributionView, Held, InForce, PolicyVersion, Proposed, share, win_rate,
};
use beachhead_office::facts::attribute::{ClassCount, Classes, Move, MoveFilter};
use beachhead_office::strategy::{AttributionPolicy, Class, Credit, TouchKind};
use beachhead_office::{Code, Office, Permission, Refusal, reporting};
use beachhead_press::chart::Frame;
use beachhead_press::chart::interval::{self, Intervals, Row, Sample};
use beachhead_press::numbers::{self, Unit};
use maud::{Markup, html};

use crate::AsOf;
use crate::answer::{Answer, page, redirect_saying};
use crate::evidence::download::{self, Ending};
use crate::evidence::opportunity_href;
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

const TITLE: &str = "Attribution";
/// Opportunities on one page of those that would move.
const PAGE: usize = 50;

/// `GET /data/attribution`
pub async fn show(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    shown(&office, &visitor, &Fields(asked), Errors::default()).await
}

async fn shown(office: &Office, visitor: &Visitor, fields: &Fields, mut errors: Errors) -> Answer {
    let day = day_of(fields);
    let question = question(fields, &mut errors)?;
    let view = match office.attribution(&visitor.actor, question).await {
        Ok(view) => view,
        Err(refusal) if refusal.code == Code::Conflict => return Ok(page(&visitor.frame, empty(visitor, &refusal))),
        Err(refusal) => return Err(refusal.into()),
    };
    let policies = office.policies(&visitor.actor).await?;
    let draft = office.written(&visitor.actor).await?;
    let in_draft = &draft.parsed.strategy.attribution;
    let held = view.proposed.as_ref();
    let body = html! {
        p.breadcrumb { a href="/data" { "Data" } }
        h1 { (TITLE) }
        (day.banner(&visitor.frame))
        (errors.summary())
        (says(&view.policy))
        (by_class(&view, &day))
        h2 id="what-if" { "What if the policy were another" }
        p { "Fill in other rules and see which opportunities would move. Nothing is saved; the address holds the rules, so it can be shared." }
        (form(fields, held.map_or(&view.policy.policy, |held| &held.policy), &errors))
        @if let Some(held) = held { (answer(&view, held, fields)) }
        @if let Some(held) = held.filter(|held| !held.changes.is_empty() && visitor.actor.role.may(Permission::Write)) {
            (into_draft(visitor, &held.policy, draft.draft.revision))
        }
        (versions(&policies, in_draft, &view.policy))
    };
    let markup = layout::inside(visitor, Place::Data, &errors.title(TITLE), &body);
    Ok(if errors.is_empty() {
        page(&visitor.frame, markup)
    } else {
        refused(422, markup)
    })
}

/// `GET /data/attribution/moves.csv`, `GET /data/attribution/moves.xlsx`
pub async fn file(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Ending(format): Ending,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let question = question(&Fields(asked), &mut Errors::default())?;
    let rows = office.moves_file(&visitor.actor, question).await?;
    download::answer("moves", format, rows).await
}

fn day_of(fields: &Fields) -> AsOf {
    AsOf {
        as_of: fields.get("as_of").to_owned(),
    }
}

/// What an address asks.
fn question(fields: &Fields, errors: &mut Errors) -> Result<AttributionQuestion, Refusal> {
    let proposed = asked_for(fields, errors);
    Ok(AttributionQuestion {
        proposed: proposed.filter(|_| errors.is_empty()),
        as_of: day_of(fields).day()?,
        filter: MoveFilter {
            from: Class::from_word(fields.get("from")),
            to: Class::from_word(fields.get("to")),
            partner: Some(fields.get("partner").to_owned()).filter(|partner| !partner.is_empty()),
        },
        offset: page_of(fields) * PAGE,
        limit: PAGE,
    })
}

/// `POST /data/attribution/draft`
pub async fn propose(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Write)?;
    let mut errors = Errors::default();
    let policy = filled_in(fields, &mut errors);
    if errors.is_empty() {
        let revision = fields.get("revision").parse().ok();
        match office.propose_policy(&visitor.actor, policy, revision).await {
            Ok(_) => {
                return Ok(redirect_saying(
                    "/data/attribution#versions",
                    "The policy is in the draft. It comes into force when the strategy is signed.",
                ));
            }
            Err(refusal) => errors.add("", refusal),
        }
    }
    shown(&office, visitor, fields, errors).await
}

/// The policy that an address asks about, if it asks about one.
fn asked_for(fields: &Fields, errors: &mut Errors) -> Option<Proposed> {
    if fields.has("window_days") {
        return Some(Proposed::Policy(filled_in(fields, errors)));
    }
    let version = fields.get("version");
    if version.is_empty() {
        return None;
    }
    match version.parse() {
        Ok(number) => Some(Proposed::Version(number)),
        Err(_) => {
            errors.add("", format!("“{version}” is not the number of a version"));
            None
        }
    }
}

/// The policy as filled into the form.
fn filled_in(fields: &Fields, errors: &mut Errors) -> AttributionPolicy {
    let default = AttributionPolicy::default();
    let chosen = |kind: &&TouchKind| {
        fields
            .0
            .iter()
            .any(|(name, value)| name == "sourced_by" && value == kind.word())
    };
    let mut days = |name: &str, words: &str| match fields.get(name) {
        "" if name == "lock_days" => None,
        typed => typed.parse::<u32>().map_err(|_| errors.add(name, words)).ok(),
    };
    let window = days("window_days", "Type whole days, 0 or more");
    let lock_days = days("lock_days", "Type whole days, 0 or more, or nothing for no lock");
    let credit = Credit::from_word(fields.get("credit"));
    if credit.is_none() {
        errors.add("credit", "Choose whom an opportunity is credited to");
    }
    AttributionPolicy {
        sourced_by: TouchKind::ALL.iter().filter(chosen).copied().collect(),
        window_days: window.unwrap_or(default.window_days),
        needs_no_open_opportunity: fields.get("open") != "any",
        lock_days,
        credit: credit.unwrap_or(default.credit),
        ..default
    }
}

/// The same policy as fields of a form or of an address.
fn as_fields(policy: &AttributionPolicy) -> Vec<(&'static str, String)> {
    let kinds = policy
        .sourced_by
        .iter()
        .map(|kind| ("sourced_by", kind.word().to_owned()));
    let open = if policy.needs_no_open_opportunity {
        "none"
    } else {
        "any"
    };
    kinds
        .chain([
            ("window_days", policy.window_days.to_string()),
            ("open", open.to_owned()),
            (
                "lock_days",
                policy.lock_days.map_or_else(String::new, |days| days.to_string()),
            ),
            ("credit", policy.credit.word().to_owned()),
        ])
        .collect()
}

fn page_of(fields: &Fields) -> usize {
    fields.get("page").parse::<usize>().unwrap_or(1).clamp(1, 1_000_000) - 1
}

fn empty(visitor: &Visitor, refusal: &Refusal) -> Markup {
    let body = html! {
        p.breadcrumb { a href="/data" { "Data" } }
        h1 { (TITLE) }
        p.lede { (refusal.message) "." }
        p { "Here the policy says of every opportunity whether a partner sourced it, influenced it, or only shares the account." }
        p { a.btn.primary href="/data" { "Import a file" } }
    };
    layout::inside(visitor, Place::Data, TITLE, &body)
}

fn says(in_force: &InForce) -> Markup {
    let sentences = in_force.policy.sentences();
    html! {
        @if let Some((first, rest)) = sentences.split_first() {
            p.lede { (first) }
            p { @for sentence in rest { (sentence) " " } }
        }
        p.dim {
            @match (in_force.version, in_force.since) {
                (Some(version), Some(day)) => {
                    "In force since " a href={ "/strategy/" (version) } { "version " (version) " of the strategy" } ", signed " (numbers::date(day)) "."
                },
                _ => "Nobody has signed it yet: it is the policy of the draft.",
            }
        }
    }
}

/// Counts, amounts and win rates by class.
fn by_class(view: &AttributionView, day: &AsOf) -> Markup {
    let classes = &view.classes;
    html! {
        h2 { "What it makes of the opportunities" }
        (class_table(view, classes, day))
        (win_rates(classes))
        (credited(view, classes))
        p.inline-links { a href=(day.on("/data/attribution/touches")) { "The ledger of touches" } }
    }
}

fn class_table(view: &AttributionView, classes: &Classes, day: &AsOf) -> Markup {
    let row = |count: &ClassCount| {
        let part = share(classes, count.class).unwrap_or(0.0);
        html! { tr {
            th scope="row" { a href=(day.on(&format!("/evidence?class={}", count.class))) { (capital(count.class)) } }
            td.num { (numbers::count(count.opportunities)) }
            td.drawn { svg.track aria-hidden="true" {
                rect width="100%" height="100%" rx="2" fill="var(--surface-2)" {}
                rect width=(format!("{:.2}%", 100.0 * part)) height="100%" rx="2" fill="var(--c1)" {}
            } }
            td { (numbers::percent(part)) " of " (numbers::count(classes.known)) }
            td.num { (money(view, count.amount_minor)) }
            td.num { (money(view, count.won_minor)) }
            td.num { @if count.claimed_after_lock > 0 { (numbers::count(count.claimed_after_lock)) } @else { "–" } }
        } }
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label="Opportunities by class" { table.funnel {
            caption.dim { "Every opportunity known on " (numbers::date(view.as_of)) " is in one class, the first that fits. Classes are not added up." }
            thead { tr {
                th scope="col" { "Class" } th.num scope="col" { "Opportunities" } th scope="col" { "Drawn" } th scope="col" { "Share" }
                th.num scope="col" { "Amount" } th.num scope="col" { "Amount won" } th.num scope="col" { "Claimed after lock" }
            } }
            tbody { @for count in &classes.classes { (row(count)) } }
        } }
    }
}

fn win_rates(classes: &Classes) -> Markup {
    let row = |count: &ClassCount| {
        let rate = win_rate(classes, count.class)?;
        Some(Row {
            name: capital(count.class),
            href: None,
            value: rate.rate?,
            low: rate.low,
            high: rate.high,
            sample: Sample::Of {
                reached: rate.k,
                of: rate.n,
            },
            inconclusive: false,
        })
    };
    let rows: Vec<Row> = classes.classes.iter().filter_map(row).collect();
    if rows.is_empty() {
        return html! {};
    }
    let mut frame = Frame::new("win-rates", "Win rate of what is decided, by class");
    frame.note =
        Some("95% ranges. A class is not a cause: whether partners make the difference is asked under Lift.".into());
    interval::draw(&Intervals {
        frame,
        of: "Class".into(),
        measure: "Win rate".into(),
        unit: Unit::Percent,
        reference: None,
        rows,
    })
}

fn credited(view: &AttributionView, classes: &Classes) -> Markup {
    html! {
        @if !classes.partners.is_empty() {
            details {
                summary { "Credited partners" }
                div.scroll tabindex="0" role="region" aria-label="Credited partners" { table {
                    thead { tr {
                        th scope="col" { "Class" } th scope="col" { "Partner" } th.num scope="col" { "Opportunities" }
                        th.num scope="col" { "Amount" } th.num scope="col" { "Amount won" }
                    } }
                    tbody { @for credit in &classes.partners { tr {
                        td { (capital(credit.class)) } th scope="row" { (credit.partner) }
                        td.num { (numbers::count(credit.opportunities)) }
                        td.num { (money(view, credit.amount_minor)) } td.num { (money(view, credit.won_minor)) }
                    } } }
                } }
            }
        }
    }
}

/// What would move under the policy that was filled in.
fn answer(view: &AttributionView, held: &Held, fields: &Fields) -> Markup {
    let compared = &held.comparison;
    let (class, partners) = (compared.change_class(), compared.change_partners());
    html! {
        @if held.changes.is_empty() {
            p { strong { "These are the rules in force: nothing would move." } }
        } @else {
            p { strong {
                (numbers::plural(class, "opportunity", "opportunities")) " would change class, and "
                (numbers::plural(partners, "more", "more")) " would be credited to other partners"
            } ", with " (held.changes.join("; ")) "." }
            @if class + partners > 0 {
                (matrix(view, held, fields))
                (by_partner(view, held, fields))
                (listed(held, fields, &view.files))
            }
        }
    }
}

fn matrix(view: &AttributionView, held: &Held, fields: &Fields) -> Markup {
    let cell = |from: Class, to: Class| {
        let found = held
            .comparison
            .moves
            .iter()
            .find(|count| (count.from, count.to) == (from, to));
        html! {
            @match found {
                None => { span.dim { "–" } },
                Some(count) => {
                    a href=(address(&held.policy, fields, &[("from", from.word()), ("to", to.word())], "moved")) {
                        (numbers::count(count.opportunities)) @if from == to { ", other partners" }
                    }
                    br; span.source { (money(view, count.amount_minor)) }
                },
            }
        }
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label="From class to class" { table {
            caption.dim { "Rows: the class now. Columns: the class it would be in. Amounts are of the opportunities that move." }
            thead { tr { td {} @for to in Class::ALL { th scope="col" { "To " (to) } } } }
            tbody { @for from in Class::ALL { tr {
                th scope="row" { "From " (from) }
                @for to in Class::ALL { td { (cell(*from, *to)) } }
            } } }
        } }
    }
}

fn by_partner(view: &AttributionView, held: &Held, fields: &Fields) -> Markup {
    let partners = &held.comparison.partners;
    html! {
        @if !partners.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="By credited partner" { table {
                caption.dim { "Who would be credited. An amount can change without a count: another partner comes to share it." }
                thead { tr {
                    th scope="col" { "Class" } th scope="col" { "Partner" } th.num scope="col" { "Loses" } th.num scope="col" { "Gains" }
                    th.num scope="col" { "Amount changes by" }
                } }
                tbody { @for met in partners { tr {
                    td { (capital(met.class)) }
                    th scope="row" { a href=(address(&held.policy, fields, &[("partner", &met.partner_id)], "moved")) { (met.partner) } }
                    td.num { (numbers::count(met.lost)) } td.num { (numbers::count(met.gained)) }
                    td.num { (money(view, met.amount_minor)) }
                } } }
            } }
        }
    }
}

fn listed(held: &Held, fields: &Fields, files: &[String]) -> Markup {
    let (first, shown) = (page_of(fields) * PAGE, held.moves.len());
    let narrowed = ["from", "to", "partner"]
        .iter()
        .any(|name| !fields.get(name).is_empty());
    let kept: Vec<(&str, &str)> = ["from", "to", "partner"]
        .into_iter()
        .map(|name| (name, fields.get(name)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let turn = |by: usize| {
        let number = by.to_string();
        let pairs = [kept.as_slice(), &[("page", number.as_str())]].concat();
        address(&held.policy, fields, &pairs, "moved")
    };
    let rows = query(&held.policy, fields, &kept);
    html! {
        h3 id="moved" { "Opportunities that would move" }
        p.dim {
            @if shown == 0 { "None on this page." } @else {
                (numbers::count((first + 1) as u64)) " to " (numbers::count((first + shown) as u64)) " of " (numbers::count(held.found)) "."
            }
            @if narrowed { " " a href=(address(&held.policy, fields, &[], "moved")) { "Show all that move" } }
        }
        div.scroll tabindex="0" role="region" aria-label="Opportunities that would move" { table.dense {
            thead { tr {
                th scope="col" { "Opportunity" } th scope="col" { "Account" } th scope="col" { "Class" } th scope="col" { "Credited" }
                th.num scope="col" { "Amount" } th scope="col" { "File and row" }
            } }
            tbody { @for one in &held.moves { (moved(one, files, fields.get("as_of"))) } }
        } }
        p.inline-links {
            @if first > 0 { a href=(turn(first / PAGE)) { "Page before" } " " }
            @if (first + shown) as u64 != held.found && shown > 0 { a href=(turn(first / PAGE + 2)) { "Next page" } " " }
            a href={ "/data/attribution/moves.csv?" (rows) } { "Download as CSV" } " "
            a href={ "/data/attribution/moves.xlsx?" (rows) } { "Download as XLSX" }
        }
    }
}

fn moved(one: &Move, files: &[String], as_of: &str) -> Markup {
    let names = |partners: &[String]| {
        if partners.is_empty() {
            "nobody".to_owned()
        } else {
            partners.join(", ")
        }
    };
    let (before, after) = (names(&one.partners_from), names(&one.partners_to));
    html! { tr {
        th scope="row" { a href=(opportunity_href(&one.opportunity_id, as_of)) { (one.opportunity_id) } }
        td { (one.account) }
        td { @if one.from == one.to { (one.from) } @else { (one.from) " to " (one.to) } }
        td { @if before == after { (before) } @else { (before) " to " (after) } }
        td.num { (one.amount) }
        td.nowrap { (place(files, one.file, one.row)) }
    } }
}

/// "deals.csv, row 12".
pub(crate) fn place(files: &[String], file: i32, row: i64) -> String {
    let name = usize::try_from(file).ok().and_then(|file| files.get(file));
    format!("{}, row {row}", name.map_or("", String::as_str))
}

/// The address of a what-if with further fields.
fn address(policy: &AttributionPolicy, fields: &Fields, more: &[(&str, &str)], place: &str) -> String {
    format!("/data/attribution?{}#{place}", query(policy, fields, more))
}

fn query(policy: &AttributionPolicy, fields: &Fields, more: &[(&str, &str)]) -> String {
    let rules = as_fields(policy);
    let rules = rules.iter().map(|(name, value)| (*name, value.as_str()));
    let day = Some(("as_of", fields.get("as_of"))).filter(|(_, day)| !day.is_empty());
    let pairs = rules.chain(day).chain(more.iter().copied());
    let query: Vec<String> = pairs
        .map(|(name, value)| format!("{name}={}", reporting::query(value)))
        .collect();
    query.join("&")
}

fn into_draft(visitor: &Visitor, policy: &AttributionPolicy, revision: i64) -> Markup {
    html! {
        form method="post" action="/data/attribution/draft" {
            (token(visitor))
            input type="hidden" name="revision" value=(revision);
            @for (name, value) in as_fields(policy) { input type="hidden" name=(name) value=(value); }
            button.btn.primary type="submit" { "Put this policy into the draft" }
            p.hint { "It comes into force when the sponsor signs the strategy." }
        }
    }
}

fn form(fields: &Fields, shown: &AttributionPolicy, errors: &Errors) -> Markup {
    let rules = as_fields(shown);
    let filled = fields.has("window_days");
    let value = |name: &str| {
        let of_policy = rules
            .iter()
            .find(|(rule, _)| *rule == name)
            .map_or("", |(_, value)| value.as_str());
        if filled {
            fields.get(name).to_owned()
        } else {
            of_policy.to_owned()
        }
    };
    let option = |value: &str, words: &str| (value.to_owned(), words.to_owned());
    html! {
        form method="get" action="/data/attribution#what-if" novalidate {
            @if !fields.get("as_of").is_empty() { input type="hidden" name="as_of" value=(fields.get("as_of")); }
            fieldset {
                legend { "What sources an opportunity" }
                @for (nth, kind) in TouchKind::ALL.iter().enumerate() {
                    div.choice {
                        input type="checkbox" name="sourced_by" id={ "sourced_by-" (nth) } value=(kind) checked[shown.sourced_by.contains(kind)];
                        label for={ "sourced_by-" (nth) } { (kind) }
                    }
                }
            }
            (Field::new("window_days", "Window before creation, in days").value(value("window_days")).input(errors))
            (Field::new("open", "If the account had an open opportunity then")
                .value(if shown.needs_no_open_opportunity { "none" } else { "any" })
                .radios(&[option("none", "It does not source"), option("any", "It sources all the same")], errors))
            (Field::new("lock_days", "Lock: a claim counts that is recorded so many days after creation at most")
                .hint("Nothing typed: no lock.").value(value("lock_days")).input(errors))
            (Field::new("credit", "Whom it is credited to").value(value("credit")).radios(
                &[option("earliest", "One partner, of the earliest touch"), option("last", "One partner, of the last touch"),
                    option("equal shares", "All partners, with equal shares")], errors))
            button.btn type="submit" { "See what would move" }
            @if filled || fields.has("version") { " " a.btn href="/data/attribution#what-if" { "Back to the policy in force" } }
        }
    }
}

fn versions(policies: &[PolicyVersion], draft: &AttributionPolicy, in_force: &InForce) -> Markup {
    let waiting = draft.changes_since(&in_force.policy);
    html! {
        h2 id="versions" { "Versions of the policy" }
        @if !waiting.is_empty() {
            p { strong { "The draft has another policy: " } (waiting.join("; ")) ". It waits for a signature. "
                a href=(address(draft, &Fields::default(), &[], "what-if")) { "What it would move" } }
        }
        @if policies.is_empty() { p { "No strategy has been signed yet, and so no policy." } }
        ol.log reversed { @for policy in policies { li {
            p { strong { a href={ "/strategy/" (policy.version) } { "Version " (policy.version) } }
                @if let Some(day) = policy.signed_on { ", signed " (numbers::date(day)) } ": "
                @if policy.changes.is_empty() { "no change of the policy." } @else { (policy.changes.join("; ")) "." }
            }
            @if !policy.policy.has_rules_of(&in_force.policy) {
                p { a href={ "/data/attribution?version=" (policy.version) "#what-if" } { "What would move under it" } }
            }
        } } }
    }
}

fn capital(class: Class) -> String {
    let word = class.word();
    word[..1].to_uppercase() + &word[1..]
}

fn money(view: &AttributionView, minor: i64) -> String {
    let currency = view.currency.map_or_else(String::new, |currency| currency.to_string());
    numbers::money(view.units(minor), &currency).trim().to_owned()
}
