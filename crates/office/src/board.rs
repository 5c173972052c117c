//! The board page, filled: sourced pipeline or bookings by account, the change of cycle time, conversion against direct;
//! what it cost and what comes next. Each number is counted by the question that its link asks. Must not add them up.

use std::collections::BTreeMap;
use std::sync::Arc;

use beachhead_facts::measure::{self, OpportunityRow, Order, OrderBy, Side};
use beachhead_foresight::interval::Rate;
use beachhead_foresight::lift::{Because, Lift};
use beachhead_foresight::ranges::{LEAST_FOR_A_MEDIAN, Ranged, change_of_median, total};
use beachhead_press::board::{self, Board, Drawing, Number};
use beachhead_press::chart::Frame;
use beachhead_press::chart::bars::{Bar, Bars};
use beachhead_press::chart::interval::{self, Intervals};
use beachhead_press::numbers::{self, Unit};
use beachhead_press::one_page::Figure;
use beachhead_press::tag::{Tag, Tone};
use beachhead_strategy::{Measure, Sequence, Unit as Counted};
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::actor::{Actor, Permission};
use crate::lifting::{LiftQuestion, LiftView};
use crate::plan::weeks_between;
use crate::reviewing::Minutes;
use crate::standing::{Facts, Standing};
use crate::tracing::{RowsQuestion, address};
use crate::weighing::{LEVEL, units};
use crate::{Answer, Office, Refusal, reporting};

/// Accounts that a sum is named by: at most so many, and with fewer than the other it rests on too few.
const MOST_ACCOUNTS: usize = 5;
const LEAST_ACCOUNTS: usize = 3;
/// Initiatives whose hours are told apart.
const INITIATIVES: usize = 3;

impl Office {
    /// The board page of today, or as it was known on a day.
    pub fn board<'a>(&'a self, actor: &'a Actor, as_of: Option<Date>) -> Answer<'a, Board> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let standing = self.standing(actor, as_of).await?;
            let facts = standing.facts.clone().ok_or_else(crate::importing::no_facts)?;
            let period = period(&standing);
            let name = standing.fingerprint();
            let asked = Asked {
                office: self,
                actor,
                standing: &standing,
                facts: &facts,
                period,
            };
            let numbers = async {
                Ok::<_, Refusal>(Arc::new(vec![
                    asked.brought().await?,
                    asked.cycle_time().await?,
                    asked.conversion().await?,
                ]))
            };
            let numbers = self.boarded.once(&name, numbers).await?;
            Ok(Board {
                program: standing.strategy().program.name.clone(),
                period,
                numbers: numbers.to_vec(),
                spend: spend(&standing, &facts, period),
                ask: ask(&standing),
            })
        })
    }

    /// The same as a printable HTML file.
    pub fn board_html<'a>(&'a self, actor: &'a Actor, as_of: Option<Date>) -> Answer<'a, String> {
        Box::pin(async move { Ok(board::document(&self.board(actor, as_of).await?)) })
    }

    /// The same as Markdown.
    pub fn board_markdown<'a>(&'a self, actor: &'a Actor, as_of: Option<Date>) -> Answer<'a, String> {
        Box::pin(async move { Ok(board::markdown(&self.board(actor, as_of).await?)) })
    }
}

/// The days that the outcome counts, up to the day of the facts.
fn period(standing: &Standing) -> (Date, Date) {
    let strategy = standing.strategy();
    let calendar = strategy.program.calendar;
    // Before the outcome's own period has begun, the fiscal year so far is what there is to tell.
    let from = strategy
        .outcome
        .counted_from(calendar)
        .filter(|from| *from <= standing.as_of);
    let from = from.unwrap_or_else(|| calendar.fiscal_year_start(standing.as_of));
    let to = strategy.outcome.by.map_or(standing.as_of, |by| by.min(standing.as_of));
    (from, to.max(from))
}

/// What the three numbers are asked of.
struct Asked<'a> {
    office: &'a Office,
    actor: &'a Actor,
    standing: &'a Standing,
    facts: &'a Facts,
    period: (Date, Date),
}

/// Days from creation to close of deals, and the address of these deals.
struct Waits {
    days: Vec<f64>,
    href: String,
}

impl Waits {
    fn n(&self) -> u64 {
        self.days.len() as u64
    }

