//! An evasion in a sandbox, and what the library says of it.

use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::super::surroundings::Need;
use super::{Arena, Evasion, evade};
use crate::support::{api, engine, has_gvisor};
use sandcell::{Client, EngineFeature, EngineFeatures, ExecOptions, TreeGone};

/// The evasions to try, with commas between; all if unset.
const SOME: &str = "SANDCELL_TEST_EVASIONS";
/// How many sandboxes there are at once.
const LANES: usize = 6;
const TIMEOUT: Duration = Duration::from_secs(1);
/// A fork bomb on a machine that is busy takes its time.
const KILL_TIMEOUT: Duration = Duration::from_secs(30);
/// Among its peers nothing is proven, however long one waits.
const PEERS_KILL_TIMEOUT: Duration = Duration::from_secs(5);
/// How much more than that a call may take on a machine that is busy.
const SLACK: Duration = Duration::from_secs(3);
/// How long it may take to remove a sandbox.
const REMOVAL: Duration = Duration::from_secs(30);
const USERS: [&str; 2] = ["0", "65534"];
/// What is wrong with an answer that is no proof where there must be one.
const UNPROVEN: &str = "must be proven";
const NEIGHBOURS: [&str; 2] = ["neighbour-0", "neighbour-1"];

/// Who else runs in the sandbox.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Company {
    Alone,
    /// Two commands of the same user.
    Peers,
    /// Two commands of other users: it has one of its own.
    Others,
}

/// One evasion in one sandbox.
struct Trial<'a> {
    evasion: &'a Evasion,
    company: Company,
    user: &'static str,
    /// Whether the engine can prove that it is gone.
    is_provable: bool,
}

/// What came of it.
struct Report {
    line: String,
    is_proven: bool,
    problems: Vec<String>,
}

impl Trial<'_> {
    fn run(&self, client: &Client) -> Report {
        let arena = Arena::start(client);
        self.start_neighbours(&arena);
        let before = arena.processes().len();
        let begun = Instant::now();
        let answer = self.answer(&arena);
        let took = begun.elapsed();
        let lives = arena.hearts.is_beating("heart");
        let mut problems = self.judge(&arena, &answer, lives, before);
        if took > TIMEOUT + KILL_TIMEOUT + SLACK {
            problems.push(format!("the answer took {took:?}"));
        }
        let state = if lives { "LIVES" } else { "gone" };
        let removed = arena.remove();
        match &removed {
            Ok(time) if *time < REMOVAL => {}
            _ => problems.push("it could not be removed in time".to_owned()),
        }
        let Trial { company, evasion: Evasion { name, .. }, user, .. } = self;
        let line = format!(
            "{company:?} {name:17}{user:>6} {state:6}{:6} ms, removed: {removed:?}, {answer:?}",
            took.as_millis()
        );
        Report { line, is_proven: answer == Ok(TreeGone::Yes), problems }
    }

    fn start_neighbours(&self, arena: &Arena) {
        if self.company == Company::Alone {
            return;
        }
        for (heart, user) in NEIGHBOURS.into_iter().zip(USERS) {
            let user = if self.company == Company::Peers { self.user } else { user };
            let options = evade("plain", heart).user(user);
            arena.sandbox.start_exec(&options).unwrap().detach();
            arena.hearts.wait_for(heart, 3);
        }
    }

    fn options(&self) -> ExecOptions {
        let options = evade(&self.evasion.name, "heart");
        let options = options.timeout(TIMEOUT).kill_grace(Duration::from_millis(100));
        let options = options.kill_timeout(match self.company {
            Company::Peers => PEERS_KILL_TIMEOUT,
            Company::Alone | Company::Others => KILL_TIMEOUT,
        });
        if self.company == Company::Others {
            options.own_user(true)
        } else {
            options.user(self.user)
        }
    }

    /// What the library says of the command, once it has killed it.
    fn answer(&self, arena: &Arena) -> Result<TreeGone, String> {
        let answer = || {
            let mut exec = arena.sandbox.start_exec(&self.options())?;
            exec.wait()?;
            // That of a daemon has ended by itself.
            exec.tree_gone().map_or_else(|| exec.kill(), Ok)
        };
        answer().map_err(|error: sandcell::Error| format!("{:?}: {error}", error.kind()))
    }

    /// What is wrong with the answer.
    fn judge(
        &self,
        arena: &Arena,
        answer: &Result<TreeGone, String>,
        lives: bool,
        before: usize,
    ) -> Vec<String> {
        let mut problems = Vec::new();
        if arena.hearts.beats("heart") == 0 {
            problems.push("its heart never beat".to_owned());
        }
        match answer {
            Ok(TreeGone::Yes) if lives => problems.push("FALSE: its heart beats".to_owned()),
            Ok(TreeGone::Yes) if !arena.is_down_to(before) => {
                problems.push(format!("FALSE: of {before}, {} run", arena.processes().len()));
            }
            Ok(TreeGone::Yes) => {}
            Ok(TreeGone::Unknown(_)) if !self.is_provable => {}
            Ok(TreeGone::No) if lives && !self.is_provable => {}
            _ => problems.push(UNPROVEN.to_owned()),
        }
        let is_out_of_reach = self.company == Company::Others || !self.evasion.attacks();
        let is_out_of_reach = is_out_of_reach && !(has_gvisor() && self.hits_all_of_gvisor(arena));
        let neighbours = if self.company == Company::Alone { &[][..] } else { &NEIGHBOURS };
        for heart in neighbours.iter().filter(|_| is_out_of_reach) {
            if !arena.hearts.lives_on(heart) {
                problems.push(format!("{heart} is dead"));
            }
        }
        problems
    }

    /// gVisor ends with its container where it gets no more threads or memory. That of
    /// Debian 12 lets a command limit other users' processes.
    fn hits_all_of_gvisor(&self, arena: &Arena) -> bool {
        let state = || arena.sandbox.inspect_state().unwrap();
        let has_ended = || !state().is_some_and(|state| state.running);
        ["limiter", "siege"].contains(&self.evasion.name.as_str()) || has_ended()
    }
}

