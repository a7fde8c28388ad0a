//! What execs cost, against a floor: a program that writes fixed bytes on a
//! socket and reads no more than it must. An engine that answers at once, in a
//! process of its own, isolates what the client's side costs.
//!
//! `make bench` prints a table. Each measurement is made in a fresh process,
//! the sides by turns; a machine's noise hits both, so the ratios count.
//! Profile one side alone, with `$BENCH` the binary that cargo names:
//!
//! ```sh
//! sleep 60 | $BENCH engine /tmp/bench.sock & perf record -g $BENCH measure small exec 1 /tmp/bench.sock
//! ```
#![allow(unsafe_code, reason = "only the process's CPU clock, in `cpu`")]

mod engine;
mod floor;
mod library;

use std::error::Error;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const ROUNDS: usize = 5;
/// How often a short work is done before it counts.
const WARM_UP: usize = 50;
/// The stack of a thread of the host.
const STACK: usize = 64 * 1024;

/// What is measured: a title, what to do, how often or how many at once, and the
/// library's sides to compare with the floor.
struct Work {
    title: &'static str,
    name: &'static str,
    count: usize,
    sides: &'static [&'static str],
}

const BOTH: &[&str] = &["exec", "start_exec"];
const WORKS: [Work; 6] = [
    Work { title: "exec true", name: "true", count: 500, sides: BOTH },
    Work { title: "drain, 32 KiB frames", name: "large", count: 1, sides: BOTH },
    Work { title: "drain, 512 B frames", name: "small", count: 1, sides: BOTH },
    Work { title: "1000 execs at once", name: "hold", count: 1000, sides: BOTH },
    Work { title: "5000 execs at once", name: "hold", count: 5000, sides: BOTH },
    Work { title: "create, exec, stop", name: "life", count: 200, sides: &["exec"] },
];

/// One measured quantity.
struct Value {
    name: String,
    value: f64,
}

fn value(name: &str, value: f64) -> Value {
    Value { name: name.to_owned(), value }
}

fn main() -> Result<()> {
    let args: Vec<_> = env::args().skip(1).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["engine", socket] => engine::run(Path::new(socket)),
        ["measure", name, side, count, socket] => {
            for Value { name, value } in measure(name, side, count.parse()?, Path::new(socket))? {
                println!("{name}\t{value}");
            }
            Ok(())
        }
        _ => compare(),
    }
}

/// Runs everything, and prints the table.
fn compare() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let socket = dir.path().join("engine.sock");
    let mut engine = Command::new(env::current_exe()?)
        .arg("engine")
        .arg(&socket)
        .stdin(Stdio::piped())
        .spawn()?;
    while !socket.exists() {
        thread::sleep(Duration::from_millis(1));
    }
    println!("Medians of {ROUNDS} rounds by turns, and the lowest and highest ratio.");
    println!("A ratio above 1 is worse than the floor.\n");
    let [floor, ratio] = ["floor", "ratio"];
    println!("{:33}{:15}{floor:>11}{:>11}{ratio:>8}", "work", "quantity", "sandcell");
    for work in WORKS {
        work.compare(&socket)?;
    }
    drop(engine.stdin.take()); // which ends it
    engine.wait()?;
    Ok(())
}

impl Work {
    /// Measures all sides by turns, and prints what the library's cost.
    fn compare(&self, socket: &Path) -> Result<()> {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let run = |side: &&str| measure_apart(self, side, socket);
            let floor = run(&"floor")?;
            rounds.push((floor, self.sides.iter().map(run).collect::<Result<Vec<_>>>()?));
        }
        for (nth, side) in self.sides.iter().enumerate() {
            let title = format!("{}: {side}", self.title);
            for (quantity, Value { name, .. }) in rounds[0].0.iter().enumerate() {
                let pairs: Vec<_> = rounds
                    .iter()
                    .map(|(floor, sides)| (floor[quantity].value, sides[nth][quantity].value))
                    .collect();
                print_row(&title, name, &pairs);
            }
        }
        Ok(())
    }
}

fn print_row(title: &str, name: &str, pairs: &[(f64, f64)]) {
    let more_is_better = name.ends_with("/s");
    let ratio =
        |&(floor, ours): &(f64, f64)| if more_is_better { floor / ours } else { ours / floor };
    let floor = median(pairs.iter().map(|pair| pair.0));
    let ours = median(pairs.iter().map(|pair| pair.1));
    let mut ratios: Vec<_> = pairs.iter().map(ratio).collect();
    ratios.sort_by(f64::total_cmp);
    let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
    let ratio = median(ratios.into_iter());
    println!("{title:33}{name:15}{floor:>11.4}{ours:>11.4}{ratio:>8.2} ({least:.2} to {most:.2})");
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Measures in a process of its own.
fn measure_apart(work: &Work, side: &str, socket: &Path) -> Result<Vec<Value>> {
    let mut process = Command::new(env::current_exe()?);
    process.args(["measure", work.name, side, &work.count.to_string()]).arg(socket);
    let output = process.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{}, {side}: {}", work.title, output.status).into());
    }
    let parse = |line: &str| -> Result<Value> {
        let (name, number) = line.split_once('\t').ok_or("no value")?;
        Ok(value(name, number.parse()?))
    };
    String::from_utf8(output.stdout)?.lines().map(parse).collect()
}

