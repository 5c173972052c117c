//! The canonical tables: their fields, keys and how each is stored. It must not know where a file came from.

use serde::{Deserialize, Serialize};

/// What a field holds, and so how a cell is read and stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Free text.
    Text,
    /// An identifier, compared exactly. A Salesforce id of 18 characters is stored as its first 15.
    Id,
    /// A calendar day. An instant becomes its day in UTC.
    Date,
    /// An amount in minor units of the row's currency, or of the program's where the row names none.
    Money,
    /// A plain number (a count, hours, a rate).
    Number,
    /// An ISO 4217 code in capitals.
    Currency,
    /// One of the words known to the product. Text outside of them is kept as the source wrote it, except for
    /// `status`, which is one of its three words always.
    Choice(&'static [&'static str]),
}

/// How a kind stands in a snapshot's Parquet file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    /// Utf8.
    Text,
    /// Date32: days since 1970-01-01.
    Date,
    /// Int64: minor units.
    Money,
    /// Float64.
    Number,
}

impl Kind {
    /// The physical type in a snapshot.
    pub const fn storage(self) -> Storage {
        match self {
            Self::Text | Self::Id | Self::Currency | Self::Choice(_) => Storage::Text,
            Self::Date => Storage::Date,
            Self::Money => Storage::Money,
            Self::Number => Storage::Number,
        }
    }
}

/// One field of a canonical table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The name in rules, mappings and Parquet files.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether every accepted row has it.
    pub required: bool,
}

const fn need(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: true,
    }
}

const fn may(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: false,
    }
}

/// The column of a snapshot that holds the index of the row's file in `Manifest::files` (Int32).
pub const FILE_COLUMN: &str = "_file";
/// The column of a snapshot that holds the row's number in its file, the first line being row 1 (Int64).
pub const ROW_COLUMN: &str = "_row";
/// The column of a snapshot that holds when the row was last modified by its source, in seconds since 1970 UTC (Int64),
/// or null where the source does not say.
pub const MODIFIED_COLUMN: &str = "_modified";
/// The columns that every table of a snapshot has beside its own, at the end and in this order.
pub const OWN_COLUMNS: [&str; 3] = [FILE_COLUMN, ROW_COLUMN, MODIFIED_COLUMN];

/// The words of `status`.
pub const STATUSES: &[&str] = &["open", "won", "lost"];

/// The canonical tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// Companies: customers, prospects, partners and others.
    Accounts,
    /// Deals, open and closed.
    Opportunities,
    /// When each opportunity entered each stage.
    StageHistory,
    /// The partners themselves.
    Partners,
    /// Which accounts a partner says are its customers, open opportunities or prospects.
    PartnerAccounts,
    /// Dated acts of a partner on an opportunity or account.
    Touches,
    /// Steps of a bet's motion reached by an account.
    Progress,
    /// Hours spent by person, week and initiative.
    Effort,
    /// Rates to the program's currency.
    FxRates,
    /// What each stage is called, where it stands and what it means, from which day on.
    Stages,
}

impl Table {
    /// Every table, in the order in which snapshots list them.
    pub const ALL: [Self; 10] = [
        Self::Accounts,
        Self::Opportunities,
        Self::StageHistory,
        Self::Partners,
        Self::PartnerAccounts,
        Self::Touches,
        Self::Progress,
        Self::Effort,
        Self::FxRates,
        Self::Stages,
    ];

    /// The name on the command line and in manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Opportunities => "opportunities",
            Self::StageHistory => "stage_history",
            Self::Partners => "partners",
            Self::PartnerAccounts => "partner_accounts",
            Self::Touches => "touches",
            Self::Progress => "progress",
            Self::Effort => "effort",
            Self::FxRates => "fx_rates",
            Self::Stages => "stages",
        }
    }

    /// The table of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// Its fields, in the order of the Parquet columns.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Accounts => ACCOUNTS,
            Self::Opportunities => OPPORTUNITIES,
            Self::StageHistory => STAGE_HISTORY,
            Self::Partners => PARTNERS,
            Self::PartnerAccounts => PARTNER_ACCOUNTS,
            Self::Touches => TOUCHES,
            Self::Progress => PROGRESS,
            Self::Effort => EFFORT,
            Self::FxRates => FX_RATES,
            Self::Stages => STAGES,
        }
    }

    /// The field of this name, if the table has it.
    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name == name)
    }

    /// The fields that tell two rows apart. A later row with the same key takes the place of the earlier one.
    pub const fn key(self) -> &'static [&'static str] {
        match self {
            Self::Accounts => &["account_id"],
            Self::Opportunities => &["opportunity_id"],
            Self::StageHistory => &["opportunity_id", "entered_at", "stage"],
            Self::Partners => &["partner_id"],
            Self::PartnerAccounts => &["partner_id", "external_id"],
            Self::Touches => &["touch_id"],
            Self::Progress => &["bet", "account_id", "step", "on"],
            Self::Effort => &["person", "week", "initiative"],
            Self::FxRates => &["currency", "on"],
            Self::Stages => &["stage_id", "from"],
        }
    }

    /// The date field that says when a row's fact happened, for the range of the table; none for tables of names.
    pub const fn dated_by(self) -> Option<&'static str> {
        match self {
            Self::Accounts | Self::Opportunities => Some("created_on"),
            Self::StageHistory => Some("entered_at"),
            Self::Partners | Self::Stages => None,
            Self::PartnerAccounts => Some("as_of"),
            Self::Touches | Self::Progress | Self::FxRates => Some("on"),
            Self::Effort => Some("week"),
        }
    }
}

