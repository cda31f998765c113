//! An archive that is nowhere: every key and object follows from its place in the order of keys.

const PNG: &[u8] = include_bytes!("../../tests/data/images/phys-300.png");

/// In the order of their names.
const ROLES: [&str; 3] = ["attachment", "cover", "invoice"];

/// Days over which documents are spread.
const DAYS: u64 = 100;

/// So many documents of three files.
pub struct World {
    per_day: u64,
    days: u64,
    is_scattered: bool,
}

impl World {
    /// About so many: each day has the same.
    pub fn new(documents: u64, is_scattered: bool) -> Self {
        let days = DAYS.min(documents).max(1);
        Self { per_day: documents.div_ceil(days), days, is_scattered }
    }

    pub fn documents(&self) -> u64 {
        self.per_day * self.days
    }

    pub fn files(&self) -> u64 {
        self.documents() * ROLES.len() as u64
    }

    /// The key of a file: keys sort like places.
    pub fn key(&self, place: u64) -> String {
        let (document, role) = (place / 3, ROLES[(place % 3) as usize]);
        let (day, nth) = (document / self.per_day, document % self.per_day);
        let image = if self.is_scattered { format!("{nth:08}-{day:03}") } else { format!("IMG-{document:010}") };
        let (month, day) = (day / 28 + 1, day % 28 + 1);
        format!("scans/ACME/voucher/2025/{month:02}/{day:02}/{image}/{role}-1.png")
    }

    /// The first place whose key does not come before `bound`.
    pub fn first(&self, bound: &str) -> u64 {
        let (mut low, mut high) = (0, self.files());
        while low < high {
            let middle = low.midpoint(high);
            if self.key(middle).as_str() < bound { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The place of a key.
    pub fn place(&self, key: &str) -> Option<u64> {
        let place = self.first(key);
        (place < self.files() && self.key(place) == key).then_some(place)
    }

    /// An object: no two are equal.
    pub fn object(&self, place: u64) -> Vec<u8> {
        [PNG, &place.to_le_bytes()].concat()
    }

    pub fn size(&self) -> usize {
        PNG.len() + size_of::<u64>()
    }
}
