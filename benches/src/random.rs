//! Fast random numbers that are the same in every run. Drawing them must not distort the measurement.

/// Draws numbers (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    /// A different sequence for each seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xd134_2543_de82_ef95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(of.len()).ok().filter(|count| *count > 0)?;
        of.get(usize::try_from(self.next() % count).ok()?)
    }

    /// So many bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.next().to_le_bytes()).flatten().take(count).collect()
    }

    /// Text of so many bytes, in words.
    pub(crate) fn text(&mut self, count: usize) -> String {
        let words = [
            "waited", "station", "late", "again", "older", "friend", "phone", "taxi", "school", "evening", "quiet",
            "money", "asked", "nobody", "listened", "bruise", "hotel", "new",
        ];
        let mut text = String::from("Seen:");
        while text.len() < count {
            text.push(' ');
            text.push_str(self.pick(&words).copied().unwrap_or_default());
        }
        text.truncate(count);
        text
    }
}
