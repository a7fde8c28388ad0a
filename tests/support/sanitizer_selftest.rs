//! What a sanitizer must find, to show that it is on: see `scripts/sanitize`.

use std::{env, ptr, thread};

static mut SHARED: u32 = 0;

fn race() {
    // SAFETY: it is not safe, which is the point.
    let add = || unsafe { SHARED += 1 };
    let other = thread::spawn(add);
    add();
    other.join().unwrap();
}

fn use_after_free() -> u8 {
    let freed = ptr::from_ref(&*Box::new(1));
    // SAFETY: the same.
    unsafe { freed.read_volatile() }
}

fn main() {
    match env::args().nth(1).as_deref() {
        Some("race") => race(),
        Some("use-after-free") => println!("{}", use_after_free()),
        Some("leak") => println!("{}", Box::leak(Box::new([env::args().count(); 100]))[0]),
        _ => {}
    }
}
