//! The names under which fields, stages and choices occur in exports, and which table a header speaks of. It must not
//! look at rows.

use std::collections::BTreeSet;

use crate::catalogue::{Field, Status, Table};

/// What a column of a source feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A field of the table.
    Field(&'static Field),
    /// Something that says how a row is to be read, and is not kept.
    Hint(Hint),
}

/// Columns that say how a row is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    /// Yes: won.
    IsWon,
    /// Yes: won or lost; no: open.
    IsClosed,
    /// Yes: the source has deleted the row.
    IsDeleted,
    /// No: the source has a newer state of the row.
    IsActive,
    /// The field that a history row is about; only changes of the stage are read.
    ChangedField,
    /// The id of the twin row that the source writes for the other direction.
    ReverseId,
    /// What our own list of rejected rows adds.
    Ours,
}

const HINTS: &[(&str, Hint)] = &[
    ("is_won", Hint::IsWon),
    ("is_closed", Hint::IsClosed),
    ("is_deleted", Hint::IsDeleted),
    ("is_active", Hint::IsActive),
    ("changed_field", Hint::ChangedField),
    ("reverse_id", Hint::ReverseId),
    (crate::read::REASON_COLUMN, Hint::Ours),
];

impl Target {
    /// Its name in mappings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Field(field) => field.name,
            Self::Hint(hint) => HINTS
                .iter()
                .find(|(_, known)| *known == hint)
                .map_or("", |(name, _)| name),
        }
    }
}

/// A name without regard to case, spaces, underscores and signs.
pub(crate) fn normalise(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

// Fivetran writes HubSpot's properties as `property_…`.
fn alias_form(name: &str) -> String {
    let name = normalise(name);
    name.strip_prefix("property")
        .filter(|rest| !rest.is_empty())
        .map(str::to_owned)
        .unwrap_or(name)
}

/// The target of this name in a table.
pub(crate) fn target(table: Table, name: &str) -> Option<Target> {
    let name = name.trim();
    let hint = || {
        HINTS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, hint)| Target::Hint(*hint))
    };
    table.field(name).map(Target::Field).or_else(hint)
}

/// The message for a field that a table does not have.
pub(crate) fn no_such_field(table: Table, name: &str) -> String {
    let fields: Vec<&str> = table.fields().iter().map(|field| field.name).collect();
    let hints: Vec<&str> = HINTS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !name.starts_with('_'))
        .collect();
    format!(
        "{} has no field `{name}`; it has {}, {}",
        table.name(),
        fields.join(", "),
        hints.join(", ")
    )
}

/// The columns of a header that feed a table, best names first where several could.
/// Returns one target, or none, for each name; `free` says which names are still to be had.
pub(crate) fn targets(table: Table, header: &[&str], free: &[bool], taken: &[&str]) -> Vec<Option<Target>> {
    let forms: Vec<String> = header.iter().map(|name| alias_form(name)).collect();
    let mut found: Vec<Option<Target>> = vec![None; header.len()];
    for (name, aliases) in aliases(table).iter().chain(HINT_ALIASES) {
        let Some(target) = target(table, name).filter(|_| !taken.contains(name)) else {
            continue;
        };
        let own = normalise(name);
        let rank = |form: &str| {
            if form == own {
                Some(0)
            } else {
                aliases.iter().position(|alias| *alias == form).map(|at| at + 1)
            }
        };
        let best = (0..header.len())
            .filter(|&at| free[at] && found[at].is_none())
            .filter_map(|at| rank(&forms[at]).map(|rank| (rank, at)))
            .min();
        if let Some((_, at)) = best {
            found[at] = Some(target);
        }
    }
    found
}

/// How well a header fits a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cover {
    /// The table.
    pub(crate) table: Table,
    /// The fields that it feeds, those that only this table knows counted twice.
    pub(crate) score: usize,
    /// Whether one of its names is of this table and no other: a list of ids and names may be of anything.
    pub(crate) certain: bool,
}

