//! The shape of Thrift's compact protocol, walked before a library believes it: every length and count must be covered
//! by bytes that are there. It must not know what the fields mean.

/// The deepest nesting that is walked; Parquet's own footers need nine.
const DEPTH_MAX: usize = 32;

/// Why bytes are not one whole structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// They end before it does. More bytes may mend that.
    CutOff,
    /// A number, type or nesting that no writer makes.
    Broken,
}

/// Who is told each number: the ids of the fields that lead to it, and the number. A list or map tells its count, and
/// its elements are told under the ids of the list.
pub(crate) type Visit<'v> = dyn FnMut(&[i16], i64) + 'v;

/// Walks one structure from the start of `bytes` and gives its length in bytes.
pub(crate) fn walk(bytes: &[u8], visit: &mut Visit<'_>) -> Result<usize, Flaw> {
    let mut walk = Walk {
        bytes,
        at: 0,
        path: Vec::with_capacity(8),
    };
    walk.structure(visit)?;
    Ok(walk.at)
}

struct Walk<'b> {
    bytes: &'b [u8],
    at: usize,
    path: Vec<i16>,
}

impl Walk<'_> {
    fn structure(&mut self, visit: &mut Visit<'_>) -> Result<(), Flaw> {
        if self.path.len() > DEPTH_MAX {
            return Err(Flaw::Broken);
        }
        let mut id = 0_i16;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(());
            }
            id = match head >> 4 {
                0 => i16::try_from(self.zigzag()?).map_err(|_| Flaw::Broken)?,
                delta => id.checked_add(i16::from(delta)).ok_or(Flaw::Broken)?,
            };
            self.path.push(id);
            self.value(head & 0x0F, false, visit)?;
            self.path.pop();
        }
    }

    // A flag that is a field stands in the field's head; one that is an element has a byte.
    fn value(&mut self, kind: u8, element: bool, visit: &mut Visit<'_>) -> Result<(), Flaw> {
        match kind {
            1 | 2 if !element => Ok(()),
            1..=3 => self.skip(1),
            4..=6 => {
                let number = self.zigzag()?;
                visit(&self.path, number);
                Ok(())
            }
            7 => self.skip(8),
            8 => {
                let length = self.length()?;
                self.skip(length)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => self.length()?,
                    count => usize::from(count),
                };
                self.elements(count, &[head & 0x0F], visit)
            }
            11 => {
                let count = self.length()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                self.elements(count, &[kinds >> 4, kinds & 0x0F], visit)
            }
            12 => self.structure(visit),
            13 => self.skip(16),
            _ => Err(Flaw::Broken),
        }
    }

    fn elements(&mut self, count: usize, kinds: &[u8], visit: &mut Visit<'_>) -> Result<(), Flaw> {
        // Every element takes a byte at least.
        if count > self.bytes.len() - self.at {
            return Err(Flaw::CutOff);
        }
        if self.path.len() > DEPTH_MAX {
            return Err(Flaw::Broken);
        }
        visit(&self.path, i64::try_from(count).map_err(|_| Flaw::Broken)?);
        // A list of lists nests without a field between.
        self.path.push(0);
        for kind in kinds.iter().cycle().take(count * kinds.len()) {
            match kind {
                12 => {
                    self.path.pop();
                    self.structure(visit)?;
                    self.path.push(0);
                }
                kind => self.value(*kind, true, visit)?,
            }
        }
        self.path.pop();
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, Flaw> {
        let byte = *self.bytes.get(self.at).ok_or(Flaw::CutOff)?;
        self.at += 1;
        Ok(byte)
    }

    fn skip(&mut self, length: usize) -> Result<(), Flaw> {
        if length > self.bytes.len() - self.at {
            return Err(Flaw::CutOff);
        }
        self.at += length;
        Ok(())
    }

    fn length(&mut self) -> Result<usize, Flaw> {
        usize::try_from(self.unsigned()?).map_err(|_| Flaw::Broken)
    }

    fn unsigned(&mut self) -> Result<u64, Flaw> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Flaw::Broken)
    }

    fn zigzag(&mut self) -> Result<i64, Flaw> {
        let number = self.unsigned()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::{Flaw, walk};

    type Told = Vec<(Vec<i16>, i64)>;

    fn told(bytes: &[u8]) -> Result<(usize, Told), Flaw> {
        let mut told = Vec::new();
        let length = walk(bytes, &mut |path, number| told.push((path.to_vec(), number)))?;
        Ok((length, told))
    }

    #[test]
    fn numbers_are_told_by_the_fields_that_lead_to_them() {
        // 1: i32 -3; 2: list of two structures {5: i32 1}; end; a byte that is not ours.
        let bytes = [0x15, 0x05, 0x19, 0x2C, 0x55, 0x02, 0x00, 0x55, 0x02, 0x00, 0x00, 0xFF];
        let expected = vec![(vec![1], -3), (vec![2], 2), (vec![2, 5], 1), (vec![2, 5], 1)];
        assert_eq!(told(&bytes), Ok((11, expected)));
    }

    #[test]
    fn a_count_or_length_beyond_the_bytes_is_cut_off() {
        for bytes in [
            &[0x19, 0xFC, 0xFF, 0xFF, 0xFF, 0x07][..],
            &[0x18, 0xFF, 0xFF, 0xFF, 0x07, b'x'],
            &[0x15],
            &[],
        ] {
            assert_eq!(told(bytes), Err(Flaw::CutOff), "{bytes:?}");
        }
    }

    #[test]
    fn nesting_without_end_is_broken() {
        assert_eq!(told(&[0x1C; 1 << 16]), Err(Flaw::Broken), "structures");
        assert_eq!(
            told(&[&[0x19][..], &[0x19; 1 << 16]].concat()),
            Err(Flaw::Broken),
            "lists"
        );
        assert_eq!(told(&[0x1F]), Err(Flaw::Broken), "a type that there is not");
    }
}