    /// The day by which half of them had closed; none of none.
    fn median(&self) -> Option<f64> {
        let mut sorted = self.days.clone();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        (n > 0).then(|| 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]))
    }

    /// "of 22 deals".
    fn of(&self) -> String {
        format!("of {}", numbers::plural(self.n(), "deal", "deals"))
    }

    /// "median 118 days of 22 deals".
    fn says(&self) -> String {
        self.median().map_or_else(
            || "none won".to_owned(),
            |middle| format!("median {} {}", Unit::Days.write(middle), self.of()),
        )
    }
}

impl Asked<'_> {
    async fn rows(&self, question: &RowsQuestion, order: Order) -> Result<Vec<OpportunityRow>, Refusal> {
        let traced = self.office.trace(self.actor, self.standing, question).await?;
        Ok(traced.found.page(&traced.facts.star, order, 0, usize::MAX))
    }

    fn scope(&self) -> String {
        match self.standing.strategy().outcome.scope.name() {
            "all" => "all accounts".to_owned(),
            segment => format!("accounts of the segment {segment}"),
        }
    }

    /// Sourced pipeline; where the outcome counts what is won, sourced bookings.
    async fn brought(&self) -> Result<Number, Refusal> {
        let strategy = self.standing.strategy();
        let counts_won = strategy
            .outcome
            .catalogued()
            .is_some_and(|measure| measure.unit == Counted::Money && measure.fed_by == Some("won"));
        let (key, name) = if counts_won {
            ("bookings-won", "Sourced bookings")
        } else {
            ("sourced-pipeline", "Sourced pipeline")
        };
        let (from, to) = self.period;
        let question = RowsQuestion {
            key: vec![("class".into(), "sourced".into())],
            measure: Some((key.into(), from, to)),
            in_scope: true,
            ..RowsQuestion::default()
        };
        let largest = Order {
            by: OrderBy::Amount,
            descending: true,
        };
        let rows = self.rows(&question, largest).await?;
        let in_units = |row: &OpportunityRow| units(row.amount_minor.unwrap_or(0), self.facts.star.currency());
        let found = total(&rows.iter().map(in_units).collect::<Vec<_>>(), LEVEL);
        let unit = Unit::Money(strategy.program.currency.to_string());
        let pairs = [
            ("measure", key.to_owned()),
            ("scope", "outcome".to_owned()),
            ("class", "sourced".to_owned()),
            ("from", from.to_string()),
            ("to", to.to_string()),
        ];
        let href = self
            .standing
            .rows_link(&pairs.each_ref().map(|(name, value)| (*name, value.as_str())));
        let accounts = by_account(&rows, in_units);
        let drawing = largest_drawn(&accounts, &unit, name, self.standing.looked_back);
        let definition = Measure::by_key(key).map_or("", |measure| measure.definition);
        Ok(Number {
            name: name.to_owned(),
            says: Figure::new(unit.with_range(found.value, found.low, found.high)).rows(href.clone()),
            caution: (accounts.len() < LEAST_ACCOUNTS).then(|| too_few("Too few accounts to lean on")),
            definition: format!("{definition}; {}; {}", class_words(counts_won), self.scope()),
            n: Figure::new(format!(
                "{} of {}",
                numbers::plural(rows.len() as u64, "opportunity", "opportunities"),
                numbers::plural(accounts.len() as u64, "account", "accounts")
            ))
            .rows(href),
            range: "in brackets: 95%, what chance alone makes of as many deals of these sizes".to_owned(),
            as_of: self.standing.as_of,
            more: accounts
                .iter()
                .take(MOST_ACCOUNTS)
                .map(|account| account.figure(&unit, self.standing.looked_back))
                .collect(),
            drawing,
        })
    }

    async fn waits(&self, side: Side, (from, to): (Date, Date)) -> Result<Waits, Refusal> {
        let word = if side == Side::Without { "without" } else { "with" };
        let question = RowsQuestion {
            measure: Some(("cycle-time".into(), from, to)),
            in_scope: true,
            side: Some(side),
            ..RowsQuestion::default()
        };
        let rows = self.rows(&question, Order::default()).await?;
        let days = rows
            .iter()
            .filter_map(|row| Some((row.closed_on? - row.created_on?).get_days()));
        let (from, to) = (from.to_string(), to.to_string());
        Ok(Waits {
            days: days.map(f64::from).collect(),
            href: self.standing.rows_link(&[
                ("measure", "cycle-time"),
                ("scope", "outcome"),
                ("side", word),
                ("from", &from),
                ("to", &to),
            ]),
        })
    }

    /// The median days to a win with a partner, against as many days before the period.
    async fn cycle_time(&self) -> Result<Number, Refusal> {
        let (from, to) = self.period;
        let length = (to - from).get_days();
        let before = (
            from.saturating_sub((length + 1).days()),
            from.yesterday().unwrap_or(from),
        );
        let with = || Side::With(None);
        let (now, then) = (
            self.waits(with(), self.period).await?,
            self.waits(with(), before).await?,
        );
        let direct = (
            self.waits(Side::Without, self.period).await?,
            self.waits(Side::Without, before).await?,
        );
        let change = change_of_median(&then.days, &now.days, LEVEL);
        let sides = [
            ("With a partner now", &now),
            ("With a partner before", &then),
            ("Without one now", &direct.0),
            ("Without one before", &direct.1),
        ];
        let since = numbers::date(from);
        Ok(Number {
            name: "Change of cycle time".to_owned(),
            says: match change {
                Some(change) => Figure::new(Unit::Days.difference(change.value, change.low, change.high)),
                None => Figure::new("too few to say"),
            }
            .rows(now.href.clone()),
            caution: change
                .is_none()
                .then(|| too_few(&format!("It takes {LEAST_FOR_A_MEDIAN} on each side"))),
            definition: format!(
                "Median days from creation to close of deals won with a partner (sourced or influenced) since {since}, less \
                 that of as many days before; {}",
                self.scope()
            ),
            n: Figure::new(format!(
                "{} since {since}, {} before",
                numbers::count(now.n()),
                numbers::count(then.n())
            ))
            .rows(now.href.clone()),
            range: "in brackets: 95%, without an assumption on how days are spread".to_owned(),
            as_of: self.standing.as_of,
            more: sides
                .iter()
                .map(|(words, waits)| Figure::new(format!("{words}: {}", waits.says())).rows(waits.href.clone()))
                .collect(),
            drawing: Some(waits_drawn(&sides, change.as_ref())),
        })
    }

    /// Won of decided with a partner against without, as counted, and among like deals.
    async fn conversion(&self) -> Result<Number, Refusal> {
        let question = LiftQuestion {
            as_of: self.standing.looked_back,
            ..LiftQuestion::default()
        };
        let view = self.office.lift(self.actor, question).await?;
        let lift = &view.lift;
        let is_few = lift.because == Because::TooFew || lift.naive.is_none();
        let rows = |side: &str| self.standing.rows_link(&[("lift", side), ("status", "decided")]);
        let says = match lift.naive.filter(|_| !is_few) {
            Some(found) => Unit::Percent.difference(found.difference, found.low, found.high),
            None => "too few to say".to_owned(),
        };
        let arm =
            |words: &str, rate: &Rate, side: &str| Figure::new(format!("{words}: {}", won(rate))).rows(rows(side));
        let (with, without) = (&lift.with.rate, &lift.without.rate);
        let finding = if is_few {
            "Too few are decided to tell the two sides apart".to_owned()
        } else {
            lift.naive.map_or_else(String::new, |found| {
                finding(
                    (found.low, found.high),
                    [
                        "Deals with a partner are won more often",
                        "Deals with a partner are won less often",
                        "Whether a partner makes a win more likely cannot be told yet",
                    ],
                )
            })
        };
        let row = |name: &str, rate: &Rate, side: &str| interval::Row {
            name: name.to_owned(),
            href: Some(rows(side)),
            value: rate.rate.unwrap_or(f64::NAN),
            low: rate.low,
            high: rate.high,
            sample: interval::Sample::Of {
                reached: rate.k,
                of: rate.n,
            },
            inconclusive: false,
        };
        let drawing = Intervals {
            frame: Frame::new("board-conversion", finding),
            of: "Side".to_owned(),
            measure: "Won of decided".to_owned(),
            unit: Unit::Percent,
            reference: None,
            rows: vec![row("With a partner", with, "with"), row("Without", without, "without")],
        };
        Ok(Number {
            name: "Conversion against direct".to_owned(),
            says: Figure::new(says).rows(rows("with")),
            caution: is_few.then(|| too_few("Too few decided on one side")),
            definition:
                "Share won of the decided opportunities with a partner within four weeks of their creation, less \
                         that of those without; all accounts"
                    .to_owned(),
            n: Figure::new(format!(
                "{} with a partner, {} without",
                numbers::count(with.n),
                numbers::count(without.n)
            ))
            .rows(rows("with")),
            range: "in brackets: 95% (Newcombe)".to_owned(),
            as_of: view.as_of,
            more: vec![
                arm("With a partner", with, "with"),
                arm("Without", without, "without"),
                among_like(lift, &view).rows(address("/evidence/lift", &[], self.standing.looked_back)),
            ],
            drawing: Some(Drawing::Intervals(drawing)),
        })
    }
}

