//! A proxy before the real engine that counts requests.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Passes everything on, and counts what begins with a text.
pub struct CountingProxy {
    dir: tempfile::TempDir,
    count: Arc<AtomicUsize>,
}

impl CountingProxy {
    /// Counts the writes of clients that begin with `start`: requests are
    /// written in one piece.
    pub fn start(start: String) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(dir.path().join("proxy.sock")).unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        // Ends with the process; the tests of this file are few.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let engine = UnixStream::connect(super::own_socket()).unwrap();
                serve(client, engine, &start, &counted);
            }
        });
        CountingProxy { dir, count }
    }

    /// The `DOCKER_HOST` that leads here.
    pub fn host(&self) -> String {
        format!("unix://{}", self.dir.path().join("proxy.sock").display())
    }

    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

fn serve(client: UnixStream, engine: UnixStream, start: &str, count: &Arc<AtomicUsize>) {
    let (start, count) = (start.to_owned(), Arc::clone(count));
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
            if buffer[..read].starts_with(start.as_bytes()) {
                count.fetch_add(1, Ordering::SeqCst);
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
