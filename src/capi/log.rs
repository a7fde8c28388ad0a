//! The log.
//!
//! Nothing is logged unless the program sets a callback, and nothing is printed.

use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::sync::{PoisonError, RwLock};

use log::{LevelFilter, Log, Metadata, Record};

use super::args::invalid;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::names::in_c;
use super::text::Text;
use crate::{Error, ErrorKind, Result};

/// The level of a log record, or the most verbose one to log: one of SANDCELL_LOG_*.
pub type sandcell_log_level = i32;

/// Receives a log record.
///
/// **It may be called by any thread**, including the library's own, and by several at
/// once. It must not set a callback, and library calls that it makes are not logged.
/// It must return: no longjmp(), no exception.
///
/// @param ctx                   in: the pointer that was set with the callback
/// @param level                 in: one of SANDCELL_LOG_*
/// @param target, target_len    in: the part of the library, such as
///                              "sandcell::pull"; followed by a NUL that the
///                              length does not include
/// @param message, message_len  in: followed by a NUL that the length does not
///                              include
///
/// Threads: called by any.
/// Since: 0.1.0
pub type sandcell_log_fn = Option<
    unsafe extern "C" fn(
        ctx: *mut c_void,
        level: sandcell_log_level,
        target: *const c_char,
        target_len: usize,
        message: *const c_char,
        message_len: usize,
    ),
>;

/// Something could not be cleaned up, and no call reports it.
pub const SANDCELL_LOG_ERROR: sandcell_log_level = 1;
/// Something unexpected that does not make a call fail.
pub const SANDCELL_LOG_WARN: sandcell_log_level = 2;
/// Progress, for example of pulls.
pub const SANDCELL_LOG_INFO: sandcell_log_level = 3;
/// Decisions.
pub const SANDCELL_LOG_DEBUG: sandcell_log_level = 4;
/// All network traffic, **unredacted** except for registry credentials.
pub const SANDCELL_LOG_TRACE: sandcell_log_level = 5;

/// Who takes the records: the one logger that a process can have passes them on.
struct Callback(RwLock<Option<Sink>>);

#[derive(Clone, Copy)]
struct Sink {
    function: unsafe extern "C" fn(
        *mut c_void,
        sandcell_log_level,
        *const c_char,
        usize,
        *const c_char,
        usize,
    ),
    ctx: *mut c_void,
}

// SAFETY: the header's contract: any thread may call the function, at once with others.
unsafe impl Send for Sink {}
// SAFETY: the same.
unsafe impl Sync for Sink {}

static CALLBACK: Callback = Callback(RwLock::new(None));

thread_local! {
    /// Whether this thread is in the callback, and so makes records of its own.
    static IS_TOLD: Cell<bool> = const { Cell::new(false) };
}

impl Log for Callback {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true // the maximum level has decided
    }

    fn log(&self, record: &Record<'_>) {
        // A thread that ends has no place for it any more.
        if IS_TOLD.try_with(|told| told.replace(true)).unwrap_or(true) {
            return;
        }
        // Held while it runs: who replaces it waits for it.
        let sink = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(sink) = *sink {
            let target = Text::from(record.target().to_owned());
            let message = Text::from(in_c(record.args().to_string()));
            let (message, message_len) = (message.as_ptr(), message.len());
            let (target, target_len) = (target.as_ptr(), target.len());
            let level = record.level() as sandcell_log_level;
            // SAFETY: the header's contract; the texts outlive the call.
            unsafe {
                (sink.function)(sink.ctx, level, target, target_len, message, message_len);
            }
        }
        let _ = IS_TOLD.try_with(|told| told.set(false));
    }

    fn flush(&self) {}
}

fn level_of(number: sandcell_log_level) -> Result<LevelFilter> {
    match number {
        SANDCELL_LOG_ERROR => Ok(LevelFilter::Error),
        SANDCELL_LOG_WARN => Ok(LevelFilter::Warn),
        SANDCELL_LOG_INFO => Ok(LevelFilter::Info),
        SANDCELL_LOG_DEBUG => Ok(LevelFilter::Debug),
        SANDCELL_LOG_TRACE => Ok(LevelFilter::Trace),
        other => Err(invalid("level", format_args!("{other} is none of SANDCELL_LOG_*"))),
    }
}