/// What an estimate with its range says: one of more, less, or cannot be told.
fn finding((low, high): (f64, f64), [more, less, open]: [&str; 3]) -> String {
    let words = match (low > 0.0, high < 0.0) {
        (true, _) => more,
        (_, true) => less,
        _ => open,
    };
    words.to_owned()
}

/// The largest accounts as bars, and how much of all they are.
fn largest_drawn(accounts: &[Account], unit: &Unit, measure: &str, looked_back: Option<Date>) -> Option<Drawing> {
    let shown = &accounts[..accounts.len().min(MOST_ACCOUNTS)];
    let sum = |accounts: &[Account]| accounts.iter().map(|account| account.amount).sum::<f64>();
    let all = sum(accounts);
    if all <= 0.0 {
        return None;
    }
    let share = numbers::percent(sum(shown) / all);
    let of = accounts.len();
    let finding = if shown.len() == of {
        format!(
            "All of it comes from {}",
            numbers::plural(of as u64, "account", "accounts")
        )
    } else {
        format!("The largest {} of {of} accounts bring {share} of it", shown.len())
    };
    let row = |account: &Account| Bar {
        name: account.name.clone(),
        href: Some(account.page(looked_back)),
        value: Some(account.amount),
        rests_on: account.in_several(),
        aside: false,
    };
    Some(Drawing::Bars(Bars {
        frame: Frame::new("board-brought", finding),
        of: "Account".to_owned(),
        measure: measure.to_owned(),
        unit: unit.clone(),
        rows: shown.iter().map(row).collect(),
    }))
}

