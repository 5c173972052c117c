//! The made-up company behind the exports: every account, opportunity and touch is a function of the seed and its
//! number, so that files can be written at once and agree. Must not write anything.

use super::Size;

/// 2019-01-01, the first day on which anything is created, and the last day that the exports speak of, 2026-10-31.
const FIRST: i64 = 17_897;
const LAST: i64 = 20_757;
/// Months with rates.
pub const MONTHS: i64 = 95;

const SECONDS: u64 = 86_400;
/// People who own accounts and opportunities.
const OWNERS: u64 = 400;

const INDUSTRIES: [&str; 10] = [
    "Software",
    "Financial Services",
    "Healthcare",
    "Manufacturing",
    "Retail",
    "Energy & Utilities",
    "Education",
    "Media, Sport and Entertainment",
    "Government",
    "",
];
const REGIONS: [(&str, &str); 8] = [
    ("EMEA", "Germany"),
    ("EMEA", "France"),
    ("EMEA", "United Kingdom"),
    ("AMER", "United States"),
    ("AMER", "Canada"),
    ("APAC", "Japan"),
    ("APAC", "Australia"),
    ("LATAM", "Brazil"),
];
const FIRST_WORDS: [&str; 16] = [
    "Northern", "Blue", "Summit", "Granite", "Harbour", "Cedar", "Ironwood", "Lumen", "Quarry", "Ridge", "Sable",
    "Tidal", "Umber", "Vantage", "Willow", "Zephyr",
];
const SECOND_WORDS: [&str; 16] = [
    "Logistics",
    "Foods",
    "Systems",
    "Capital",
    "Health",
    "Robotics",
    "Media",
    "Motors",
    "Textiles",
    "Pharma",
    "Analytics",
    "Insurance",
    "Airlines",
    "Paper",
    "Optics",
    "Mining",
];
const FORMS: [&str; 6] = ["Inc.", ", Inc.", "GmbH", "Ltd", "\"Group\"", "S.A."];
const STAGES: [&str; 8] = [
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Id. Decision Makers",
    "Perception Analysis",
    "Proposal/Price Quote",
    "Negotiation/Review",
];
const SOURCES: [&str; 6] = [
    "Web",
    "Partner Referral",
    "Trade Show",
    "Outbound, Sales Development",
    "Advertisement",
    "",
];
const TYPES: [&str; 4] = ["New Business", "New Business", "Upsell", "Renewal"];
const PRODUCTS: [&str; 5] = ["Core", "Core", "Insights", "Edge", ""];
const STEPS: [&str; 5] = [
    "Send the proposal, then call",
    "Wait for legal",
    "",
    "Demo with the plant manager, 30 minutes",
    "Pricing call",
];
const SENTENCES: [&str; 6] = [
    "They run the incumbent's tool until the contract ends.",
    "Champion: head of operations, budget confirmed.",
    "Asked for references in the same industry, in the same country.",
    "Security questionnaire sent back.",
    "The partner knows the plant manager; \"start small\", he says.",
    "Paused until the new fiscal year.",
];
const PARTNER_TYPES: [&str; 6] = [
    "technology",
    "agency",
    "systems integrator",
    "reseller",
    "referral",
    "marketplace",
];
const KINDS: [&str; 8] = [
    "registration",
    "intro",
    "referral",
    "joint meeting",
    "technical validation",
    "reference",
    "integration",
    "marketplace",
];
const SUBJECTS: [&str; 4] = [
    "Call",
    "Intro by mail, both in copy",
    "Meeting on site",
    "Registered in the portal",
];

/// The dice of one thing: SplitMix64, started from the seed, the kind of thing and its number.
struct Dice(u64);