/// The tables whose least needs a header meets, best first. `given` are fields that the caller mapped.
pub(crate) fn covers(header: &[&str], given: &[(usize, &str)]) -> Vec<Cover> {
    let forms: BTreeSet<String> = header.iter().map(|name| alias_form(name)).collect();
    let mut covers: Vec<Cover> = Table::ALL
        .into_iter()
        .filter(|&table| {
            given
                .iter()
                .all(|(_, field)| field.is_empty() || target(table, field).is_some())
        })
        .filter(|&table| !strangers(table).iter().any(|stranger| forms.contains(*stranger)))
        .filter(|&table| !is_list_of_parts(table, &forms))
        .filter_map(|table| cover(table, header, given))
        .collect();
    covers.sort_by_key(|cover| (std::cmp::Reverse(cover.score), cover.table));
    covers
}

// Rows with an id of their own beside the id of an account or opportunity belong to it and are something else.
fn is_list_of_parts(table: Table, forms: &BTreeSet<String>) -> bool {
    let whole = match table {
        Table::Accounts => "accountid",
        Table::Opportunities => "opportunityid",
        _ => return false,
    };
    forms.contains("id") && forms.contains(whole)
}

fn cover(table: Table, header: &[&str], given: &[(usize, &str)]) -> Option<Cover> {
    let free: Vec<bool> = (0..header.len())
        .map(|at| given.iter().all(|(taken, _)| *taken != at))
        .collect();
    let taken: Vec<&str> = given.iter().map(|(_, field)| *field).collect();
    let found = targets(table, header, &free, &taken);
    let fed = |name: &str| taken.contains(&name) || found.iter().flatten().any(|target| target.name() == name);
    if !needs(table).iter().all(|any_of| any_of.iter().any(|name| fed(name))) {
        return None;
    }
    let fields = found
        .iter()
        .flatten()
        .filter(|target| matches!(target, Target::Field(_)))
        .count();
    let feeding = header.iter().zip(&found).filter(|(_, found)| found.is_some());
    let feeding: Vec<String> = feeding.map(|(name, _)| alias_form(name)).collect();
    let telling = feeding.iter().filter(|form| is_telling(table, form)).count();
    let of_deals = feeding
        .iter()
        .any(|form| DEAL_WORDS.iter().any(|word| form.starts_with(word)));
    let given = given.iter().filter(|(_, field)| !field.is_empty()).count();
    let of_partners = feeding.iter().any(|form| form.starts_with("partner"));
    let certain =
        telling + given > 0 || (table == Table::Opportunities && of_deals) || (table == Table::Partners && of_partners);
    Some(Cover {
        table,
        score: fields + telling + 2 * given,
        certain,
    })
}

// How names begin that speak of opportunities, though other tables know them too.
const DEAL_WORDS: &[&str] = &["deal", "opportunity", "stage"];

// Whether no other table knows the name.
fn is_telling(table: Table, form: &str) -> bool {
    let knows = |table: Table| {
        aliases(table)
            .iter()
            .any(|(name, aliases)| normalise(name) == form || aliases.contains(&form))
    };
    !Table::ALL.into_iter().any(|other| other != table && knows(other))
}

/// How many names of a row are names that some table knows: what tells a header from a title.
pub(crate) fn known_names(row: &[&str]) -> usize {
    let known = |form: &str| {
        let all = Table::ALL.into_iter().flat_map(aliases).chain(HINT_ALIASES);
        all.into_iter()
            .any(|(name, aliases)| normalise(name) == form || aliases.contains(&form))
    };
    row.iter()
        .map(|name| alias_form(name))
        .filter(|form| !form.is_empty() && known(form))
        .count()
}

// The least that a file must have to be of a table: one of each group.
fn needs(table: Table) -> &'static [&'static [&'static str]] {
    match table {
        Table::Accounts | Table::Partners => &[&["name"]],
        Table::Opportunities => &[
            &["opportunity_id"],
            &["stage", "status", "is_won", "created_on", "closed_on", "amount"],
        ],
        Table::StageHistory => &[&["opportunity_id"], &["entered_at"], &["stage"]],
        Table::PartnerAccounts => &[&["partner_id"], &["external_id", "name", "domain"], &["population"]],
        Table::Touches => &[&["partner_id"], &["opportunity_id", "account_id"], &["on"]],
        Table::Progress => &[&["bet"], &["account_id"], &["step"], &["on"]],
        Table::Effort => &[&["person"], &["week"], &["initiative"], &["hours"]],
        Table::FxRates => &[&["currency"], &["on"], &["rate"]],
    }
}

