//! The pages: every read and write of the product as plain HTML that works without JavaScript.
//!
//! A handler takes a [`visitor::Visitor`], asks one verb of the office and draws the answer. Must not reach around the
//! office: no record, no facts, no arithmetic here.

mod account;
mod accounts;
pub mod answer;
mod asks;
mod assets;
mod assumptions;
mod attribution;
mod bet_evidence;
mod bet_form;
mod bets;
mod board;
mod cohorts;
mod data;
mod evidence;
mod form;
mod functions;
mod guard;
mod help;
mod launch;
mod layout;
mod lift;
mod mapping;
mod miss;
mod partners;
mod queue;
mod refused;
mod reset;
mod review;
mod roadmap;
mod search;
mod second_factor;
mod segments;
mod settings;
mod share;
mod sign_in;
mod start;
mod strategy;
mod targets;
mod touches;
mod versions;
mod visitor;
mod what_if;
mod where_to_win;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef, Query};
use axum::http::Uri;
use axum::middleware;
use axum::routing::{get, post};
use beachhead_office::ledger::Person;
use beachhead_office::{Office, Refusal, Standing};
use beachhead_press::numbers;
use jiff::civil::Date;
use maud::{Markup, html};
use tokio::net::TcpListener;

use crate::visitor::Frame;

/// The day that a page looks back to: `?as_of=2026-06-30`.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub(crate) struct AsOf {
    #[serde(default)]
    as_of: String,
}

impl AsOf {
    /// The day, where one was asked for.
    pub(crate) fn day(&self) -> Result<Option<Date>, Refusal> {
        if self.as_of.is_empty() {
            return Ok(None);
        }
        let wrong = |_| Refusal::bad_input(format!("“{}” is not a day", self.as_of), "Write it as 2026-06-30.");
        self.as_of.parse().map(Some).map_err(wrong)
    }

    /// Whether no earlier day is looked back to.
    pub(crate) const fn is_now(&self) -> bool {
        self.as_of.is_empty()
    }

    /// An address on the same day.
    pub(crate) fn on(&self, address: &str) -> String {
        let before = if address.contains('?') { '&' } else { '?' };
        if self.as_of.is_empty() {
            return address.to_owned();
        }
        format!("{address}{before}as_of={}", self.as_of)
    }

    /// The banner that says which day is shown, with the way back to now that keeps what else the address asks; and the
    /// way to another day.
    pub(crate) fn banner(&self, frame: &Frame) -> Markup {
        html! {
            (self.another_day(frame))
            @if let Ok(Some(day)) = self.day() {
                p.banner.info { "You are looking at " (numbers::date(day)) ", as the facts were known then. " a href=(now(&frame.here)) { "Back to now" } }
            }
        }
    }

    /// The form that leads to another day; whatever else the address asks stays.
    fn another_day(&self, frame: &Frame) -> Markup {
        let asked = now(&frame.here).parse().ok().filter(|_| frame.asked);
        let asked = asked.and_then(|here: Uri| Some((here.path().to_owned(), Query::try_from_uri(&here).ok()?.0)));
        let asked: Option<(String, Vec<(String, String)>)> = asked;
        html! {
            @if let Some((path, kept)) = asked {
                details.another-day.noprint {
                    summary { "Another day" }
                    form action=(path) {
                        @for (name, value) in &kept { input type="hidden" name=(name) value=(value); }
                        label for="another-day" { "As it was known on" }
                        input #another-day type="date" name="as_of" value=(self.as_of) required;
                        button.btn type="submit" { "Show that day" }
                    }
                }
            }
        }
    }

    /// The same, with what is to be known of that day.
    pub(crate) fn banner_on(&self, frame: &Frame, standing: &Standing) -> Markup {
        html! {
            (self.banner(frame))
            @for note in &standing.hindsight { p.banner { (note) } }
        }
    }
}

