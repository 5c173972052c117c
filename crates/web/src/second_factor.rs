//! A second factor: `/account/second-factor`, where its owner sets it up and switches it off, and the pages that stand
//! between a right password and the program.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use beachhead_office::second_factor::{Admitted, Offer, OwnFactor, RECOVERY_CODES};
use beachhead_office::{Code, Office, Refusal, Role};
use beachhead_press::{numbers, qr};
use maud::{Markup, html};

use crate::answer::{Answer, Failure, page, redirect, redirect_saying, set_cookie};
use crate::day_of;
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout;
use crate::sign_in::{Back, landing, signed_in};
use crate::strategy::refused;
use crate::visitor::{Frame, SESSION_COOKIE, Visitor, cookie};

const HERE: &str = "/account/second-factor";
/// The cookie of a sign-in that waits.
const WAITING_COOKIE: &str = "__Host-beachhead-waiting";

/// Where a right password leads: in, or to the page that comes first.
pub(crate) fn admitted(admitted: &Admitted, role: Option<Role>, back: &str) -> Response {
    let (secret, next) = match admitted {
        Admitted::In(secret) => return signed_in(redirect(onward(role, back)), secret.expose()),
        Admitted::CodeFirst(secret) => (secret, "/sign-in/code"),
        Admitted::SetUpFirst(secret) => (secret, "/sign-in/set-up"),
    };
    let mut response = redirect(&with_back(next, back));
    let (secret, seconds) = (
        secret.expose(),
        beachhead_office::second_factor::SIGN_IN_WAITS_MINUTES * 60,
    );
    let kept = format!("{WAITING_COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}");
    set_cookie(&mut response, &kept);
    response
}

/// Where somebody goes who is in: where they wanted to, or where their role begins.
fn onward(role: Option<Role>, back: &str) -> &str {
    match role {
        Some(role) if back == "/" => landing(role),
        _ => back,
    }
}

fn with_back(address: &str, back: &str) -> String {
    match back {
        "/" => address.to_owned(),
        back => format!("{address}?back={}", beachhead_office::reporting::query(back)),
    }
}

fn waiting(headers: &HeaderMap) -> &str {
    cookie(headers, WAITING_COOKIE).unwrap_or_default()
}

/// The field of a code that an app shows.
fn code_field(errors: &Errors) -> Markup {
    let field = Field::new("code", "The code that your app shows").hint("Six digits. You can paste it.");
    let field = field.autocomplete("one-time-code").inputmode("numeric").class("short");
    field.required().input(errors)
}

/// What is put into an app: as a drawing, a link and a text, for whichever the app takes.
fn offered(offer: &Offer) -> Markup {
    let secret = offer.secret.expose();
    let groups: Vec<&str> = (0..secret.len())
        .step_by(4)
        .filter_map(|at| secret.get(at..at + 4))
        .collect();
    html! {
        p { "Any authenticator app will do: read the drawing with it, " a href=(offer.link.expose()) { "open it on this device" } ", or type the secret." }
        @if let Some(drawing) = qr::drawn(offer.link.expose(), "The secret as a QR drawing; the same stands below as text") { figure { (drawing) } }
        dl.facts { div { dt { "Secret" } dd { code { (groups.join(" ")) } } } div { dt { "Kind" } dd { "by time, SHA-1, six digits, 30 seconds" } } }
    }
}

/// The recovery codes, shown this once.
fn codes(codes: &[String], on: &str) -> Markup {
    html! {
        h1 { "Your recovery codes" }
        p.lede { "They are shown this once. Each lets you in one time when your app is not at hand." }
        ul.plain aria-label="Recovery codes" { @for code in codes { li { code { (code) } } } }
        p { "Print this page, or keep them where you keep passwords: not beside the app. When they run out, make new ones on the page of your account." }
        p { a.btn.primary href=(on) { "I have kept them" } }
    }
}

/// `GET /account/second-factor`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let shown = drawn(&office, &visitor, &Errors::default()).await?;
    Ok(page(&visitor.frame, shown))
}

async fn drawn(office: &Office, visitor: &Visitor, errors: &Errors) -> Result<Markup, Failure> {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let own = office.own_second_factor(&visitor.actor).await.map_err(failed)?;
    let demanded = office.second_factor_demanded(&visitor.actor).await.map_err(failed)?;
    let body = html! {
        p.breadcrumb { a href="/account" { "Your account" } }
        h1 { "Second factor" }
        @if visitor.frame.demo.is_some() {
            p.lede { "Beside the password, a code that an app on your phone shows: whoever learns the password alone does not get in." }
            p { "Nobody signs in to the worked example, so there is nothing to set up here." }
        } @else { @match &own {
            OwnFactor::Absent => (absent(visitor, errors)),
            OwnFactor::Offered(offer) => (offered_form(visitor, offer, errors)),
            OwnFactor::InForce { since, recovery_codes } => {
                p.lede { "You sign in with a code of your app since " (numbers::date(day_of(*since))) "; " (left(*recovery_codes)) "." }
                (errors.summary())
                (in_force(visitor, demanded, errors))
            }
        } }
    };
    Ok(layout::inside(visitor, None, &errors.title("Second factor"), &body))
}

