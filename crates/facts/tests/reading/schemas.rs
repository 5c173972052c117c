//! Whole exports of Salesforce and HubSpot, and every name that occurs in such files: recognised without a question, or
//! named for what they are.

use super::*;
use beachhead_facts::catalogue::Table;
use beachhead_facts::read::inspect;

/// The tables of a set, by file; none where the file holds no facts, with a word of what it is.
const SALESFORCE: &[(&str, Result<Table, &str>)] = &[
    ("account", Ok(Table::Accounts)),
    ("account_history", Ok(Table::Accounts)),
    ("contact", Err("contacts")),
    ("contact_history", Err("contacts")),
    ("event", Ok(Table::Touches)),
    ("lead", Err("leads")),
    ("opportunity", Ok(Table::Opportunities)),
    ("opportunity_history", Ok(Table::Opportunities)),
    ("opportunity_line_item", Err("lines of an opportunity")),
    ("order", Err("orders")),
    ("product_2", Err("products")),
    ("task", Ok(Table::Touches)),
    ("user", Err("users")),
    ("user_role", Err("roles")),
];

const HUBSPOT: &[(&str, Result<Table, &str>)] = &[
    ("company", Ok(Table::Accounts)),
    ("company_property_history", Err("the history of accounts")),
    ("contact", Err("contacts")),
    ("deal_company", Err("links of deals to companies")),
    ("deal_contact", Err("links of contacts to deals")),
    ("deal", Ok(Table::Opportunities)),
    ("deal_pipeline", Err("pipelines")),
    ("deal_pipeline_stage", Ok(Table::Stages)),
    ("deal_property_history", Ok(Table::StageHistory)),
    ("deal_stage", Ok(Table::StageHistory)),
    ("engagement_deal", Err("activities")),
    ("engagement_meeting", Err("activities")),
    ("merged_deal", Err("merged deals")),
    ("owner", Err("owners")),
    ("property", Err("the list of a CRM's properties")),
    ("property_option", Err("the list of a CRM's properties")),
    ("role", Err("roles")),
    ("team", Err("a list of ids and names")),
];

#[test]
fn every_file_of_both_sets_is_recognised_or_named_under_any_file_name() {
    let salesforce = SALESFORCE
        .iter()
        .map(|(name, what)| (format!("schemas/dbt_salesforce/sf_{name}_data.csv"), what));
    let hubspot = HUBSPOT
        .iter()
        .map(|(name, what)| (format!("schemas/dbt_hubspot/{name}_data.csv"), what));
    for (path, expected) in salesforce.chain(hubspot) {
        let Some(path) = shared(&path) else { return };
        let bytes = std::fs::read(&path).unwrap();
        let options = ReadOptions {
            take_anyway: true,
            ..options()
        };
        let read = read(Input::Bytes("export (3).csv", &bytes), &options);
        match (expected, read) {
            (Ok(table), Ok(read)) => {
                assert_eq!(read.report.table, Some(*table), "{}", path.display());
                assert!(read.report.asked.is_empty() && adds_up(&read.report));
            }
            (Err(word), Err(FactsError::PassedOver { report })) => {
                let says = report.passed_over.unwrap();
                assert!(says.starts_with(word), "{}: {says}", path.display());
            }
            (expected, got) => panic!("{}: {expected:?}, {:?}", path.display(), got.map(|read| read.report)),
        }
    }
}

// The header with a row that holds nothing but a letter.
fn with_a_row(header: &str) -> String {
    format!("{header}\nx{}\n", header.replace(|c: char| c != ',', ""))
}

/// Which field of a table each of these headers feeds, the others of the header making the table plain.
fn all_lead_to(table: Table, others: &str, field: &str, names: &[&str]) {
    for name in names {
        let text = with_a_row(&format!("{others},{name}"));
        let report = inspect(Input::Bytes("x.csv", text.as_bytes()), &options())
            .unwrap_or_else(|e| panic!("{e}"))
            .report;
        assert_eq!(report.table, Some(table), "{name}");
        assert_eq!(field_of(&report, name), Some(field), "{name}");
    }
}

