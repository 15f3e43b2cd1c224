//! The formats that can be read, and their names.
//!
//! Never here: how any of them is read.

/// A format of another app. What a person calls each is in [`NAMES`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Format {
    /// Aegis.
    Aegis,
    /// andOTP.
    Andotp,
    /// OpenPGP.
    AndotpOpenpgp,
    /// Apple Passwords.
    ApplePasswordsCsv,
    /// Authenticator (authenticator.cc).
    AuthenticatorCc,
    /// Authenticator Plus.
    AuthenticatorPlus,
    /// Authenticator Plus.
    AuthenticatorPlusDb,
    /// Authy.
    AuthyJson,
    /// Authy.
    AuthyXml,
    /// Battle.net.
    BattlenetXml,
    /// Bitwarden.
    Bitwarden,
    /// Bitwarden.
    BitwardenCsv,
    /// Countersign.
    Countersign,
    /// Countersign (page).
    CountersignHtml,
    /// Credential Exchange.
    Cxf,
    /// Dashlane.
    DashlaneCsv,
    /// Duo Mobile.
    Duo,
    /// Enpass.
    Enpass,
    /// Ente Auth.
    Ente,
    /// FreeOTP+.
    FreeotpPlus,
    /// FreeOTP 1.
    FreeotpV1,
    /// FreeOTP 2.
    FreeotpV2,
    /// Google Authenticator.
    GoogleMigration,
    /// Google Authenticator (QR codes).
    GoogleMigrationQr,
    /// Google Authenticator (database).
    GoogleSqlite,
    /// KeePass.
    Kdbx,
    /// KeePass.
    KeepassXml,
    /// KeePassXC.
    KeepassxcCsv,
    /// Keeper.
    Keeper,
    /// LastPass Authenticator.
    Lastpass,
    /// LastPass.
    LastpassCsv,
    /// Microsoft Authenticator.
    MicrosoftSqlite,
    /// 1Password.
    OnepasswordCsv,
    /// 1Password.
    Onepux,
    /// OTP Auth.
    OtpauthIos,
    /// a page with otpauth:// addresses.
    OtpauthPage,
    /// QR codes.
    OtpauthQr,
    /// a text with otpauth:// addresses.
    OtpauthText,
    /// a list of otpauth:// addresses.
    OtpauthUris,
    /// Proton Authenticator.
    ProtonAuthenticator,
    /// Proton Pass.
    ProtonPass,
    /// Proton Pass.
    ProtonPassCsv,
    /// Raivo OTP.
    Raivo,
    /// Steam.
    SteamAndroid,
    /// Steam Desktop Authenticator.
    SteamMafile,
    /// Stratum.
    Stratum,
    /// Stratum (database).
    StratumDb,
    /// Stratum (HTML).
    StratumHtml,
    /// TOTP Authenticator.
    TotpAuthenticator,
    /// TOTP Authenticator.
    TotpAuthenticatorXml,
    /// 2FAS.
    Twofas,
    /// 2FAuth.
    Twofauth,
    /// WinAuth.
    Winauth,
}

