//! `beachhead backup`: everything in one file; and whether such a file can be restored.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use beachhead_office::Refusal;
use beachhead_office::backup::{BackupManifest, verify_backup};

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// The file to make, such as program.tar.zst; it must not be there
    #[arg(required = true, value_name = "OUT")]
    out: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum What {
    /// Read a backup from end to end: every hash, the record's checksum, the audit chain
    Verify {
        /// The backup
        #[arg(value_name = "BACKUP")]
        file: PathBuf,
    },
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    match (arguments.what, arguments.out) {
        (Some(What::Verify { file }), _) => {
            let manifest = verify_backup(&file, &machine::surroundings()).await?;
            told(place, &file, &manifest, "can be restored")
        }
        (None, Some(out)) => {
            let (office, actor) = machine::open_as(place).await?;
            let manifest = office.backup(&actor, &out).await?;
            told(place, &out, &manifest, "is made")
        }
        (None, None) => Err(Refusal::bad_input("Name the file to make", "")),
    }
}

fn told(place: &Place, file: &Path, manifest: &BackupManifest, done: &str) -> Done {
    if place.json {
        show::json(&serde_json::json!({ "file": file, "manifest": manifest }))?;
    } else {
        show::print(&format!(
            "The backup {} {done}: {} files with {} bytes, {} rows of the audit chain, made {} by release {}.",
            file.display(),
            manifest.files.len(),
            manifest.bytes(),
            manifest.audit_rows,
            manifest.made_at.strftime("%Y-%m-%d %H:%M UTC"),
            manifest.version,
        ));
    }
    Ok(ExitCode::SUCCESS)
}
