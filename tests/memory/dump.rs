//! Everything that root can read of a process, and what is in it.
//!
//! Never here: whether it may be.

use std::fs;
use std::process::Command;

use anyhow::{Result, bail};
use memchr::memmem;

/// A core of a running process, made by gdb; with the parts that cores usually leave out.
pub(crate) struct Dump(Vec<u8>);

impl Dump {
    /// Takes one. The process goes on.
    pub(crate) fn of(id: u32) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("core");
        let output = Command::new("gdb")
            .args(["-nx", "-batch", "-p", &id.to_string()])
            .args(["-ex", "set use-coredump-filter off"])
            .args(["-ex", "set dump-excluded-mappings on"])
            .arg("-ex")
            .arg(format!("generate-core-file {}", file.display()))
            .output()?;
        if !file.exists() {
            bail!("gdb made no core: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(Self(fs::read(file)?))
    }

    /// How often it holds these bytes.
    pub(crate) fn hits(&self, needle: &[u8]) -> usize {
        memmem::find_iter(&self.0, needle).count()
    }
}

/// A text as Windows and JavaScript write it.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
