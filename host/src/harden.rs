//! What the process forbids others to see: its memory, its cores, its files; and pages for keys.
//!
//! [`process`] runs before anything is read. [`LockedKey`] is 32 bytes on a page of their own:
//!
//! ```text
//! memfd_secret   not in swap, not in cores, out of the kernel's own map: EIO even for root
//! locked         not in swap, not in cores, not in children; root can read them
//! plain          none of that: the system had no room for a locked page
//! ```
//!
//! While any memfd_secret is open Linux refuses to hibernate (`hibernation_available`), and a laptop
//! whose battery runs out would switch off instead. So on a computer that can hibernate keys lie on
//! locked pages: they are wiped before it sleeps, and root, whom memfd_secret keeps out, is no attacker
//! that we promise to keep out.
//!
//! What is *not* done: `no_new_privs`. The only program that the host starts is itself (`import::aside`,
//! `doctor`), which has no privileges to gain, and a hijacked host has what its attacker came for.
//! `mlockall`: 8 MiB may be locked, and Argon2 wants 64.
//!
//! One of three rooms with `unsafe`; the others are the listeners in `locks` and `presence` on macOS.
//!
//! Never here: what the keys open.

#![allow(unsafe_code)]

use std::alloc::Layout;
use std::fmt;
use std::io::{self, Write as _};
use std::panic;
use std::ptr::NonNull;

use zeroize::Zeroize as _;

#[cfg(unix)]
use self::unix as system;
#[cfg(windows)]
use self::windows as system;

/// What could not be forbidden, or was found to be so already. For `doctor`; no reason to stop.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Weakness {
    /// A crash may write the memory to a file.
    #[error("a crash may leave a core file with what was in memory")]
    Cores,
    /// Files that the browser left open could not be closed.
    #[error("files that the browser left open could not be closed")]
    Files,
    /// Other processes of the user can read the memory.
    #[error("other programs of this user can read the memory")]
    Memory,
    /// Keys are on pages that may be swapped out.
    #[error("no page could be locked: keys may be written to the swap area")]
    Swap,
    /// A debugger is attached.
    #[error("a debugger is attached")]
    Traced,
}

/// Forbids others to look into this process, and returns what could not be forbidden. To be called
/// once, by `main`, before anything is read or opened and before there is a second thread.
pub fn process() -> Vec<Weakness> {
    panic::set_hook(Box::new(|info| {
        // Not the message: it may have been made from what a person typed. Not `eprintln`: it panics.
        let place = info.location().map_or(("", 0), |place| (place.file(), place.line()));
        let file = place.0.rsplit(['/', '\\']).next().unwrap_or_default();
        let _ = writeln!(io::stderr(), "countersign: internal error ({file}:{})", place.1);
    }));
    let mut weaknesses = system::harden();
    if Page::new().kind == Kind::Plain {
        weaknesses.push(Weakness::Swap);
    }
    weaknesses
}

/// Closes every file but the three standard streams: what the browser left open by mistake. For the
/// browser's door only, right after [`process`]: a shell leaves files open on purpose, `import <(…)`.
pub fn close_inherited() -> Option<Weakness> {
    system::close_inherited()
}

/// What a page of keys is kept from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Swap, cores, children.
    Locked,
    /// Nothing.
    Plain,
    /// All of it, and root.
    Secret,
}

/// 32 bytes of key on a page of their own, wiped when it is dropped. No `Clone`, no `Debug` of its
/// bytes.
pub struct LockedKey(Page);

impl LockedKey {
    /// A key that `fill` writes in its place, so that there is no copy to forget. It begins as zeros.
    pub fn new(fill: impl FnOnce(&mut [u8; 32])) -> Self {
        let mut key = Self(Page::new());
        fill(key.bytes());
        key
    }

    /// The same, where `fill` may fail; then what it wrote is wiped.
    ///
    /// # Errors
    ///
    /// `fill`'s own.
    pub fn try_new<E>(fill: impl FnOnce(&mut [u8; 32]) -> Result<(), E>) -> Result<Self, E> {
        let mut key = Self(Page::new());
        fill(key.bytes())?;
        Ok(key)
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8; 32] {
        // SAFETY: the page is mapped as long as `self` lives, is longer than 32 bytes, was zeroed by the
        // system and is written only through `bytes`, which borrows `self` mutably.
        unsafe { self.0.start.cast().as_ref() }
    }

    /// What the bytes are kept from.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    fn bytes(&mut self) -> &mut [u8; 32] {
        // SAFETY: as in `expose`, and the borrow is the only one.
        unsafe { self.0.start.cast().as_mut() }
    }
}

impl Drop for LockedKey {
    fn drop(&mut self) {
        self.bytes().zeroize();
    }
}

impl fmt::Debug for LockedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockedKey")
    }
}

/// One page of zeros, given back when it is dropped.
struct Page {
    start: NonNull<u8>,
    kind: Kind,
}

