//! A 64-bit fingerprint of a text: a trace id in eight bytes.

/// FNV-1a (Fowler, Noll, Vo), 64 bits, with a final mix (SplitMix64's), so that ids that differ in one digit spread out.
///
/// Two of a million ids share one with a chance of 3 in 100 million; whoever reads records by it compares the text as well.
pub fn fingerprint(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
