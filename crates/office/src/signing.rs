//! Versions and signatures: asking for one, giving one to an exact text, sending a version back.

use beachhead_ledger::{NewDecision, Signing, StrategyVersion};
use beachhead_strategy::findings::signable;
use beachhead_strategy::state::{Grounds, Occasion};
use beachhead_strategy::{BetState, Severity};

use crate::actor::{Actor, Permission};
use crate::deciding::sentence;
use crate::{Answer, Code, Office, Refusal};

impl Office {
    /// Keeps the draft as the next version and asks for its signature. Refused while a finding stops it.
    pub fn ask_signature<'a>(&'a self, actor: &'a Actor) -> Answer<'a, StrategyVersion> {
        Box::pin(async move {
            actor.must(Permission::Write)?;
            let standing = self.standing(actor, None).await?;
            let findings = standing.findings();
            if !signable(&findings) {
                let stops: Vec<&str> = findings
                    .iter()
                    .filter(|f| f.severity == Severity::Error)
                    .map(|f| f.message.as_str())
                    .collect();
                let message = format!("The draft cannot be signed yet: {}", stops.join("; "));
                return Err(Refusal::new(
                    Code::ChecksFail,
                    message,
                    "Each finding on the front page says what would mend it.",
                ));
            }
            let text = beachhead_strategy::render(&standing.draft.parsed.strategy);
            if let Some(signed) = &standing.signed
                && signed.version.text == text
            {
                let message = format!("Version {} is signed with this very text", signed.version.number);
                return Err(Refusal::conflict(message, "Change the strategy first, then ask again."));
            }
            if let Some(asked) = &standing.asked
                && asked.text == text
            {
                let message = format!("Version {} waits for a signature with this very text", asked.number);
                return Err(Refusal::conflict(message, "The sponsor signs it or sends it back."));
            }
            Ok(self
                .ledger
                .ask_signature(&self.stamp_of(actor, "ask signature"), &text)
                .await?)
        })
    }

    /// Signs the exact text of a version: `sha256` is what the sponsor saw. Its bets become planned, in the same
    /// transaction.
    pub fn sign<'a>(
        &'a self,
        actor: &'a Actor,
        number: i64,
        sha256: &'a str,
        conditions: Option<String>,
    ) -> Answer<'a, StrategyVersion> {
        Box::pin(async move {
            actor.must(Permission::Sign)?;
            let version = self.version(actor, number).await?;
            if version.sha256 != sha256 {
                return Err(Refusal::conflict(
                    "The text that you saw is not the text of this version",
                    "Reload the page, read the version again and sign what you see.",
                ));
            }
            sentence("The condition", conditions.as_deref().unwrap_or_default())?;
            let decisions = self.planned_by(actor, &version).await?;
            let signing = Signing {
                version: number,
                sha256: sha256.to_owned(),
                person: actor.person.clone(),
                conditions,
                decisions,
            };
            Ok(self.ledger.sign(&self.stamp_of(actor, "sign"), signing).await?)
        })
    }

    /// Sends a version back with a comment.
    pub fn send_back<'a>(&'a self, actor: &'a Actor, number: i64, comment: &'a str) -> Answer<'a, StrategyVersion> {
        Box::pin(async move {
            actor.must(Permission::Sign)?;
            if comment.trim().is_empty() {
                return Err(Refusal::bad_input(
                    "Say why it goes back",
                    "One sentence that the leader can act on.",
                ));
            }
            sentence("The comment", comment)?;
            Ok(self
                .ledger
                .send_back(&self.stamp_of(actor, "send back"), number, comment.trim())
                .await?)
        })
    }

    /// One version of the strategy.
    pub fn version<'a>(&'a self, actor: &'a Actor, number: i64) -> Answer<'a, StrategyVersion> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let missing = || {
                Refusal::not_found(
                    format!("There is no version {number}"),
                    "The front page lists the versions.",
                )
            };
            self.ledger.version(number).await?.ok_or_else(missing)
        })
    }

    /// All versions, newest first.
    pub fn versions<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Vec<StrategyVersion>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            Ok(self.ledger.versions().await?)
        })
    }

    /// The moves that the signature of a version makes: each bet that it plans and that is not worked yet.
    async fn planned_by(&self, actor: &Actor, version: &StrategyVersion) -> Result<Vec<NewDecision>, Refusal> {
        let live = self.ledger.bet_states().await?;
        let strategy = self.parsed(&version.text);
        let snapshot = self.ledger.latest_snapshot().await?.map(|snapshot| snapshot.id);
        let mut decisions = Vec::new();
        for bet in strategy
            .strategy
            .bets
            .iter()
            .filter(|bet| bet.state == BetState::Planned)
        {
            let key = bet.key();
            let from = live
                .iter()
                .find(|state| state.bet == key)
                .and_then(|state| BetState::from_word(&state.state))
                .unwrap_or(BetState::Proposed);
            let reason = format!("Signed in version {}", version.number);
            let grounds = Grounds {
                occasion: Occasion::Signature,
                reason: &reason,
                decider: &actor.name,
                verdict: None,
            };
            // What is planned or running already needs no move; what was retired must be reopened first.
            let Ok(moved) = from.go(BetState::Planned, &grounds) else {
                continue;
            };
            decisions.push(NewDecision {
                on: self.surroundings.today(),
                kind: "move".into(),
                subject: key,
                from: Some(moved.from.word().into()),
                to: Some(moved.to.word().into()),
                reason,
                snapshot: snapshot.clone(),
                evidence: "{}".into(),
                decided_by: actor.id().to_owned(),
                against_gate: false,
                review: None,
                version: Some(version.number),
            });
        }
        Ok(decisions)
    }
}