#[test]
fn every_name_of_an_opportunitys_id_account_and_amount_leads_to_its_field() {
    let deals = |others, field, names: &[&str]| all_lead_to(Table::Opportunities, others, field, names);
    let ids = [
        "Id",
        "Opportunity ID",
        "id",
        "hs_object_id",
        "Record ID",
        "deal_id",
        "opportunity_id",
    ];
    deals("Deal Name,Deal Stage,Amount", "opportunity_id", &ids);
    let all_but_account = "Deal ID,Deal Name,Deal Stage,Amount";
    let accounts = [
        "AccountId",
        "Account ID",
        "account_id",
        "Associated Company IDs",
        "company_id",
    ];
    deals(all_but_account, "account_id", &accounts);
    deals(
        all_but_account,
        "account_id",
        &["Account Name", "account", "Associated Company", "domain", "Website"],
    );
    let amounts = [
        "Amount",
        "amount",
        "property_amount",
        "hs_acv",
        "close_value",
        "Amount in company currency",
    ];
    deals("Deal ID,Deal Name,Deal Stage", "amount", &amounts);
}

#[test]
fn every_name_of_an_opportunitys_days_stage_and_source_leads_to_its_field() {
    let deals = |others, field, names: &[&str]| all_lead_to(Table::Opportunities, others, field, names);
    let rest = "Deal ID,Deal Name,Amount";
    let created = [
        "CreatedDate",
        "Created Date",
        "created_date",
        "createdate",
        "property_createdate",
        "Create Date",
        "engage_date",
    ];
    deals(rest, "created_on", &created);
    deals(
        rest,
        "closed_on",
        &[
            "CloseDate",
            "Close Date",
            "close_date",
            "closedate",
            "property_closedate",
        ],
    );
    deals(rest, "is_won", &["IsWon", "is_won", "Won", "hs_is_closed_won"]);
    deals(rest, "is_closed", &["IsClosed", "is_closed", "Closed", "hs_is_closed"]);
    deals(
        rest,
        "stage",
        &[
            "StageName",
            "Stage",
            "stage_name",
            "dealstage",
            "Deal Stage",
            "deal_stage",
        ],
    );
    let sources = [
        "LeadSource",
        "Lead Source",
        "lead_source",
        "hs_analytics_source",
        "Original Source",
        "Route To Market",
    ];
    deals(rest, "source", &sources);
    let changed = [
        "LastModifiedDate",
        "SystemModstamp",
        "hs_lastmodifieddate",
        "property_hs_lastmodifieddate",
        "lastmodifieddate",
        "updated_at",
        "Last Modified Date",
        "_fivetran_synced",
        "_airbyte_extracted_at",
        "_sdc_extracted_at",
    ];
    deals(rest, "last_modified", &changed);
}

#[test]
fn every_name_that_occurs_for_an_account_leads_to_its_field() {
    let accounts = |others, field, names: &[&str]| all_lead_to(Table::Accounts, others, field, names);
    accounts(
        "Company Name,Industry,Number of Employees",
        "domain",
        &["Website", "Company URL", "Company Domain Name", "domain"],
    );
    accounts(
        "Industry,Number of Employees",
        "name",
        &[
            "Account Name",
            "Company name",
            "Name",
            "Firmenname",
            "Nom du compte",
            "Empresa",
        ],
    );
    accounts(
        "Account Name,Industry",
        "employees",
        &[
            "NumberOfEmployees",
            "Employees",
            "numberofemployees",
            "Mitarbeiter",
            "Effectif",
            "Empleados",
        ],
    );
}

#[test]
fn a_report_in_german_french_or_spanish_is_recognised() {
    for header in [
        "Opportunity-ID,Opportunity-Name,Accountname,Phase,Betrag,Schlusstermin,Erstelldatum",
        "ID de l'opportunité,Nom de l'opportunité,Nom du compte,Étape,Montant,Date de clôture,Date de création",
        "ID de la oportunidad,Nombre de la oportunidad,Nombre de la cuenta,Etapa,Importe,Fecha de cierre,Fecha de creación",
    ] {
        let report = report_of(&format!("{header}\n1,One,Acme,Closed Won,100,2024-05-06,2024-01-02\n"));
        assert_eq!(report.table, Some(Table::Opportunities), "{header}");
        assert_eq!(counts(&report), (1, 1, 0, 0, 0));
        assert!(
            report.columns.iter().all(|column| column.field.is_some()),
            "{:?}",
            report.columns
        );
    }
}