// Names that show a file to be of something else: a list of people, of orders, of products, of CRM tasks.
fn strangers(table: Table) -> &'static [&'static str] {
    match table {
        Table::Accounts | Table::Partners => &[
            "lastname",
            "firstname",
            "email",
            "productcode",
            "ordernumber",
            "opportunityid",
            "dealid",
            "rolename",
            "developername",
            "partnername",
            "population",
            "populationnames",
            "closedate",
            "stagename",
        ],
        Table::Opportunities => &[
            "lastname",
            "firstname",
            "productcode",
            "ordernumber",
            "opportunitylineitemid",
            "quantity",
            "activitydate",
            "engagementid",
            "contactid",
            "mergeddealid",
            "sourceid",
        ],
        Table::StageHistory => &["name", "engagementid", "contactid"],
        Table::Touches => &["lastname", "firstname"],
        _ => &[],
    }
}

/// What a Salesforce task is about: an opportunity, an account or anything else.
pub(crate) const WHAT_ID: &str = "whatid";

type Aliases = &'static [(&'static str, &'static [&'static str])];

const HINT_ALIASES: Aliases = &[
    ("is_won", &["won", "hsisclosedwon", "isclosedwon", "closedwon"]),
    ("is_closed", &["closed", "hsisclosed"]),
    ("is_deleted", &["fivetrandeleted", "deleted"]),
    ("is_active", &["fivetranactive"]),
    ("reverse_id", &["reversepartnerid"]),
    (crate::read::REASON_COLUMN, &[]),
];

fn aliases(table: Table) -> Aliases {
    match table {
        Table::Accounts => ACCOUNTS,
        Table::Opportunities => OPPORTUNITIES,
        Table::StageHistory => STAGE_HISTORY,
        Table::Partners => PARTNERS,
        Table::PartnerAccounts => PARTNER_ACCOUNTS,
        Table::Touches => TOUCHES,
        Table::Progress => PROGRESS,
        Table::Effort => EFFORT,
        Table::FxRates => FX_RATES,
    }
}

// Best names first. A field's own name comes before all of them.
const ACCOUNTS: Aliases = &[
    (
        "account_id",
        &[
            "accountid18",
            "id",
            "companyid",
            "recordid",
            "hsobjectid",
            "companyrecordid",
        ],
    ),
    (
        "name",
        &[
            "accountname",
            "companyname",
            "account",
            "company",
            "organisation",
            "organization",
        ],
    ),
    (
        "domain",
        &[
            "companydomainname",
            "website",
            "websiteurl",
            "companyurl",
            "companydomain",
            "url",
            "homepageurl",
            "homepage",
        ],
    ),
    (
        "country",
        &[
            "billingcountry",
            "countryregion",
            "companycountry",
            "hqcountry",
            "shippingcountry",
        ],
    ),
    ("region", &["territory", "salesregion", "accountregion"]),
    ("industry", &["sector", "vertical", "industrysector", "industryname"]),
    (
        "employees",
        &[
            "numberofemployees",
            "employeecount",
            "noofemployees",
            "numemployees",
            "headcount",
            "teamsize",
            "workers",
        ],
    ),
    (
        "annual_revenue",
        &["revenue", "yearlyrevenue", "annualrevenueconverted"],
    ),
    ("type", &["accounttype", "companytype"]),
    (
        "owner",
        &[
            "accountowner",
            "companyowner",
            "ownername",
            "hubspotownerid",
            "hubspotowner",
            "ownerid",
        ],
    ),
    (
        "parent_id",
        &[
            "parentaccountid",
            "parentaccount",
            "parentcompanyid",
            "parentcompany",
            "subsidiaryof",
        ],
    ),
    (
        "created_on",
        &[
            "createddate",
            "createdate",
            "created",
            "createdat",
            "datecreated",
            "accountcreateddate",
        ],
    ),
];

