//! `beachhead serve`: the pages of a program.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use beachhead_office::{Office, Refusal};
use tokio::net::TcpListener;

use crate::{Done, Place, machine, show};

/// How long a server that stops waits for its imports to let go. They do at their next step.
const IMPORTS_STOP: Duration = Duration::from_secs(10);

/// How often a server looks whether the backup of the night is due.
const NIGHT_LOOKED_AT: Duration = Duration::from_secs(600);
/// How long it has been up when it looks first: whoever waits for pages goes before.
const NIGHT_LOOKED_AT_FIRST: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub struct Arguments {
    /// The address to listen on
    #[arg(
        long,
        env = "BEACHHEAD_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS"
    )]
    listen: SocketAddr,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let office = machine::open(place).await?;
    let listener = listen(arguments.listen).await?;
    let address = address(&listener)?;
    let setup = match office.is_set_up().await? {
        true => None,
        false => Some(format!("{address}/setup/{}", office.make_setup_link().await?)),
    };
    match &setup {
        _ if place.json => show::json(&serde_json::json!({ "address": address, "setup": setup }))?,
        None => show::print(&format!("Beachhead is open at {address}")),
        Some(link) => show::print(&format!(
            "Beachhead is open. Nobody has an account yet; make the first one here (the link works once, for 24 hours):\n{link}"
        )),
    }
    let office = Arc::new(office);
    let nights = tokio::spawn(each_night(Arc::clone(&office)));
    let stopped = until_stopped(office, listener).await;
    nights.abort();
    stopped
}

/// Makes the backup of each night. What cannot be made is said where the server prints, and tried again.
async fn each_night(office: Arc<Office>) {
    tokio::time::sleep(NIGHT_LOOKED_AT_FIRST).await;
    loop {
        match office.nightly_backup().await {
            Ok(None) => {}
            Ok(Some(backup)) => show::note(&format!("The nightly backup {} is made and read back.", backup.name)),
            Err(refusal) => show::note(&format!("The nightly backup was not made: {refusal}")),
        }
        tokio::time::sleep(NIGHT_LOOKED_AT).await;
    }
}

/// Listens on an address.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Refusal> {
    TcpListener::bind(address).await.map_err(|error| {
        Refusal::bad_input(
            format!("Beachhead could not listen on {address}: {error}"),
            "Stop what listens there, or choose another address with --listen (or --port for the demo).",
        )
    })
}

/// The address of a listener, as a link.
pub fn address(listener: &TcpListener) -> Result<String, Refusal> {
    let address = listener
        .local_addr()
        .map_err(|error| Refusal::internal(format!("The listener has no address: {error}")))?;
    Ok(format!("http://{address}"))
}

/// Serves until Ctrl-C or a termination signal; requests under way are finished, imports stop and can be resumed.
pub async fn until_stopped(office: Arc<Office>, listener: TcpListener) -> Done {
    office.sweep_facts().await?;
    let served = beachhead_web::serve(Arc::clone(&office), listener, stop()).await;
    office.stop_work();
    office.work_stopped(IMPORTS_STOP).await?;
    served.map_err(|error| Refusal::internal(format!("The server stopped: {error}")))?;
    Ok(ExitCode::SUCCESS)
}

async fn stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminated) = signal(SignalKind::terminate()) else {
            let _ = interrupted.await;
            return;
        };
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
}