#[test]
fn a_history_of_salesforce_is_told_from_its_opportunities() {
    for header in [
        "OpportunityId,StageName,CreatedDate,Amount,CloseDate",
        "Id,OpportunityId,CreatedById,CreatedDate,StageName,Amount,ExpectedRevenue,CloseDate,Probability,ForecastCategory,\
         SystemModstamp,IsDeleted,PrevAmount,PrevCloseDate",
        "opportunity_id,stage_name,created_date,amount,close_date,_fivetran_synced",
    ] {
        let text = with_a_row(header);
        let report = inspect(Input::Bytes("x.csv", text.as_bytes()), &options())
            .unwrap()
            .report;
        assert_eq!(report.table, Some(Table::StageHistory), "{header}");
        assert!(report.asked.is_empty(), "{:?}", report.asked);
    }
    let report = report_of(
        "OpportunityId,Name,StageName,CreatedDate,Amount,CloseDate\n1,One,Closed Won,2024-01-02,5,2024-03-01\n",
    );
    assert_eq!(report.table, Some(Table::Opportunities));
}

#[test]
fn a_history_before_2021_has_no_earlier_values_and_is_read_all_the_same() {
    let report = report_of(concat!(
        "Id,OpportunityId,CreatedDate,StageName,Amount,CloseDate,PrevAmount,PrevCloseDate\n",
        "0081,006q000000HddohAAB,2020-03-04T10:00:00.000+0000,Qualification,100.0,2020-06-30,,\n",
        "0082,006q000000HddohAAB,2021-03-04T10:00:00.000+0000,Closed Won,120.0,2021-03-04,100.0,2020-06-30\n",
    ));
    assert_eq!(report.table, Some(Table::StageHistory));
    assert_eq!(counts(&report), (2, 2, 0, 0, 0));
    assert_eq!(field_of(&report, "PrevAmount"), None);
}

#[test]
fn of_hubspots_history_of_properties_the_stage_is_read() {
    let report = report_of(concat!(
        "deal_id,timestamp,_fivetran_synced,source,name,source_id,value\n",
        "1,2024-01-02 10:00:00,2024-02-02 10:00:00,CRM_UI,dealstage,,appointmentscheduled\n",
        "1,1706868000000,2024-02-02 10:00:00,CRM_UI,dealstage,,closedwon\n",
        "1,2024-01-02 10:00:00,2024-02-02 10:00:00,CRM_UI,amount,,500\n",
    ));
    assert_eq!(report.table, Some(Table::StageHistory));
    assert_eq!(counts(&report), (3, 2, 1, 0, 0));
}

#[test]
fn lists_of_crossbeam_reveal_and_partnertap_are_partner_accounts() {
    for header in [
        "_partner_name,_population_names,_partner_population_names,_record_id,Company Name,Company URL",
        "Partner,Partner Population,Company Name,Company URL",
        "Partner Name,Partner Segment,Company name,Company domain",
        "Partner Company,Partner Account Name,Partner Account Status,Partner Account Website",
    ] {
        let text = with_a_row(header);
        let report = inspect(Input::Bytes("overlaps.csv", text.as_bytes()), &options())
            .unwrap()
            .report;
        assert_eq!(report.table, Some(Table::PartnerAccounts), "{header}");
        assert!(report.asked.is_empty(), "{header} {:?}", report.asked);
    }
}

#[test]
fn stages_of_both_crms_say_what_they_mean() {
    let report = report_of(concat!(
        "Id,MasterLabel,ApiName,IsActive,SortOrder,IsClosed,IsWon,ForecastCategoryName,DefaultProbability\n",
        "01J1,Prospecting,Prospecting,true,1,false,false,Pipeline,10\n",
        "01J2,Gagné,Closed Won,true,9,true,true,Closed,100\n",
        "01J3,Perdu,Closed Lost,false,10,true,false,Omitted,0\n",
    ));
    assert_eq!(report.table, Some(Table::Stages));
    assert_eq!(counts(&report), (3, 3, 0, 0, 0));
    let report = report_of(
        "stage_id,label,display_order,probability\n9385721,Moonshot,0,0.2\n9385722,Landed,1,1.0\n9385723,Gone,2,0.0\n",
    );
    assert_eq!(counts(&report), (3, 3, 0, 0, 0));
}

