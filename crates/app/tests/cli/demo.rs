//! `demo`: the worked example in a folder of its own, the same each time, and never in anybody else's.

use crate::support::Folder;

#[test]
fn the_page_is_the_same_bytes_when_the_example_is_made_anew() {
    let folder = Folder::new("demo-once");
    let one = folder.run(&["demo", "--once"]).done().out;
    assert!(one.starts_with("Northwind Analytics: partner strategy"), "{one}");
    assert!(
        one.contains("synthetic facts") && one.contains("Signed by Dana Whitfield"),
        "{one}"
    );
    let two = folder.answer(&["demo", "--once"]);
    assert_eq!(two["page"].as_str().map(str::trim_end), Some(one.trim_end()));
    let report = folder
        .run(&["report", "one-page", "--data", "beachhead-demo"])
        .done()
        .out;
    assert!(report.starts_with("Northwind Analytics: partner strategy"), "{report}");
    html_and_markdown(&folder);
}

fn html_and_markdown(folder: &Folder) {
    let data = ["--data", "beachhead-demo"];
    let html = folder.answer(&[&["report", "one-page", "--html", "page.html"], data.as_slice()].concat());
    assert_eq!(html["file"], "page.html");
    let text = std::fs::read_to_string(folder.path("page.html")).expect("written");
    assert!(text.contains("</html>") && text.contains("Northwind Analytics"));
    folder.answer(&[&["report", "one-page", "--markdown", "page.md"], data.as_slice()].concat());
    assert!(
        std::fs::read_to_string(folder.path("page.md"))
            .expect("written")
            .contains("Northwind Analytics")
    );
    folder.refused(&[&["report", "nothing"], data.as_slice()].concat(), 2);
    folder.refused(
        &[
            &["report", "one-page", "--html", "no/such/folder.html"],
            data.as_slice(),
        ]
        .concat(),
        2,
    );
}

#[test]
fn a_folder_that_holds_something_else_is_refused_untouched() {
    let folder = Folder::new("demo-foreign");
    folder.write("letter.txt", "mine");
    let before = folder.files();
    assert!(
        folder
            .refused(&["demo", "--once", "--folder", "."], 2)
            .contains("--folder")
    );
    assert!(
        folder
            .refused(&["demo", "--once", "--folder", "letter.txt"], 2)
            .contains("--folder")
    );
    assert_eq!(folder.files(), before);
}
