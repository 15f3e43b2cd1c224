//! What a guess of a password costs: Argon2id's parameters, within bounds, and how they are chosen.
//!
//! Never here: what is derived (`keys`).

use argon2::{Algorithm, Params, Version};
use zeroize::Zeroizing;

use crate::memory_hard;

/// Argon2id (RFC 9106).
pub(super) const KIND: (Algorithm, Version) = (Algorithm::Argon2id, Version::V0x13);
/// How long one derivation may take that a person waits for, in milliseconds.
const BUDGET_MS: u64 = 800;
/// As far as calibration goes, in KiB.
const CALIBRATE_TO: u32 = 256 * 1024;

/// Parameters that no honest writer uses; refused before anything is allocated.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the key derivation's cost is out of bounds")]
pub struct CostError;

/// Argon2id's cost: within the bounds, or it does not exist. There is no `Default`: what is written comes
/// from [`KdfPolicy`], never from the file that is being replaced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KdfParams {
    m_cost: u32,
    t_cost: u32,
    p_cost: u32,
}

impl KdfParams {
    /// The least that is read or written: OWASP's minimum, 19 MiB in two passes.
    pub const FLOOR: Self = Self { m_cost: 19_456, t_cost: 2, p_cost: 1 };
    /// RFC 9106, section 4, second recommended option: 64 MiB, three passes, four lanes.
    pub const DEFAULT: Self = Self { m_cost: 65_536, t_cost: 3, p_cost: 4 };
    /// Most memory, in KiB.
    pub const MAX_M_COST: u32 = 1024 * 1024;

    /// `m_cost` in KiB, `t_cost` passes, `p_cost` lanes.
    ///
    /// # Errors
    ///
    /// [`CostError`] if too little or too much.
    pub fn new(m_cost: u32, t_cost: u32, p_cost: u32) -> Result<Self, CostError> {
        let work = u64::from(m_cost) * u64::from(t_cost);
        // Argon2's own bound, 8 KiB for each lane, is far below.
        let within = (Self::FLOOR.m_cost..=Self::MAX_M_COST).contains(&m_cost)
            && (1..=16).contains(&t_cost)
            && (1..=16).contains(&p_cost)
            && (2 <= t_cost || 46 * 1024 <= m_cost)
            && (..=4_194_304).contains(&work);
        if within { Ok(Self { m_cost, t_cost, p_cost }) } else { Err(CostError) }
    }

    /// Memory in KiB, passes, lanes.
    pub fn costs(self) -> (u32, u32, u32) {
        (self.m_cost, self.t_cost, self.p_cost)
    }

    /// The same for the algorithm, with 32 bytes out.
    pub(super) fn argon2(self) -> Params {
        Params::new(self.m_cost, self.t_cost, self.p_cost, Some(32))
            .expect("bounds are narrower than Argon2's own")
    }

    /// Whether a guess costs no less than with `other`.
    pub fn reaches(self, other: Self) -> bool {
        let work = |p: Self| u64::from(p.m_cost) * u64::from(p.t_cost);
        other.m_cost <= self.m_cost && work(other) <= work(self)
    }
}

/// What this installation writes: never less than `least`, whatever the file that is replaced had.
#[derive(Clone, Copy, Debug)]
pub struct KdfPolicy {
    /// What a slot costs at least. One that costs less is replaced when it is opened.
    pub least: KdfParams,
    /// Reads milliseconds, for calibrating a slot that is written anew; without it `least` is taken.
    pub clock: Option<fn() -> u64>,
}

impl KdfPolicy {
    /// The same, and no less than a slot that is replaced: whoever once chose more keeps it.
    pub fn no_less_than(self, old: KdfParams) -> Self {
        let ((m, t, p), (old_m, old_t, old_p)) = (self.least.costs(), old.costs());
        // Out of bounds only together: then what was asked for by policy is enough.
        KdfParams::new(m.max(old_m), t.max(old_t), p.max(old_p))
            .map_or(self, |least| Self { least, ..self })
    }

