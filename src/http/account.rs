//! What the console and the portal share of one's own log-in: its forms and its devices.

use serde::{Deserialize, Serialize};

use super::pages::{Pages, When};
use crate::error::{Error, Result};
use crate::model::{Account, Device, fresh_once};

/// A change of the password. Neither is ever shown again.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct PasswordForm {
    /// The one they have.
    #[serde(skip_serializing)]
    pub current: String,
    /// The one they choose.
    #[serde(skip_serializing)]
    pub new: String,
    /// The form's hidden value.
    pub once: String,
}

impl PasswordForm {
    /// An empty one.
    #[must_use]
    pub fn fresh() -> Self {
        Self { once: fresh_once(), ..Self::default() }
    }
}

/// A change of the address.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct AddressForm {
    /// The new one, as typed.
    pub email: String,
    /// Proves that it is them.
    #[serde(skip_serializing)]
    pub password: String,
    /// The form's hidden value.
    pub once: String,
}

impl AddressForm {
    /// An empty one.
    #[must_use]
    pub fn fresh() -> Self {
        Self { once: fresh_once(), ..Self::default() }
    }
}

/// Which device to log out.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DeviceForm {
    /// Its id; all others where this is empty.
    pub device: String,
}

/// A browser that is logged in.
#[derive(Serialize)]
pub struct DeviceView {
    id: String,
    name: String,
    from: Option<String>,
    since: When,
    seen: When,
    current: bool,
}

impl DeviceView {
    /// All of an account, the one that asks first.
    pub fn all(account: &Account, pages: &Pages<'_>) -> Result<Vec<Self>> {
        let view = |device: Device| Self {
            id: device.id.to_string(),
            name: device.name,
            from: device.from.map(|from| from.to_string()),
            since: pages.when(device.since),
            seen: pages.when(device.seen),
            current: device.current,
        };
        Ok(account.devices()?.into_iter().map(view).collect())
    }
}

/// Logs out what the form names, and says what happened. A device that is gone already is as good as logged out.
pub async fn log_out_device(account: &Account, form: &DeviceForm) -> Result<&'static str> {
    if form.device.is_empty() {
        account.end_other_sessions().await?;
        return Ok("Your other devices are logged out.");
    }
    let id = form.device.parse().map_err(|_| Error::NotFound)?;
    match account.end_session(id).await {
        Ok(()) | Err(Error::NotFound) => Ok("The device is logged out."),
        Err(error) => Err(error),
    }
}
