//! The people of every test. Ben is the stranger: whatever is Alder's must not be his.

/// Somebody with a name, an address and a password.
#[derive(Clone, Copy, Debug)]
pub struct Cast {
    /// How tests call them.
    pub key: &'static str,
    /// First name.
    pub first: &'static str,
    /// Last name.
    pub last: &'static str,
    /// The address they log in with.
    pub email: &'static str,
    /// The password they choose.
    pub password: &'static str,
    /// Their machine's last number, so that limits by network address tell them apart.
    pub host: u8,
}

impl Cast {
    /// First and last name.
    pub fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }
}

const fn cast(
    [key, first, last]: [&'static str; 3],
    email: &'static str,
    password: &'static str,
    host: u8,
) -> Cast {
    Cast { key, first, last, email, password, host }
}

/// Owns the firm.
pub const OLIVE: Cast =
    cast(["olive", "Olive", "Ortiz"], "olive@firm.example", "seven herons wade at dusk", 11);
/// An Admin.
pub const RITA: Cast =
    cast(["rita", "Rita", "Sandoval"], "rita@firm.example", "a kettle sings in march", 12);
/// Staff.
pub const SAM: Cast =
    cast(["sam", "Sam", "Whitlock"], "sam@firm.example", "paper boats go upstream", 13);
/// Contact of Alder Ltd and of her own trust.
pub const MAYA: Cast =
    cast(["maya", "Maya", "Linden"], "maya@alder.example", "green lanterns over water", 21);
/// Contact of Alder Ltd.
pub const NOOR: Cast =
    cast(["noor", "Noor", "Haddad"], "noor@alder.example", "nine pears on a ladder", 22);
/// Contact of Beech Ltd: the stranger.
pub const BEN: Cast =
    cast(["ben", "Ben", "Okafor"], "ben@beech.example", "slow trains cross the moor", 23);

/// Everybody.
pub const EVERYBODY: [Cast; 6] = [OLIVE, RITA, SAM, MAYA, NOOR, BEN];

/// The firm.
pub const FIRM: &str = "Harbour & Hall";
/// Maya's and Noor's company.
pub const ALDER: &str = "Alder Ltd";
/// Maya's own.
pub const TRUST: &str = "Linden Family Trust";
/// Ben's company.
pub const BEECH: &str = "Beech Ltd";

/// The person of this name.
///
/// # Panics
/// If there is none.
pub fn by_key(key: &str) -> Cast {
    *EVERYBODY.iter().find(|one| one.key == key).unwrap_or_else(|| panic!("nobody is called {key}"))
}