// `account_id` is the name where the source has no id.
const ACCOUNTS: &[Field] = &[
    need("account_id", Kind::Id),
    need("name", Kind::Text),
    may("domain", Kind::Text),
    may("country", Kind::Text),
    may("region", Kind::Text),
    may("industry", Kind::Text),
    may("employees", Kind::Number),
    may("annual_revenue", Kind::Money),
    may("type", Kind::Choice(&["customer", "prospect", "partner", "other"])),
    may("owner", Kind::Text),
    may("parent_id", Kind::Id),
    may("created_on", Kind::Date),
];

// `account_id` is the text that the source gives, be it an id, a domain or a name, and may be missing: Maven has 1,425
// opportunities without an account. `created_on` is missing for an opportunity that has not begun. `closed_on` of an open
// opportunity is the day on which its owner hopes to close it.
const OPPORTUNITIES: &[Field] = &[
    need("opportunity_id", Kind::Id),
    may("account_id", Kind::Id),
    may("name", Kind::Text),
    may("created_on", Kind::Date),
    may("closed_on", Kind::Date),
    may("stage", Kind::Text),
    need("status", Kind::Choice(STATUSES)),
    may("amount", Kind::Money),
    may("currency", Kind::Currency),
    may("source", Kind::Text),
    may("type", Kind::Choice(&["new", "expansion", "renewal"])),
    may("owner", Kind::Text),
];

// A row that was made by comparing snapshots entered its stage after `seen_after`, the last day on which it was seen in
// another, and not after `entered_at`.
const STAGE_HISTORY: &[Field] = &[
    need("opportunity_id", Kind::Id),
    need("entered_at", Kind::Date),
    need("stage", Kind::Text),
    may("amount", Kind::Money),
    may("close_date", Kind::Date),
    may("seen_after", Kind::Date),
];

// `partner_id` is the name where the source has no id.
const PARTNERS: &[Field] = &[
    need("partner_id", Kind::Id),
    need("name", Kind::Text),
    may("domain", Kind::Text),
    may("type", Kind::Text),
    may("status", Kind::Text),
    may("owner", Kind::Text),
];

// `external_id` is name and domain together where the source has no id.
const PARTNER_ACCOUNTS: &[Field] = &[
    need("partner_id", Kind::Id),
    need("external_id", Kind::Id),
    may("name", Kind::Text),
    may("domain", Kind::Text),
    may("country", Kind::Text),
    need(
        "population",
        Kind::Choice(&["customer", "open opportunity", "prospect"]),
    ),
    may("owner", Kind::Text),
    need("as_of", Kind::Date),
];

// `touch_id` is a hash of the row where the source has no id. One of `opportunity_id` and `account_id` is there.
const TOUCHES: &[Field] = &[
    need("touch_id", Kind::Id),
    may("opportunity_id", Kind::Id),
    may("account_id", Kind::Id),
    need("partner_id", Kind::Id),
    need("kind", Kind::Choice(TOUCH_KINDS)),
    need("on", Kind::Date),
    may("recorded_at", Kind::Date),
    may("note", Kind::Text),
    need("source_field", Kind::Text),
];

/// The words of a touch's kind.
pub const TOUCH_KINDS: &[&str] = &[
    "registration",
    "intro",
    "referral",
    "joint meeting",
    "technical validation",
    "reference",
    "integration",
    "marketplace",
    "other",
];

const PROGRESS: &[Field] = &[
    need("bet", Kind::Text),
    need("account_id", Kind::Id),
    need("step", Kind::Text),
    need("on", Kind::Date),
    may("partner_id", Kind::Id),
    may("by", Kind::Text),
    may("note", Kind::Text),
];

const EFFORT: &[Field] = &[
    need("person", Kind::Text),
    need("week", Kind::Date),
    need("initiative", Kind::Text),
    need("hours", Kind::Number),
];

const FX_RATES: &[Field] = &[
    need("currency", Kind::Currency),
    need("on", Kind::Date),
    need("rate", Kind::Number),
];

// `stage_id` is what the opportunities of the source hold: the stage's name where it has no id of its own. `from` is
// 1970-01-01 where the source does not say.
const STAGES: &[Field] = &[
    need("stage_id", Kind::Id),
    need("stage", Kind::Text),
    need("means", Kind::Choice(STATUSES)),
    may("order", Kind::Number),
    may("pipeline", Kind::Text),
    need("from", Kind::Date),
];

/// What has become of an opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Neither won nor lost.
    Open,
    /// Won.
    Won,
    /// Lost.
    Lost,
}

impl Status {
    /// Its word in [`STATUSES`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    /// The status of this word.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Open, Self::Won, Self::Lost]
            .into_iter()
            .find(|status| status.name() == name)
    }
}