/// Becomes the logger of the process, unless it is already.
fn install() -> Result<()> {
    match log::set_logger(&CALLBACK) {
        Err(_) if !std::ptr::addr_eq(log::logger(), &CALLBACK) => {
            let message = "this process has a logger of Rust's, which was set before";
            Err(Error::new(ErrorKind::Conflict, message))
        }
        _ => Ok(()),
    }
}

/// Sets the callback that receives the log of all clients of this process.
///
/// Replaces the previous one, which is not called any more once this function has
/// returned: its ctx can be freed then.
///
/// Default: none
///
/// @param level  in: one of SANDCELL_LOG_*; more verbose records are not made
/// @param log    in; NULL for none
/// @param ctx    in, may be NULL: for the callback
/// @param error  out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  level is none of SANDCELL_LOG_*
///          SANDCELL_ERR_CONFLICT          called from within the callback, or the
///                                         process is a Rust program that has a logger
///                                         of its own
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_log_set_callback(
    level: sandcell_log_level,
    log: sandcell_log_fn,
    ctx: *mut c_void,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let level = level_of(level)?;
            if IS_TOLD.get() {
                return Err(Error::new(ErrorKind::Conflict, "called from within the callback"));
            }
            install()?;
            let sink = log.map(|function| Sink { function, ctx });
            // Of two that set it at once, one sets both.
            let mut current = CALLBACK.0.write().unwrap_or_else(PoisonError::into_inner);
            *current = sink;
            log::set_max_level(sink.map_or(LevelFilter::Off, |_| level));
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::ptr;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::thread;

    use super::*;
    use crate::capi::error::SANDCELL_OK;

    /// What a callback is told with: the program may take it back.
    #[derive(Default)]
    struct Ctx {
        is_over: AtomicBool,
        records: AtomicUsize,
    }

    unsafe extern "C" fn take(
        ctx: *mut c_void,
        _: sandcell_log_level,
        _: *const c_char,
        _: usize,
        _: *const c_char,
        _: usize,
    ) {
        // SAFETY: it came with the callback, and is freed after that was replaced.
        let ctx = unsafe { &*ctx.cast::<Ctx>() };
        assert!(!ctx.is_over.load(Ordering::SeqCst));
        ctx.records.fetch_add(1, Ordering::SeqCst);
    }

    fn set(level: sandcell_log_level, ctx: Option<&Ctx>) {
        let function: sandcell_log_fn = if ctx.is_some() { Some(take) } else { None };
        let ctx = ctx.map_or(ptr::null_mut(), |ctx| ptr::from_ref(ctx).cast_mut().cast());
        // SAFETY: whoever calls this sets another before the ctx goes.
        let status = unsafe { sandcell_log_set_callback(level, function, ctx, ptr::null_mut()) };
        assert_eq!(status, SANDCELL_OK);
    }

    #[test]
    fn a_callback_is_replaced_while_others_log() {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !over.load(Ordering::SeqCst) {
                        log::warn!("to whoever takes it");
                    }
                });
            }
            for _ in 0..200 {
                let ctx = Box::new(Ctx::default());
                set(SANDCELL_LOG_TRACE, Some(&ctx));
                while ctx.records.load(Ordering::SeqCst) == 0 {
                    thread::yield_now();
                }
                set(SANDCELL_LOG_TRACE, None);
                ctx.is_over.store(true, Ordering::SeqCst);
            }
            over.store(true, Ordering::SeqCst);
        });

        // What two that set it at once leave is what one of them said.
        let (ctx, begin) = (Ctx::default(), Barrier::new(2));
        for _ in 0..500 {
            thread::scope(|scope| {
                for sink in [Some(&ctx), None] {
                    let begin = &begin;
                    scope.spawn(move || {
                        begin.wait();
                        set(SANDCELL_LOG_TRACE, sink);
                    });
                }
            });
            let is_taken = CALLBACK.0.read().unwrap().is_some();
            assert_eq!(log::max_level() != LevelFilter::Off, is_taken);
        }
        set(SANDCELL_LOG_ERROR, None);
    }
}
