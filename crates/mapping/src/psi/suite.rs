//! The suite OPRF(ristretto255, SHA-512) of RFC 9497: hashing to the group, blinding, evaluating, finalising. It must not
//! know what is hashed. Multiplication by a secret takes the same time whatever the secret is.

use std::fmt;

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity as _;
use sha2::{Digest as _, Sha512};
use zeroize::{Zeroize as _, Zeroizing};

use super::{Point, PsiError, Tag};

/// `HashToGroup-` and the suite's context string, mode 0 (RFC 9497, 3.1 and 4.1).
const DOMAIN: &[u8] = b"HashToGroup-OPRFV1-\x00-ristretto255-SHA512";

/// A secret exponent. It is wiped from memory when it is let go of.
pub struct Secret(Scalar);

impl Secret {
    /// From random bytes. None where they give zero, which random bytes do not.
    #[must_use]
    pub fn new(random: &Zeroizing<[u8; 64]>) -> Option<Self> {
        let scalar = Scalar::from_bytes_mod_order_wide(random);
        (scalar != Scalar::ZERO).then_some(Self(scalar))
    }

    /// As it was kept. None where the bytes are none of a secret.
    #[must_use]
    pub fn from_bytes(bytes: &Zeroizing<[u8; 32]>) -> Option<Self> {
        let scalar: Option<Scalar> = Scalar::from_canonical_bytes(**bytes).into();
        scalar.filter(|scalar| *scalar != Scalar::ZERO).map(Self)
    }

    /// To be kept between an offer and its opening.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// Half of it: points are written down doubled, many at once, which spares each its own square root.
    pub(super) fn half(&self) -> Half {
        Half(Self(self.0.div_by_2()))
    }

    /// Half of what takes it back.
    pub(super) fn half_inverse(&self) -> Half {
        Half(Self(self.0.invert().div_by_2()))
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Secret(..)")
    }
}

/// Half of a secret.
pub(super) struct Half(Secret);

/// The point of a key: `hash_to_ristretto255` of RFC 9380, appendix B, with `expand_message_xmd` of SHA-512.
pub(super) fn input_point(key: &[u8]) -> RistrettoPoint {
    RistrettoPoint::from_uniform_bytes(&expand(key))
}

// RFC 9380, 5.3.1, for the 64 bytes that one block of SHA-512 gives.
fn expand(message: &[u8]) -> [u8; 64] {
    let length = u8::try_from(DOMAIN.len()).unwrap_or(u8::MAX);
    let first = Sha512::new()
        .chain_update([0; 128])
        .chain_update(message)
        .chain_update([0, 64, 0])
        .chain_update(DOMAIN)
        .chain_update([length])
        .finalize();
    let second = Sha512::new()
        .chain_update(first)
        .chain_update([1])
        .chain_update(DOMAIN)
        .chain_update([length])
        .finalize();
    second.into()
}

/// Points times a secret, written down.
pub(super) fn blind(points: &[RistrettoPoint], half: &Half) -> Vec<Point> {
    let points: Vec<RistrettoPoint> = points.iter().map(|point| point * half.0.0).collect();
    let written = RistrettoPoint::double_and_compress_batch(&points);
    written.into_iter().map(|point| point.to_bytes()).collect()
}

/// Points as they were read, each with its place in the file, times a secret.
pub(super) fn evaluate<'p>(
    points: impl Iterator<Item = (&'p Point, usize)>,
    half: &Half,
) -> Result<Vec<Point>, PsiError> {
    let read = points.map(|(point, place)| {
        // Refuses what is not written in the one way that there is for a point, and what is no point.
        let point = CompressedRistretto(*point).decompress();
        point
            .filter(|point| !point.is_identity())
            .ok_or(PsiError::NotAPoint { place })
    });
    Ok(blind(&read.collect::<Result<Vec<_>, _>>()?, half))
}

/// What the pseudorandom function gives for a key whose point was evaluated, unblinded (RFC 9497, 3.3.1).
fn output(key: &[u8], point: &Point) -> [u8; 64] {
    let length = |bytes: usize| u16::try_from(bytes).unwrap_or(u16::MAX).to_be_bytes();
    let hash = Sha512::new()
        .chain_update(length(key.len()))
        .chain_update(key)
        .chain_update(length(point.len()))
        .chain_update(point)
        .chain_update(b"Finalize")
        .finalize();
    hash.into()
}