const OPPORTUNITIES: Aliases = &[
    (
        "opportunity_id",
        &[
            "opportunityid18",
            "dealid",
            "oppid",
            "id",
            "recordid",
            "hsobjectid",
            "dealrecordid",
            "mqlid",
        ],
    ),
    (
        "account_id",
        &[
            "accountid18",
            "associatedcompanyids",
            "associatedcompanyid",
            "companyid",
            "accountname",
            "account",
            "associatedcompany",
            "companyname",
            "company",
            "customer",
            "companydomainname",
            "website",
            "domain",
        ],
    ),
    (
        "name",
        &["opportunityname", "dealname", "opportunity", "deal", "oppname"],
    ),
    (
        "created_on",
        &[
            "createddate",
            "createdate",
            "created",
            "createdat",
            "datecreated",
            "opportunitycreateddate",
            "dealcreatedate",
            "engagedate",
            "firstcontactdate",
        ],
    ),
    (
        "closed_on",
        &["closedate", "closeddate", "closedat", "opportunityclosedate", "wondate"],
    ),
    (
        "stage",
        &[
            "stagename",
            "dealstage",
            "opportunitystage",
            "salesstage",
            "dealpipelinestageid",
            "dealstagename",
        ],
    ),
    ("status", &["dealstatus", "opportunitystatus"]),
    (
        "amount",
        &[
            "amountincompanycurrency",
            "amountconverted",
            "dealamount",
            "opportunityamount",
            "dealvalue",
            "closevalue",
            "hsacv",
            "acv",
            "value",
        ],
    ),
    (
        "currency",
        &[
            "currencyisocode",
            "amountcurrency",
            "dealcurrency",
            "dealcurrencycode",
            "currencycode",
        ],
    ),
    (
        "source",
        &[
            "leadsource",
            "routetomarket",
            "opportunitysource",
            "dealsource",
            "hsanalyticssource",
            "originalsource",
            "originalsourcetype",
            "originaltrafficsource",
            "origin",
        ],
    ),
    ("type", &["opportunitytype", "dealtype"]),
    (
        "owner",
        &[
            "opportunityowner",
            "dealowner",
            "salesagent",
            "ownername",
            "hubspotownerid",
            "hubspotowner",
            "ownerid",
        ],
    ),
];

const STAGE_HISTORY: Aliases = &[
    ("opportunity_id", &["dealid", "opportunityid18"]),
    (
        "entered_at",
        &[
            "dateentered",
            "enteredon",
            "createddate",
            "stagedate",
            "changedate",
            "fivetranstart",
        ],
    ),
    ("stage", &["stagename", "tostage", "newvalue", "dealstage", "value"]),
    ("amount", &[]),
    ("close_date", &[]),
    ("changed_field", &["field"]),
];

const PARTNERS: Aliases = &[
    ("partner_id", &["partneraccountid", "id", "recordid"]),
    (
        "name",
        &[
            "partnername",
            "partner",
            "partneraccount",
            "organisation",
            "organization",
        ],
    ),
    (
        "domain",
        &[
            "partnerdomain",
            "partnerwebsite",
            "website",
            "companyurl",
            "url",
            "homepageurl",
            "homepage",
        ],
    ),
    ("type", &["partnertype", "partnercategory"]),
    ("status", &["partnerstatus", "partnershipstatus"]),
    ("owner", &["partnermanager", "partnerowner", "ownername", "ownerid"]),
];

const PARTNER_ACCOUNTS: Aliases = &[
    (
        "partner_id",
        &[
            "partnername",
            "partner",
            "partnerorganizationname",
            "partnerorganization",
        ],
    ),
    ("external_id", &["partnerrecordid", "recordid", "partneraccountid"]),
    (
        "name",
        &["companyname", "accountname", "partneraccountname", "company", "account"],
    ),
    (
        "domain",
        &[
            "companyurl",
            "website",
            "companydomain",
            "companydomainname",
            "partneraccountdomain",
            "url",
        ],
    ),
    ("country", &["billingcountry", "companycountry", "countryregion"]),
    (
        "population",
        &[
            "partnerpopulationnames",
            "partnerpopulation",
            "partnerpopulationname",
            "populationnames",
        ],
    ),
    (
        "owner",
        &["partneraccountowner", "partnerae", "accountowner", "ownername"],
    ),
    ("as_of", &["asofdate", "exportdate", "exportedon"]),
];