// SAFETY: the page belongs to its value alone, which is read through `&` and written through `&mut`.
unsafe impl Send for Page {}
// SAFETY: as above.
unsafe impl Sync for Page {}

/// Length of what is mapped for one key: the smallest page there is, and more than 32 bytes. Where
/// pages are longer the system rounds up.
const PAGE: usize = 4096;

impl Page {
    /// Without memory for a page the process ends, as it does without memory for anything else.
    fn new() -> Self {
        system::map().unwrap_or_else(|| std::alloc::handle_alloc_error(Layout::new::<[u8; PAGE]>()))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: `start` was mapped by `system::map`, and nothing borrows from it any more.
        unsafe { system::unmap(self.start) };
    }
}

#[cfg(unix)]
mod unix {
    use std::ffi::c_void;
    use std::fs;
    use std::os::fd::RawFd;
    use std::ptr::{self, NonNull};

    use rustix::fs::Mode;
    use rustix::mm::{self, MapFlags, ProtFlags};
    use rustix::process::{Resource, Rlimit};

    use super::{Kind, PAGE, Page, Weakness};

    pub(super) fn harden() -> Vec<Weakness> {
        let mut weaknesses = Vec::new();
        rustix::process::umask(Mode::RWXG | Mode::RWXO);
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        if rustix::process::setrlimit(Resource::Core, none).is_err() {
            weaknesses.push(Weakness::Cores);
        }
        // Writing beyond a limit of the file's size shall be an error that is told, not the end.
        // SIGPIPE is ignored already, by Rust: a browser that has gone is an error, too.
        // SAFETY: no handler is installed, and no other thread changes it.
        unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
        weaknesses.extend(forbid());
        weaknesses
    }

    pub(super) fn close_inherited() -> Option<Weakness> {
        // Collected first: the listing is such a file itself.
        let Ok(names) = fs::read_dir("/dev/fd").map(|list| list.flatten().collect::<Vec<_>>())
        else {
            return Some(Weakness::Files);
        };
        let numbers: Vec<RawFd> =
            names.iter().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        drop(names);
        for number in numbers.into_iter().filter(|number| 2 < *number) {
            // SAFETY: the caller promises that nothing of ours is open yet, so nobody owns them. The
            // listing's own is closed by now, which is an error that does not matter.
            unsafe { libc::close(number) };
        }
        None
    }

    #[cfg(target_os = "linux")]
    fn forbid() -> Vec<Weakness> {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};

        let mut weaknesses = Vec::new();
        // No ptrace and no /proc/self/mem for the same user, no core. /proc/self belongs to root from now
        // on; the process itself may still read it.
        if set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err() {
            weaknesses.push(Weakness::Memory);
        }
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
        if tracer.is_some_and(|tracer| tracer.trim() != "0") {
            weaknesses.push(Weakness::Traced);
        }
        weaknesses
    }

    #[cfg(not(target_os = "linux"))]
    fn forbid() -> Vec<Weakness> {
        // PT_DENY_ATTACH; it fails when a debugger is there already.
        if secmem_proc::harden_process().is_err() { vec![Weakness::Memory] } else { Vec::new() }
    }

    pub(super) fn map() -> Option<Page> {
        secret().or_else(anonymous)
    }

    /// A page that the kernel itself has no map of.
    #[cfg(target_os = "linux")]
    fn secret() -> Option<Page> {
        use std::os::fd::{FromRawFd as _, OwnedFd};

        if can_hibernate() {
            return None;
        }
        // SAFETY: the call takes flags and returns a file or an error.
        let file = unsafe { libc::syscall(libc::SYS_memfd_secret, libc::O_CLOEXEC) };
        let file = RawFd::try_from(file).ok().filter(|file| 0 <= *file)?;
        // SAFETY: the file was just opened and belongs to nobody else.
        let file = unsafe { OwnedFd::from_raw_fd(file) };
        rustix::fs::ftruncate(&file, PAGE as u64).ok()?;
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping, at an address of the system's choice.
        let start =
            unsafe { mm::mmap(ptr::null_mut(), PAGE, access, MapFlags::SHARED, &file, 0) }.ok()?;
        // SAFETY: the range is the new mapping. Not in children: they have no business with keys.
        let _ = unsafe { mm::madvise(start, PAGE, mm::Advice::LinuxDontFork) };
        Some(Page { start: NonNull::new(start.cast())?, kind: Kind::Secret })
    }

    #[cfg(not(target_os = "linux"))]
    fn secret() -> Option<Page> {
        None
    }

    /// Whether the kernel can hibernate and has a disk to do it on.
    #[cfg(target_os = "linux")]
    fn can_hibernate() -> bool {
        let states = fs::read_to_string("/sys/power/state").unwrap_or_default();
        let swaps = fs::read_to_string("/proc/swaps").unwrap_or_default();
        let on_disk = |line: &str| !line.starts_with("/dev/zram");
        states.split_whitespace().any(|state| state == "disk") && swaps.lines().skip(1).any(on_disk)
    }

    /// A locked page, or a plain one.
    fn anonymous() -> Option<Page> {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping, at an address of the system's choice.
        let start =
            unsafe { mm::mmap_anonymous(ptr::null_mut(), PAGE, access, MapFlags::PRIVATE) }.ok()?;
        #[cfg(target_os = "linux")]
        for advice in [mm::Advice::LinuxDontDump, mm::Advice::LinuxWipeOnFork] {
            // SAFETY: the range is the new mapping. An old kernel refuses; then cores are off, and nothing
            // is forked.
            let _ = unsafe { mm::madvise(start, PAGE, advice) };
        }
        // SAFETY: the range is the new mapping.
        let locked = unsafe { mm::mlock(start, PAGE) }.is_ok();
        let kind = if locked { Kind::Locked } else { Kind::Plain };
        Some(Page { start: NonNull::new(start.cast())?, kind })
    }

    /// # Safety
    ///
    /// `start` is from `map`, and nothing uses it any more.
    pub(super) unsafe fn unmap(start: NonNull<u8>) {
        // SAFETY: the caller's promise. It can't fail for a whole mapping; if it did, it is wiped.
        let _ = unsafe { mm::munmap(start.as_ptr().cast::<c_void>(), PAGE) };
    }
}

