//! The CRC-32 of zlib and nginx, for the ketama ring.

/// The polynomial of IEEE 802.3, its bits reversed.
const POLYNOMIAL: u32 = 0xEDB8_8320;

static TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0_u32;
    while byte < 256 {
        let mut rest = byte;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 1 == 1 { (rest >> 1) ^ POLYNOMIAL } else { rest >> 1 };
            bit += 1;
        }
        table[byte as usize] = rest;
        byte += 1;
    }
    table
}

/// A checksum under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crc32(u32);

impl Crc32 {
    pub(crate) const NEW: Self = Self(u32::MAX);

    /// The checksum of what came before and these bytes.
    #[must_use]
    pub(crate) fn update(self, bytes: &[u8]) -> Self {
        let step = |rest: u32, byte: &u8| {
            let [low, ..] = rest.to_le_bytes();
            (rest >> 8) ^ TABLE[usize::from(low ^ byte)]
        };
        Self(bytes.iter().fold(self.0, step))
    }

    pub(crate) fn finish(self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_is_right() {
        // The value that catalogues of checksums give for these digits.
        assert_eq!(Crc32::NEW.update(b"123456789").finish(), 0xCBF4_3926, "the nine digits");
        let parts = Crc32::NEW.update(b"1234").update(b"56789").finish();
        assert_eq!(parts, 0xCBF4_3926, "in two parts");
    }
}