/// The beginning of it: enough to compare by.
pub(super) fn finalize(key: &[u8], point: &Point) -> Tag {
    cut(&output(key, point))
}

fn cut(whole: &[u8; 64]) -> Tag {
    let mut tag = [0; 16];
    tag.copy_from_slice(&whole[..16]);
    tag
}

/// A point that is nobody's key, told apart from a blinded one by nobody.
pub(super) fn nobodys_point(seed: &[u8; 32], place: usize) -> Point {
    RistrettoPoint::from_uniform_bytes(&nobodys(seed, place))
        .compress()
        .to_bytes()
}

/// A tag that is nobody's key.
pub(super) fn nobodys_tag(seed: &[u8; 32], place: usize) -> Tag {
    cut(&nobodys(seed, place))
}

fn nobodys(seed: &[u8; 32], place: usize) -> [u8; 64] {
    Sha512::new()
        .chain_update(b"beachhead psi nobody 1")
        .chain_update(seed)
        .chain_update((place as u64).to_be_bytes())
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        let digits: Vec<u8> = (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        digits.try_into().unwrap()
    }

    /// The vectors of RFC 9497, A.1.1 (OPRF mode): input, blinded element, evaluated element, output.
    const VECTORS: [(&[u8], &str, &str, &str); 2] = [
        (
            &[0],
            "609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c",
            "7ec6578ae5120958eb2db1745758ff379e77cb64fe77b0b2d8cc917ea0869c7e",
            "527759c3d9366f277d8c6020418d96bb393ba2afb20ff90df23fb7708264e2f3\
             ab9135e3bd69955851de4b1f9fe8a0973396719b7912ba9ee8aa7d0b5e24bcf6",
        ),
        (
            &[0x5a; 17],
            "da27ef466870f5f15296299850aa088629945a17d1f5b7f5ff043f76b3c06418",
            "b4cbf5a4f1eeda5a63ce7b77c7d23f461db3fcab0dd28e4e17cecb5c90d02c25",
            "f4a74c9c592497375e796aa837e907b1a045d34306a749db9f34221f7e750cb4\
             f2a6413a6bf6fa5e19ba6348eb673934a722a7ede2e7621306d18951e7cf2c73",
        ),
    ];

    fn secret(hex: &str) -> Secret {
        Secret::from_bytes(&Zeroizing::new(bytes(hex))).unwrap()
    }

    #[test]
    fn the_vectors_of_rfc_9497_come_out() {
        let blinding = secret("64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706");
        let server = secret("5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e");
        for (input, blinded, evaluated, expected) in VECTORS {
            let offered = blind(&[input_point(input)], &blinding.half());
            assert_eq!(offered, [bytes(blinded)]);
            let answered = evaluate(offered.iter().zip(0..), &server.half()).unwrap();
            assert_eq!(answered, [bytes(evaluated)]);
            let unblinded = evaluate(answered.iter().zip(0..), &blinding.half_inverse()).unwrap();
            assert_eq!(output(input, &unblinded[0]), bytes(expected));
            assert_eq!(unblinded, blind(&[input_point(input)], &server.half()));
        }
    }

    #[test]
    fn what_is_no_point_is_refused_with_its_place() {
        let half = secret("5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e").half();
        let good = blind(&[input_point(b"good")], &half)[0];
        // The identity; not canonical; negative; not on the curve (RFC 9496, A.2).
        let bad = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
        ];
        for hex in bad {
            let refused = evaluate([good, bytes(hex)].iter().zip(7..), &half);
            assert!(
                matches!(refused, Err(PsiError::NotAPoint { place: 8 })),
                "{hex}: {refused:?}"
            );
        }
    }

    #[test]
    fn a_secret_of_zero_is_none_and_none_is_shown() {
        assert!(Secret::new(&Zeroizing::new([0; 64])).is_none());
        assert!(Secret::from_bytes(&Zeroizing::new([0; 32])).is_none());
        assert!(Secret::from_bytes(&Zeroizing::new([0xff; 32])).is_none());
        let secret = Secret::new(&Zeroizing::new([7; 64])).unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(Secret::from_bytes(&secret.to_bytes()).unwrap().0, secret.0);
    }
}