/// "9 recovery codes are left".
pub(crate) fn left(codes: i64) -> String {
    let codes = numbers::plural(codes.unsigned_abs(), "recovery code is", "recovery codes are");
    format!("{codes} left")
}

fn password(errors: &Errors) -> Markup {
    let field = Field::new("password", "Your password").kind("password");
    field.autocomplete("current-password").required().input(errors)
}

fn absent(visitor: &Visitor, errors: &Errors) -> Markup {
    html! {
        p.lede { "Beside the password, a code that an app on your phone shows: whoever learns the password alone does not get in." }
        (errors.summary())
        form method="post" action=(HERE) novalidate {
            (token(visitor))
            (password(errors))
            button.btn.primary type="submit" name="do" value="begin" { "Set it up" }
        }
    }
}

fn offered_form(visitor: &Visitor, offer: &Offer, errors: &Errors) -> Markup {
    html! {
        p.lede { "Put the secret into your app, then type the code that it shows." }
        (errors.summary())
        (offered(offer))
        form method="post" action=(HERE) novalidate {
            (token(visitor))
            (code_field(errors))
            p.hint { "Every session of yours ends, but for this one." }
            button.btn.primary type="submit" name="do" value="confirm" { "Switch it on" }
        }
    }
}

fn in_force(visitor: &Visitor, demanded: bool, errors: &Errors) -> Markup {
    html! {
        form method="post" action=(HERE) novalidate {
            (token(visitor))
            (password(errors))
            div.actions {
                button.btn.primary type="submit" name="do" value="codes" { "Make new recovery codes" }
                @if !demanded { button.btn.danger type="submit" name="do" value="off" { "Switch it off" } }
            }
            p.hint {
                (RECOVERY_CODES) " new codes make those of before void. "
                @if demanded { "Everybody needs a second factor here. If you change your phone, an owner can take yours off; you then set up another." }
                @else { "To change your phone, switch it off and set it up again; your other sessions end." }
            }
        }
    }
}

/// `POST /account/second-factor`. Codes are answered with the page that shows them, for they are shown once.
pub async fn change(State(office): State<Arc<Office>>, headers: HeaderMap, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    let (actor, session) = (&visitor.actor, cookie(&headers, SESSION_COOKIE));
    let password = fields.get("password");
    let shown = |made: Vec<String>| {
        let body = codes(&made, "/account");
        let shown = layout::inside(visitor, None, "Your recovery codes", &body);
        (StatusCode::CREATED, shown).into_response()
    };
    let (field, done) = match fields.get("do") {
        "begin" => {
            let begun = office.offer_second_factor(actor, password).await;
            ("password", begun.map(|()| redirect(HERE)))
        }
        "confirm" => {
            let confirmed = office.confirm_second_factor(actor, fields.get("code"), session).await;
            ("code", confirmed.map(shown))
        }
        "codes" => ("password", office.new_recovery_codes(actor, password).await.map(shown)),
        "off" => {
            let off = office.switch_off_second_factor(actor, password, session).await;
            (
                "password",
                off.map(|()| redirect_saying("/account", "Your second factor is switched off.")),
            )
        }
        _ => ("", Err(Refusal::bad_input("Say what to do", "Nothing was changed."))),
    };
    match done {
        Ok(response) => Ok(response),
        Err(refusal) if matches!(refusal.code, Code::BadInput | Code::TooMany) => {
            let mut errors = Errors::default();
            errors.add(field, &refusal);
            Ok(refused(refusal.code.status(), drawn(&office, visitor, &errors).await?))
        }
        Err(refusal) => Err(Failure::on(&visitor.frame, refusal)),
    }
}

/// Which page of a waiting sign-in is asked for.
#[derive(Debug, serde::Deserialize)]
pub struct Asked {
    /// `recovery` for the field of a recovery code.
    #[serde(default)]
    with: String,
}

fn code_page(frame: &Frame, name: &str, recovery: bool, back: &str, errors: &Errors) -> Markup {
    let title = errors.title("Your code");
    let body = html! {
        h1 { "Your code" }
        p.lede { "The password is right, " (name) ". Now the second factor." }
        (errors.summary())
        form method="post" action="/sign-in/code" novalidate {
            input type="hidden" name="back" value=(back);
            @if recovery {
                input type="hidden" name="with" value="recovery";
                (Field::new("code", "A recovery code").hint("One of the ten that you kept. It works once.").autocomplete("off").required().input(errors))
            } @else { (code_field(errors)) }
            div.actions { button.btn.primary type="submit" { "Go on" } }
        }
        @if recovery { p.inline-links { a href=(with_back("/sign-in/code", back)) { "Use the app instead" } } }
        @else { p.inline-links { a href=(recovery_address(back)) { "The app is not at hand: use a recovery code" } } }
        p.dim { "Neither? An owner can take the second factor off you." }
    };
    layout::outside(frame, &title, &body)
}

