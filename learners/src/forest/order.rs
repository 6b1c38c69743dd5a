//! In which order do the rows of a node stand by their codes?
//!
//! Few rows are ranked by comparing each with each, which needs no branch. Many are counted by their codes; where
//! there are more codes than rows, a bitmap says which of them occur, so that a node costs what its rows cost.

/// A row of a node and its code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Ranked {
    pub code: u16,
    /// The place of the row in its node.
    pub row: u32,
}

/// Sorts the rows of a node by their codes.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    ranked: Vec<Ranked>,
    /// Per code how many rows have it; 0 between two calls.
    counts: Vec<u32>,
    occupied: Occupied,
}

/// Rows that are compared each with each: their comparisons cost less than the branches of a sort.
pub(super) const FEW_ROWS: usize = 32;

impl Order {
    /// The rows by rising code, rows with the same code in their order. `first` is the smallest code.
    pub fn of(&mut self, codes: &[u16], first: u16, last: u16) -> &[Ranked] {
        if self.ranked.len() < codes.len() {
            self.ranked.resize(codes.len(), Ranked::default());
        }
        match codes.len() {
            0..=8 => rank_each::<8>(codes, &mut self.ranked),
            9..=16 => rank_each::<16>(codes, &mut self.ranked),
            17..=FEW_ROWS => rank_each::<FEW_ROWS>(codes, &mut self.ranked),
            _ => self.count(codes, first, last),
        }
        &self.ranked[..codes.len()]
    }

    fn count(&mut self, codes: &[u16], first: u16, last: u16) {
        let range = usize::from(first)..usize::from(last) + 1;
        if self.counts.len() < range.end {
            self.counts.resize(range.end, 0);
        }
        let counts = &mut self.counts;
        codes.iter().for_each(|&code| counts[usize::from(code)] += 1);
        let mut offset = 0;
        let mut begin = |count: &mut u32| {
            let rows = std::mem::replace(count, offset);
            offset += rows;
        };
        if is_sparse(codes.len(), first, last) {
            codes.iter().for_each(|&code| self.occupied.insert(code));
            self.occupied.drain(first, last, |code| begin(&mut counts[usize::from(code)]));
        } else {
            counts[range.clone()].iter_mut().for_each(&mut begin);
        }
        for (row, &code) in codes.iter().enumerate() {
            let place = &mut counts[usize::from(code)];
            self.ranked[*place as usize] = Ranked { code, row: row as u32 };
            *place += 1;
        }
        if is_sparse(codes.len(), first, last) {
            codes.iter().for_each(|&code| counts[usize::from(code)] = 0);
        } else {
            counts[range].fill(0);
        }
    }
}

/// Whether so many codes are passed over faster by the bitmap of those that occur.
pub(super) fn is_sparse(rows: usize, first: u16, last: u16) -> bool {
    usize::from(last - first) >= rows
}

/// The rank of a row is the number of rows with a smaller code, or with the same code before it.
fn rank_each<const N: usize>(codes: &[u16], ranked: &mut [Ranked]) {
    let mut keys = [i32::MAX; N];
    for (row, (key, &code)) in keys.iter_mut().zip(codes).enumerate() {
        *key = i32::from(code) << 8 | row as i32;
    }
    let mut ranks = [0i32; N];
    for &other in &keys[..codes.len().min(N)] {
        for (rank, &key) in ranks.iter_mut().zip(&keys) {
            *rank += i32::from(key > other);
        }
    }
    for (row, (&code, &rank)) in codes.iter().zip(&ranks).enumerate() {
        ranked[rank as usize] = Ranked { code, row: row as u32 };
    }
}

/// The codes that occur in a node, as a bitmap.
#[derive(Debug, Clone)]
pub(super) struct Occupied(Box<[u64; 1 << 10]>);

impl Default for Occupied {
    fn default() -> Occupied {
        Occupied(Box::new([0; 1 << 10]))
    }
}

impl Occupied {
    #[inline]
    pub fn insert(&mut self, code: u16) {
        self.0[usize::from(code / 64)] |= 1 << (code % 64);
    }

    /// Calls `each` with the codes from `first` to `last` in rising order, and forgets them.
    pub fn drain(&mut self, first: u16, last: u16, mut each: impl FnMut(u16)) {
        for word in first / 64..=last / 64 {
            let mut left = std::mem::take(&mut self.0[usize::from(word)]);
            while left != 0 {
                each(word * 64 + left.trailing_zeros() as u16);
                left &= left - 1;
            }
        }
    }
}
