//! The words that exports write for a status, a stage or a choice. It must not look at the names of columns.

use super::names::Aliases;
use super::normalise;
use crate::catalogue::Status;

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
