//! The operations: what each request is called on the wire, and how it is to be treated by whoever passes it on.
//!
//! Never here: what a request carries (`request`).

#[cfg(doc)]
use super::{Refusal, Request};

/// Every operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Op {
    /// [`Request::AcceptRollback`].
    AcceptRollback,
    /// [`Request::Accounts`].
    Accounts,
    /// [`Request::Add`].
    Add,
    /// [`Request::Browsers`].
    Browsers,
    /// [`Request::Codes`].
    Codes,
    /// [`Request::Create`].
    Create,
    /// [`Request::Delete`].
    Delete,
    /// [`Request::Desk`].
    Desk,
    /// [`Request::Edit`].
    Edit,
    /// [`Request::Enrol`].
    Enrol,
    /// [`Request::Fill`].
    Fill,
    /// [`Request::Habits`].
    Habits,
    /// [`Request::Hello`].
    Hello,
    /// [`Request::Link`].
    Link,
    /// [`Request::Lock`].
    Lock,
    /// [`Request::MakeRecovery`].
    MakeRecovery,
    /// [`Request::NextCode`].
    NextCode,
    /// [`Request::Offers`].
    Offers,
    /// [`Request::Opening`].
    Opening,
    /// [`Request::Password`].
    Password,
    /// [`Request::Pictures`].
    Pictures,
    /// [`Request::Purge`].
    Purge,
    /// [`Request::Recover`].
    Recover,
    /// [`Request::RemovePin`].
    RemovePin,
    /// [`Request::RemoveRecovery`].
    RemoveRecovery,
    /// [`Request::Restore`].
    Restore,
    /// [`Request::Revert`].
    Revert,
    /// [`Request::Rules`].
    Rules,
    /// [`Request::Scan`].
    Scan,
    /// [`Request::SetPin`].
    SetPin,
    /// [`Request::SetSettings`].
    SetSettings,
    /// [`Request::Settings`].
    Settings,
    /// [`Request::Spares`].
    Spares,
    /// [`Request::Status`].
    Status,
    /// [`Request::Strength`].
    Strength,
    /// [`Request::Unlock`].
    Unlock,
    /// [`Request::UnlockBiometrics`].
    UnlockBiometrics,
    /// [`Request::UnlockPin`].
    UnlockPin,
}

/// What an answer may have to wait for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wait {
    /// Other apps' files and pictures, which may ask for minutes.
    Files,
    /// The person, whom the system asks.
    Person,
    /// Nothing: what is there is read.
    Read,
    /// A key to be derived, or a save.
    Save,
}

