//! Forms: what came in, and fields drawn with their label, hint and error (the GOV.UK rules of look.md). Must not know a
//! verb.

use std::fmt::Display;

use axum::extract::{FromRequest, Request};
use beachhead_office::people::same_secret;
use beachhead_office::{Code, Refusal};
use maud::{Markup, html};

use crate::Site;
use crate::answer::Failure;
use crate::visitor::Visitor;

/// The most bytes that a form without a file may have.
pub const FORM_BYTES: usize = 2 * 1024 * 1024;

/// The name of the hidden field that carries the visitor's token.
pub const CSRF_FIELD: &str = "csrf";

/// The fields of a form as they were typed.
#[derive(Debug, Clone, Default)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// What was typed in a field, trimmed; empty when it was not there.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.trim())
    }

    /// Whether a field was there at all.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// A number; `Ok(None)` where nothing was typed. Thousands separators are read past.
    ///
    /// # Errors
    /// Words that say what to type instead.
    pub fn number(&self, name: &str) -> Result<Option<f64>, String> {
        let typed = self.get(name);
        if typed.is_empty() {
            return Ok(None);
        }
        let digits: String = typed
            .chars()
            .filter(|c| !matches!(c, ',' | ' ' | '\u{202f}' | '\u{a0}' | '_'))
            .collect();
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(format!("“{typed}” is not a number; type digits, such as 3800000")),
        }
    }
}

/// The fields of a form that a signed-in visitor sent with their token.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Who sent it.
    pub visitor: Visitor,
    /// What they typed.
    pub fields: Fields,
}

async fn fields_of(request: Request) -> Result<Fields, Failure> {
    let unreadable = |_| {
        Failure::plain(Refusal::bad_input(
            "The form could not be read",
            "Go back, reload the page and send it again.",
        ))
    };
    let axum::extract::Form(fields) = axum::extract::Form::<Vec<(String, String)>>::from_request(request, &())
        .await
        .map_err(unreadable)?;
    Ok(Fields(fields))
}

impl FromRequest<Site> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &Site) -> Result<Self, Failure> {
        fields_of(request).await
    }
}

impl FromRequest<Site> for Signed {
    type Rejection = Failure;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Failure> {
        use axum::extract::FromRequestParts as _;
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, site).await?;
        let fields = fields_of(Request::from_parts(parts, body)).await?;
        check_token(&visitor, fields.get(CSRF_FIELD))?;
        Ok(Self { visitor, fields })
    }
}

/// Refuses a form whose token is not the visitor's own.
///
/// # Errors
/// A refusal that says to reload the page.
pub fn check_token(visitor: &Visitor, token: &str) -> Result<(), Failure> {
    if same_secret(token, &visitor.csrf) {
        return Ok(());
    }
    let refusal = Refusal::new(
        Code::NotAllowed,
        "This form is from an older session, so it was not carried out",
        "Go back, reload the page and send it again. Nothing was changed.",
    );
    Err(Failure::on(&visitor.frame, refusal))
}

/// The hidden field that carries the visitor's token.
#[must_use]
pub fn token(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name=(CSRF_FIELD) value=(visitor.csrf); }
}

/// What is wrong with the fields of a form, by field name; in the order that the summary lists it.
#[derive(Debug, Clone, Default)]
pub struct Errors(Vec<(String, String)>);

impl Errors {
    /// Notes what is wrong with a field.
    pub fn add(&mut self, field: &str, words: impl Display) {
        self.0.push((field.to_owned(), words.to_string()));
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The title of a page with a form: "Error: " stands before it while something is wrong.
    #[must_use]
    pub fn title(&self, heading: &str) -> String {
        if self.is_empty() {
            heading.to_owned()
        } else {
            format!("Error: {heading}")
        }
    }

    /// The first thing wrong with a field.
    #[must_use]
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, words)| words.as_str())
    }

    /// Requires something typed in a field.
    pub fn require(&mut self, fields: &Fields, name: &str, words: &str) -> String {
        let typed = fields.get(name);
        if typed.is_empty() {
            self.add(name, words);
        }
        typed.to_owned()
    }

    /// Requires a number in a field.
    pub fn require_number(&mut self, fields: &Fields, name: &str, words: &str) -> f64 {
        match fields.number(name) {
            Ok(Some(number)) => number,
            Ok(None) => {
                self.add(name, words);
                0.0
            }
            Err(error) => {
                self.add(name, error);
                0.0
            }
        }
    }

    /// Requires a calendar day in a field.
    pub fn require_date(&mut self, fields: &Fields, name: &str, words: &str) -> jiff::civil::Date {
        match fields.get(name) {
            "" => self.add(name, words),
            typed => match typed.parse() {
                Ok(date) => return date,
                Err(_) => self.add(name, format!("“{typed}” is not a day; type it as 2026-12-31")),
            },
        }
        jiff::civil::Date::ZERO
    }

    /// The box at the top of the page that lists everything wrong, each with a link to its field.
    #[must_use]
    pub fn summary(&self) -> Markup {
        html! {
            @if !self.0.is_empty() {
                div.error-summary role="alert" tabindex="-1" id="error-summary" aria-labelledby="error-summary-title" {
                    h2 id="error-summary-title" { "There is a problem" }
                    ul {
                        @for (field, words) in &self.0 {
                            li { @if field.is_empty() { (words) } @else { a href={ "#" (field) } { (words) } } }
                        }
                    }
                }
            }
        }
    }
}

