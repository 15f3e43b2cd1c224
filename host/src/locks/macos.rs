//! macOS: IOKit announces sleep on a run loop; whether the session is in front and unlocked is asked.
//!
//! Not the notification `com.apple.screenIsLocked`: distributed notifications arrive on the main thread's
//! run loop only, and the main thread is the native loop's. `CGSessionCopyCurrentDictionary` says the
//! same and also whether another user is in front; asking it once a second is the cost.
//!
//! Compiled and checked against Apple's documentation; it has not been run.
//!
//! Never here: what a lock does.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use objc2_core_foundation::{
    CFBoolean, CFDictionary, CFNumber, CFRetained, CFRunLoop, CFString, CFType,
    kCFRunLoopDefaultMode,
};
use objc2_core_graphics::CGSessionCopyCurrentDictionary;
use objc2_io_kit::{
    IOAllowPowerChange, IODeregisterForSystemPower, IONotificationPort, IORegisterForSystemPower,
    IOServiceClose, io_connect_t, io_service_t,
};
use rustix::time::{ClockId, clock_gettime};
use shared::protocol::Why;

use super::clock::Readings;
use super::{Bus, Hold, Signal};

// `iokit_common_msg` of IOKit/IOMessage.h.
/// The system asks whether it may sleep.
const CAN_SLEEP: u32 = 0xe000_0270;
/// It will, as soon as all have allowed it, or after 30 s.
const WILL_SLEEP: u32 = 0xe000_0280;
/// It is awake again.
const HAS_POWERED_ON: u32 = 0xe000_0300;

/// Whether the session is in front (documented), and whether its screen is locked (not documented, and
/// there since 10.7).
const ON_CONSOLE: &str = "kCGSSessionOnConsoleKey";
const SCREEN_LOCKED: &str = "CGSSessionScreenIsLocked";

/// How long the run loop runs before it looks whether it should stop.
const TURN_S: f64 = 1.0;

/// The power thread's end, and the session as it was last seen.
pub(super) struct Listener {
    stop: Arc<AtomicBool>,
    seen: Cell<Option<Seat>>,
    send: Box<dyn Fn(Signal) -> bool>,
}

/// Whether a person can sit before this session.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Seat {
    Away,
    Here,
    /// There is no graphical session.
    None,
}

/// What the power callback is given.
struct Power {
    port: Cell<io_connect_t>,
    send: Box<dyn Fn(Signal) -> bool>,
}

pub(super) fn listen(
    _session_id: Option<String>,
    send: impl Fn(Signal) -> bool + Clone + Send + 'static,
) -> Listener {
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, sender) = (Arc::clone(&stop), send.clone());
    thread::spawn(move || follow_power(&stopped, sender));
    Listener { stop, seen: Cell::new(None), send: Box::new(send) }
}

/// `CLOCK_MONOTONIC` is Darwin's `mach_continuous_time`: it counts through sleep. `CLOCK_UPTIME_RAW`
/// does not.
pub(super) fn readings() -> Readings {
    let ms = |clock| {
        let time = clock_gettime(clock);
        time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    };
    let mut awake = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes to a place that is ours; it can't fail for a clock that there is.
    unsafe { libc::clock_gettime(libc::CLOCK_UPTIME_RAW, &mut awake) };
    let awake = awake.tv_sec * 1_000 + awake.tv_nsec / 1_000_000;
    Readings {
        boot_ms: u64::try_from(ms(ClockId::Monotonic)).unwrap_or_default(),
        mono_ms: u64::try_from(awake).unwrap_or_default(),
        wall_ms: ms(ClockId::Realtime),
    }
}

impl Listener {
    pub(super) fn tick(&self) {
        let seat = seat();
        let before = self.seen.replace(Some(seat));
        if before == Some(seat) {
            return;
        }
        // Whether anybody still listens is found out by who ticks.
        let _ = match seat {
            Seat::Away => (self.send)(Signal::Lock { why: Why::ScreenLock, hold: None }),
            Seat::Here => (self.send)(Signal::BusFound(Bus::Session)),
            Seat::None if before.is_some() => (self.send)(Signal::BusLost(Bus::Session)),
            Seat::None => (self.send)(Signal::SessionMissing),
        };
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn seat() -> Seat {
    let Some(session) = CGSessionCopyCurrentDictionary() else { return Seat::None };
    // SAFETY: the documentation says that the keys are strings; the values may be anything.
    let session: CFRetained<CFDictionary<CFString, CFType>> =
        unsafe { CFRetained::cast_unchecked(session) };
    let says = |key: &'static str| {
        let value = session.get(&CFString::from_static_str(key))?;
        let truth = value.downcast_ref::<CFBoolean>().map(CFBoolean::as_bool);
        truth.or_else(|| Some(value.downcast_ref::<CFNumber>()?.as_i32()? != 0))
    };
    if says(ON_CONSOLE) == Some(false) || says(SCREEN_LOCKED) == Some(true) {
        Seat::Away
    } else {
        Seat::Here
    }
}

/// Registers for power messages and runs the loop that brings them.
fn follow_power(stop: &AtomicBool, send: impl Fn(Signal) -> bool + 'static) {
    let power = Box::new(Power { port: Cell::new(0), send: Box::new(send) });
    let context = ptr::from_ref::<Power>(&power).cast_mut().cast::<c_void>();
    let mut notifications = ptr::null_mut();
    let mut notifier = 0;
    // SAFETY: both places are written by the call; the context lives until after deregistration below,
    // and the callback runs on this thread only.
    let port = unsafe {
        IORegisterForSystemPower(context, &mut notifications, Some(on_power), &mut notifier)
    };
    // SAFETY: the port is the one that the call has just made.
    let source = if port == 0 {
        None
    } else {
        unsafe { IONotificationPort::run_loop_source(notifications) }
    };
    let (Some(source), Some(run_loop)) = (source, CFRunLoop::current()) else {
        (power.send)(Signal::BusMissing(Bus::System));
        return;
    };
    power.port.set(port);
    // SAFETY: a constant of the framework.
    let mode = unsafe { kCFRunLoopDefaultMode };
    run_loop.add_source(Some(&source), mode);
    if (power.send)(Signal::BusFound(Bus::System)) {
        while !stop.load(Ordering::Relaxed) {
            CFRunLoop::run_in_mode(mode, TURN_S, false);
        }
    }
    run_loop.remove_source(Some(&source), mode);
    // SAFETY: all of it was made above and is used no more; the order is the documentation's.
    unsafe {
        IODeregisterForSystemPower(&mut notifier);
        IOServiceClose(port);
        IONotificationPort::destroy(notifications);
    }
}

unsafe extern "C-unwind" fn on_power(
    context: *mut c_void,
    _service: io_service_t,
    message: u32,
    argument: *mut c_void,
) {
    // SAFETY: it is the `Power` that was registered, and lives until it is deregistered.
    let power = unsafe { &*context.cast::<Power>() };
    let port = power.port.get();
    // The notification's id, and no pointer, for the two messages that are answered.
    let id = argument.addr().cast_signed();
    match message {
        CAN_SLEEP => {
            IOAllowPowerChange(port, id);
        }
        WILL_SLEEP => {
            let hold = Hold::new(move || {
                IOAllowPowerChange(port, id);
            });
            // If nobody takes it, it is dropped with the signal, and the system goes on.
            let _ = (power.send)(Signal::Lock { why: Why::Sleep, hold: Some(hold) });
        }
        HAS_POWERED_ON => {
            let _ = (power.send)(Signal::Wake);
        }
        _ => (),
    }
}
