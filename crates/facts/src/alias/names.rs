//! The names under which the fields of each table occur in exports, and the names that tell one table from another. It
//! must hold tables only.

use crate::catalogue::Table;

// The least that a file must have to be of a table: one of each group.
pub(super) fn needs(table: Table) -> &'static [&'static [&'static str]] {
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
        Table::Stages => &[&["stage"], &["order"], &["means", "is_won", "is_closed", "probability"]],
    }
}

// Names that show a file to be of something else: a list of people, of orders, of products, of CRM tasks.
pub(super) fn strangers(table: Table) -> &'static [&'static str] {
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
            "hubspotobject",
            "requiresbillingwrite",
            "timestamp",
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
            "mergeddealid",
            "sourceid",
            "propertyid",
            "hubspotobject",
            "lineitemid",
        ],
        Table::StageHistory => &["engagementid", "contactid", "stageid"],
        Table::Touches => &["lastname", "firstname"],
        Table::Stages => &["dealid", "opportunityid", "amount", "accountid", "companyid"],
        _ => &[],
    }
}

/// What a Salesforce task is about: an opportunity, an account or anything else.
pub(crate) const WHAT_ID: &str = "whatid";

/// In a history of properties, the property that changed; in any other file, what a thing is called.
pub(super) const PROPERTY_NAME: &str = "name";

pub(super) type Aliases = &'static [(&'static str, &'static [&'static str])];

pub(super) const HINT_ALIASES: Aliases = &[
    (
        "is_won",
        &["won", "hsisclosedwon", "isclosedwon", "closedwon", "gewonnen"],
    ),
    (
        "is_closed",
        &["closed", "hsisclosed", "metadataisclosed", "geschlossen"],
    ),
    ("is_deleted", &["fivetrandeleted", "deleted"]),
    ("is_current", &["fivetranactive"]),
    ("reverse_id", &["reversepartnerid"]),
    // What the CRM says comes before what a tool of transport says, which only knows when it fetched the row.
    (
        "last_modified",
        &[
            "lastmodifieddate",
            "systemmodstamp",
            "hslastmodifieddate",
            "lastmodifiedat",
            "lastmodifiedon",
            "modifieddate",
            "modifiedat",
            "modifiedon",
            "updatedat",
            "updatedon",
            "updateddate",
            "dateupdated",
            "datemodified",
            "lastupdated",
            "lastupdate",
            "letzteänderung",
            "datumderletztenänderung",
            "datededernièremodification",
            "datedernieremodification",
            "fechadelaúltimamodificación",
            "recordlastmodified",
            "fivetransynced",
            "airbyteextractedat",
            "airbyteemittedat",
            "sdcextractedat",
            "sdcbatchedat",
        ],
    ),
    (crate::read::REASON_COLUMN, &[]),
];