/// Each format's name on the command line and in reports, and its app's name for a person; in the enum's order.
const NAMES: &[(Format, &str, &str)] = &[
    (Format::Aegis, "aegis", "Aegis"),
    (Format::Andotp, "andotp", "andOTP"),
    (Format::AndotpOpenpgp, "andotp-openpgp", "OpenPGP"),
    (Format::ApplePasswordsCsv, "apple-passwords-csv", "Apple Passwords"),
    (Format::AuthenticatorCc, "authenticator-cc", "Authenticator (authenticator.cc)"),
    (Format::AuthenticatorPlus, "authenticator-plus", "Authenticator Plus"),
    (Format::AuthenticatorPlusDb, "authenticator-plus-db", "Authenticator Plus"),
    (Format::AuthyJson, "authy-json", "Authy"),
    (Format::AuthyXml, "authy-android-xml", "Authy"),
    (Format::BattlenetXml, "battlenet-android-xml", "Battle.net"),
    (Format::Bitwarden, "bitwarden", "Bitwarden"),
    (Format::BitwardenCsv, "bitwarden-csv", "Bitwarden"),
    (Format::Countersign, "countersign", "Countersign"),
    (Format::CountersignHtml, "countersign-html", "Countersign (page with QR codes)"),
    (Format::Cxf, "cxf", "Credential Exchange"),
    (Format::DashlaneCsv, "dashlane-csv", "Dashlane"),
    (Format::Duo, "duo", "Duo Mobile"),
    (Format::Enpass, "enpass", "Enpass"),
    (Format::Ente, "ente", "Ente Auth"),
    (Format::FreeotpPlus, "freeotp-plus", "FreeOTP+"),
    (Format::FreeotpV1, "freeotp-v1", "FreeOTP 1"),
    (Format::FreeotpV2, "freeotp-v2", "FreeOTP 2"),
    (Format::GoogleMigration, "google-migration", "Google Authenticator"),
    (Format::GoogleMigrationQr, "google-migration-qr", "Google Authenticator (QR codes)"),
    (Format::GoogleSqlite, "google-authenticator-sqlite", "Google Authenticator (database)"),
    (Format::Kdbx, "kdbx", "KeePass"),
    (Format::KeepassXml, "keepass-xml", "KeePass"),
    (Format::KeepassxcCsv, "keepassxc-csv", "KeePassXC"),
    (Format::Keeper, "keeper", "Keeper"),
    (Format::Lastpass, "lastpass", "LastPass Authenticator"),
    (Format::LastpassCsv, "lastpass-csv", "LastPass"),
    (Format::MicrosoftSqlite, "microsoft-authenticator-sqlite", "Microsoft Authenticator"),
    (Format::OnepasswordCsv, "1password-csv", "1Password"),
    (Format::Onepux, "1pux", "1Password"),
    (Format::OtpauthIos, "otpauth-ios", "OTP Auth"),
    (Format::OtpauthPage, "otpauth-html", "a page with otpauth:// addresses"),
    (Format::OtpauthQr, "otpauth-qr", "QR codes"),
    (Format::OtpauthText, "otpauth-text", "a text with otpauth:// addresses"),
    (Format::OtpauthUris, "otpauth-uri-list", "a list of otpauth:// addresses"),
    (Format::ProtonAuthenticator, "proton-authenticator", "Proton Authenticator"),
    (Format::ProtonPass, "proton-pass", "Proton Pass"),
    (Format::ProtonPassCsv, "proton-pass-csv", "Proton Pass"),
    (Format::Raivo, "raivo", "Raivo OTP"),
    (Format::SteamAndroid, "steam-android", "Steam"),
    (Format::SteamMafile, "steam-mafile", "Steam Desktop Authenticator"),
    (Format::Stratum, "stratum", "Stratum"),
    (Format::StratumDb, "stratum-db", "Stratum (database)"),
    (Format::StratumHtml, "stratum-html", "Stratum (HTML)"),
    (Format::TotpAuthenticator, "totp-authenticator", "TOTP Authenticator"),
    (Format::TotpAuthenticatorXml, "totp-authenticator-xml", "TOTP Authenticator"),
    (Format::Twofas, "2fas", "2FAS"),
    (Format::Twofauth, "2fauth", "2FAuth"),
    (Format::Winauth, "winauth", "WinAuth"),
];

impl Format {
    /// All of them, in the alphabet's order.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(format, ..)| *format)
    }

    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Its app's name for a person.
    pub fn title(self) -> &'static str {
        self.row().2
    }

    /// The same for whoever says the rest in the reader's language: without a word of ours.
    pub fn brand(self) -> &'static str {
        match self {
            Self::CountersignHtml => "Countersign",
            Self::GoogleMigrationQr | Self::GoogleSqlite => "Google Authenticator",
            Self::OtpauthPage | Self::OtpauthText | Self::OtpauthUris => "otpauth://",
            Self::OtpauthQr => "QR",
            Self::StratumDb => "Stratum",
            _ => self.title(),
        }
    }

    fn row(self) -> &'static (Self, &'static str, &'static str) {
        &NAMES[self as usize]
    }
}

/// No format has this name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("there is no format of this name")]
pub struct NotAFormat;

impl std::str::FromStr for Format {
    type Err = NotAFormat;

    fn from_str(text: &str) -> Result<Self, NotAFormat> {
        let row = NAMES.iter().find(|(_, name, _)| *name == text);
        row.map(|(format, ..)| *format).ok_or(NotAFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_one_name() {
        // A variant without a row would be found by nobody and panic when it is named.
        let source = include_str!("format.rs");
        let (_, variants) = source.split_once("pub enum Format {\n").unwrap();
        let (variants, _) = variants.split_once("\n}").unwrap();
        let variants = variants.lines().filter(|line| !line.trim_start().starts_with("///"));
        assert_eq!(variants.count(), NAMES.len());
        for (at, (format, ..)) in NAMES.iter().enumerate() {
            assert_eq!(*format as usize, at, "{format:?}");
        }
        for format in Format::all() {
            assert_eq!(format.name().parse(), Ok(format));
            assert!(!format.title().is_empty());
        }
        // A word of ours would be English in every language.
        for format in Format::all() {
            let brand = format!(" {} ", format.brand());
            for word in ["code", "page", "list", "text", "address", "database", " a ", " of "] {
                assert!(!brand.contains(word), "{brand}");
            }
        }
        assert_eq!("nothing".parse::<Format>(), Err(NotAFormat));
    }
}