impl Dice {
    fn of(seed: u64, kind: u64, nth: u64) -> Self {
        let mut dice = Self(seed ^ kind.wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ nth.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        dice.roll();
        dice
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Below the bound.
    fn below(&mut self, bound: u64) -> u64 {
        (self.roll() >> 32).wrapping_mul(bound) >> 32
    }

    fn days(&mut self, bound: i64) -> i64 {
        self.below(bound.max(1).unsigned_abs()).cast_signed()
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy, const N: usize>(&mut self, of: &[T; N]) -> T {
        of[usize::try_from(self.below(N as u64)).unwrap_or(0)]
    }

    /// Of many sizes, small ones more often: between the base and the base times two to the power of `doublings`.
    fn size(&mut self, base: u64, doublings: u64) -> u64 {
        let whole = self.below(doublings + 1).min(self.below(doublings + 1));
        let least = base << whole;
        least + self.below(least)
    }
}

/// The size and what follows from it.
pub struct World {
    pub size: Size,
}

impl World {
    pub fn new(size: &Size) -> Self {
        Self { size: *size }
    }

    /// Which of `of` things stands at a place of its file.
    pub fn place(&self, nth: u64, of: u64) -> u64 {
        // A step without a common divisor reaches every number once.
        const STEP: u64 = 2_147_483_647;
        if self.size.in_order || of.is_multiple_of(STEP) {
            return nth;
        }
        let step = u128::from(nth) * u128::from(STEP) + u128::from(self.size.seed);
        u64::try_from(step % u128::from(of)).unwrap_or(nth)
    }

    fn dice(&self, kind: u64, nth: u64) -> Dice {
        Dice::of(self.size.seed, kind, nth)
    }
}

/// A company of the CRM.
pub struct Account {
    pub nth: u64,
    pub name: String,
    pub website: String,
    pub country: &'static str,
    pub region: &'static str,
    pub industry: &'static str,
    pub employees: u64,
    pub revenue_cents: u64,
    pub kind: &'static str,
    pub owner: u64,
    pub parent: Option<u64>,
    pub created: i64,
    pub second: u64,
}

impl Account {
    pub fn of(world: &World, nth: u64) -> Self {
        let mut dice = world.dice(1, nth);
        let (first, second) = (dice.pick(&FIRST_WORDS), dice.pick(&SECOND_WORDS));
        let (region, country) = dice.pick(&REGIONS);
        let employees = dice.size(8, 12);
        Self {
            nth,
            name: format!("{first} {second} {nth} {}", dice.pick(&FORMS)).replace(" ,", ","),
            website: format!("https://www.{}{nth}.example", second.to_lowercase()),
            country,
            region,
            industry: dice.pick(&INDUSTRIES),
            employees,
            revenue_cents: employees * (8_000_000 + dice.below(20_000_000)),
            kind: dice.pick(&["Customer - Direct", "Prospect", "Prospect", "Other"]),
            owner: dice.below(OWNERS),
            parent: dice.chance(5).then(|| dice.below(world.size.accounts)),
            created: FIRST + dice.days(400),
            second: dice.below(SECONDS),
        }
    }

    /// The partners that have the account in their list: none to five, the larger the company the more.
    pub fn listed_by(&self, world: &World) -> Vec<u64> {
        let mut dice = world.dice(2, self.nth);
        let most = if self.employees > 1_000 { 6 } else { 3 };
        let mut partners: Vec<u64> = (0..dice.below(most)).map(|_| dice.below(world.size.partners)).collect();
        partners.sort_unstable();
        partners.dedup();
        partners
    }
}

impl Account {
    /// What a partner says that the account is to it.
    pub fn population(&self, partner: u64) -> &'static str {
        let populations = ["Customers", "Open Opportunities", "Prospects"];
        populations[usize::try_from((self.second + partner) % 3).unwrap_or(0)]
    }
}

/// A partner.
pub struct Partner {
    pub name: String,
    pub of_type: &'static str,
    pub website: String,
}

impl Partner {
    pub fn of(world: &World, nth: u64) -> Self {
        let mut dice = world.dice(3, nth);
        let word = dice.pick(&SECOND_WORDS);
        Self {
            name: format!("{} {word} Partners {nth}", dice.pick(&FIRST_WORDS)),
            of_type: dice.pick(&PARTNER_TYPES),
            website: format!("{}-partners{nth}.example", word.to_lowercase()),
        }
    }
}

/// An opportunity.
pub struct Deal {
    pub nth: u64,
    /// A few name none.
    pub account: Option<u64>,
    pub created: i64,
    /// Of an open one the day hoped for.
    pub closed: i64,
    pub second: u64,
    pub is_closed: bool,
    pub is_won: bool,
    pub amount_cents: Option<u64>,
    pub currency: &'static str,
    pub source: &'static str,
    pub kind: &'static str,
    pub owner: u64,
    pub product: &'static str,
    pub next_step: &'static str,
    reached: usize,
}

impl Deal {
    pub fn of(world: &World, nth: u64) -> Self {
        let mut dice = world.dice(4, nth);
        // Some accounts buy again and again: the smaller of two numbers.
        let accounts = world.size.accounts;
        let account = dice.below(accounts).min(dice.below(accounts));
        // Ids rise with the day of creation, as they do in a CRM.
        let span = u128::from((LAST - FIRST).unsigned_abs());
        let of_all = u128::from(nth) * span / u128::from(world.size.opportunities.max(1));
        let created = FIRST + i64::try_from(of_all).unwrap_or(0);
        let length = 5 + dice.days(90) + dice.days(120) * dice.days(2) + dice.days(4) * dice.days(40);
        let is_closed = created + length <= LAST && !dice.chance(6);
        let amount = dice.size(90_000, 10) / 100 * 100 + dice.pick(&[0, 0, 0, 49, 99]);
        Self {
            nth,
            account: (!dice.chance(1)).then_some(account),
            created,
            closed: if is_closed {
                created + length
            } else {
                LAST + 1 + dice.days(200)
            },
            second: dice.below(SECONDS),
            is_closed,
            is_won: is_closed && dice.chance(24 + (nth % 3) * 6),
            amount_cents: (!dice.chance(5)).then_some(amount),
            currency: dice.pick(&["USD", "USD", "USD", "USD", "USD", "USD", "USD", "EUR", "EUR", "GBP"]),
            source: dice.pick(&SOURCES),
            kind: dice.pick(&TYPES),
            owner: dice.below(OWNERS),
            product: dice.pick(&PRODUCTS),
            next_step: dice.pick(&STEPS),
            reached: usize::try_from(dice.below(STAGES.len() as u64)).unwrap_or(0),
        }
    }

    pub fn stage(&self) -> &'static str {
        match (self.is_closed, self.is_won) {
            (true, true) => "Closed Won",
            (true, false) => "Closed Lost",
            _ => STAGES[self.reached],
        }
    }

    pub fn probability(&self) -> u64 {
        match (self.is_closed, self.is_won) {
            (true, true) => 100,
            (true, false) => 0,
            _ => probability_of(self.reached),
        }
    }

    pub fn name(&self, world: &World) -> String {
        match self.account {
            Some(account) => format!("{} - {} {}", Account::of(world, account).name, self.product, self.kind),
            None => format!("{} {}", self.kind, self.nth),
        }
    }

    pub fn description(&self, world: &World) -> String {
        let mut dice = world.dice(5, self.nth);
        let sentences: Vec<&str> = (0..dice.below(4)).map(|_| dice.pick(&SENTENCES)).collect();
        sentences.join(" ")
    }

    /// The day of the last change.
    pub fn modified(&self) -> i64 {
        self.closed.min(LAST)
    }

    /// Its rows of stage history, in order; those of all opportunities are as many as were asked for.
    pub fn entries(&self, world: &World) -> Vec<Entry> {
        let Size {
            history, opportunities, ..
        } = world.size;
        let even = history / opportunities;
        // Neighbours share their rows unevenly, so that some opportunities have many and others one.
        let moved = world.dice(6, self.nth / 2).below(even.max(1));
        let has_neighbour = (self.nth ^ 1) < opportunities;
        let rows = match (has_neighbour, self.nth % 2) {
            (false, _) => even,
            (true, 0) => even - moved.min(even),
            (true, _) => even + moved.min(even),
        };
        let rows = rows + u64::from(self.nth < history % opportunities);
        let before: u64 = self.nth * even + self.nth.min(history % opportunities);
        let before = if self.nth % 2 == 1 {
            before - moved.min(even)
        } else {
            before
        };
        let until = self.closed.min(LAST);
        let nth_of = |row: u64| Entry {
            nth: before + row,
            day: self.created + (until - self.created) * row.cast_signed() / rows.cast_signed().max(1),
            stage: STAGES[usize::try_from(row).unwrap_or(0) % STAGES.len()],
            probability: probability_of(usize::try_from(row).unwrap_or(0) % STAGES.len()),
        };
        let mut entries: Vec<Entry> = (0..rows).map(nth_of).collect();
        if let Some(last) = entries.last_mut().filter(|_| rows > 1) {
            (last.stage, last.probability, last.day) = (self.stage(), self.probability(), until);
        }
        entries
    }
}

fn probability_of(stage: usize) -> u64 {
    (stage as u64 + 1) * 10
}

/// A row of stage history.
pub struct Entry {
    pub nth: u64,
    pub stage: &'static str,
    pub probability: u64,
    pub day: i64,
}

/// An act of a partner.
pub struct Touch {
    pub nth: u64,
    /// Some are on the account alone.
    pub deal: Option<u64>,
    pub account: u64,
    pub partner: u64,
    pub kind: &'static str,
    pub on: i64,
    pub recorded: i64,
    pub second: u64,
    pub subject: &'static str,
}

impl World {
    pub fn touch(&self, nth: u64) -> Touch {
        let mut dice = self.dice(7, nth);
        // Half of the opportunities have all the touches.
        let touched = dice.below(self.size.opportunities.max(1)) & !1;
        let deal = Deal::of(self, touched);
        let account = deal.account.unwrap_or(0);
        let on = (deal.created - 60 + dice.days(180)).clamp(FIRST, LAST);
        Touch {
            nth,
            deal: (self.size.opportunities > 0 && !dice.chance(30)).then_some(touched),
            account,
            // An account knows few partners.
            partner: (account * 7 + dice.below(3)) % self.size.partners,
            kind: dice.pick(&KINDS),
            on,
            recorded: (on + dice.days(40) * dice.days(2)).min(LAST),
            second: dice.below(SECONDS),
            subject: dice.pick(&SUBJECTS),
        }
    }
}

/// The first day of a month, near enough: rates are valid until the next one.
pub fn day_of_rate(month: i64) -> i64 {
    FIRST + month * 30
}
