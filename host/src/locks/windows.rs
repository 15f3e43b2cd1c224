//! Windows: the session's notifications come to a hidden window, sleep to a callback.
//!
//! Compiled and checked against Microsoft's documentation; it has not been run.
//!
//! Never here: what a lock does.

#![allow(unsafe_code)]

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use shared::protocol::Why;
use windows_sys::Win32::Foundation::{FILETIME, HANDLE, HWND, LPARAM, LRESULT, WPARAM};
use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;
use windows_sys::Win32::System::Power::{
    DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS, HPOWERNOTIFY, PowerRegisterSuspendResumeNotification,
    PowerUnregisterSuspendResumeNotification,
};
use windows_sys::Win32::System::RemoteDesktop::{
    NOTIFY_FOR_THIS_SESSION, WTSRegisterSessionNotification, WTSUnRegisterSessionNotification,
};
use windows_sys::Win32::System::SystemInformation::GetSystemTimePreciseAsFileTime;
use windows_sys::Win32::System::Threading::GetCurrentThreadId;
use windows_sys::Win32::System::WindowsProgramming::{
    QueryInterruptTime, QueryUnbiasedInterruptTime,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    CreateWindowExW, DEVICE_NOTIFY_CALLBACK, DefWindowProcW, DestroyWindow, DispatchMessageW,
    GetMessageW, HWND_MESSAGE, MSG, PBT_APMRESUMEAUTOMATIC, PBT_APMSUSPEND, PostThreadMessageW,
    RegisterClassW, WM_QUIT, WM_WTSSESSION_CHANGE, WNDCLASSW, WTS_CONSOLE_DISCONNECT,
    WTS_REMOTE_DISCONNECT, WTS_SESSION_LOCK, WTS_SESSION_LOGOFF,
};
use windows_sys::w;

use super::clock::Readings;
use super::{Bus, Hold, Signal};

/// How long the callback waits for the keys' end: the system gives all of them 2 s.
const HOLD: Duration = Duration::from_millis(1_500);
/// From 1601, where Windows begins to count, to 1970; in steps of 100 ns.
const UNIX_EPOCH: i64 = 116_444_736_000_000_000;
/// Steps of 100 ns in a millisecond.
const STEPS: u64 = 10_000;

type Send = Box<dyn Fn(Signal) -> bool + std::marker::Send>;

thread_local! {
    /// Whom the window's procedure tells; it runs on the window's thread.
    static TELL: RefCell<Option<Send>> = const { RefCell::new(None) };
}

/// The window's thread, and the registration for power notifications.
pub(super) struct Listener {
    /// The thread's id, once it has a queue that can be posted to.
    window: mpsc::Receiver<u32>,
    power: Option<Power>,
}

/// A registration. What the callback is given is freed only if no callback can come any more.
struct Power {
    registration: HPOWERNOTIFY,
    context: *mut Mutex<Send>,
}

pub(super) fn listen(
    _session_id: Option<String>,
    send: impl Fn(Signal) -> bool + Clone + std::marker::Send + 'static,
) -> Listener {
    let (ready, window) = mpsc::sync_channel(1);
    let sender: Send = Box::new(send.clone());
    thread::spawn(move || follow_session(sender, &ready));
    let power = Power::register(Box::new(send.clone()));
    let news = if power.is_some() { Signal::BusFound } else { Signal::BusMissing };
    // Whether anybody still listens is found out by who ticks.
    let _ = send(news(Bus::System));
    Listener { window, power }
}

/// Interrupt time counts through sleep, unbiased interrupt time does not.
pub(super) fn readings() -> Readings {
    let (mut boot, mut awake) = (0, 0);
    let mut wall = FILETIME { dwLowDateTime: 0, dwHighDateTime: 0 };
    // SAFETY: each call writes one number to a place that is ours.
    unsafe {
        QueryInterruptTime(&mut boot);
        QueryUnbiasedInterruptTime(&mut awake);
        GetSystemTimePreciseAsFileTime(&mut wall);
    }
    let wall = (u64::from(wall.dwHighDateTime) << 32) | u64::from(wall.dwLowDateTime);
    Readings {
        boot_ms: boot / STEPS,
        mono_ms: awake / STEPS,
        wall_ms: (wall.cast_signed() - UNIX_EPOCH) / STEPS.cast_signed(),
    }
}

impl Listener {
    /// Nothing has to be asked: everything is announced.
    #[expect(clippy::unused_self, reason = "the other systems have something to do")]
    pub(super) fn tick(&self) {}
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(self.power.take());
        if let Ok(thread) = self.window.recv() {
            // SAFETY: the message has no pointers. If the thread has ended it goes nowhere.
            unsafe { PostThreadMessageW(thread, WM_QUIT, 0, 0) };
        }
    }
}