pub(super) fn aliases(table: Table) -> Aliases {
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
        Table::Stages => STAGES,
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
            "firma",
            "firmenname",
            "unternehmen",
            "unternehmensname",
            "nomducompte",
            "nomdelentreprise",
            "société",
            "entreprise",
            "nombredelacuenta",
            "nombredelaempresa",
            "empresa",
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
            "accountdomain",
            "accountwebsite",
            "webseite",
            "siteweb",
            "sitioweb",
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
            "accountcountry",
            "land",
            "pays",
            "paysdefacturation",
            "país",
        ],
    ),
    ("region", &["territory", "salesregion", "accountregion"]),
    (
        "industry",
        &[
            "sector",
            "vertical",
            "industrysector",
            "industryname",
            "accountindustry",
            "branche",
            "secteur",
            "secteurdactivité",
        ],
    ),
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
            "employeesizerange",
            "mitarbeiter",
            "mitarbeiterzahl",
            "anzahlmitarbeiter",
            "effectif",
            "nombredesalariés",
            "empleados",
            "númerodeempleados",
        ],
    ),
    (
        "annual_revenue",
        &[
            "revenue",
            "yearlyrevenue",
            "annualrevenueconverted",
            "jahresumsatz",
            "umsatz",
            "chiffredaffaires",
            "chiffredaffairesannuel",
            "ingresosanuales",
        ],
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
            "iddelopportunité",
            "iddelaoportunidad",
            "iddelaoportunidad18",
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
            "accountdomain",
            "accountwebsite",
            "website",
            "domain",
            "firma",
            "unternehmen",
            "nomducompte",
            "société",
            "nombredelacuenta",
            "empresa",
        ],
    ),
    (
        "name",
        &[
            "opportunityname",
            "dealname",
            "opportunity",
            "deal",
            "oppname",
            "nomdelopportunité",
            "nombredelaoportunidad",
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
            "opportunitycreateddate",
            "dealcreatedate",
            "engagedate",
            "firstcontactdate",
            "erstelldatum",
            "erstelltam",
            "erstellungsdatum",
            "datedecréation",
            "fechadecreación",
        ],
    ),
    (
        "closed_on",
        &[
            "closedate",
            "closeddate",
            "closedat",
            "dealclosedate",
            "opportunityclosedate",
            "wondate",
            "schlusstermin",
            "abschlussdatum",
            "datedeclôture",
            "fechadecierre",
        ],
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
            "phase",
            "vertriebsphase",
            "dealphase",
            "étape",
            "etapa",
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
            "betrag",
            "montant",
            "importe",
            "importo",
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
            "leadquelle",
            "originedelapiste",
            "origendelcandidato",
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
            "createdat",
            "stagedate",
            "changedate",
            "changedat",
            "stagechangedate",
            "editdate",
            "lastmodified",
            "timestamp",
            "fivetranstart",
        ],
    ),
    (
        "stage",
        &["stagename", "tostage", "newstage", "newvalue", "dealstage", "value"],
    ),
    ("amount", &[]),
    ("close_date", &[]),
    ("seen_after", &[]),
    ("changed_field", &["field", "fieldname", "fieldevent", PROPERTY_NAME]),
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
            "partnersname",
            "partnercompany",
            "partnercompanyname",
            "partnerorganizationname",
            "partnerorganization",
        ],
    ),
    (
        "external_id",
        &["partnerrecordid", "recordid", "partneraccountid", "partnercrmid"],
    ),
    (
        "name",
        &[
            "partneraccountname",
            "partneraccount",
            "companyname",
            "accountname",
            "company",
            "account",
        ],
    ),
    (
        "domain",
        &[
            "companyurl",
            "website",
            "companydomain",
            "companydomainname",
            "companyurldomain",
            "accountdomain",
            "accountwebsite",
            "partneraccountwebsite",
            "partneraccountdomain",
            "url",
        ],
    ),
    (
        "country",
        &[
            "billingcountry",
            "companycountry",
            "countryregion",
            "partneraccountcountry",
        ],
    ),
    (
        "population",
        &[
            "partnerpopulationnames",
            "partnerpopulation",
            "partnerpopulationname",
            "partnerpopulations",
            "theirpopulation",
            "theirpopulations",
            "partnersegment",
            "partnerssegment",
            "partneraccountstatus",
            "partneraccounttype",
            "partneraccountsegment",
            "theirstatus",
            "populationnames",
            "populationname",
        ],
    ),
    (
        "owner",
        &[
            "partneraccountowner",
            "partneraccountownername",
            "partnerae",
            "partnerowner",
            "accountowner",
            "ownername",
        ],
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
            "partneraccountc",
            "cosellpartneraccount",
            "referralaccountc",
            "referralaccount",
            "referralpartner",
            "referringpartner",
            "sourcingpartner",
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

// HubSpot's deal_pipeline_stage and Salesforce's OpportunityStage.
const STAGES: Aliases = &[
    ("stage_id", &["apiname", "internalid", "dealstageid", "pipelinestageid"]),
    (
        "stage",
        &[
            "label",
            "masterlabel",
            "stagelabel",
            "stagename",
            "dealstage",
            "dealstagename",
        ],
    ),
    ("means", &["meaning", "stagestatus"]),
    ("order", &["displayorder", "sortorder", "stageorder"]),
    (
        "pipeline",
        &["pipelineid", "pipelinelabel", "pipelinename", "dealpipeline"],
    ),
    ("from", &["effectivefrom", "validfrom"]),
    (
        "probability",
        &["defaultprobability", "winprobability", "metadataprobability"],
    ),
];

#[cfg(test)]
mod tests {
    use super::super::{normalise, target};
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
}
