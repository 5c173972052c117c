//! `/mapping/{partner}/review`: one pair a page, its fields side by side with the letters that differ marked, the reason in
//! words, and what a person says of it.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use beachhead_office::ledger::Person;
use beachhead_office::mapping::{
    Chosen, FieldView, Grade, GroupPair, PairView, Piece, ReviewAsked, ReviewView, Side, Verdict,
};
use beachhead_office::{Office, Permission, Refusal};
use beachhead_press::numbers;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};

use super::matrix::open;
use super::rows::pair_href;
use super::{address, breadcrumb};
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::evidence::asked::Asked;
use crate::form::{Signed, token};
use crate::layout::{self, Place};
use crate::name_of;
use crate::refused::holding;
use crate::visitor::Visitor;

/// What can be said: verdict, the words of its button, its key.
const BUTTONS: [(Verdict, &str, &str); 4] = [
    (Verdict::Same, "Same", "s"),
    (Verdict::Related, "Related", "r"),
    (Verdict::Different, "Different", "d"),
    (Verdict::Unsure, "Not sure", "u"),
];

const fn in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "the same company",
        Verdict::Related => "related",
        Verdict::Different => "different companies",
        Verdict::Unsure => "not sure",
    }
}

/// `GET /mapping/{partner}/review`
pub async fn review(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path(partner): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let asked = Asked::new(query);
    let at = match asked.get("at") {
        "" => 0,
        text => text.parse::<usize>().map_err(|_| {
            Refusal::bad_input(
                format!("“{text}” is not a place in the review"),
                "Places are numbered from 0.",
            )
        })?,
    };
    let pair = Chosen {
        ours: asked.get("ours").to_owned(),
        theirs: asked.get("theirs").to_owned(),
    };
    let question = ReviewAsked {
        partner,
        at,
        pair: Some(pair).filter(|pair| *pair != Chosen::default()),
    };
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let view = office.review_matches(&visitor.actor, &question).await.map_err(failed)?;
    let people = office.people(&visitor.actor).await?;
    let title = match &view.pair {
        Some(pair) => format!("{} and {}", pair.ours.name, pair.theirs.name),
        None => "Nothing waits for review".to_owned(),
    };
    let body = html! {
        (breadcrumb(Some((&view.partner, &view.name))))
        @match &view.pair {
            None => (nothing_waits(&visitor, &view)),
            Some(pair) => {
                h1 { "Is this one company?" }
                (progress(&view))
                (earlier(pair, &|id| name_of(&people, id)))
                (side_by_side(&view, pair))
                (reasons(&view, pair))
                (say(&visitor, &view, pair, &people))
                (others(&view))
            },
        }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Data, &title, &body),
    ))
}

fn nothing_waits(visitor: &Visitor, view: &ReviewView) -> Markup {
    html! {
        h1 { "Nothing waits for review" }
        p.lede { @if view.decided > 0 { (numbers::plural(view.decided as u64, "pair is", "pairs are")) " decided. " } "A pair is asked again when one of its records says something else." }
        p { a.btn.primary href=(address(&view.partner)) { "See the matrix" } }
        @if view.decided > 0 { (undo_form(visitor, view)) }
    }
}

fn currency(view: &ReviewView) -> String {
    view.currency.map(|currency| currency.to_string()).unwrap_or_default()
}

/// "7 of 31 pairs are decided; USD 1.2 million of open pipeline is at stake in the others."
fn progress(view: &ReviewView) -> Markup {
    let all = view.decided + view.waiting;
    html! {
        p.lede {
            (numbers::count(view.decided as u64)) " of " (numbers::plural(all as u64, "pair", "pairs")) @if all == 1 { " is" } @else { " are" } " decided"
            @if view.at_stake > 0.0 { "; " (numbers::money(view.at_stake, &currency(view))) " of our open pipeline is at stake in the others" } "."
        }
        label.visually-hidden for="progress" { "Decided" }
        progress id="progress" max=(all.max(1)) value=(view.decided) {}
    }
}

