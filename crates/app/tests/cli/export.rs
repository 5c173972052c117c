//! `facts --export`: whole tables out of one program and into another.

use crate::support::{Folder, shared};

#[test]
fn tables_exported_and_imported_elsewhere_are_the_same() {
    let files = ["crm/maven_crm_iso/accounts.csv", "crm/maven_crm_iso/sales_pipeline.csv"].map(shared);
    let [Some(accounts), Some(pipeline)] = files else {
        return;
    };
    let here = Folder::new("export-here");
    here.answer(&["import", &accounts, &pipeline]);
    let weighed = here.answer(&["weigh", "--by", "industry"]);
    for format in ["csv", "xlsx", "parquet"] {
        let out = Folder::new(&format!("export-{format}"));
        let folder = out.path("tables").to_string_lossy().into_owned();
        let written = here.answer(&["facts", "--export", &folder, "--format", format]);
        let rows: Vec<u64> = written["tables"]
            .as_array()
            .expect("tables")
            .iter()
            .filter_map(|table| table["rows"].as_u64())
            .collect();
        assert_eq!(rows, [85, 8_800], "{format}");
        let file = |table: &str| format!("{folder}/{table}.{format}");
        out.answer(&["import", &file("accounts"), &file("opportunities")]);
        let again = out.answer(&["weigh", "--by", "industry"]);
        assert_eq!(again["total"], weighed["total"], "{format}");
        assert_eq!(again["cells"], weighed["cells"], "{format}");
    }
}