/// An address without the day that it looks back to; whatever else it asks stays.
fn now(address: &str) -> String {
    let Some((path, asked)) = address.split_once('?') else {
        return address.to_owned();
    };
    let kept: Vec<&str> = asked.split('&').filter(|pair| !pair.starts_with("as_of=")).collect();
    if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    }
}

/// The name of whoever an id of the record belongs to.
pub(crate) fn name_of(people: &[Person], id: &str) -> String {
    let found = people.iter().find(|person| person.id == id);
    found.map_or(id, |person| person.name.as_str()).to_owned()
}

/// The calendar day of an instant, in UTC.
pub(crate) fn day_of(instant: jiff::Timestamp) -> Date {
    instant.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// What every handler can reach.
#[derive(Clone)]
pub struct Site {
    office: Arc<Office>,
    /// The token of every form of the worked example, which has no sessions.
    demo_csrf: Arc<str>,
}

impl FromRef<Site> for Arc<Office> {
    fn from_ref(site: &Site) -> Self {
        Self::clone(&site.office)
    }
}

/// Serves the pages of one program until `stop` is done.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    office: Arc<Office>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(office)).with_graceful_shutdown(stop).await
}

/// The routes of the rows behind numbers.
fn evidence_routes() -> Router<Site> {
    Router::new()
        .route("/evidence", get(evidence::rows))
        .route("/evidence.csv", get(evidence::file))
        .route("/evidence.xlsx", get(evidence::file))
        .route("/evidence/opportunities/{id}", get(evidence::opportunity))
        .route("/evidence/tables/{table}", get(evidence::table))
        .route("/evidence/targets", get(evidence::targets))
        .route("/evidence/targets.csv", get(evidence::targets_file))
        .route("/evidence/targets.xlsx", get(evidence::targets_file))
        .route("/evidence/cohorts", get(cohorts::show))
        .route("/evidence/lift", get(lift::show))
}

/// The routes of accounts in common with partners.
fn mapping_routes() -> Router<Site> {
    Router::new()
        .route("/mapping", get(mapping::partners).post(mapping::save_precision))
        .route("/mapping/{partner}", get(mapping::matrix))
        .route("/mapping/{partner}/rows", get(mapping::rows))
        .route("/mapping/{partner}/rows.csv", get(mapping::rows_file))
        .route("/mapping/{partner}/rows.xlsx", get(mapping::rows_file))
        .route("/mapping/{partner}/review", get(mapping::review).post(mapping::decide))
        .route("/mapping/{partner}/undo", post(mapping::undo))
        .route(
            "/mapping/{partner}/targets",
            get(mapping::targets_form).post(mapping::choose),
        )
        .route("/match-decisions.csv", get(mapping::decisions_file))
}

/// The routes of the review: before, during and after the meeting.
fn review_routes() -> Router<Site> {
    Router::new()
        .route("/review", get(review::show))
        .route("/review.ics", get(review::calendar))
        .route("/review/open", post(review::open))
        .route("/review/pre-read", get(review::next_pre_read))
        .route("/reviews/{number}", get(review::past))
        .route("/reviews/{number}/pre-read", get(review::pre_read))
        .route(
            "/reviews/{number}/commitments",
            get(review::promised).post(review::promise),
        )
        .route("/reviews/{number}/commitments/{commitment}", post(review::said))
        .route("/reviews/{number}/close", get(review::closing).post(review::close))
        .route("/reviews/{number}/{place}", get(review::screen).post(review::decide))
}

/// The routes of those who align to the strategy: functions, readers by link, partners that ask.
fn alignment_routes() -> Router<Site> {
    Router::new()
        .route("/strategy/acknowledge", post(functions::acknowledge))
        .route("/strategy/functions", get(functions::list).post(functions::save))
        .route("/strategy/share", get(share::list).post(share::make))
        .route("/strategy/share/{share}/revoke", post(share::revoke))
        .route("/share/{token}", get(share::read))
        .route("/asks", get(asks::list).post(asks::record))
        .route("/asks/new", get(asks::new))
        .route("/asks/{ask}", get(asks::show))
}