impl Op {
    /// All of them.
    pub const ALL: [Self; 38] = [
        Self::AcceptRollback,
        Self::Accounts,
        Self::Add,
        Self::Browsers,
        Self::Codes,
        Self::Create,
        Self::Delete,
        Self::Desk,
        Self::Edit,
        Self::Enrol,
        Self::Fill,
        Self::Habits,
        Self::Hello,
        Self::Link,
        Self::Lock,
        Self::MakeRecovery,
        Self::NextCode,
        Self::Offers,
        Self::Opening,
        Self::Password,
        Self::Pictures,
        Self::Purge,
        Self::Recover,
        Self::RemovePin,
        Self::RemoveRecovery,
        Self::Restore,
        Self::Revert,
        Self::Rules,
        Self::Scan,
        Self::SetPin,
        Self::SetSettings,
        Self::Settings,
        Self::Spares,
        Self::Status,
        Self::Strength,
        Self::Unlock,
        Self::UnlockBiometrics,
        Self::UnlockPin,
    ];

    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AcceptRollback => "accept_rollback",
            Self::Accounts => "accounts",
            Self::Add => "add",
            Self::Browsers => "browsers",
            Self::Codes => "codes",
            Self::Create => "create",
            Self::Delete => "delete",
            Self::Desk => "desk",
            Self::Edit => "edit",
            Self::Enrol => "enrol",
            Self::Fill => "fill",
            Self::Habits => "habits",
            Self::Hello => "hello",
            Self::Link => "link",
            Self::Lock => "lock",
            Self::MakeRecovery => "make_recovery",
            Self::NextCode => "next_code",
            Self::Offers => "offers",
            Self::Opening => "opening",
            Self::Password => "password",
            Self::Pictures => "pictures",
            Self::Purge => "purge",
            Self::Recover => "recover",
            Self::RemovePin => "remove_pin",
            Self::RemoveRecovery => "remove_recovery",
            Self::Restore => "restore",
            Self::Revert => "revert",
            Self::Rules => "rules",
            Self::Scan => "scan",
            Self::SetPin => "set_pin",
            Self::SetSettings => "set_settings",
            Self::Settings => "settings",
            Self::Spares => "spares",
            Self::Status => "status",
            Self::Strength => "strength",
            Self::Unlock => "unlock",
            Self::UnlockBiometrics => "unlock_biometrics",
            Self::UnlockPin => "unlock_pin",
        }
    }

    /// The operation of this name; `None` for one that this version does not know.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.name() == name)
    }

    /// Whether something that pages show may be another after it, so that those that did not ask have to look
    /// again. A fill notes which account was taken, and no page shows that.
    pub const fn changes(self) -> bool {
        match self {
            Self::AcceptRollback
            | Self::Add
            | Self::Create
            | Self::Delete
            | Self::Desk
            | Self::Edit
            | Self::Enrol
            | Self::Link
            | Self::MakeRecovery
            | Self::NextCode
            | Self::Password
            | Self::Purge
            | Self::Recover
            | Self::RemoveRecovery
            | Self::Restore
            | Self::Revert
            | Self::SetSettings
            | Self::Unlock
            | Self::UnlockBiometrics
            | Self::UnlockPin => true,
            Self::Accounts
            | Self::Browsers
            | Self::Codes
            | Self::Fill
            | Self::Habits
            | Self::Hello
            | Self::Lock
            | Self::Offers
            | Self::Opening
            | Self::Pictures
            | Self::RemovePin
            | Self::Rules
            | Self::Scan
            | Self::SetPin
            | Self::Settings
            | Self::Spares
            | Self::Status
            | Self::Strength => false,
        }
    }

    /// Whether it is answered while the vault is locked; everything else is [`Refusal::Locked`] then. The desk
    /// is, where there is no vault: it can bring one back from a backup.
    pub const fn is_answered_locked(self) -> bool {
        match self {
            Self::Create
            | Self::Desk
            | Self::Hello
            | Self::Lock
            | Self::Opening
            | Self::Recover
            | Self::Revert
            | Self::Rules
            | Self::Status
            | Self::Strength
            | Self::Unlock
            | Self::UnlockBiometrics
            | Self::UnlockPin => true,
            Self::AcceptRollback
            | Self::Accounts
            | Self::Add
            | Self::Browsers
            | Self::Codes
            | Self::Delete
            | Self::Edit
            | Self::Enrol
            | Self::Fill
            | Self::Habits
            | Self::Link
            | Self::MakeRecovery
            | Self::NextCode
            | Self::Offers
            | Self::Password
            | Self::Pictures
            | Self::Purge
            | Self::RemovePin
            | Self::RemoveRecovery
            | Self::Restore
            | Self::Scan
            | Self::SetPin
            | Self::SetSettings
            | Self::Settings
            | Self::Spares => false,
        }
    }

    /// What its answer may have to wait for.
    pub const fn wait(self) -> Wait {
        match self {
            Self::Desk | Self::Scan => Wait::Files,
            Self::SetSettings | Self::UnlockBiometrics => Wait::Person,
            Self::Accounts
            | Self::Browsers
            | Self::Codes
            | Self::Habits
            | Self::Lock
            | Self::Opening
            | Self::Pictures
            | Self::Settings
            | Self::Status
            | Self::Strength => Wait::Read,
            Self::AcceptRollback
            | Self::Add
            | Self::Create
            | Self::Delete
            | Self::Edit
            | Self::Enrol
            | Self::Fill
            | Self::Hello
            | Self::Link
            | Self::MakeRecovery
            | Self::NextCode
            | Self::Offers
            | Self::Password
            | Self::Purge
            | Self::Recover
            | Self::RemovePin
            | Self::RemoveRecovery
            | Self::Restore
            | Self::Revert
            | Self::Rules
            | Self::SetPin
            | Self::Spares
            | Self::Unlock
            | Self::UnlockPin => Wait::Save,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_name_of_its_own() {
        for op in Op::ALL {
            assert_eq!(Op::of_name(op.name()), Some(op));
        }
        // The compiler asks for a name, and for nothing else: one that is missing from the list is asked for here,
        // as long as the last in the alphabet is the last of all.
        assert_eq!(Op::ALL.len(), Op::UnlockPin as usize + 1);
        assert_eq!(Op::of_name("polka"), None);
    }

    #[test]
    fn what_is_answered_while_locked_is_what_the_document_says() {
        let document = include_str!("../../PROTOCOL.md");
        let (_, list) =
            document.split_once("While the vault is locked only these are answered: ").unwrap();
        let (list, _) = list.split_once("\nEverything else").unwrap();
        let mut listed: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
        listed.sort_unstable();
        let answered: Vec<&str> =
            Op::ALL.into_iter().filter(|op| op.is_answered_locked()).map(Op::name).collect();
        assert_eq!(listed, answered);
    }
}
