//! The made-up company's CRM: accounts, deals with their stages, partners, lists, touches, effort and progress, drawn from
//! the truth by a seed. Pure: the same seed gives the same bytes.

use beachhead_foresight::luck::Luck;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::lists::{self, Known, Listed};
use crate::truth::{BET_DAY, FIRST_BET, FIRST_DAY, LAST_DAY, ROUTES, SEGMENTS, STEPS, TARGETS, TARGETS_PER_WEEK, TEAM};

/// Days in a quarter of the truth's rates.
const QUARTER_DAYS: f64 = 365.0 / 4.0;

/// An account of the CRM.
struct Account {
    id: String,
    name: String,
    domain: String,
    segment: usize,
    employees: u32,
    region: &'static str,
    industry: &'static str,
    created_on: Date,
}

/// A partner: the route it belongs to and its place there.
struct Partner {
    id: String,
    name: &'static str,
    route: usize,
}

/// A deal with all that will ever happen to it; an export shows what was known on its day.
struct Deal {
    id: String,
    account: usize,
    partner: Option<usize>,
    /// The route's documented touch and its kind, days before creation; none for direct deals.
    touch: Option<(Date, &'static str)>,
    created_on: Date,
    closed_on: Date,
    won: bool,
    amount: u32,
    stages: Vec<(Date, &'static str)>,
}

/// A step of the bet that an account reached.
struct Step {
    account: usize,
    name: &'static str,
    on: Date,
    partner: usize,
}

/// That nothing comes of an account of the bet any more, and when and why the team sees it.
struct End {
    account: usize,
    on: Date,
    why: &'static str,
}

/// Why an account came no further, by the step that it had reached: what a partner manager writes down.
const ENDS: [[&str; 3]; 3] = [
    [
        "The partner knows nobody there well enough to introduce us",
        "Three mails through the partner, and no answer",
        "They moved to another HR system in spring, so there is no way in",
    ],
    [
        "Introduced, but they want no meeting this year",
        "The person we were introduced to has left, and nobody took it over",
        "They built their own reports last winter",
    ],
    [
        "Met twice; the budget went to a data warehouse",
        "Met, but the integration is no reason for them to change",
        "They want one vendor for all of it, and that is not us",
    ],
];
/// Days after the last step within which the team lets go of an account: the least, and how many more it may be.
const PATIENCE_DAYS: (i64, usize) = (30, 26);

/// The whole made-up world.
pub struct World {
    accounts: Vec<Account>,
    partners: Vec<Partner>,
    deals: Vec<Deal>,
    /// Which of our accounts stand in which partner's list.
    lists: Vec<(usize, usize)>,
    /// The rows of these lists.
    listed: Vec<Listed>,
    steps: Vec<Step>,
    ends: Vec<End>,
}

/// One exported file.
pub struct Export {
    /// The file's name.
    pub name: &'static str,
    /// Its text.
    pub csv: String,
}

const REGIONS: [&str; 3] = ["Americas", "EMEA", "APAC"];
const INDUSTRIES: [&str; 6] = [
    "Software",
    "Manufacturing",
    "Healthcare",
    "Retail",
    "Finance",
    "Logistics",
];
const FIRST_WORDS: [&str; 36] = [
    "Alder", "Arden", "Basalt", "Beacon", "Birch", "Calder", "Cedar", "Cobalt", "Crest", "Delta", "Drift", "Ember",
    "Fjord", "Garnet", "Glade", "Harbor", "Hollow", "Indigo", "Juniper", "Kestrel", "Lumen", "Maple", "Meridian",
    "Moss", "Nimbus", "Onyx", "Orchard", "Pioneer", "Quarry", "Ridge", "Saffron", "Summit", "Tidal", "Umber", "Vale",
    "Willow",
];
const SECOND_WORDS: [&str; 20] = [
    "Foods",
    "Logistics",
    "Health",
    "Works",
    "Energy",
    "Robotics",
    "Bank",
    "Textiles",
    "Labs",
    "Media",
    "Insurance",
    "Motors",
    "Systems",
    "Retail",
    "Pharma",
    "Rail",
    "Metals",
    "Travel",
    "Homes",
    "Networks",
];

impl World {
    /// Draws a world; the worked example's is that of [`crate::truth::SEED`].
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let luck = Luck::new(seed);
        let accounts = draw_accounts(luck.at(1));
        let partners: Vec<Partner> = ROUTES
            .iter()
            .enumerate()
            .flat_map(|(route, truth)| truth.partners.iter().map(move |name| (route, *name)))
            .enumerate()
            .map(|(number, (route, name))| Partner {
                id: format!("P-{:02}", number + 1),
                name,
                route,
            })
            .collect();
        let lists = draw_lists(luck.at(2), &accounts, &partners);
        let known: Vec<Known<'_>> = accounts
            .iter()
            .map(|account| Known {
                id: &account.id,
                name: &account.name,
                domain: &account.domain,
            })
            .collect();
        let ids: Vec<&str> = partners.iter().map(|partner| partner.id.as_str()).collect();
        let listed = lists::rows(luck.at(6), &lists, &known, &ids);
        let mut world = Self {
            accounts,
            partners,
            deals: Vec::new(),
            lists,
            listed,
            steps: Vec::new(),
            ends: Vec::new(),
        };
        let targets = world.name_targets();
        world.draw_direct(luck.at(3), &targets);
        world.draw_routes(luck.at(4), &targets);
        world.draw_bet(luck.at(5), &targets);
        world.deals.sort_by_key(|deal| (deal.created_on, deal.account));
        for (number, deal) in world.deals.iter_mut().enumerate() {
            deal.id = format!("OPP-{:04}", number + 1);
        }
        world
    }

    /// The accounts of the bet: enterprise accounts, those in the vendors' lists first.
    fn name_targets(&self) -> Vec<usize> {
        let listed = |account: usize| {
            self.lists
                .iter()
                .any(|(partner, other)| *other == account && *partner < 2)
        };
        let mut enterprise: Vec<usize> = (0..self.accounts.len())
            .filter(|a| self.accounts[*a].segment == 0)
            .collect();
        enterprise.sort_by_key(|account| !listed(*account));
        enterprise.truncate(TARGETS as usize);
        enterprise
    }

    fn draw_direct(&mut self, luck: Luck, targets: &[usize]) {
        for (segment, truth) in SEGMENTS.iter().enumerate() {
            let luck = luck.at(segment as u64);
            for (n, day) in arrivals(luck, truth.direct_per_quarter, FIRST_DAY, LAST_DAY)
                .into_iter()
                .enumerate()
            {
                let luck = luck.at(1_000 + n as u64);
                if let Some(account) = self.free_account(luck, segment, day, targets) {
                    let deal = self.deal(luck, account, None, day);
                    self.deals.push(deal);
                }
            }
        }
    }

    fn draw_routes(&mut self, luck: Luck, targets: &[usize]) {
        for (route, truth) in ROUTES.iter().enumerate() {
            for segment in 0..SEGMENTS.len() {
                let luck = luck.at((route * 10 + segment) as u64);
                // After the choice the parked routes get no hours, and bring a sixth of what they brought.
                let before = arrivals(luck, truth.deals_per_quarter[segment], FIRST_DAY, BET_DAY);
                let after = arrivals(luck.at(99), truth.deals_per_quarter[segment] / 6.0, BET_DAY, LAST_DAY);
                for (n, day) in before.into_iter().chain(after).enumerate() {
                    let luck = luck.at(1_000 + n as u64);
                    let choices: Vec<usize> = (0..self.partners.len())
                        .filter(|p| self.partners[*p].route == route)
                        .collect();
                    let partner = choices[pick(luck.at(7), choices.len())];
                    if let Some(account) = self.free_account(luck, segment, day, targets) {
                        let deal = self.deal(luck, account, Some(partner), day);
                        self.deals.push(deal);
                    }
                }
            }
        }
    }

    fn draw_bet(&mut self, luck: Luck, targets: &[usize]) {
        for (n, account) in (0_u64..).zip(targets.iter().copied()) {
            let luck = luck.at(n);
            let week = i64::try_from(n).unwrap_or(0) / i64::from(TARGETS_PER_WEEK);
            let mut on = days_after(BET_DAY, week * 7 + i64::try_from(pick(luck.at(1), 5)).unwrap_or(0));
            let partner = pick(luck.at(2), 2);
            self.steps.push(Step {
                account,
                name: "targeted",
                on,
                partner,
            });
            for ((number, step), whys) in (0_u64..).zip(STEPS.iter().take(3)).zip(ENDS) {
                let luck = luck.at(10 + number);
                if luck.uniform() >= step.conversion {
                    let patience = i64::try_from(pick(luck.at(2), PATIENCE_DAYS.1)).unwrap_or(0);
                    self.ends.push(End {
                        account,
                        on: days_after(on, PATIENCE_DAYS.0 + patience),
                        why: whys[pick(luck.at(3), whys.len())],
                    });
                    break;
                }
                let introduced = on;
                on = days_after(on, gamma_days(luck.at(1), step.delay_weeks * 7.0));
                if step.name == "opportunity" {
                    let mut deal = self.deal(luck, account, Some(partner), on);
                    deal.touch = Some((days_after(introduced.max(days_after(on, -20)), 0), "intro"));
                    self.deals.push(deal);
                } else {
                    self.steps.push(Step {
                        account,
                        name: step.name,
                        on,
                        partner,
                    });
                }
            }
        }
    }

    /// An account of the segment with no deal open on that day, and not one that the bet works.
    fn free_account(&self, luck: Luck, segment: usize, day: Date, targets: &[usize]) -> Option<usize> {
        let first = SEGMENTS
            .iter()
            .take(segment)
            .map(|s| s.accounts as usize)
            .sum::<usize>();
        (0..50)
            .map(|attempt| first + pick(luck.at(500 + attempt), SEGMENTS[segment].accounts as usize))
            .find(|account| {
                let busy = self
                    .deals
                    .iter()
                    .any(|d| d.account == *account && d.created_on <= day && d.closed_on >= day);
                !(busy || near(day) && targets.contains(account))
            })
    }

    fn deal(&self, luck: Luck, account: usize, partner: Option<usize>, created_on: Date) -> Deal {
        let segment = self.accounts[account].segment;
        let truth = &SEGMENTS[segment];
        let route = partner.map(|p| &ROUTES[self.partners[p].route]);
        let logit = (truth.win_rate / (1.0 - truth.win_rate)).ln() + route.map_or(0.0, |r| r.win_logit[segment]);
        let won = luck.at(21).uniform() < 1.0 / (1.0 + (-logit).exp());
        let mean_days = truth.cycle_days - route.map_or(0.0, |r| r.days_sooner[segment]);
        // What is lost is lost later than what is won is won: nobody likes to close it.
        let days = gamma_days(luck.at(22), if won { mean_days } else { mean_days * 1.15 }).max(7);
        let amount = truth.amount * (0.55 * normal(luck.at(23))).exp();
        let stages = ["Discovery", "Evaluation", "Proposal"]
            .into_iter()
            .zip([0.0, 0.3, 0.7])
            .map(|(stage, share)| (days_after(created_on, part(days, share)), stage))
            .collect();
        let kind = ["registration", "referral", "intro"][pick(luck.at(24), 3)];
        Deal {
            id: String::new(),
            account,
            partner,
            touch: partner.map(|_| (days_after(created_on, -(2 + part(20, luck.at(25).uniform()))), kind)),
            created_on,
            closed_on: days_after(created_on, days),
            won,
            amount: whole(amount / 100.0) * 100,
            stages,
        }
    }

    /// The accounts of the bet that the team lets go of by a day, as id and reason, those let go of first, first.
    #[must_use]
    pub fn let_go_by(&self, day: Date) -> Vec<(&str, &'static str)> {
        let mut ends: Vec<&End> = self.ends.iter().filter(|end| end.on <= day).collect();
        ends.sort_by_key(|end| (end.on, end.account));
        let named = ends
            .into_iter()
            .map(|end| (self.accounts[end.account].id.as_str(), end.why));
        named.collect()
    }

    /// The steps that accounts of the bet reached after one day and up to another, as id, step and day, in that order.
    #[must_use]
    pub fn reached_within(&self, after: Date, to: Date) -> Vec<(&str, &'static str, Date)> {
        let within = |step: &&Step| step.on > after && step.on <= to && step.name != "targeted";
        let mut steps: Vec<&Step> = self.steps.iter().filter(within).collect();
        steps.sort_by_key(|step| (step.on, step.account));
        let named = steps.into_iter();
        named
            .map(|step| (self.accounts[step.account].id.as_str(), step.name, step.on))
            .collect()
    }

    /// What the CRM would export at the end of a day.
    #[must_use]
    pub fn exports(&self, day: Date) -> Vec<Export> {
        vec![
            Export {
                name: "accounts.csv",
                csv: self.accounts_csv(day),
            },
            Export {
                name: "opportunities.csv",
                csv: self.opportunities_csv(day),
            },
            Export {
                name: "stage_history.csv",
                csv: self.stage_history_csv(day),
            },
            Export {
                name: "partners.csv",
                csv: self.partners_csv(),
            },
            Export {
                name: "partner_accounts.csv",
                csv: self.partner_accounts_csv(day),
            },
            Export {
                name: "touches.csv",
                csv: self.touches_csv(day),
            },
            Export {
                name: "effort.csv",
                csv: effort_csv(day),
            },
            Export {
                name: "progress.csv",
                csv: self.progress_csv(day),
            },
        ]
        .into_iter()
        .filter(|export| export.csv.lines().count() > 1)
        .collect()
    }

    fn accounts_csv(&self, day: Date) -> String {
        table(
            "Account ID,Account Name,Website,Region,Industry,Employees,Created Date",
            self.accounts.iter().filter(|a| a.created_on <= day).map(|a| {
                format!(
                    "{},{},https://www.{},{},{},{},{}",
                    a.id, a.name, a.domain, a.region, a.industry, a.employees, a.created_on
                )
            }),
        )
    }

    fn opportunities_csv(&self, day: Date) -> String {
        let known = self.deals.iter().filter(|deal| deal.created_on <= day);
        table(
            "Opportunity ID,Account ID,Opportunity Name,Created Date,Close Date,Stage,Amount,Lead Source,Type",
            known.map(|deal| {
                let closed = deal.closed_on <= day;
                let stage = if closed {
                    if deal.won { "Closed Won" } else { "Closed Lost" }
                } else {
                    deal.stages
                        .iter()
                        .rev()
                        .find(|(on, _)| *on <= day)
                        .map_or("Discovery", |(_, stage)| stage)
                };
                let closed_on = if closed {
                    deal.closed_on.to_string()
                } else {
                    String::new()
                };
                let account = &self.accounts[deal.account];
                let source = if deal.partner.is_some() { "Partner" } else { "Direct" };
                format!(
                    "{},{},{} – platform,{},{closed_on},{stage},{},{source},new",
                    deal.id, account.id, account.name, deal.created_on, deal.amount
                )
            }),
        )
    }

    fn stage_history_csv(&self, day: Date) -> String {
        let rows = self.deals.iter().flat_map(|deal| {
            let end = (deal.closed_on, if deal.won { "Closed Won" } else { "Closed Lost" });
            deal.stages
                .iter()
                .copied()
                .chain([end])
                .filter(|(on, _)| *on <= day)
                .map(|(on, stage)| format!("{},{stage},{on}", deal.id))
        });
        table("opportunity_id,stage,entered_at", rows)
    }

    fn partners_csv(&self) -> String {
        table(
            "partner_id,name,domain,type,status",
            self.partners.iter().map(|p| {
                format!(
                    "{},{},{},{},active",
                    p.id,
                    p.name,
                    domain(p.name),
                    ROUTES[p.route].partner_type
                )
            }),
        )
    }

    fn partner_accounts_csv(&self, day: Date) -> String {
        table(
            "partner_id,external_id,name,domain,population,owner,as_of",
            self.listed.iter().map(|row| {
                format!(
                    "{},{},{},{},{},{},{day}",
                    self.partners[row.partner].id, row.external_id, row.name, row.domain, row.population, row.owner
                )
            }),
        )
    }

    fn touches_csv(&self, day: Date) -> String {
        let rows = self
            .deals
            .iter()
            .filter(|deal| deal.created_on <= day)
            .filter_map(|deal| {
                let (on, kind) = deal.touch?;
                let partner = &self.partners[deal.partner?];
                let recorded = days_after(deal.created_on, 3);
                (recorded <= day).then(|| {
                    format!(
                        "T-{},{},{},{},{kind},{on},{recorded},Partner Referral",
                        deal.id, deal.id, self.accounts[deal.account].id, partner.id
                    )
                })
            });
        table(
            "touch_id,opportunity_id,account_id,partner_id,kind,on,recorded_at,source_field",
            rows,
        )
    }

    fn progress_csv(&self, day: Date) -> String {
        let rows = self.steps.iter().filter(|step| step.on <= day).map(|step| {
            format!(
                "{FIRST_BET},{},{},{},{},Tom Okafor",
                self.accounts[step.account].id, step.name, step.on, self.partners[step.partner].id
            )
        });
        table("bet,account_id,step,on,partner_id,by", rows)
    }
}

fn effort_csv(day: Date) -> String {
    let mut rows = Vec::new();
    let mut week = FIRST_DAY;
    while week.weekday() != Weekday::Monday {
        week = days_after(week, 1);
    }
    while week <= day {
        for (person, hours) in TEAM {
            if week < BET_DAY {
                rows.extend(
                    ROUTES
                        .iter()
                        .map(|r| format!("{person},{week},{},{:.1}", r.initiative, hours * r.share_of_hours)),
                );
            } else {
                rows.push(format!("{person},{week},{FIRST_BET},{:.1}", hours * 0.93));
                rows.push(format!("{person},{week},Channel resale,{:.1}", hours * 0.07));
            }
        }
        week = days_after(week, 7);
    }
    table("person,week,initiative,hours", rows)
}

fn draw_accounts(luck: Luck) -> Vec<Account> {
    let sizes = SEGMENTS
        .iter()
        .enumerate()
        .flat_map(|(segment, truth)| (0..truth.accounts).map(move |_| segment));
    (0_u64..)
        .zip(sizes)
        .map(|(n, segment)| {
            let luck = luck.at(n);
            let number = usize::try_from(n).unwrap_or(0);
            // Coprime strides walk through every pair of words once, so that no name comes twice.
            let pair = (number * 371) % (FIRST_WORDS.len() * SECOND_WORDS.len());
            let name = format!(
                "{} {}",
                FIRST_WORDS[pair % FIRST_WORDS.len()],
                SECOND_WORDS[pair / FIRST_WORDS.len()]
            );
            let (least, most) = SEGMENTS[segment].employees;
            let spread = f64::from(most - least) * luck.at(1).uniform().powi(2);
            Account {
                id: format!("ACC-{:04}", n + 1),
                domain: domain(&name),
                name,
                segment,
                employees: least + whole(spread),
                region: REGIONS[pick(luck.at(2), REGIONS.len())],
                industry: INDUSTRIES[pick(luck.at(3), INDUSTRIES.len())],
                created_on: days_after(FIRST_DAY, -part(900, luck.at(4).uniform()) - 1),
            }
        })
        .collect()
}

fn draw_lists(luck: Luck, accounts: &[Account], partners: &[Partner]) -> Vec<(usize, usize)> {
    let mut lists = Vec::new();
    for (n, partner) in partners.iter().enumerate() {
        let truth = &ROUTES[partner.route];
        for (m, account) in accounts.iter().enumerate() {
            // The route's overlap is shared out: most accounts stand in one partner's list.
            let share = truth.overlap[account.segment] / (truth.partners.len() as f64).sqrt();
            if luck.at(n as u64).at(m as u64).uniform() < share {
                lists.push((n, m));
            }
        }
    }
    lists
}

/// Days of a Poisson process with so many arrivals a quarter.
fn arrivals(luck: Luck, per_quarter: f64, from: Date, to: Date) -> Vec<Date> {
    let mut days = Vec::new();
    let mut at = 0.0;
    if per_quarter <= 0.0 {
        return days;
    }
    for n in 0.. {
        at += -luck.at(n).uniform().ln() * QUARTER_DAYS / per_quarter;
        let day = days_after(from, i64::from(whole(at)));
        if day > to {
            break;
        }
        days.push(day);
    }
    days
}

/// Whether a deal begun on this day could still be open when the bet begins, or begins after it.
fn near(day: Date) -> bool {
    days_after(day, 400) > BET_DAY
}

fn days_after(day: Date, days: i64) -> Date {
    day.saturating_add(days.days())
}

/// Days drawn from a gamma distribution with shape 2.
fn gamma_days(luck: Luck, mean: f64) -> i64 {
    i64::from(whole(-(luck.at(1).uniform() * luck.at(2).uniform()).ln() * mean / 2.0)).max(1)
}

/// A standard normal (Box and Muller 1958).
fn normal(luck: Luck) -> f64 {
    (-2.0 * luck.at(1).uniform().ln()).sqrt() * (std::f64::consts::TAU * luck.at(2).uniform()).cos()
}

fn part(days: i64, share: f64) -> i64 {
    i64::from(whole(days as f64 * share))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of u32 first"
)]
fn whole(number: f64) -> u32 {
    number.round().clamp(0.0, f64::from(u32::MAX)) as u32
}