    /// Parameters for a new slot: doubles the memory while one derivation stays within [`BUDGET_MS`], up
    /// to 256 MiB. Measures one derivation with `least`; twice the memory takes about twice the time.
    pub fn choose(self) -> KdfParams {
        let mut params = self.least;
        let Some(clock) = self.clock else { return params };
        let start = clock();
        let mut prk = Zeroizing::new([0; 32]);
        if memory_hard::argon2(KIND, params.argon2(), b"calibration", &[0; 32], prk.as_mut_slice())
            .is_err()
        {
            return params;
        }
        let mut took = clock().saturating_sub(start).max(1);
        while 2 * took <= BUDGET_MS && 2 * params.m_cost <= CALIBRATE_TO {
            params.m_cost *= 2;
            took *= 2;
        }
        params
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_out_of_bounds_are_refused() {
        let rows = [
            (0, 0, 0),
            (19_455, 2, 1),
            (19_456, 1, 1),
            (19_456, 2, 0),
            (47_103, 1, 1),
            (65_536, 0, 4),
            (65_536, 17, 4),
            (65_536, 3, 17),
            (1_048_577, 1, 4),
            (1_048_576, 5, 4),
            (u32::MAX, 1, 1),
            (65_536, u32::MAX, 1),
            (65_536, 3, u32::MAX),
            (u32::MAX, u32::MAX, u32::MAX),
        ];
        for (m, t, p) in rows {
            assert_eq!(KdfParams::new(m, t, p), Err(CostError), "{m} {t} {p}");
        }
        for (m, t, p) in [(19_456, 2, 1), (47_104, 1, 1), (65_536, 3, 4), (1_048_576, 4, 16)] {
            assert!(KdfParams::new(m, t, p).is_ok(), "{m} {t} {p}");
        }
    }

    #[test]
    fn the_floor_does_not_reach_the_default() {
        assert!(!KdfParams::FLOOR.reaches(KdfParams::DEFAULT));
        assert!(KdfParams::DEFAULT.reaches(KdfParams::DEFAULT));
        assert!(KdfParams::new(262_144, 3, 1).unwrap().reaches(KdfParams::DEFAULT));
        // Neither more memory for less work, nor more work in less memory.
        assert!(!KdfParams::new(131_072, 1, 4).unwrap().reaches(KdfParams::DEFAULT));
        assert!(!KdfParams::new(65_535, 16, 4).unwrap().reaches(KdfParams::DEFAULT));
    }

    thread_local! {
        /// What a clock shows that goes on by `.1` milliseconds whenever somebody looks.
        static CLOCK: std::cell::Cell<(u64, u64)> = const { std::cell::Cell::new((7_000, 0)) };
    }

    #[test]
    fn a_new_slot_takes_as_much_memory_as_fits_800_ms_and_256_mib() {
        let clock: fn() -> u64 = || {
            let (now, step) = CLOCK.get();
            CLOCK.set((now + step, step));
            now
        };
        let memory = |least, step| {
            CLOCK.set((7_000, step));
            let (m, t, p) = KdfPolicy { least, clock: Some(clock) }.choose().costs();
            assert_eq!((t, p), (least.t_cost, least.p_cost));
            m
        };
        let floor = KdfParams::FLOOR;
        // How long one derivation with the least takes, and how often the memory is doubled.
        for (ms, doubled) in [(0, 3), (1, 3), (100, 3), (101, 2), (400, 1), (401, 0), (60_000, 0)] {
            assert_eq!(memory(floor, ms), floor.m_cost << doubled, "{ms} ms");
        }
        let quarter = KdfParams::new(65_536, 1, 1).unwrap();
        assert_eq!(memory(quarter, 1), 256 * 1024);
        // Without a clock nothing is measured.
        assert_eq!(KdfPolicy { least: floor, clock: None }.choose(), floor);
    }

    #[test]
    fn what_is_written_costs_no_less_than_what_it_replaces() {
        let policy = KdfPolicy { least: KdfParams::DEFAULT, clock: None };
        let of = |m, t, p| policy.no_less_than(KdfParams::new(m, t, p).unwrap()).least.costs();
        assert_eq!(of(19_456, 2, 1), (65_536, 3, 4));
        assert_eq!(of(131_072, 2, 1), (131_072, 3, 4));
        assert_eq!(of(47_104, 16, 8), (65_536, 16, 8));
        // The two together would be more than anybody may ask for.
        assert_eq!(of(1_048_576, 2, 1), (1_048_576, 3, 4));
        assert_eq!(
            KdfPolicy { least: KdfParams::new(1_048_576, 3, 4).unwrap(), clock: None }
                .no_less_than(KdfParams::new(65_536, 16, 4).unwrap())
                .least
                .costs(),
            (1_048_576, 3, 4)
        );
    }
}