/// Whether the engine can prove that such a command is gone, and must: that is
/// asked of a Docker with runc. With others a command may delay what is sent to
/// kill it for too long.
fn is_provable(can: &EngineFeatures, company: Company, evasion: &Evasion, user: &str) -> bool {
    let has_runc = api("/info", &[]).contains(r#""DefaultRuntime":"runc""#);
    let is_docker = can.supports(EngineFeature::ProvenKillBesideOthers);
    let is_shown = can.supports(EngineFeature::ProvenKill) && has_runc && is_docker;
    let is_shown = is_shown && company != Company::Peers;
    // Without the image's programs there is nothing to kill it by.
    let has_programs = company == Company::Others || user != "0" || !evasion.tampers();
    is_shown && has_programs
}

/// Tries all evasions, several at once; fails with all that went wrong.
pub fn try_all(company: Company) {
    if !Need::Machine.is_met() {
        return;
    }
    // A machine that does nothing but this is busy enough.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (client, mut evasions) = (engine(), Evasion::all());
    if let Ok(names) = env::var(SOME) {
        evasions.retain(|evasion| names.split(',').any(|name| name == evasion.name));
    }
    let can = client.engine_features().unwrap();
    let users = if company == Company::Others { &["own"][..] } else { &USERS };
    let trials: Vec<_> = evasions
        .iter()
        .flat_map(|evasion| users.iter().map(move |&user| (evasion, user)))
        .map(|(evasion, user)| {
            let is_provable = is_provable(&can, company, evasion, user);
            Trial { evasion, company, user, is_provable }
        })
        .collect();
    let (next, problems, proven) = (AtomicUsize::new(0), Mutex::default(), AtomicUsize::new(0));
    let work = || {
        while let Some(trial) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut report = trial.run(&client);
            // A busy machine may leave a kill no time to come to its proof. What it
            // must never be is wrong.
            if report.problems == [UNPROVEN] {
                println!("{}; {UNPROVEN}, and so tried again", report.line);
                report = trial.run(&client);
            }
            let Report { line, is_proven, problems: found } = report;
            println!(
                "{line}{}",
                found.iter().map(|problem| format!("; {problem}")).collect::<String>()
            );
            proven.fetch_add(is_proven.into(), Ordering::Relaxed);
            let mut problems: std::sync::MutexGuard<'_, Vec<_>> = problems.lock().unwrap();
            problems.extend(found.into_iter().map(|problem| format!("{problem}: {line}")));
        }
    };
    thread::scope(|scope| (0..LANES).for_each(|_| drop(scope.spawn(work))));
    println!("{company:?}: {} of {} proven", proven.into_inner(), trials.len());
    let problems: Vec<String> = problems.into_inner().unwrap();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
