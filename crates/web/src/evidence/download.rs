//! Files of rows, sent while they are written: a list of a million rows is never whole in memory. Must not know what the
//! rows are.

use std::convert::Infallible;
use std::io::{self, BufWriter, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use beachhead_office::Refusal;
use beachhead_office::facts::export::{Format, RowsFile};
use futures_core::Stream;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::answer::Answer;

/// Bytes that are sent at a time.
const BLOCK: usize = 64 << 10;
/// Blocks that wait for a slow reader before the writing waits too.
const WAITING: usize = 4;

/// The format that an address asks for by its ending: XLSX, or else CSV.
pub(crate) struct Ending(pub Format);

impl<S: Sync> FromRequestParts<S> for Ending {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let ending = parts.uri.path().rsplit('.').next().unwrap_or_default();
        let format = Format::from_name(ending).filter(|format| *format == Format::Xlsx);
        Ok(Self(format.unwrap_or(Format::Csv)))
    }
}

/// Sends rows as a file of this name. What cannot be begun is refused; what fails on the way breaks off, so that nobody
/// takes a part for the whole.
pub(crate) async fn answer(name: &str, format: Format, rows: RowsFile) -> Answer {
    let (sender, mut receiver) = channel(WAITING);
    let (failed, refused) = tokio::sync::oneshot::channel();
    tokio::task::spawn_blocking(move || {
        let mut to = BufWriter::with_capacity(BLOCK, Blocks(sender));
        match rows.write(format, &mut to) {
            // Where the last block cannot be sent, the reader has gone.
            Ok(to) => drop(to.flush()),
            Err(error) => {
                let refusal = Refusal::from(error);
                // Nothing more is to be sent, and what is buffered must not look like an end.
                let (blocks, _) = to.into_parts();
                let broken = io::Error::other(refusal.message.clone());
                let _ = failed.send(refusal);
                let _ = blocks.0.blocking_send(Err(broken));
            }
        }
    });
    let first = receiver.recv().await;
    // A file has a header at least: without a byte it was not written.
    if !matches!(first, Some(Ok(_))) {
        let refusal = refused.await;
        return Err(refusal
            .unwrap_or_else(|_| Refusal::internal("The file could not be written"))
            .into());
    }
    let kind = match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Format::Parquet => "application/vnd.apache.parquet",
    };
    let headers: [(HeaderName, String); 2] = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{}\"", format.ending()),
        ),
    ];
    Ok((headers, Body::from_stream(Sent { first, rest: receiver })).into_response())
}

/// A file's bytes, a block at a time.
pub(crate) fn blocks(mut file: std::fs::File) -> impl Stream<Item = io::Result<Bytes>> {
    let (sender, receiver) = channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let mut to = BufWriter::with_capacity(BLOCK, Blocks(sender.clone()));
        if let Err(error) = io::copy(&mut file, &mut to).and_then(|_| to.flush()) {
            let _ = sender.blocking_send(Err(error));
        }
    });
    Sent {
        first: None,
        rest: receiver,
    }
}

/// Blocks of bytes on their way to the reader.
struct Blocks(Sender<io::Result<Bytes>>);

impl Write for Blocks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let block = Ok(Bytes::copy_from_slice(bytes));
        self.0
            .blocking_send(block)
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The block that was waited for, then the others.
struct Sent {
    first: Option<io::Result<Bytes>>,
    rest: Receiver<io::Result<Bytes>>,
}

impl Stream for Sent {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => self.rest.poll_recv(context),
        }
    }
}