fn recovery_address(back: &str) -> String {
    let address = with_back("/sign-in/code", back);
    let joined = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joined}with=recovery")
}

/// `GET /sign-in/code`
pub async fn code(
    State(office): State<Arc<Office>>,
    frame: Frame,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
    Query(back): Query<Back>,
) -> Answer {
    let sign_in = office.waiting_sign_in(waiting(&headers)).await?;
    if sign_in.offer.is_some() {
        return Ok(redirect(&with_back("/sign-in/set-up", back.safe())));
    }
    let none = Errors::default();
    let shown = code_page(&frame, &sign_in.name, asked.with == "recovery", back.safe(), &none);
    Ok(page(&frame, shown))
}

/// `POST /sign-in/code`
pub async fn enter_code(State(office): State<Arc<Office>>, frame: Frame, headers: HeaderMap, fields: Fields) -> Answer {
    let secret = waiting(&headers);
    let sign_in = office.waiting_sign_in(secret).await?;
    let back = Back::of(&fields);
    match office.enter_code(secret, fields.get("code")).await {
        Ok(session) => entered(&office, &session, |role| redirect(onward(role, back.safe()))).await,
        Err(refusal) => {
            let errors = code_errors(&frame, &refusal)?;
            let shown = code_page(
                &frame,
                &sign_in.name,
                fields.get("with") == "recovery",
                back.safe(),
                &errors,
            );
            Ok(refused(refusal.code.status(), shown))
        }
    }
}

/// An answer with the session, and without the sign-in that waited.
async fn entered(office: &Office, session: &str, answer: impl FnOnce(Option<Role>) -> Response) -> Answer {
    let found = office.session(session).await?;
    let mut response = signed_in(answer(found.map(|found| found.actor.role)), session);
    let over = format!("{WAITING_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    set_cookie(&mut response, &over);
    Ok(response)
}

fn code_errors(frame: &Frame, refusal: &Refusal) -> Result<Errors, Failure> {
    if !matches!(refusal.code, Code::BadInput | Code::TooMany) {
        return Err(Failure::on(frame, refusal.clone()));
    }
    let mut errors = Errors::default();
    errors.add("code", refusal);
    Ok(errors)
}

fn set_up_page(frame: &Frame, offer: &Offer, back: &str, errors: &Errors) -> Markup {
    let title = errors.title("Set up a second factor");
    let body = html! {
        h1 { "Set up a second factor" }
        p.lede { "Everybody needs one here: beside the password, a code that an app on your phone shows. Put the secret into the app, then type its code." }
        (errors.summary())
        (offered(offer))
        form method="post" action="/sign-in/set-up" novalidate {
            input type="hidden" name="back" value=(back);
            (code_field(errors))
            button.btn.primary type="submit" { "Switch it on" }
        }
    };
    layout::outside(frame, &title, &body)
}

/// `GET /sign-in/set-up`
pub async fn set_up(
    State(office): State<Arc<Office>>,
    frame: Frame,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Answer {
    match office.waiting_sign_in(waiting(&headers)).await?.offer {
        Some(offer) => Ok(page(
            &frame,
            set_up_page(&frame, &offer, back.safe(), &Errors::default()),
        )),
        None => Ok(redirect(&with_back("/sign-in/code", back.safe()))),
    }
}

/// `POST /sign-in/set-up`: answered with the page of the recovery codes, for they are shown once.
pub async fn enter_set_up(
    State(office): State<Arc<Office>>,
    frame: Frame,
    headers: HeaderMap,
    fields: Fields,
) -> Answer {
    let secret = waiting(&headers);
    let sign_in = office.waiting_sign_in(secret).await?;
    let back = Back::of(&fields);
    match office.set_up_and_enter(secret, fields.get("code")).await {
        Ok((session, made)) => {
            let shown = |role| {
                let body = codes(&made, onward(role, back.safe()));
                (
                    StatusCode::CREATED,
                    layout::outside(&frame, "Your recovery codes", &body),
                )
                    .into_response()
            };
            entered(&office, &session, shown).await
        }
        Err(refusal) => {
            let errors = code_errors(&frame, &refusal)?;
            let Some(offer) = &sign_in.offer else {
                return Ok(redirect(&with_back("/sign-in/code", back.safe())));
            };
            let shown = set_up_page(&frame, offer, back.safe(), &errors);
            Ok(refused(refusal.code.status(), shown))
        }
    }
}