#[cfg(windows)]
mod windows {
    use std::ptr::{self, NonNull};

    use windows_sys::Win32::System::Memory::{
        MEM_COMMIT, MEM_RELEASE, MEM_RESERVE, PAGE_READWRITE, VirtualAlloc, VirtualFree,
        VirtualLock,
    };

    use super::{Kind, PAGE, Page, Weakness};

    pub(super) fn harden() -> Vec<Weakness> {
        // A DACL without PROCESS_VM_READ. Error reports take memory along only where an administrator
        // has asked for it.
        if secmem_proc::harden_process().is_err() { vec![Weakness::Memory] } else { Vec::new() }
    }

    /// Handles are inherited here only by name: there are none to close.
    pub(super) fn close_inherited() -> Option<Weakness> {
        None
    }

    pub(super) fn map() -> Option<Page> {
        // SAFETY: a new allocation, at an address of the system's choice.
        let start =
            unsafe { VirtualAlloc(ptr::null(), PAGE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE) };
        let start = NonNull::new(start)?;
        // SAFETY: the range is the new allocation.
        let locked = unsafe { VirtualLock(start.as_ptr(), PAGE) } != 0;
        Some(Page { start: start.cast(), kind: if locked { Kind::Locked } else { Kind::Plain } })
    }

    /// # Safety
    ///
    /// `start` is from `map`, and nothing uses it any more.
    pub(super) unsafe fn unmap(start: NonNull<u8>) {
        // SAFETY: the caller's promise; length 0 is the whole allocation.
        unsafe { VirtualFree(start.as_ptr().cast(), 0, MEM_RELEASE) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_holds_what_was_written_and_prints_none_of_it() {
        let key = LockedKey::new(|bytes| bytes.fill(7));
        assert_eq!(key.expose(), &[7; 32]);
        assert_eq!(format!("{key:?}"), "LockedKey");
        assert_ne!(key.kind(), Kind::Plain);
    }

    #[test]
    fn a_new_key_is_zero_and_a_failed_one_is_none() {
        assert_eq!(LockedKey::new(|_| ()).expose(), &[0; 32]);
        assert_eq!(LockedKey::try_new(|_| Err("no")).map(|_| ()), Err("no"));
        let key = LockedKey::try_new(|bytes| {
            bytes.fill(1);
            Ok::<_, ()>(())
        });
        assert_eq!(key.unwrap().expose(), &[1; 32]);
    }

    #[test]
    fn a_key_may_move_between_threads() {
        let key = LockedKey::new(|bytes| bytes[31] = 9);
        let key = std::thread::spawn(move || key).join().unwrap();
        assert_eq!(key.expose()[31], 9);
    }

    #[test]
    fn there_is_room_for_a_hundred_keys() {
        let keys: Vec<_> = (0..100).map(|n| LockedKey::new(|bytes| bytes.fill(n))).collect();
        assert!((0..).zip(&keys).all(|(n, key)| key.expose() == &[n; 32]));
        assert!(keys.iter().all(|key| key.kind() != Kind::Plain));
    }

    #[test]
    fn every_weakness_is_a_sentence_for_doctor() {
        let all =
            [Weakness::Cores, Weakness::Files, Weakness::Memory, Weakness::Swap, Weakness::Traced];
        for weakness in all {
            let text = weakness.to_string();
            assert!(!text.ends_with('.') && text.starts_with(char::is_lowercase), "{text}");
        }
    }
}
