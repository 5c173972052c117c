//! What sales, marketing, product and further functions say of a version: the card of whoever speaks for one, the list
//! beside the sign-off, and the page on which the owner names who speaks.

use std::sync::Arc;

use axum::extract::State;
use beachhead_office::aligning::{FUNCTIONS, FunctionVoice};
use beachhead_office::ledger::{FunctionHead, Person, Stance, StrategyVersion};
use beachhead_office::{Code, Office, Permission, Standing, reporting};
use beachhead_press::numbers;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};

use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;
use crate::{day_of, name_of};

/// The forms of whoever speaks for functions, one each that has not answered, and a way to answer anew.
pub fn card(visitor: &Visitor, standing: &Standing) -> Markup {
    let Some(version) = standing.to_acknowledge().filter(|_| standing.looked_back.is_none()) else {
        return html! {};
    };
    let voices = standing.voices(version.number);
    let mine = standing.functions_of(&visitor.actor);
    let signs = visitor.actor.role.may(Permission::Sign) && standing.asked.is_some();
    html! {
        @for voice in voices.iter().filter(|voice| mine.contains(&voice.function.as_str())) {
            section.card.next-step.noprint aria-labelledby={ "for-" (voice.function) } {
                h2 id={ "for-" (voice.function) } { (reporting::measure_name(&voice.function)) ": what do you say of version " (version.number) "?" }
                @match voice.answer() {
                    Some(_) => {
                        p { "You answered: " (said(voice, &|id| standing.name(id).to_owned())) }
                        details { summary { "Answer anew" } (form(visitor, version, voice, false)) }
                    }
                    None => {
                        p { a href={ "/strategy/" (version.number) } { "Read the exact text" } ". Your answer stands beside the signature; it does not stop it." }
                        (form(visitor, version, voice, !signs))
                    }
                }
            }
        }
    }
}

fn form(visitor: &Visitor, version: &StrategyVersion, voice: &FunctionVoice, primary: bool) -> Markup {
    let id = |part: &str| format!("{part}-{}", voice.function);
    html! {
        form method="post" action="/strategy/acknowledge" {
            (token(visitor))
            input type="hidden" name="function" value=(voice.function);
            input type="hidden" name="version" value=(version.number);
            input type="hidden" name="sha256" value=(version.sha256);
            fieldset.field {
                legend { "Your answer" }
                @for (value, words) in [("seen", "Seen: we go along"), ("objects", "We object")] {
                    div.choice {
                        input type="radio" name="stance" value=(value) id={ (id("stance")) "-" (value) } required;
                        label for={ (id("stance")) "-" (value) } { (words) }
                    }
                }
            }
            div.field {
                label for=(id("words")) { "In words" }
                p.hint id=(id("words-hint")) { "Needed where you object: what is wrong, and what would mend it." }
                textarea id=(id("words")) name="words" rows="2" aria-describedby=(id("words-hint")) {}
            }
            button.btn.primary[primary] type="submit" { "Answer for " (voice.function) }
        }
    }
}

/// What counts of what a function said, on one line.
fn said(voice: &FunctionVoice, name: &dyn Fn(&str) -> String) -> Markup {
    html! {
        @match voice.answer() {
            Some(answer) => {
                @if answer.said.stance == Stance::Objects { (Tag::new(Tone::Caution, Some('◆'), "We object").html()) }
                @else { (Tag::new(Tone::Positive, Some('●'), "Seen").html()) }
                " " (name(&answer.said.person)) ", " (numbers::date(day_of(answer.at)))
                @if !answer.said.words.is_empty() { ": “" (answer.said.words) "”" }
            }
            None => (Tag::new(Tone::Muted, Some('?'), "No answer yet").html()),
        }
    }
}

/// Who is to be reminded, for whoever administers, and the way to all that was said: what counts stands in the sign-off of
/// that version.
pub fn waits(visitor: &Visitor, standing: &Standing, version: i64) -> Markup {
    let voices = standing.voices(version);
    let silent = voices.iter().filter(|voice| voice.answer().is_none());
    let waits: Vec<String> = silent
        .map(|voice| match &voice.head {
            Some(head) => format!("{} ({})", voice.function, standing.name(head)),
            None => format!("{} (nobody is named)", voice.function),
        })
        .collect();
    let administers = visitor.actor.role.may(Permission::Administer);
    html! {
        @if administers && !waits.is_empty() { p { strong { "Not answered yet: " } (waits.join(", ")) "." } }
        p.inline-links {
            a href={ "/strategy/" (version) "#functions" } { "All that the functions said of version " (version) }
            @if administers { " · " a href="/strategy/functions" { "Name who speaks for a function" } }
        }
    }
}

/// What every function says of a version, and what it said before.
pub fn voices(standing: &Standing, version: i64) -> Markup {
    let voices = standing.voices(version);
    let name = |id: &str| standing.name(id).to_owned();
    html! {
        h2 id="functions" { "What the functions say of version " (version) }
        div.scroll tabindex="0" role="region" aria-label="What the functions say" { table {
            thead { tr { th scope="col" { "Function" } th scope="col" { "Speaks for it" } th scope="col" { "Answer" } } }
            tbody { @for voice in &voices { tr {
                th scope="row" { (reporting::measure_name(&voice.function)) }
                td { @match &voice.head { Some(head) => (standing.name(head)), None => span.dim { "nobody is named" } } }
                td {
                    (said(voice, &name))
                    @let earlier = voice.said.len().saturating_sub(1);
                    @if earlier > 0 { details {
                        summary { (numbers::plural(earlier as u64, "earlier answer", "earlier answers")) }
                        ul { @for one in voice.said.iter().rev().skip(1) { li {
                            (one.said.stance.as_str()) ", " (name(&one.said.person)) ", " (numbers::date(day_of(one.at)))
                            @if !one.said.words.is_empty() { ": “" (one.said.words) "”" }
                        } } }
                    } }
                }
            } } }
        } }
    }
}