#[test]
fn a_touch_is_of_the_kind_that_its_column_names() {
    let report = report_of(
        "id,what_id,activity_date,co_sell_partner_account_c,partner_activity_type_c,subject\n1,006q000000Hddoh,2024-01-03,Workbright,,x\n",
    );
    assert_eq!(report.table, Some(Table::Touches));
    assert_eq!(counts(&report), (1, 1, 0, 0, 0));
}

#[test]
fn a_list_that_could_be_of_two_tables_is_asked_with_the_flag_that_answers() {
    let error = read_text("id,name\n1,Acme\n", &options()).unwrap_err();
    let FactsError::Asked { report } = error else {
        panic!("{error}")
    };
    assert_eq!(report.asked[0].flag, "--as accounts|partners");
    let synced = read_text("id,name,_fivetran_synced\n1,Acme,2024-01-01\n", &options()).unwrap_err();
    assert!(matches!(synced, FactsError::PassedOver { .. }), "{synced}");
    let options = ReadOptions {
        table: Some(Table::Accounts),
        ..options()
    };
    assert_eq!(
        counts(
            &read_text("id,name,_fivetran_synced\n1,Acme,2024-01-01\n", &options)
                .unwrap()
                .report
        ),
        (1, 1, 0, 0, 0)
    );
    assert_eq!(
        counts(&read_text("id,name\n1,Acme\n", &options).unwrap().report),
        (1, 1, 0, 0, 0)
    );
}

#[test]
fn a_name_much_like_one_that_is_known_is_suggested() {
    let options = ReadOptions {
        table: Some(Table::Opportunities),
        map: vec![("Amt".to_owned(), "ammount".to_owned())],
        ..options()
    };
    let error = read_text("Deal ID,Deal Stage,Amt\n1,won,5\n", &options).unwrap_err();
    assert!(error.to_string().contains("is `amount` meant?"), "{error}");
    let options = ReadOptions {
        table: Some(Table::StageHistory),
        ..super::options()
    };
    let error = read_text("Deal ID,Stagge,Date Entered\n1,won,2024-01-02\n", &options).unwrap_err();
    assert!(
        error.to_string().contains("is it `Stagge`? (--map Stagge=stage)"),
        "{error}"
    );
}

#[test]
fn a_touch_names_its_partner_in_whichever_column_is_filled() {
    let report = report_of(concat!(
        "id,what_id,activity_date,co_sell_partner_account_c,referral_account_c,partner_activity_type_c\n",
        "1,006q000000Hddoh,2024-01-03,Workbright,,\n2,006q000000Hddoh,2024-01-04,,Keyline,\n3,006q000000Hddoh,2024-01-05,,,\n",
    ));
    assert_eq!(counts(&report), (3, 2, 1, 0, 0));
}

#[test]
fn deals_are_linked_to_companies_by_the_file_beside_them() {
    let mut companions = beachhead_facts::read::Companions::default();
    let links = "company_id,deal_id,type_id,category\n12345,6789,341,HUBSPOT_DEFINED\n56789,1234,5,HUBSPOT_DEFINED\n";
    companions
        .add(Input::Bytes("deal_company.csv", links.as_bytes()), &options())
        .unwrap();
    let options = ReadOptions {
        companions,
        ..options()
    };
    let deals = "deal_id,property_dealname,property_amount\n6789,One,5\n1234,Two,6\n1,Three,7\n";
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("links-{}", std::process::id()));
    let store = beachhead_facts::snapshot::FactStore::open(&folder).unwrap();
    let read = read_text(deals, &options).unwrap();
    let taken = store
        .take(None, vec![read], TODAY, &beachhead_facts::Watch::default())
        .unwrap();
    let star = beachhead_facts::Star::open(&store, &taken.manifest, None).unwrap();
    assert_eq!(star.opportunities_without_account(), 2);
    std::fs::remove_dir_all(&folder).unwrap();
}
