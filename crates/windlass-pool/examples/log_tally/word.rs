//! A word that is kept: short ones lie in place, so that counting them allocates nothing.

use std::hash::{Hash, Hasher};

/// Bytes that need no place elsewhere.
const SHORT: usize = 22;

/// The bytes of a word.
#[derive(Debug, Clone)]
pub(crate) enum Word {
    Short(u8, [u8; SHORT]),
    Long(Box<[u8]>),
}

impl Word {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Short(len, bytes) => &bytes[..usize::from(*len)],
            Self::Long(bytes) => bytes,
        }
    }
}

impl From<&[u8]> for Word {
    fn from(word: &[u8]) -> Self {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..word.len()), u8::try_from(word.len())) {
            (Some(place), Ok(len)) => {
                place.copy_from_slice(word);
                Self::Short(len, bytes)
            }
            _ => Self::Long(word.into()),
        }
    }
}

impl PartialEq for Word {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Word {}

impl Hash for Word {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.bytes().hash(hasher);
    }
}