impl Power {
    fn register(send: Send) -> Option<Self> {
        let context = Box::into_raw(Box::new(Mutex::new(send)));
        let parameters = DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS {
            Callback: Some(on_power),
            Context: context.cast(),
        };
        let mut registration = ptr::null_mut();
        // SAFETY: with DEVICE_NOTIFY_CALLBACK the recipient is a pointer to the parameters, which are
        // copied; the context lives until the registration has ended.
        let status = unsafe {
            PowerRegisterSuspendResumeNotification(
                DEVICE_NOTIFY_CALLBACK,
                ptr::from_ref(&parameters).cast_mut().cast::<c_void>() as HANDLE,
                &mut registration,
            )
        };
        if status != 0 {
            // SAFETY: it is the box from above, which nobody has seen.
            drop(unsafe { Box::from_raw(context) });
            return None;
        }
        Some(Self { registration: registration as HPOWERNOTIFY, context })
    }
}

impl Drop for Power {
    fn drop(&mut self) {
        // SAFETY: it was registered, and is unregistered once.
        if unsafe { PowerUnregisterSuspendResumeNotification(self.registration) } == 0 {
            // SAFETY: unregistering waits for callbacks that run; none comes after it.
            drop(unsafe { Box::from_raw(self.context) });
        }
    }
}

unsafe extern "system" fn on_power(
    context: *const c_void,
    event: u32,
    _setting: *const c_void,
) -> u32 {
    // SAFETY: it is the context that was registered, and lives until that has ended.
    let send = unsafe { &*context.cast::<Mutex<Send>>() };
    let send = send.lock().unwrap_or_else(PoisonError::into_inner);
    match event {
        PBT_APMSUSPEND => {
            let (release, released) = mpsc::channel::<()>();
            let hold = Some(Hold::new(move || drop(release)));
            if send(Signal::Lock { why: Why::Sleep, hold }) {
                // Its end is the news, or the time is up.
                let _ = released.recv_timeout(HOLD);
            }
        }
        PBT_APMRESUMEAUTOMATIC => {
            let _ = send(Signal::Wake);
        }
        _ => (),
    }
    0
}

/// Makes the window and brings its messages until it is told to quit.
fn follow_session(send: Send, ready: &mpsc::SyncSender<u32>) {
    let Some(window) = make_window() else {
        let _ = send(Signal::BusMissing(Bus::Session));
        return;
    };
    // SAFETY: the window is this thread's.
    let registered =
        unsafe { WTSRegisterSessionNotification(window, NOTIFY_FOR_THIS_SESSION) } != 0;
    let news = if registered { Signal::BusFound } else { Signal::BusMissing };
    let heard = send(news(Bus::Session));
    TELL.set(Some(send));
    // SAFETY: it returns a number. The window has given the thread its queue.
    let told = ready.send(unsafe { GetCurrentThreadId() });
    if heard && told.is_ok() {
        let mut message = MSG::default();
        // SAFETY: the message is ours; 0 is WM_QUIT, below 0 an error.
        while 0 < unsafe { GetMessageW(&mut message, ptr::null_mut(), 0, 0) } {
            // SAFETY: it was filled by the call before.
            unsafe { DispatchMessageW(&message) };
        }
    }
    // SAFETY: made above, on this thread, and not used after.
    unsafe {
        if registered {
            WTSUnRegisterSessionNotification(window);
        }
        DestroyWindow(window);
    }
}

/// A window that nobody sees and that gets no broadcasts.
fn make_window() -> Option<HWND> {
    let name = w!("CountersignLocks");
    // SAFETY: null is the program itself.
    let program = unsafe { GetModuleHandleW(ptr::null()) };
    let class = WNDCLASSW {
        lpfnWndProc: Some(on_message),
        hInstance: program,
        lpszClassName: name,
        ..WNDCLASSW::default()
    };
    // SAFETY: name and procedure live as long as the program. A class that is there already is ours.
    unsafe { RegisterClassW(&class) };
    // SAFETY: the class is registered; null where there is no menu, title or parameter.
    let window = unsafe {
        CreateWindowExW(
            0,
            name,
            ptr::null(),
            0,
            0,
            0,
            0,
            0,
            HWND_MESSAGE,
            ptr::null_mut(),
            program,
            ptr::null(),
        )
    };
    (!window.is_null()).then_some(window)
}

unsafe extern "system" fn on_message(
    window: HWND,
    message: u32,
    wide: WPARAM,
    long: LPARAM,
) -> LRESULT {
    let locks =
        [WTS_SESSION_LOCK, WTS_CONSOLE_DISCONNECT, WTS_REMOTE_DISCONNECT, WTS_SESSION_LOGOFF];
    if message == WM_WTSSESSION_CHANGE && locks.iter().any(|lock| *lock as usize == wide) {
        TELL.with_borrow(|send| {
            // Whether anybody still listens is found out by who ticks.
            send.as_ref().map(|send| send(Signal::Lock { why: Why::ScreenLock, hold: None }))
        });
    }
    // SAFETY: the arguments are the system's own.
    unsafe { DefWindowProcW(window, message, wide, long) }
}
