//! Settings of the program: a key and JSON text. It must not know what they mean.

use serde_json::json;

use crate::store::{Tx, values};
use crate::{BoxFuture, Ledger, Result, Stamp};

impl Ledger {
    /// A setting, as JSON text.
    pub fn setting<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>>> {
        Box::pin(async move {
            let row = self
                .read()
                .await?
                .row("SELECT value FROM setting WHERE key = $1", values![key])
                .await?;
            row.map(|row| row.text("value")).transpose()
        })
    }

    /// Keeps a setting.
    pub fn set_setting<'a>(&'a self, stamp: &'a Stamp, key: &'a str, json: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            keep(&mut tx, key, json).await?;
            tx.commit(stamp, &format!("setting {key}"), json!({ "value": json }))
                .await
        })
    }
}

pub(crate) async fn keep(tx: &mut Tx, key: &str, json: &str) -> Result<()> {
    let sql = "INSERT INTO setting (key, value) VALUES ($1, $2)
               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    tx.run(sql, values![key, json]).await.map(drop)
}