const TOUCHES: Aliases = &[
    ("touch_id", &["activityid", "taskid", "id"]),
    ("opportunity_id", &["opportunityid18", "dealid", WHAT_ID]),
    ("account_id", &["accountid18", "accountname", "account", "companyid"]),
    (
        "partner_id",
        &[
            "partneraccountid",
            "partnername",
            "partner",
            "accounttoid",
            "cosellpartneraccountc",
            "referralaccountc",
        ],
    ),
    (
        "kind",
        &[
            "touchkind",
            "touchtype",
            "partneractivitytypec",
            "partneractivitytype",
            "activitytype",
            "role",
        ],
    ),
    (
        "on",
        &[
            "touchdate",
            "touchedon",
            "activitydate",
            "occurredon",
            "date",
            "createddate",
        ],
    ),
    ("recorded_at", &["recordedon", "loggedat", "createddate", "createdat"]),
    ("note", &["notes", "description", "subject", "comments"]),
    ("source_field", &[]),
];

const PROGRESS: Aliases = &[
    ("bet", &[]),
    ("account_id", &["accountid18", "accountname", "account"]),
    ("step", &["milestone"]),
    ("on", &["reachedon", "stepdate", "date"]),
    ("partner_id", &["partner", "partnername"]),
    ("by", &["recordedby"]),
    ("note", &["notes"]),
];

const EFFORT: Aliases = &[
    ("person", &["teammember", "who", "employee", "user"]),
    ("week", &["weekof", "weekstarting", "weekstart", "weekbeginning"]),
    ("initiative", &["bet", "project", "workstream"]),
    ("hours", &["hoursspent", "timespent", "hoursworked"]),
];

const FX_RATES: Aliases = &[
    (
        "currency",
        &["isocode", "currencyisocode", "currencycode", "fromcurrency"],
    ),
    ("on", &["ratedate", "startdate", "date", "day"]),
    ("rate", &["conversionrate", "exchangerate", "fxrate"]),
];

/// What a stage's name says of its status, where it is a name that we know.
pub(crate) fn stage_status(name: &str) -> Option<Status> {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let words: Vec<&str> = words
        .into_iter()
        .skip_while(|word| word.bytes().all(|c| c.is_ascii_digit()))
        .collect();
    let joined = words.concat();
    let has = |known: &[&str]| words.iter().any(|word| known.contains(word));
    let won = has(&["won"]) || matches!(joined.as_str(), "closedwon" | "closewon");
    let lost = has(&[
        "lost",
        "disqualified",
        "rejected",
        "abandoned",
        "cancelled",
        "canceled",
        "dead",
    ]) || matches!(joined.as_str(), "closedlost" | "closelost" | "nodecision");
    match (won, lost) {
        _ if has(&["not", "if", "nearly", "almost", "or"]) => None,
        (true, true) => None,
        (true, false) => Some(Status::Won),
        (false, true) => Some(Status::Lost),
        (false, false) if has(&["closed"]) => None,
        (false, false) => (has(OPEN_WORDS) || OPEN_STAGES.contains(&joined.as_str())).then_some(Status::Open),
    }
}

const OPEN_WORDS: &[&str] = &[
    "appointment",
    "commit",
    "committed",
    "contacted",
    "contract",
    "demo",
    "demonstration",
    "discovery",
    "engaged",
    "engaging",
    "evaluation",
    "intro",
    "introduction",
    "legal",
    "meeting",
    "negotiating",
    "negotiation",
    "open",
    "opportunity",
    "pilot",
    "pipeline",
    "poc",
    "presentation",
    "pricing",
    "procurement",
    "proposal",
    "prospect",
    "prospecting",
    "qualification",
    "qualified",
    "qualify",
    "qualifying",
    "quote",
    "scoping",
    "trial",
    "validation",
    "verbal",
];

const OPEN_STAGES: &[&str] = &[
    "appointmentscheduled",
    "contractsent",
    "decisionmakerboughtin",
    "iddecisionmakers",
    "inprogress",
    "lead",
    "needsanalysis",
    "new",
    "onhold",
    "perceptionanalysis",
    "presentationscheduled",
    "qualifiedtobuy",
    "stalled",
    "technicalwin",
    "valueproposition",
    "working",
];