/// The routes of settings, and of what everybody sets for themselves.
fn settings_routes() -> Router<Site> {
    Router::new()
        .route("/settings", get(settings::show))
        .route("/settings/people", get(settings::people))
        .route(
            "/settings/people/{person}",
            get(settings::person).post(settings::change_person),
        )
        .route(
            "/settings/people/{person}/end",
            get(settings::end_page).post(settings::end),
        )
        .route("/settings/people/{person}/reset", post(settings::make_reset_link))
        .route("/reset/{token}", get(reset::show).post(reset::set))
        .route("/settings/sign-in", get(settings::sign_in).post(settings::save_sign_in))
        .route("/settings/invites", get(settings::invites).post(settings::invite))
        .route("/settings/invites/{invite}/withdraw", post(settings::withdraw))
        .route("/join/{token}", get(settings::join_form).post(settings::join))
        .route(
            "/settings/backups",
            get(settings::backups).post(settings::change_backups),
        )
        .route("/settings/backups/{backup}", get(settings::backup))
        .route("/settings/audit", get(settings::audit))
        .route("/settings/audit.csv", get(settings::audit_file))
        .route("/settings/program", get(settings::program).post(settings::save_program))
        .route("/settings/limits", get(settings::limits))
        .route("/account", get(account::show))
        .route("/account/name", post(account::rename))
        .route("/account/password", post(account::change_password))
        .route(
            "/account/second-factor",
            get(second_factor::show).post(second_factor::change),
        )
        .route("/account/sessions/{session}/end", post(account::end_session))
}

/// The routes of facts: what comes in, what it is worth, what goes out.
fn data_routes() -> Router<Site> {
    Router::new()
        .route("/data", get(data::show))
        .route("/data/import/{upload}", get(data::match_columns).post(data::answer))
        .route("/data/import/{upload}/take", post(data::take))
        .route("/data/attribution", get(attribution::show))
        .route("/data/attribution/draft", post(attribution::propose))
        .route("/data/attribution/moves.csv", get(attribution::file))
        .route("/data/attribution/moves.xlsx", get(attribution::file))
        .route("/data/attribution/touches", get(touches::show))
        .route("/data/attribution/touches.csv", get(touches::file))
        .route("/data/attribution/touches.xlsx", get(touches::file))
        .route("/data/import/{upload}/forget", post(data::forget))
        .route("/data/import/{upload}/rejects/{file}", get(data::upload_rejects))
        .route("/data/jobs/{job}", get(data::job))
        .route("/data/jobs/{job}/cancel", post(data::cancel))
        .route("/data/jobs/{job}/resume", post(data::resume))
        .route("/data/jobs/{job}/discard", post(data::discard))
        .route("/data/imports/{import}", get(data::import))
        .route("/data/imports/{import}/undo", get(data::undo_page).post(data::undo))
        .route("/data/imports/{import}/rejects/{file}", get(data::rejects))
        .route("/data/sources", get(data::sources))
        .route("/data/matches", get(data::matches))
        .route("/data/exports", get(data::exports))
        .route("/data/exports/decisions.csv", get(data::decisions))
        .route("/data/exports/decisions.xlsx", get(data::decisions))
        .route("/data/profiles", get(data::profiles).post(data::profile_import))
        .route(
            "/data/profiles/{profile}",
            get(data::profile).post(data::profile_rename),
        )
        .route("/data/profiles/{profile}/delete", post(data::profile_delete))
        .route("/data/profiles/{profile}/toml", get(data::profile_toml))
}

