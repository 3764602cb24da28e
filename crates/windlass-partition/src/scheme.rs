//! A scheme by its name, for configuration files.

use alloc::boxed::Box;
use core::fmt;
use core::str::FromStr;

use crate::error::{BuildError, SchemeError};
use crate::key::Key;
use crate::member::Members;
use crate::partitioner::Partitioner;
use crate::{Flip, HashRing, Jump, Maglev, Modulo, Rendezvous, SlotTable};

/// A partitioner of which only the type of keys is known; a look-up costs a call through a pointer.
pub type AnyPartitioner<K> = Box<dyn Partitioner<K> + Send + Sync>;

/// Which scheme to use, as data.
///
/// As text: `modulo`, `slots`, `jump`, `flip`, `ring`, `ring:POINTS`, `rendezvous`, `maglev`, `maglev:SIZE`.
/// What is chosen in code needs none of this: the types themselves cost less.
///
/// # Examples
///
/// ```
/// use windlass_partition::{AnyPartitioner, Members, Partitioner, Scheme};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let scheme: Scheme = "ring:200".parse()?;
/// let partitioner: AnyPartitioner<str> = scheme.build(&Members::count(8)?)?;
/// assert!(partitioner.partition("key") < 8);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// [`Modulo`].
    Modulo,
    /// [`SlotTable`].
    Slots,
    /// [`Jump`].
    Jump,
    /// [`Flip`].
    Flip,
    /// [`HashRing`] with so many points for each unit of weight.
    Ring {
        /// How many.
        points: u32,
    },
    /// [`Rendezvous`].
    Rendezvous,
    /// [`Maglev`] with a table of this size.
    Maglev {
        /// A prime.
        size: u32,
    },
}

impl Scheme {
    /// Builds the scheme for some members; the partitions are their indices.
    ///
    /// # Errors
    ///
    /// Those of the scheme, and [`BuildError::Unweighted`] where weights differ and the scheme takes
    /// none.
    pub fn build<K: Key + ?Sized>(
        self,
        members: &Members,
    ) -> Result<AnyPartitioner<K>, BuildError> {
        let weighted = !members.are_even();
        let n = members.len();
        Ok(match self {
            Self::Modulo | Self::Jump | Self::Flip if weighted => {
                return Err(BuildError::Unweighted);
            }
            Self::Modulo => Box::new(Modulo::new(n)?),
            Self::Jump => Box::new(Jump::new(n)?),
            Self::Flip => Box::new(Flip::new(n)?),
            Self::Slots => Box::new(SlotTable::new(members)?),
            Self::Ring { points } => Box::new(HashRing::with_points(members, points)?),
            Self::Rendezvous => Box::new(Rendezvous::new(members)),
            Self::Maglev { size } => Box::new(Maglev::with_size(members, size)?),
        })
    }
}

impl FromStr for Scheme {
    type Err = SchemeError;

    fn from_str(text: &str) -> Result<Self, SchemeError> {
        let (name, parameter) = match text.split_once(':') {
            Some((name, number)) => (name, Some(digits(number)?)),
            None => (text, None),
        };
        match (name, parameter) {
            ("ring", points) => Ok(Self::Ring { points: points.unwrap_or(HashRing::POINTS) }),
            ("maglev", size) => Ok(Self::Maglev { size: size.unwrap_or(Maglev::SIZE) }),
            ("modulo", None) => Ok(Self::Modulo),
            ("slots", None) => Ok(Self::Slots),
            ("jump", None) => Ok(Self::Jump),
            ("flip", None) => Ok(Self::Flip),
            ("rendezvous", None) => Ok(Self::Rendezvous),
            ("modulo" | "slots" | "jump" | "flip" | "rendezvous", Some(_)) => {
                Err(SchemeError::BadParameter)
            }
            _ => Err(SchemeError::UnknownName),
        }
    }
}

/// Digits only: the standard library would take a sign.
fn digits(text: &str) -> Result<u32, SchemeError> {
    let number = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    number.ok_or(SchemeError::BadParameter)
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Modulo => f.write_str("modulo"),
            Self::Slots => f.write_str("slots"),
            Self::Jump => f.write_str("jump"),
            Self::Flip => f.write_str("flip"),
            Self::Ring { points } => write!(f, "ring:{points}"),
            Self::Rendezvous => f.write_str("rendezvous"),
            Self::Maglev { size } => write!(f, "maglev:{size}"),
        }
    }
}