fn measure(name: &str, side: &str, count: usize, socket: &Path) -> Result<Vec<Value>> {
    match (name, side) {
        ("hold", "floor") => return floor::crowd(socket, count),
        ("hold", "exec") => return library::crowd(socket, count),
        ("hold", _) => return library::crowd_of_handles(socket, count),
        _ => {}
    }
    if side == "floor" {
        let mut floor = floor::Floor::new(socket)?;
        return match name {
            "true" => latency(socket, count, || floor.exec(name).map(drop)),
            "life" => latency(socket, count, || floor.live()),
            _ => drain(|| floor.exec(name)),
        };
    }
    let client = library::client(socket)?;
    match (name, side) {
        ("true", "exec") => latency(socket, count, || library::exec(&client, name).map(drop)),
        ("true", _) => latency(socket, count, || library::start_and_read(&client, name).map(drop)),
        ("life", _) => latency(socket, count, || library::live(&client)),
        (_, "exec") => drain(|| library::exec(&client, name)),
        _ => drain(|| library::start_and_read(&client, name)),
    }
}

/// Does what takes little time `count` times, one after another.
fn latency(
    socket: &Path,
    count: usize,
    mut work: impl FnMut() -> Result<()>,
) -> Result<Vec<Value>> {
    for _ in 0..WARM_UP {
        work()?;
    }
    let [connections, requests, _] = engine::counts(socket)?;
    let mut times = Vec::with_capacity(count);
    let cpu_before = cpu();
    for _ in 0..count {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let cpu = cpu() - cpu_before;
    let now = engine::counts(socket)?;
    let each = |now: u64, before: u64| (now - before) as f64 / count as f64;
    Ok(vec![
        value("p50 ms", median(times.into_iter())),
        value("CPU ms", cpu.as_secs_f64() * 1e3 / count as f64),
        // Asking is a connection, too.
        value("connections", each(now[0] - 1, connections)),
        value("requests", each(now[1], requests)),
    ])
}

/// Runs one exec that writes much; it returns how many bytes there were.
fn drain(exec: impl FnOnce() -> Result<u64>) -> Result<Vec<Value>> {
    let (start, cpu_before) = (Instant::now(), cpu());
    let bytes = exec()?;
    let (time, cpu) = (start.elapsed(), cpu() - cpu_before);
    if bytes != engine::OUTPUT {
        return Err(format!("{bytes} bytes of output, not {}", engine::OUTPUT).into());
    }
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    Ok(vec![
        value("MB/s", bytes as f64 / 1e6 / time.as_secs_f64()),
        value("CPU s/GiB", cpu.as_secs_f64() * 1024.0 / mebibytes),
        value("peak RSS MiB", status("VmHWM:")? as f64 / 1024.0),
    ])
}

/// Measures what many execs cost that run at once: `start` starts them all,
/// `finish` takes them to their ends once the engine was told to end them.
pub(crate) fn crowd_costs<T>(
    socket: &Path,
    size: usize,
    start: impl FnOnce() -> Result<T>,
    finish: impl FnOnce(T) -> Result<()>,
) -> Result<Vec<Value>> {
    let (memory, threads, fds) = (status("VmRSS:")?, status("Threads:")?, fds()?);
    let (begin, cpu_before) = (Instant::now(), cpu());
    let crowd = start()?;
    let started = begin.elapsed();
    let per_exec = |now: u64, before: u64| (now - before) as f64 / size as f64;
    let mut values = vec![
        value("RSS MiB", status("VmRSS:")? as f64 / 1024.0),
        value("RSS KiB/exec", per_exec(status("VmRSS:")?, memory)),
        value("threads/exec", per_exec(status("Threads:")?, threads)),
        value("fds/exec", per_exec(self::fds()?, fds)),
        value("start ms", started.as_secs_f64() * 1e3),
    ];
    let end = Instant::now();
    engine::release(socket)?;
    finish(crowd)?;
    values.push(value("end ms", end.elapsed().as_secs_f64() * 1e3));
    values.push(value("CPU ms", (cpu() - cpu_before).as_secs_f64() * 1e3));
    Ok(values)
}

/// The number behind `name` in this process's status.
fn status(name: &str) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such status")?;
    Ok(line.split_whitespace().next().ok_or("no number")?.parse()?)
}

fn fds() -> Result<u64> {
    Ok(fs::read_dir("/proc/self/fd")?.count() as u64)
}

/// The CPU time that all threads of this process have used, ended ones too.
fn cpu() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a place for what the call writes.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    assert_eq!(result, 0, "every Linux has this clock");
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Sends `request` on `stream`, and reads until what came ends with `end`.
pub(crate) fn ask(stream: &mut (impl Read + Write), request: &[u8], end: &[u8]) -> Result<Vec<u8>> {
    stream.write_all(request)?;
    let mut answer = vec![0; 1024];
    let mut filled = 0;
    loop {
        match stream.read(&mut answer[filled..])? {
            0 => return Err("the engine left".into()),
            count => filled += count,
        }
        if answer[..filled].ends_with(end) {
            answer.truncate(filled);
            return Ok(answer);
        }
    }
}
