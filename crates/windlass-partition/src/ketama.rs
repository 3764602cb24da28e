//! The ring of nginx's `hash KEY consistent`, bit for bit.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::crc32::Crc32;
use crate::error::BuildError;
use crate::member::{Members, count};
use crate::partitioner::Partitioner;
use crate::weight::Weight;

/// The upstream server that nginx chooses by `hash KEY consistent`.
///
/// For whoever has to meet an nginx in front of the same servers. Otherwise use a
/// [`HashRing`](crate::HashRing), which has points of 64 bits instead of 32 and takes any weights.
/// The partitions are the places in the list that it was built from.
///
/// Version 1: 160 points for each unit of weight; each is the CRC-32 of host, a zero byte, port and the
/// point before it as four bytes, little-endian; a key goes to the first point at or after its CRC-32.
///
/// # Examples
///
/// ```
/// use windlass_partition::{Ketama, Partitioner};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let upstream = Ketama::nginx([("10.0.0.1:443", 1), ("10.0.0.2:443", 2)])?;
/// assert!(upstream.partition("/index.html") < 2);
/// # Ok(())
/// # }
/// ```
///
/// # Source
///
/// `ketama` in `docs/references.md`.
#[derive(Clone, Debug)]
pub struct Ketama {
    points: Box<[u32]>,
    owners: Box<[u16]>,
    n: usize,
}

/// Points for each unit of weight.
const POINTS: u64 = 160;
/// Names are short; this is the limit of a Unix path and far above that of a host.
const LONGEST: usize = 4096;

impl Ketama {
    /// The ring of these servers, as `server NAME weight=WEIGHT;` lists them.
    ///
    /// A name is `host:port`, a host alone, or `unix:path`, as in the configuration.
    ///
    /// # Errors
    ///
    /// Where there are none or more than [`Members::MAX`], a name is empty, above 4096 bytes or there
    /// twice, a weight is 0 or above 65 535, or there would be more than 2^26 points.
    pub fn nginx<N: AsRef<str>>(
        servers: impl IntoIterator<Item = (N, u32)>,
    ) -> Result<Self, BuildError> {
        let servers: Vec<(N, u32)> = servers.into_iter().collect();
        count(servers.len(), Members::MAX)?;
        let given: u64 = servers.iter().map(|server| u64::from(server.1) * POINTS).sum();
        if given > crate::HashRing::MAX_POINTS {
            let limit = crate::HashRing::MAX_POINTS;
            return Err(BuildError::TooManyPoints { given, limit });
        }
        let mut ring: Vec<(u32, u16)> = Vec::new();
        for (at, (owner, (name, weight))) in (0_u16..).zip(&servers).enumerate() {
            let name = name.as_ref();
            if name.is_empty() || name.len() > LONGEST {
                return Err(BuildError::BadName { at });
            }
            if servers[..at].iter().any(|before| before.0.as_ref() == name) {
                return Err(BuildError::DuplicateName { at });
            }
            let weight = Weight::try_from(*weight)?;
            let (host, port) = host_and_port(name);
            let base = Crc32::NEW.update(host.as_bytes()).update(&[0]).update(port.as_bytes());
            let mut point = 0_u32;
            for _ in 0..weight.times(1) * POINTS {
                point = base.update(&point.to_le_bytes()).finish();
                ring.push((point, owner));
            }
        }
        ring.sort_by_key(|point| point.0);
        ring.dedup_by_key(|point| point.0);
        let (points, owners): (Vec<u32>, Vec<u16>) = ring.into_iter().unzip();
        Ok(Self { points: points.into(), owners: owners.into(), n: servers.len() })
    }

    /// How many partitions there are; at least 1.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.n
    }
}

/// The parts of a name that nginx hashes: a port is what follows the last colon, if it is a number.
fn host_and_port(name: &str) -> (&str, &str) {
    let scheme = name.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("unix:"));
    if scheme.is_some() {
        return (&name[5..], "");
    }
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    name.rsplit_once(':').filter(|(_, port)| is_port(port)).unwrap_or((name, ""))
}

impl<K: AsRef<[u8]> + ?Sized> Partitioner<K> for Ketama {
    fn partition(&self, key: &K) -> usize {
        let hash = Crc32::NEW.update(key.as_ref()).finish();
        let at = self.points.partition_point(|point| *point < hash);
        usize::from(*self.owners.get(at).unwrap_or(&self.owners[0]))
    }

    fn partitions(&self) -> usize {
        self.partitions()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_point_has_the_end_of_the_ring() -> Result<(), BuildError> {
        let ring = Ketama::nginx(["a", "b", "c", "d", "e", "f"].map(|name| (name, 1)))?;
        let (first, last) = (ring.owners[0], ring.owners[ring.owners.len() - 1]);
        assert_ne!(first, last, "the case shows something");
        let end = ring.points[ring.points.len() - 1];
        let beyond = (0..1_000_000_u32)
            .map(u32::to_le_bytes)
            .find(|key| Crc32::NEW.update(key).finish() > end);
        let found = beyond.map(|key| ring.partition(&key));
        assert_eq!(found, Some(usize::from(first)), "around the end");
        Ok(())
    }

    #[test]
    fn names_are_split_as_nginx_does() {
        assert_eq!(host_and_port("10.0.0.1:443"), ("10.0.0.1", "443"), "host and port");
        assert_eq!(host_and_port("example.org"), ("example.org", ""), "a host alone");
        assert_eq!(host_and_port("unix:/run/a:1"), ("/run/a:1", ""), "a path");
        assert_eq!(host_and_port("[::1]"), ("[::1]", ""), "colons that are no port's");
        assert_eq!(host_and_port("[::1]:80"), ("[::1]", "80"), "a port after brackets");
    }
}