impl From<&Refusal> for Errors {
    fn from(refusal: &Refusal) -> Self {
        Self(vec![(String::new(), refusal.to_string())])
    }
}

/// One labelled field of a form.
pub struct Field<'a> {
    name: &'a str,
    label: &'a str,
    hint: &'a str,
    value: String,
    kind: &'static str,
    autocomplete: Option<&'static str>,
    inputmode: Option<&'static str>,
    class: Option<&'static str>,
    required: bool,
    readonly: bool,
}

impl<'a> Field<'a> {
    /// A text field.
    #[must_use]
    pub fn new(name: &'a str, label: &'a str) -> Self {
        Self {
            name,
            label,
            hint: "",
            value: String::new(),
            kind: "text",
            autocomplete: None,
            inputmode: None,
            class: None,
            required: false,
            readonly: false,
        }
    }

    /// A line under the label that says what to type.
    #[must_use]
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// What stands in the field.
    #[must_use]
    pub fn value(mut self, value: impl Display) -> Self {
        self.value = value.to_string();
        self
    }

    /// The kind of input: `email`, `password`, `date`, `number`.
    #[must_use]
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// What a browser may fill in.
    #[must_use]
    pub fn autocomplete(mut self, what: &'static str) -> Self {
        self.autocomplete = Some(what);
        self
    }

    /// Which keys a phone shows: `numeric`.
    #[must_use]
    pub fn inputmode(mut self, keys: &'static str) -> Self {
        self.inputmode = Some(keys);
        self
    }

    /// How the field is drawn, by a class of the style sheet.
    #[must_use]
    pub fn class(mut self, class: &'static str) -> Self {
        self.class = Some(class);
        self
    }

    /// Marks the field as one that must be filled.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Marks the field as one that is shown and not typed in.
    #[must_use]
    pub fn readonly(mut self) -> Self {
        self.readonly = true;
        self
    }

    fn described_by(&self, error: Option<&str>) -> Option<String> {
        let ids: Vec<String> = [
            (!self.hint.is_empty()).then(|| format!("{}-hint", self.name)),
            error.map(|_| format!("{}-error", self.name)),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn around(&self, error: Option<&str>, control: &Markup) -> Markup {
        html! {
            div.field.invalid[error.is_some()].short[self.class == Some("short")] {
                label for=(self.name) { (self.label) }
                @if !self.hint.is_empty() { p.hint id={ (self.name) "-hint" } { (self.hint) } }
                @if let Some(words) = error { p.error id={ (self.name) "-error" } { "Error: " (words) } }
                (control)
            }
        }
    }

    /// The field as one line of input.
    #[must_use]
    pub fn input(&self, errors: &Errors) -> Markup {
        let error = errors.of(self.name);
        let control = html! {
            input type=(self.kind) id=(self.name) name=(self.name) value=(self.value) readonly[self.readonly]
                autocomplete=[self.autocomplete] inputmode=[self.inputmode] aria-describedby=[self.described_by(error)]
                aria-invalid=[error.map(|_| "true")] aria-required=[self.required.then_some("true")];
        };
        self.around(error, &control)
    }

    /// The field as several lines of text.
    #[must_use]
    pub fn area(&self, rows: u32, errors: &Errors) -> Markup {
        let error = errors.of(self.name);
        let control = html! {
            textarea id=(self.name) name=(self.name) rows=(rows) class=[self.class] aria-describedby=[self.described_by(error)]
                aria-invalid=[error.map(|_| "true")] aria-required=[self.required.then_some("true")] { (self.value) }
        };
        self.around(error, &control)
    }

    /// The field as a choice from a list of (value, words).
    #[must_use]
    pub fn select(&self, options: &[(String, String)], errors: &Errors) -> Markup {
        let error = errors.of(self.name);
        let control = html! {
            select id=(self.name) name=(self.name) aria-describedby=[self.described_by(error)]
                aria-invalid=[error.map(|_| "true")] {
                @for (value, words) in options {
                    option value=(value) selected[*value == self.value] { (words) }
                }
            }
        };
        self.around(error, &control)
    }

    /// The field as radio buttons, one of (value, words).
    #[must_use]
    pub fn radios(&self, options: &[(String, String)], errors: &Errors) -> Markup {
        let error = errors.of(self.name);
        html! {
            fieldset.field.invalid[error.is_some()] aria-describedby=[self.described_by(error)] id=(self.name) tabindex="-1" {
                legend { (self.label) }
                @if !self.hint.is_empty() { p.hint id={ (self.name) "-hint" } { (self.hint) } }
                @if let Some(words) = error { p.error id={ (self.name) "-error" } { "Error: " (words) } }
                @for (number, (value, words)) in options.iter().enumerate() {
                    div.choice {
                        input type="radio" name=(self.name) id={ (self.name) "-" (number) } value=(value)
                            checked[*value == self.value];
                        label for={ (self.name) "-" (number) } { (words) }
                    }
                }
            }
        }
    }
}

/// Pairs for a list where each value is its own words.
#[must_use]
pub fn plain_options<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> Vec<(String, String)> {
    values
        .into_iter()
        .map(|value| (value.as_ref().to_owned(), value.as_ref().to_owned()))
        .collect()
}