pub(crate) fn pick(luck: Luck, of: usize) -> usize {
    whole((luck.uniform() * of as f64).floor()) as usize
}

fn domain(name: &str) -> String {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{}.example", letters.to_ascii_lowercase())
}

fn table(header: &str, rows: impl IntoIterator<Item = String>) -> String {
    let mut csv = String::from(header);
    csv.push('\n');
    for row in rows {
        csv.push_str(&row);
        csv.push('\n');
    }
    csv
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use beachhead_foresight::judge::{Evidence, Gate, Judgement, Rule, StepEvidence, judge};
    use jiff::civil::Date;

    use super::World;
    use crate::truth::{BET_DAY, FIRST_QUARTER_END, LAST_DAY, SEED, SEGMENTS, STEPS};

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_no_name_comes_twice() {
        let (one, two) = (World::draw(SEED), World::draw(SEED));
        for (a, b) in one.exports(LAST_DAY).iter().zip(two.exports(LAST_DAY)) {
            assert_eq!(a.csv, b.csv, "{}", a.name);
        }
        let names: BTreeSet<&str> = one.accounts.iter().map(|account| account.name.as_str()).collect();
        assert_eq!(names.len(), SEGMENTS.iter().map(|s| s.accounts as usize).sum::<usize>());
    }

    fn weeks(from: Date, to: Date) -> u32 {
        u32::try_from((to - from).get_days() / 7).expect("later")
    }

    /// The days on which each account of the bet was targeted, introduced, met and became an opportunity.
    fn ways(world: &World) -> Vec<Vec<Date>> {
        let targets = world.steps.iter().filter(|step| step.name == "targeted");
        let way = |account: usize| {
            let mut days: Vec<Date> = world
                .steps
                .iter()
                .filter(|step| step.account == account)
                .map(|step| step.on)
                .collect();
            days.extend(
                world
                    .deals
                    .iter()
                    .filter(|deal| deal.account == account && deal.created_on > BET_DAY)
                    .map(|deal| deal.created_on),
            );
            days
        };
        targets.map(|step| way(step.account)).collect()
    }

    /// What a judge without any belief of its own makes of the bet's first three steps, as known on a day.
    fn judged(world: &World, day: Date) -> Judgement {
        let ways = ways(world);
        let step = |at: usize| {
            let entered = ways.iter().filter(|way| way.get(at).is_some_and(|on| *on <= day));
            let (converted, open): (Vec<_>, Vec<_>) =
                entered.partition(|way| way.get(at + 1).is_some_and(|on| *on <= day));
            StepEvidence {
                name: None,
                prior: (1.0, 1.0),
                delay_weeks: STEPS[at].delay_weeks,
                converted: converted.len() as u64,
                lost: 0,
                open_ages_weeks: open.iter().map(|way| (weeks(way[at], day), 1)).collect(),
                delays_weeks: Vec::new(),
            }
        };
        let gate = Gate {
            need: 12,
            week: 26,
            step: None,
            at_least_targets: 0,
            retire_if: None,
            minimum: None,
        };
        let steps = (0..3).map(step).collect();
        let evidence = Evidence {
            week: weeks(BET_DAY, day),
            gate,
            steps,
            planned_per_week: Vec::new(),
            delay_known: true,
            overdispersion: None,
        };
        judge(&evidence, &Rule::default()).expect("evidence that can be")
    }

    #[test]
    fn the_judge_covers_the_truth_of_each_step_about_as_often_as_its_ranges_say() {
        for day in [FIRST_QUARTER_END, LAST_DAY] {
            let (mut covered, mut all) = (0.0, 0.0);
            for seed in 0..40 {
                for (step, truth) in judged(&World::draw(seed), day).steps.iter().zip(STEPS) {
                    all += 1.0;
                    covered += f64::from(u8::from(
                        (step.rate.low80..=step.rate.high80).contains(&truth.conversion),
                    ));
                }
            }
            let share = covered / all;
            assert!((0.68..=0.93).contains(&share), "{day}: {covered} of {all}");
        }
    }
}
