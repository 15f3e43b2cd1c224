//! macOS: LocalAuthentication, by Touch ID or a watch; a password is not taken, since ours would be shorter to type.
//!
//! Written to the documented interface and compiled; it has not been run.
//!
//! Never here: the keychain, which wants a signed program.

#![allow(unsafe_code)]

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use block2::RcBlock;
use objc2::runtime::Bool;
use objc2_foundation::{NSError, NSString};
use objc2_local_authentication::{LAContext, LAPolicy};

use super::Said;
use crate::stop::Stop;

const POLICY: LAPolicy = LAPolicy::DeviceOwnerAuthenticationWithBiometrics;
/// The system puts "Countersign is trying to" before it.
const REASON: &str = "unlock the vault";
/// How often it is looked whether the question is over.
const TICK: Duration = Duration::from_millis(100);

#[derive(Clone, Debug)]
pub(super) struct Asker;

impl Asker {
    pub(super) fn of_system() -> Self {
        Self
    }

    pub(super) fn is_offered(&self) -> bool {
        can_ask(&context())
    }

    pub(super) fn ask(&self, over: &Stop) -> Said {
        let context = context();
        if !can_ask(&context) {
            return Said::Unable;
        }
        let (say, said) = mpsc::channel();
        let reply = RcBlock::new(move |is_person: Bool, _: *mut NSError| {
            let _ = say.send(is_person.as_bool());
        });
        let reason = NSString::from_str(REASON);
        // SAFETY: the block is Send in what it holds, and lives as long as the context keeps it.
        unsafe { context.evaluatePolicy_localizedReason_reply(POLICY, &reason, &reply) };
        loop {
            match said.recv_timeout(TICK) {
                Ok(true) => return Said::Yes,
                Ok(false) => return Said::No,
                Err(RecvTimeoutError::Timeout) if !over.is_stopped() => {}
                Err(_) => {
                    // SAFETY: no arguments; the reply comes as a failure, to nobody.
                    unsafe { context.invalidate() };
                    return Said::No;
                }
            }
        }
    }
}

fn context() -> objc2::rc::Retained<LAContext> {
    // SAFETY: `init` takes nothing; a context of its own for each question keeps no earlier answer.
    unsafe { LAContext::new() }
}

fn can_ask(context: &LAContext) -> bool {
    // SAFETY: it only looks.
    unsafe { context.canEvaluatePolicy_error(POLICY) }.is_ok()
}
