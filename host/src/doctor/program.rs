//! Step one: this program, which the browser is to start.
//!
//! Never here: which browser.

use std::fs;

use crate::doctor::Check;
use crate::harden::Weakness;
use crate::install::places::Places;
use crate::install::program::{self, For};

pub(super) fn examine(places: &Places, weaknesses: &[Weakness]) -> Vec<Check> {
    let mut checks = vec![look(places)];
    checks.extend(weaknesses.iter().map(|weakness| {
        Check::unknown("memory", format!("this system does not let a program hide all: {weakness}"))
    }));
    if let Some(sandbox) = &places.sandbox {
        checks.push(Check::unknown(
            "program",
            format!(
                "this runs inside a sandbox ({sandbox}), whose home is {}: a browser outside of it \
                 uses another vault",
                places.home.display()
            ),
        ));
    }
    checks
}

fn look(places: &Places) -> Check {
    let path = places.binary.display();
    let metadata = match fs::metadata(&places.binary) {
        Ok(metadata) => metadata,
        Err(error) => {
            let finding = format!("{path} cannot be seen: {error}");
            return Check::bad(
                "program",
                finding,
                "install Countersign again, then run its `install`",
            );
        }
    };
    if !metadata.is_file() {
        return Check::bad("program", format!("{path} is not a file"), "install Countersign again");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if metadata.permissions().mode() & 0o111 == 0 {
            let remedy = format!("chmod +x {path}");
            return Check::bad("program", format!("{path} may not be executed"), remedy);
        }
    }
    if let Some(loose) = program::loose(&places.binary, For::Oneself) {
        let remedy = format!("chmod go-w {}", loose.spot.display());
        return Check::bad("program", loose.to_string(), remedy);
    }
    Check::good("program", format!("{path}, version {}", env!("CARGO_PKG_VERSION")))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::doctor::Health;
    use crate::install::places::{System, places_in};

    #[test]
    fn a_program_that_others_may_change_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let places = places_in(folder.path(), System::Linux);
        let mode = |path: &std::path::Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        assert!(look(&places).finding.contains("cannot be seen"));
        fs::create_dir_all(places.binary.parent().unwrap()).unwrap();
        mode(places.binary.parent().unwrap(), 0o755);
        fs::write(&places.binary, "").unwrap();
        mode(&places.binary, 0o644);
        assert!(look(&places).finding.ends_with("may not be executed"));
        mode(&places.binary, 0o755);
        assert_eq!(look(&places).health, Health::Good);
        mode(&places.binary, 0o757);
        assert!(look(&places).remedy.unwrap().starts_with("chmod go-w"));
        mode(&places.binary, 0o755);
        mode(places.binary.parent().unwrap(), 0o777);
        assert!(look(&places).finding.ends_with("bin (mode 777)"));
        mode(places.binary.parent().unwrap(), 0o755);
        mode(folder.path(), 0o777);
        assert!(look(&places).finding.ends_with("(mode 777)"));
    }
}
