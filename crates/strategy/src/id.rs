//! Ids: one newtype a thing over UUID version 7, built from millis and random bytes that are handed in.

use crate::Error;
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// A new id (RFC 9562, version 7) from milliseconds since 1970 UTC and ten random bytes. Ids of a later
            /// millisecond sort after earlier ones.
            pub fn new(unix_millis: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_millis, &random).into_uuid())
            }

            /// The UUID itself.
            pub const fn uuid(self) -> uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = Error;

            /// Reads the hyphenated form; anything else is [`Error::Id`].
            fn from_str(text: &str) -> Result<Self, Error> {
                let id = uuid::Uuid::try_parse(text).map_err(|_| Error::Id(text.to_owned()))?;
                if id.hyphenated().to_string() == text { Ok(Self(id)) } else { Err(Error::Id(text.to_owned())) }
            }
        }
    )+};
}

ids! {
    /// A strategy, through all its versions.
    StrategyId,
    /// One version of a strategy.
    VersionId,
    /// An entry in the register.
    DecisionId,
    /// A signature.
    SignatureId,
    /// A review.
    ReviewId,
    /// A target.
    TargetId,
    /// A person.
    PersonId,
    /// A partner's request at the intake.
    RequestId,
    /// A job.
    JobId,
    /// A session.
    SessionId,
    /// A token.
    TokenId,
    /// An uploaded file.
    UploadId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_sort_by_time_and_read_back() {
        let early = StrategyId::new(1_790_000_000_000, [0xff; 10]);
        let late = StrategyId::new(1_790_000_000_001, [0; 10]);
        assert_eq!(early.uuid().get_version_num(), 7);
        assert!(early < late);
        assert_eq!(early.to_string().parse(), Ok(early));
        assert_eq!("no".parse::<StrategyId>(), Err(Error::Id("no".to_owned())));
    }
}