/// What somebody said before, and what has changed since.
fn earlier(pair: &PairView, name: &dyn Fn(&str) -> String) -> Markup {
    let Some(earlier) = &pair.earlier else {
        return html! {};
    };
    html! {
        p.banner.info[earlier.changed.is_empty()] {
            (name(&earlier.by)) " said “" (in_words(earlier.verdict)) "” on " (numbers::date(earlier.on)) "."
            @if !earlier.changed.is_empty() { " Since then " (earlier.changed.join(", ")) "." }
        }
    }
}

fn marked(pieces: &[Piece]) -> Markup {
    html! {
        @if pieces.is_empty() { span.dim { "not known" } }
        @for piece in pieces { @if piece.differs { mark { (piece.text) } } @else { (piece.text) } }
    }
}

fn grade(grade: Grade) -> Markup {
    match grade {
        Grade::Same => Tag::new(Tone::Positive, Some('★'), "Same").html(),
        Grade::Similar => Tag::new(Tone::Caution, Some('◆'), "Similar").html(),
        Grade::Different => Tag::new(Tone::Negative, Some('✕'), "Different").html(),
        Grade::Missing => Tag::new(Tone::Muted, Some('?'), "Not known").html(),
    }
}

fn side_by_side(view: &ReviewView, pair: &PairView) -> Markup {
    let row = |field: &FieldView| {
        html! { tr role="row" {
            th scope="row" role="rowheader" { (field.name) }
            td role="cell" { span.visually-hidden.of { "Ours: " } (marked(&field.ours)) }
            td role="cell" { span.visually-hidden.of { (view.name) ": " } (marked(&field.theirs)) }
            td role="cell" { (grade(field.grade)) }
        } }
    };
    let told = |side: &Side, whose: &str| {
        html! {
            (side.population.name())
            @if !side.owner.is_empty() { br; span.source { (side.owner) } }
            @if side.of_this_name > 1 { br; span.source { (numbers::count(side.of_this_name as u64)) " records of this name in " (whose) " list" } }
        }
    };
    let fields = pair
        .fields
        .iter()
        .filter(|field| !(field.ours.is_empty() && field.theirs.is_empty()));
    html! {
        div.scroll tabindex="0" role="region" aria-label="The two records" { table.cards-on-phone role="table" {
            caption.visually-hidden { "The fields of both records, side by side" }
            thead role="rowgroup" { tr role="row" {
                td role="cell" {} th scope="col" role="columnheader" { "Ours" } th scope="col" role="columnheader" { (view.name) } th scope="col" role="columnheader" { "They are" }
            } }
            tbody role="rowgroup" {
                @for field in fields { (row(field)) }
                tr role="row" {
                    th scope="row" role="rowheader" { "What it is" }
                    td role="cell" { span.visually-hidden.of { "Ours: " } (told(&pair.ours, "our")) }
                    td role="cell" { span.visually-hidden.of { (view.name) ": " } (told(&pair.theirs, "their")) }
                    td role="cell" {}
                }
            }
        } }
    }
}

fn reasons(view: &ReviewView, pair: &PairView) -> Markup {
    html! {
        p { strong { "Why it is asked: " } (pair.reasons.join("; ")) ". The model holds it " (numbers::percent(pair.probability)) " likely that they are one company." }
        @if let Some(open) = open(&pair.pipeline, &currency(view)) { p { "At stake on our record: " (open) "." } }
    }
}

fn say(visitor: &Visitor, view: &ReviewView, pair: &PairView, people: &[Person]) -> Markup {
    let next = format!("{}/review?at={}", address(&view.partner), view.at + 1);
    if !visitor.actor.role.may(Permission::Match) {
        return html! {
            p { "You can look; pairs are settled by somebody with the role owner or data. " (holding(people, Permission::Match)) }
            @if view.at + 1 < view.groups { p { a href=(next) { "Next pair" } } }
        };
    }
    html! {
        div {
            form method="post" action={ (address(&view.partner)) "/review" } {
                (token(visitor))
                input type="hidden" name="ours" value=(pair.ours.id);
                input type="hidden" name="theirs" value=(pair.theirs.id);
                input type="hidden" name="at" value=(view.at);
                @if view.others_count > 0 { (whole_group(view)) }
                div.actions {
                    @for (at, (verdict, words, key)) in BUTTONS.into_iter().enumerate() {
                        button.btn.primary[at == 0] type="submit" name="verdict" value=(verdict.word()) aria-keyshortcuts=(key) { (words) }
                    }
                    @if view.at + 1 < view.groups { a.btn href=(next) aria-keyshortcuts="k" { "Skip" } }
                }
            }
            @if view.decided > 0 { (undo_form(visitor, view)) }
        }
        (keys(visitor))
    }
}

