//! The only place where time is read and randomness drawn; everything below takes both as arguments.

#[cfg(not(feature = "simulation"))]
use self::system::{fill, micros};
#[cfg(feature = "simulation")]
use crate::simulation::clock::{fill, micros};

use updraft_model::Timestamp;

/// The present moment.
pub fn now() -> Timestamp {
    Timestamp::from_micros(micros())
}

/// 128 random bits from the operating system.
pub fn random_u128() -> u128 {
    u128::from_le_bytes(random_bytes())
}

/// Random bytes from the operating system, for keys, tokens and nonces.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

pub(crate) mod system {
    use std::time::{SystemTime, UNIX_EPOCH};

    /// Microseconds since 1970.
    pub(crate) fn micros() -> i64 {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        since_epoch.as_micros() as i64
    }

    /// Random bytes from the operating system.
    pub(crate) fn fill(bytes: &mut [u8]) {
        // The operating system's generator fails only before it is seeded at boot; running on would
        // make tokens that can be guessed.
        #[allow(clippy::expect_used)]
        getrandom::fill(bytes).expect("the operating system's random generator answers");
    }
}

/// Makes a new identifier of any kind.
#[macro_export]
macro_rules! new_id {
    ($kind:ty) => {
        <$kind>::new($crate::clock::now().millis(), $crate::clock::random_u128())
    };
}
