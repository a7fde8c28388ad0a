//! A proxy before the real engine that counts requests, or refuses some.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const FORBIDDEN: &[u8] =
    b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Passes on what clients write, and counts what begins with a text.
pub struct Proxy {
    dir: tempfile::TempDir,
    rule: Arc<Rule>,
}

/// What becomes of the writes of clients: requests are written in one piece.
struct Rule {
    start: String,
    count: AtomicUsize,
    /// Refuses what has this in its first line as well.
    refuses: Option<&'static str>,
}

impl Proxy {
    /// Counts the writes that begin with `start`.
    pub fn counting(start: String) -> Self {
        Proxy::with(Rule { start, count: AtomicUsize::new(0), refuses: None })
    }

    /// Answers 403 to requests that begin with `start` and have `part` in their
    /// first line.
    pub fn refusing(start: String, part: &'static str) -> Self {
        Proxy::with(Rule { start, count: AtomicUsize::new(0), refuses: Some(part) })
    }

    fn with(rule: Rule) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(dir.path().join("proxy.sock")).unwrap();
        let rule = Arc::new(rule);
        let shared = Arc::clone(&rule);
        // Ends with the process; the tests of this file are few.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let engine = UnixStream::connect(super::own_socket()).unwrap();
                serve(client, engine, &shared);
            }
        });
        Proxy { dir, rule }
    }

    /// The `DOCKER_HOST` that leads here.
    pub fn host(&self) -> String {
        format!("unix://{}", self.dir.path().join("proxy.sock").display())
    }

    pub fn count(&self) -> usize {
        self.rule.count.load(Ordering::SeqCst)
    }
}

impl Rule {
    /// Whether to pass a write on.
    fn passes(&self, written: &[u8]) -> bool {
        if !written.starts_with(self.start.as_bytes()) {
            return true;
        }
        self.count.fetch_add(1, Ordering::SeqCst);
        let line = String::from_utf8_lossy(written.split(|byte| *byte == b'\r').next().unwrap());
        !self.refuses.is_some_and(|part| line.contains(part))
    }
}

fn serve(client: UnixStream, engine: UnixStream, rule: &Arc<Rule>) {
    let rule = Arc::clone(rule);
    let (mut from_engine, mut to_client) =
        (engine.try_clone().unwrap(), client.try_clone().unwrap());
    let (mut from_client, mut to_engine) = (client, engine);
    thread::spawn(move || -> io::Result<()> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = from_client.read(&mut buffer)?;
            if read == 0 {
                return to_engine.shutdown(Shutdown::Write);
            }
            if !rule.passes(&buffer[..read]) {
                from_client.write_all(FORBIDDEN)?;
                return to_engine.shutdown(Shutdown::Both);
            }
            to_engine.write_all(&buffer[..read])?;
        }
    });
    thread::spawn(move || {
        let passed = io::copy(&mut from_engine, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
        passed
    });
}