/// The routes of partners and targets.
fn running_routes() -> Router<Site> {
    Router::new()
        .route("/partners", get(partners::show))
        .route("/partners/new", get(partners::add_form).post(partners::add_save))
        .route("/partners/{partner}", get(partners::one).post(partners::say))
        .route("/targets", get(targets::show))
        .route("/targets.csv", get(targets::file))
        .route("/targets.xlsx", get(targets::file))
        .route("/targets/new", get(targets::name_form).post(targets::name_save))
        .route("/targets/edit", get(targets::edit_form).post(targets::edit_save))
        .route("/targets/steps/{number}/undo", post(targets::undo))
        .route("/targets/{bet}/{account}", get(targets::one).post(targets::log))
        .route("/bets/{bet}/launch", post(launch::mark))
}

/// Every route of the program.
pub fn router(office: Arc<Office>) -> Router {
    let demo_csrf = office.surroundings().secret().into();
    let uploads = Router::new()
        .route("/data/import", post(data::upload))
        .route("/match-decisions", post(mapping::take_decisions))
        .layer(DefaultBodyLimit::max(data::UPLOAD_BYTES));
    let site = Site { office, demo_csrf };
    Router::new()
        .route("/", get(strategy::front))
        .route("/strategy/ask", post(strategy::ask))
        .route("/strategy/sign", post(strategy::sign))
        .route("/strategy/send-back", post(strategy::send_back))
        .route("/strategy/written", get(strategy::written).post(strategy::save_written))
        .route("/strategy/written.toml", get(strategy::written_toml))
        .route("/strategy/{number}", get(versions::version))
        .merge(alignment_routes())
        .route("/start", get(start::first))
        .route("/start/{question}", get(start::question).post(start::answer))
        .route("/where", get(where_to_win::grid))
        .route(
            "/where/{segment}/{partner_type}",
            get(where_to_win::cell).post(where_to_win::choose),
        )
        .route("/segments", get(segments::list).post(segments::save_all))
        .route("/segments/rule", get(segments::rule).post(segments::work))
        .route("/segments/accounts", get(accounts::show))
        .route("/segments/accounts.csv", get(accounts::file))
        .route("/segments/accounts.xlsx", get(accounts::file))
        .route("/bets", get(bets::list))
        .route("/bets/new", get(bets::new).post(bets::propose))
        .route("/bets/{bet}", get(bets::show))
        .route("/bets/{bet}/edit", get(bets::edit).post(bets::save))
        .route("/bets/{bet}/start", post(bets::start))
        .route("/bets/{bet}/decide", post(bets::decide))
        .route(
            "/bets/{bet}/evidence",
            get(bet_evidence::evidence_page).post(bet_evidence::add),
        )
        .route("/bets/{bet}/decisions", get(bet_evidence::decisions_page))
        .route("/roadmap", get(roadmap::show))
        .route("/roadmap/move", post(roadmap::move_bet))
        .route("/roadmap/assumptions", get(assumptions::show))
        .route("/miss", get(miss::show))
        .route("/board", get(board::show))
        .merge(data_routes())
        .merge(evidence_routes())
        .merge(mapping_routes())
        .merge(review_routes())
        .merge(settings_routes())
        .merge(running_routes())
        .route("/help", get(help::show))
        .route("/search", get(search::show))
        .route("/sign-in", get(sign_in::form).post(sign_in::enter))
        .route(
            "/sign-in/code",
            get(second_factor::code).post(second_factor::enter_code),
        )
        .route(
            "/sign-in/set-up",
            get(second_factor::set_up).post(second_factor::enter_set_up),
        )
        .route("/sign-out", post(sign_in::leave))
        .route("/setup/{token}", get(sign_in::setup).post(sign_in::first_person))
        .route("/theme", post(sign_in::theme))
        .route("/keys", post(sign_in::keys))
        .route("/demo/persona", post(sign_in::persona))
        .route("/healthz", get(|| async { "ok\n" }))
        .merge(assets::routes())
        .layer(DefaultBodyLimit::max(form::FORM_BYTES))
        .merge(uploads)
        .fallback(help::nowhere)
        .layer(middleware::from_fn_with_state(site.clone(), refused::explain))
        .layer(middleware::from_fn(guard::same_site_writes))
        .layer(middleware::from_fn(guard::page_headers))
        .with_state(site)
}