/// The median waits of each side as bars, now and before.
fn waits_drawn(sides: &[(&str, &Waits)], change: Option<&Ranged>) -> Drawing {
    let finding = change.map_or_else(
        || "Too few deals with a partner to say whether they close sooner".to_owned(),
        |change| {
            finding(
                (change.low, change.high),
                [
                    "Deals with a partner take longer than before",
                    "Deals with a partner close sooner than before",
                    "Whether deals with a partner close sooner cannot be told yet",
                ],
            )
        },
    );
    let row = |(at, (words, waits)): (usize, &(&str, &Waits))| Bar {
        name: (*words).to_owned(),
        href: Some(waits.href.clone()),
        value: waits.median(),
        rests_on: waits.of(),
        aside: at > 0,
    };
    Drawing::Bars(Bars {
        frame: Frame::new("board-waits", finding),
        of: "Side".to_owned(),
        measure: "Median days".to_owned(),
        unit: Unit::Days,
        rows: sides.iter().enumerate().map(row).collect(),
    })
}

fn class_words(counts_won: bool) -> &'static str {
    if counts_won {
        "only those that a partner sourced"
    } else {
        "what partners only influenced is not counted"
    }
}

fn too_few(words: &str) -> Tag {
    Tag::new(Tone::Caution, Some('◆'), words)
}

fn won(rate: &Rate) -> String {
    let counts = format!("won {} of {}", numbers::count(rate.k), numbers::count(rate.n));
    rate.rate.map_or_else(
        || "none decided".to_owned(),
        |share| format!("{counts}, {}", Unit::Percent.with_range(share, rate.low, rate.high)),
    )
}

fn among_like(lift: &Lift, view: &LiftView) -> Figure {
    let adjusted = lift.adjusted.as_ref().map(|adjusted| adjusted.difference);
    let words = adjusted.map_or_else(
        || "nothing can be compared".to_owned(),
        |found| Unit::Percent.difference(found.difference, found.low, found.high),
    );
    let within = if view.strata.is_empty() {
        String::new()
    } else {
        format!(" (same {})", view.strata.join(", "))
    };
    Figure::new(format!("Among like deals{within}: {words}; {}", lift.verdict.word()))
}

/// What one account brought.
struct Account {
    name: String,
    amount: f64,
    opportunities: u64,
    /// The id of its largest opportunity.
    largest: String,
}

impl Account {
    /// The page of its largest opportunity.
    fn page(&self, looked_back: Option<Date>) -> String {
        let page = format!("/evidence/opportunities/{}", reporting::query(&self.largest));
        address(&page, &[], looked_back)
    }

    /// "in 2 opportunities"; nothing for one.
    fn in_several(&self) -> String {
        match self.opportunities {
            0 | 1 => String::new(),
            n => format!("in {}", numbers::plural(n, "opportunity", "opportunities")),
        }
    }

