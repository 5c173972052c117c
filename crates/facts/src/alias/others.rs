//! Files of a CRM that hold no facts of ours, told by their headers, so that they are named instead of misread. It must
//! hold tables only.

use std::collections::BTreeSet;

/// A kind of file that is not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Other {
    /// What it is and why it is left out, in one sentence.
    pub(crate) says: &'static str,
    /// One name of each group is there.
    all: &'static [&'static [&'static str]],
    /// None of these is there.
    none: &'static [&'static str],
}

/// What a header that fits no table speaks of, by the names of its columns in their plain form.
pub(super) fn other(forms: &BTreeSet<String>) -> Option<&'static Other> {
    if is_synced_list(forms) {
        return Some(&SYNCED_LIST);
    }
    let has = |name: &&str| forms.contains(*name);
    OTHERS
        .iter()
        .find(|other| other.all.iter().all(|group| group.iter().any(has)) && !other.none.iter().any(has))
}

/// What a connector brings beside the companies and deals of a CRM: its teams, for one. Companies come with more columns.
const SYNCED_LIST: Other = Other {
    says: "a list of ids and names alone is not read when a connector brings it: it could be of anything; say --as if it \
           is of a table",
    all: &[],
    none: &[],
};

// Ids, names, and what the connector adds. A list that a person made has no such column, and is asked about.
pub(super) fn is_synced_list(forms: &BTreeSet<String>) -> bool {
    const CONNECTORS: [&str; 3] = ["fivetran", "airbyte", "sdc"];
    let of_connector = |form: &&String| CONNECTORS.iter().any(|start| form.starts_with(start));
    let (added, own): (Vec<&String>, Vec<&String>) = forms.iter().partition(of_connector);
    !added.is_empty() && own == ["id", "name"]
}

/// What is said of a file that only tells which company a deal is of.
pub(crate) const LINKS_OF_DEALS: &str =
    "links of deals to companies are read with the deals that they are about: import both files together";

const PERSON: &[&str] = &["firstname", "lastname", "fullname", "email", "emailaddress"];

// The first that fits: what is told by one name of its own comes before what is told by names that others have too.
const OTHERS: &[Other] = &[
    Other {
        says: LINKS_OF_DEALS,
        all: &[&["dealid", "opportunityid"], &["companyid", "associatedcompanyid"]],
        none: &["engagementid", "contactid", "productid"],
    },
    Other {
        says: "leads are not read: an opportunity begins where a lead becomes one",
        all: &[
            &[
                "isconverted",
                "converteddate",
                "convertedaccountid",
                "convertedopportunityid",
                "leadstatus",
                "leadid",
            ],
            PERSON,
        ],
        none: &[],
    },
    Other {
        says: "users are not read: an owner is kept as the opportunity names it",
        all: &[&["username", "userroleid", "profileid", "usertype"], PERSON],
        none: &[],
    },
    Other {
        says: "owners are not read: an owner is kept as the opportunity names it",
        all: &[&["ownerid"], &["email"], &["firstname", "lastname"]],
        none: &["id", "recordid", "hsobjectid", "contactid", "accountid"],
    },
    Other {
        says: "links of contacts to deals are not read: facts are about companies",
        all: &[&["contactid"], &["dealid", "opportunityid", "role"]],
        none: PERSON,
    },
    Other {
        says: "merged deals are not read: the deal that is left is in the file of deals",
        all: &[&["mergeddealid"]],
        none: &[],
    },
    Other {
        says: "lines of an opportunity are not read: its amount is in the file of opportunities",
        all: &[
            &[
                "opportunityid",
                "dealid",
                "lineitemid",
                "opportunitylineitemid",
                "hslineitemid",
            ],
            &["quantity", "unitprice", "totalprice", "pricebookentryid", "listprice"],
        ],
        none: &[],
    },
    Other {
        says: "orders are not read: facts are opportunities and their accounts",
        all: &[&["ordernumber", "ordernumberc", "orderid"]],
        none: &[],
    },
    Other {
        says: "products are not read: segments are of accounts",
        all: &[
            &["productcode", "product", "salesprice", "stockkeepingunit", "sku"],
            &["name", "product", "series"],
        ],
        none: &["opportunityid", "dealid", "accountid", "account"],
    },
    Other {
        says: "pipelines are not read by themselves: their stages are (deal_pipeline_stage)",
        all: &[&["pipelineid", "pipelinename"], &["label", "pipelinename"]],
        none: &["stageid", "stagelabel", "dealid"],
    },
    Other {
        says: "cases and tickets are not read: facts are opportunities and their accounts",
        all: &[&["casenumber", "caseid", "ticketid", "ticketnumber", "hsticketid"]],
        none: &[],
    },
    Other {
        says: "campaigns are not read: what a partner did is a touch",
        all: &[&[
            "campaignmemberid",
            "numbersent",
            "numberofleads",
            "numberofconvertedleads",
        ]],
        none: &[],
    },
    Other {
        says: "the history of accounts is not read: accounts are kept as they are now",
        all: &[&["accountid", "companyid"], &["newvalue", "value"], &["field", "name"]],
        none: &["opportunityid", "dealid"],
    },
    Other {
        says: "the list of a CRM's properties is not read: the columns of the other files are enough",
        all: &[&["fieldtype", "id", "hubspotobject"], &["hubspotobject"]],
        none: &[],
    },
    Other {
        says: "activities are read as touches where a column names the partner (partner, co_sell_partner_account_c, \
               referral_account_c); this file has none",
        all: &[&[
            "engagementid",
            "whoid",
            "whatid",
            "taskid",
            "eventid",
            "activityid",
            "tasksubtype",
        ]],
        none: &[],
    },
    Other {
        says: "roles are not read: an owner is kept as the opportunity names it",
        all: &[&["developername", "rolename", "requiresbillingwrite", "parentroleid"]],
        none: &[],
    },
    Other {
        says: "contacts are not read: facts are about companies and opportunities, never about persons",
        all: &[
            &["firstname", "lastname", "contactid", "contactname", "salutation"],
            &["email", "emailaddress", "phone", "title", "name", "jobtitle"],
        ],
        none: &["opportunityid", "dealid"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_in_its_plain_form_and_every_sentence_says_why() {
        for other in OTHERS {
            for name in other.all.iter().copied().flatten().chain(other.none) {
                assert_eq!(super::super::normalise(name), *name);
            }
            assert!(other.says.contains(": ") || other.says.contains("; "), "{}", other.says);
        }
    }
}