/// `POST /strategy/acknowledge`
pub async fn acknowledge(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    let function = fields.get("function");
    let number = fields.get("version").parse().unwrap_or(0);
    let (sha256, words) = (fields.get("sha256"), fields.get("words"));
    // Nothing chosen is no "seen".
    let stance = Stance::from_word(fields.get("stance"));
    let refusal = || beachhead_office::Refusal::bad_input("Nothing was answered", "Choose seen, or we object.");
    let said = match stance {
        Some(stance) => {
            office
                .acknowledge(&visitor.actor, function, number, sha256, stance, words)
                .await
        }
        None => Err(refusal()),
    };
    let kept = said.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let says = match kept.said.stance {
        Stance::Seen => "seen",
        Stance::Objects => "an objection",
    };
    let words = format!("Kept for {function} on version {number}: {says}.");
    Ok(redirect_saying("/", &words))
}

/// `GET /strategy/functions`
pub async fn list(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    visitor.actor.must(Permission::Administer)?;
    let markup = list_page(&office, &visitor, &Fields::default(), &Errors::default()).await?;
    Ok(page(&visitor.frame, markup))
}

async fn list_page(office: &Office, visitor: &Visitor, fields: &Fields, errors: &Errors) -> Result<Markup, Failure> {
    let functions = office.functions(&visitor.actor).await?;
    let people = office.people(&visitor.actor).await?;
    let named = functions.iter().filter(|head| head.person.is_some()).count() as u64;
    let body = html! {
        p.breadcrumb { a href="/" { "Strategy" } }
        h1 { "Who speaks for a function" }
        p.lede { (numbers::plural(named, "function is", "functions are")) " spoken for by somebody; of each version they say “seen” or “we object”." }
        (errors.summary())
        @for head in &functions { (head_form(visitor, head, &people)) }
        h2 { "A further function" }
        form method="post" action="/strategy/functions" novalidate {
            (token(visitor))
            (Field::new("function", "Its name").hint("Such as legal or customer success.").value(fields.get("function")).required().input(errors))
            (Field::new("person", "Who speaks for it").value(fields.get("person")).select(&choices(&people), errors))
            button.btn.primary type="submit" { "Add the function" }
        }
    };
    Ok(layout::inside(
        visitor,
        Place::Strategy,
        &errors.title("Who speaks for a function"),
        &body,
    ))
}

fn choices(people: &[Person]) -> Vec<(String, String)> {
    let nobody = (String::new(), "Nobody yet".to_owned());
    let here = people.iter().filter(|person| person.ended_at.is_none());
    let named = here.map(|person| (person.id.clone(), format!("{}, {}", person.name, person.role)));
    std::iter::once(nobody).chain(named).collect()
}

fn head_form(visitor: &Visitor, head: &FunctionHead, people: &[Person]) -> Markup {
    let name = reporting::measure_name(&head.function);
    let id = format!("person-{}", head.function.replace(' ', "-"));
    let kept = head.person.as_deref().unwrap_or_default();
    html! {
        form method="post" action="/strategy/functions" novalidate {
            (token(visitor))
            input type="hidden" name="function" value=(head.function);
            div.field {
                label for=(id) { (name) }
                select id=(id) name="person" {
                    @for (value, words) in choices(people) { option value=(value) selected[value == kept] { (words) } }
                }
            }
            div.actions {
                button.btn type="submit" { "Save" span.visually-hidden { " who speaks for " (head.function) } }
                @if !FUNCTIONS.contains(&head.function.as_str()) {
                    button.btn.link type="submit" name="do" value="remove" { "Take " (head.function) " off the list" }
                }
            }
        }
    }
}

/// `POST /strategy/functions`
pub async fn save(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Administer)?;
    let (function, person) = (fields.get("function"), fields.get("person"));
    let done = match fields.get("do") {
        "remove" => office.remove_function(&visitor.actor, function).await,
        _ => {
            let person = Some(person).filter(|person| !person.is_empty());
            office.set_function_head(&visitor.actor, function, person).await
        }
    };
    match done {
        Ok(()) => {
            let people = office.people(&visitor.actor).await?;
            let said = match (fields.get("do"), person) {
                ("remove", _) => format!("{function} is off the list."),
                (_, "") => format!("Nobody speaks for {function}."),
                (_, id) => format!("{} speaks for {function}.", name_of(&people, id)),
            };
            Ok(redirect_saying("/strategy/functions", &said))
        }
        Err(refusal) if refusal.code == Code::BadInput => {
            let mut errors = Errors::default();
            let field = if refusal.message.contains("person") {
                "person"
            } else {
                "function"
            };
            errors.add(field, refusal);
            Ok(refused(422, list_page(&office, visitor, fields, &errors).await?))
        }
        Err(refusal) => Err(Failure::on(&visitor.frame, refusal)),
    }
}