    fn figure(&self, unit: &Unit, looked_back: Option<Date>) -> Figure {
        let words = format!("{}: {} {}", self.name, unit.write(self.amount), self.in_several());
        Figure::new(words.trim_end()).rows(self.page(looked_back))
    }
}

/// Accounts with what they brought, the largest first; `rows` come the largest first.
fn by_account(rows: &[OpportunityRow], in_units: impl Fn(&OpportunityRow) -> f64) -> Vec<Account> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut accounts: Vec<Account> = Vec::new();
    for row in rows {
        let place = *places.entry(&row.account).or_insert(accounts.len());
        if place == accounts.len() {
            accounts.push(Account {
                name: row.account.clone(),
                amount: 0.0,
                opportunities: 0,
                largest: row.opportunity_id.clone(),
            });
        }
        accounts[place].amount += in_units(row);
        accounts[place].opportunities += 1;
    }
    accounts.sort_by(|one, other| other.amount.total_cmp(&one.amount));
    accounts
}

/// Hours of the team, what they went to, and how many of them flowed past the choices.
fn spend(standing: &Standing, facts: &Facts, (from, to): (Date, Date)) -> Vec<Figure> {
    let program = &standing.strategy().program;
    let effort = measure::effort(&facts.star, from, to);
    let weeks = weeks_between(from, to).max(1);
    if effort.hours <= 0.0 {
        let has = Unit::Hours.write(program.hours_per_week());
        return vec![Figure::new(format!(
            "Not known: no hours are imported. By the strategy the team has {has} a week."
        ))];
    }
    let has = program.hours_per_week() * f64::from(weeks);
    let days = (from.to_string(), to.to_string());
    let rows = address(
        "/evidence/tables/effort",
        &[("from", &days.0), ("to", &days.1)],
        standing.looked_back,
    );
    let mut by = effort.by_initiative;
    by.sort_by(|one, other| other.1.total_cmp(&one.1));
    let told = by.iter().take(INITIATIVES);
    let told: Vec<String> = told
        .map(|(name, hours)| format!("{name} {}", Unit::Hours.write(*hours)))
        .collect();
    let mut lines = vec![
        Figure::new(format!(
            "{} of the team in {weeks} weeks, of {} that it has",
            Unit::Hours.write(effort.hours),
            numbers::three_figures(has)
        ))
        .rows(rows),
        Figure::new(format!("Most of it: {}", told.join(", "))),
    ];
    lines.extend(standing.drift().and_then(|drift| {
        let share = numbers::percent(drift.found.hours_share()?);
        let words = format!("{share} of this cycle's hours went to what is parked or declined");
        Some(Figure::new(words).rows(drift.hours_link(true)))
    }));
    lines
}

/// What the next cycle asks of the team, the gates that come, and what the last review asked for.
fn ask(standing: &Standing) -> Vec<Figure> {
    let strategy = standing.strategy();
    let next = strategy.program.calendar.containing(standing.today).next();
    let sequence = Sequence::of(strategy, &standing.states());
    let load = sequence.cycles.iter().find(|load| load.cycle == next);
    let hours = load.map_or_else(
        || format!("{next} asks no hours yet"),
        |load| {
            let (asked, has) = (load.hours_asked(), load.hours_has);
            let words = format!(
                "{next} asks {} of the {} hours there are",
                numbers::three_figures(asked),
                numbers::three_figures(has)
            );
            if load.is_over_committed() {
                format!("{words}: {} more than the team has", Unit::Hours.write(asked - has))
            } else {
                words
            }
        },
    );
    let mut lines = vec![Figure::new(hours).rows(address("/roadmap", &[], standing.looked_back))];
    let last = standing.reviews.iter().find(|review| review.closed_at.is_some());
    lines.extend(last.and_then(|review| {
        let asked = Minutes::of(review).ask;
        let words = format!("{asked} (asked in the review of {})", review.cycle);
        (!asked.is_empty()).then(|| Figure::new(words).rows(format!("/reviews/{}", review.number)))
    }));
    let gates = standing.worked_bets().filter_map(|bet| {
        let by = bet.gate.as_ref()?.by.filter(|by| *by > standing.today)?;
        let words = format!("{} comes to its gate on {}", bet.name, numbers::date(by));
        Some(Figure::new(words).rows(format!("/bets/{}", bet.key())))
    });
    lines.extend(gates);
    lines
}