fn whole_group(view: &ReviewView) -> Markup {
    let (ours, theirs) = view.group;
    html! {
        div.choice {
            input type="checkbox" id="group" name="group" value="all";
            label for="group" {
                "Say the same of the " (numbers::plural(view.others_count as u64, "other pair", "other pairs")) " that share records with it: "
                (numbers::plural(ours as u64, "record", "records")) " of ours, " (numbers::count(theirs as u64)) " of theirs"
            }
        }
    }
}

fn undo_form(visitor: &Visitor, view: &ReviewView) -> Markup {
    html! {
        form method="post" action={ (address(&view.partner)) "/undo" } {
            (token(visitor))
            button.btn.link type="submit" aria-keyshortcuts="z" { "Take back what I said last" }
        }
    }
}

/// Which keys there are, and the way to switch them off.
fn keys(visitor: &Visitor) -> Markup {
    let on = visitor.frame.keys;
    html! {
        form.inline.noprint method="post" action="/keys" {
            input type="hidden" name="back" value=(visitor.frame.here);
            @if on {
                p.dim {
                    "Keys: " @for (_, words, key) in BUTTONS { kbd { (key) } " " (words.to_lowercase()) ", " }
                    kbd { "k" } " skip, " kbd { "z" } " take back."
                }
                button.btn.link type="submit" name="keys" value="off" { "Switch keys off" }
            } @else { button.btn.link type="submit" name="keys" value="on" { "Switch keys on" } }
        }
    }
}

fn others(view: &ReviewView) -> Markup {
    let row = |other: &GroupPair| {
        html! { tr {
            th scope="row" { (other.ours_name) } td { (other.theirs_name) }
            td { (other.reasons.join("; ")) }
            td.num { a href=(pair_href(&view.partner, &other.pair)) { (numbers::percent(other.probability)) } }
        } }
    };
    html! {
        @if !view.others.is_empty() {
            h2 { "Asked together with it" }
            div.scroll tabindex="0" role="region" aria-label="Pairs that share records" { table {
                thead { tr { th scope="col" { "Ours" } th scope="col" { (view.name) } th scope="col" { "Why" } th.num scope="col" { "Same company" } } }
                tbody { @for other in &view.others { (row(other)) } }
            } }
            @if view.others_count > view.others.len() { p.dim { "The first " (view.others.len()) " of " (numbers::count(view.others_count as u64)) "." } }
        }
    }
}

/// `POST /mapping/{partner}/review`
pub async fn decide(State(office): State<Arc<Office>>, Path(partner): Path<String>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    visitor.must(Permission::Match)?;
    let word = fields.get("verdict");
    let verdict = Verdict::from_word(word).ok_or_else(|| {
        failed(Refusal::bad_input(
            format!("“{word}” says nothing of a pair"),
            "Go back and press one of the buttons.",
        ))
    })?;
    let pair = Chosen {
        ours: fields.get("ours").to_owned(),
        theirs: fields.get("theirs").to_owned(),
    };
    let whole_group = fields.get("group") == "all";
    let said = office
        .decide_match(&visitor.actor, &partner, &pair, verdict, whole_group)
        .await;
    let said = said.map_err(failed)?;
    let at = fields.get("at").parse::<usize>().unwrap_or(0);
    let words = match said {
        1 => format!("You said: {}.", in_words(verdict)),
        pairs => format!(
            "You said of {}: {}.",
            numbers::plural(pairs as u64, "pair", "pairs"),
            in_words(verdict)
        ),
    };
    let next = match at {
        0 => format!("{}/review", address(&partner)),
        at => format!("{}/review?at={at}", address(&partner)),
    };
    Ok(redirect_saying(&next, &words))
}

/// `POST /mapping/{partner}/undo`
pub async fn undo(State(office): State<Arc<Office>>, Path(partner): Path<String>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let pair = office.undo_match(&visitor.actor, &partner).await;
    let pair = pair.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect_saying(
        &pair_href(&partner, &pair),
        "It is taken back; this pair waits again.",
    ))
}
