//! A blocked Bloom filter over keys (FORMAT 5.3).
//!
//! A block is 64 bytes; a key sets six bits in one block, so a probe touches one cache line. With
//! ten bits a key about one probe in a hundred is a false yes. See Putze, Sanders and Singler,
//! "Cache-, Hash- and Space-Efficient Bloom Filters" (2007).

const BLOCK_BYTES: usize = 64;
const BITS_A_KEY: usize = 10;
const PROBES: u32 = 6;

/// Hashes a key for a filter: FNV-1a over its bytes, then the 64-bit finaliser of `MurmurHash3`,
/// which spreads what FNV leaves in the low bits.
#[must_use]
pub fn hash_of(key: &[u8]) -> u64 {
    let mut hash = key.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// Makes the filter of some key hashes: a whole number of blocks, at least one.
#[must_use]
pub fn build(hashes: &[u64]) -> Vec<u8> {
    let blocks = (hashes.len() * BITS_A_KEY).div_ceil(BLOCK_BYTES * 8).max(1);
    let mut filter = vec![0; blocks * BLOCK_BYTES];
    for hash in hashes {
        let (start, bits) = place(*hash, blocks);
        for (byte, mask) in bits {
            if let Some(byte) = filter.get_mut(start + byte) {
                *byte |= mask;
            }
        }
    }
    filter
}

/// Whether a key of this hash may be in the set. `true` for a filter of a length that none has,
/// so that a broken one costs time and no answer.
#[must_use]
pub fn may_hold(filter: &[u8], hash: u64) -> bool {
    let blocks = filter.len() / BLOCK_BYTES;
    if blocks == 0 || !filter.len().is_multiple_of(BLOCK_BYTES) {
        return true;
    }
    let (start, mut bits) = place(hash, blocks);
    bits.all(|(byte, mask)| filter.get(start + byte).is_none_or(|found| found & mask != 0))
}

/// The byte at which a hash's block starts, and its bits in there.
fn place(hash: u64, blocks: usize) -> (usize, impl Iterator<Item = (usize, u8)>) {
    // The high half picks the block (by multiplying, which needs no division), the low half bits.
    let block = ((hash >> 32) * blocks as u64) >> 32;
    let start = usize::try_from(block).unwrap_or(0) * BLOCK_BYTES;
    let bits = (0..PROBES).map(move |probe| {
        let bit = (hash >> (probe * 9)) & 511;
        (usize::try_from(bit / 8).unwrap_or(0), 1 << (bit % 8))
    });
    (start, bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_it_was_made_of_and_little_else() {
        let hashes: Vec<u64> = (0..5_000_u32).map(|n| hash_of(&n.to_le_bytes())).collect();
        let filter = build(&hashes);
        assert!(hashes.iter().all(|hash| may_hold(&filter, *hash)));
        let others = (5_000..105_000_u32).filter(|n| may_hold(&filter, hash_of(&n.to_le_bytes())));
        assert!(others.count() < 3_000);
    }
}