/// What the text of a status column says.
pub(crate) fn status(text: &str) -> Option<Status> {
    match normalise(text).as_str() {
        "open" | "active" | "pending" | "inprogress" | "new" | "ongoing" => Some(Status::Open),
        "won" | "closedwon" | "success" | "successful" => Some(Status::Won),
        "lost" | "closedlost" | "unsuccessful" => Some(Status::Lost),
        _ => None,
    }
}

/// A choice in the product's word, where the text is one that we know; the text itself otherwise.
pub(crate) fn choice<'a>(words: &'static [&'static str], text: &'a str) -> &'a str {
    let form = normalise(text);
    let own = words.iter().find(|word| normalise(word) == form).copied();
    own.or_else(|| {
        let known = CHOICES.iter().filter(|(word, _)| words.contains(word));
        known
            .into_iter()
            .find(|(_, texts)| texts.contains(&form.as_str()))
            .map(|(word, _)| *word)
    })
    .unwrap_or(text)
}

const CHOICES: Aliases = &[
    (
        "customer",
        &[
            "customers",
            "customerdirect",
            "customerchannel",
            "client",
            "existingcustomer",
        ],
    ),
    ("prospect", &["prospects", "lead", "targetaccount", "target"]),
    (
        "partner",
        &[
            "channelpartner",
            "channelpartnerreseller",
            "technologypartner",
            "installationpartner",
            "reseller",
        ],
    ),
    (
        "open opportunity",
        &[
            "openopportunities",
            "opportunity",
            "opportunities",
            "openopps",
            "openopp",
        ],
    ),
    ("new", &["newbusiness", "newcustomer", "newlogo", "newbusinessdeal"]),
    (
        "expansion",
        &[
            "upsell",
            "crosssell",
            "addon",
            "existingbusiness",
            "existingcustomerupgrade",
            "existingcustomer",
            "upgrade",
        ],
    ),
    ("renewal", &["renew", "renewals"]),
    ("registration", &["dealregistration", "dealreg", "registered"]),
    (
        "intro",
        &["introduction", "warmintro", "warmintroduction", "introduced"],
    ),
    ("referral", &["referred", "partnerreferral", "leadreferral"]),
    ("joint meeting", &["jointcall", "meeting", "cosellmeeting", "cosell"]),
    ("technical validation", &["poc", "proofofconcept", "technicalreview"]),
    ("reference", &["referencecall", "customerreference"]),
    ("integration", &["integrationinstalled"]),
    (
        "marketplace",
        &["marketplacelisting", "marketplaceoffer", "privateoffer"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_is_of_a_field_and_in_its_plain_form() {
        for table in Table::ALL {
            for (name, aliases) in aliases(table).iter().chain(HINT_ALIASES) {
                assert!(target(table, name).is_some(), "{} {name}", table.name());
                for alias in *aliases {
                    assert_eq!(normalise(alias), *alias);
                    assert_ne!(
                        *alias,
                        normalise(name),
                        "{} {name}: its own name needs no alias",
                        table.name()
                    );
                }
            }
        }
    }

    #[test]
    fn every_field_has_a_line_of_aliases() {
        for table in Table::ALL {
            for field in table.fields() {
                assert!(
                    aliases(table).iter().any(|(name, _)| *name == field.name),
                    "{} {}",
                    table.name(),
                    field.name
                );
            }
        }
    }

    #[test]
    fn stages_say_their_status_only_where_the_name_is_known() {
        for (name, status) in [
            ("Closed Won", Some(Status::Won)),
            ("closedwon", Some(Status::Won)),
            ("6 - Won", Some(Status::Won)),
            ("Lost", Some(Status::Lost)),
            ("Closed-Lost", Some(Status::Lost)),
            ("Prospecting", Some(Status::Open)),
            ("Engaging", Some(Status::Open)),
            ("3. Negotiation/Review", Some(Status::Open)),
            ("Id. Decision Makers", Some(Status::Open)),
            ("Closed", None),
            ("Not won", None),
            ("Moonshot", None),
        ] {
            assert_eq!(stage_status(name), status, "{name}");
        }
    }
}
