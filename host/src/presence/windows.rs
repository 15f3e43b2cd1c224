//! Windows: Hello, by face, finger or its PIN.
//!
//! Written to the documented interface and compiled; it has not been run.
//!
//! Never here: Hello's keys.

use std::thread;
use std::time::Duration;

use windows::Security::Credentials::UI::{
    UserConsentVerificationResult, UserConsentVerifier, UserConsentVerifierAvailability,
};
use windows::core::HSTRING;
use windows_future::AsyncStatus;

use super::Said;
use crate::stop::Stop;

const REASON: &str = "Countersign: unlock the vault";
/// How often it is looked whether there is an answer, or the question is over.
const TICK: Duration = Duration::from_millis(100);

#[derive(Clone, Debug)]
pub(super) struct Asker;

impl Asker {
    pub(super) fn of_system() -> Self {
        Self
    }

    pub(super) fn is_offered(&self) -> bool {
        let available =
            UserConsentVerifier::CheckAvailabilityAsync().and_then(|asked| asked.join());
        available.is_ok_and(|available| available == UserConsentVerifierAvailability::Available)
    }

    pub(super) fn ask(&self, over: &Stop) -> Said {
        let reason = HSTRING::from(REASON);
        let Ok(asked) = UserConsentVerifier::RequestVerificationAsync(&reason) else {
            return Said::Unable;
        };
        while asked.Status().is_ok_and(|status| status == AsyncStatus::Started) {
            if over.is_stopped() {
                // What it says to that is nobody's news.
                let _ = asked.Cancel();
                return Said::No;
            }
            thread::sleep(TICK);
        }
        match asked.GetResults() {
            Ok(UserConsentVerificationResult::Verified) => Said::Yes,
            Ok(
                UserConsentVerificationResult::DeviceNotPresent
                | UserConsentVerificationResult::NotConfiguredForUser
                | UserConsentVerificationResult::DisabledByPolicy,
            )
            | Err(_) => Said::Unable,
            Ok(_) => Said::No,
        }
    }
}
