//! A worker gives away whatever it does not need. What the kernel does not know (Landlock, before 5.13) is left out, except
//! for the filter of system calls: without that nothing is read.

use std::fs::File;
use std::io::{self, Write};

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetError, RulesetStatus, Scope,
};
use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, nice, setrlimit, umask};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter_all_threads,
};

/// Memory, with the program itself.
const MEMORY: u64 = 512 << 20;
/// Time of a core, in seconds.
const SECONDS: u64 = 10;
/// How far it stands back behind pages.
const NICE: i32 = 10;

/// Gives everything away. Nothing of a document may be read before.
pub(super) fn confine() -> io::Result<()> {
    sacrifice();
    nice(NICE)?;
    umask(Mode::RWXU | Mode::RWXG | Mode::RWXO);
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Nproc, 0)?;
    limit(Resource::As, MEMORY)?;
    // At the first it is told, at the second it is killed. What is told can be seen by how it ended.
    setrlimit(Resource::Cpu, Rlimit { current: Some(SECONDS), maximum: Some(SECONDS + 1) })?;
    // What it would forbid, the filter below forbids too: it is the second lock on these doors.
    let _ = wall_in();
    // Input, output and errors are open already. Landlock needed one more.
    limit(Resource::Nofile, 3)?;
    apply_filter_all_threads(&filter().map_err(io::Error::other)?).map_err(io::Error::other)
}

/// If memory runs out on the machine, the kernel shall end a worker and not the server.
fn sacrifice() {
    let open = File::options().write(true).open("/proc/self/oom_score_adj");
    let _ = open.and_then(|mut file| file.write_all(b"1000")); // a machine without /proc keeps its order
}

fn limit(what: Resource, most: u64) -> io::Result<()> {
    Ok(setrlimit(what, Rlimit { current: Some(most), maximum: Some(most) })?)
}

/// No file, no port, no socket and no process outside.
fn wall_in() -> Result<RulesetStatus, RulesetError> {
    let all = ABI::V6;
    let rules = Ruleset::default()
        .handle_access(AccessFs::from_all(all))?
        .handle_access(AccessNet::from_all(all))?
        .scope(Scope::from_all(all))?;
    Ok(rules.create()?.restrict_self()?.ruleset)
}

/// A system call by its number on this kind of machine.
struct Call {
    x86_64: i64,
    /// The numbers that aarch64 and riscv64 share, from the kernel's `asm-generic/unistd.h`.
    generic: i64,
}

impl Call {
    const fn number(&self) -> i64 {
        if cfg!(target_arch = "x86_64") { self.x86_64 } else { self.generic }
    }
}

const fn call(x86_64: i64, generic: i64) -> Call {
    Call { x86_64, generic }
}

const READ: Call = call(0, 63);
const WRITE: Call = call(1, 64);
const MMAP: Call = call(9, 222);
const MPROTECT: Call = call(10, 226);
/// Memory, chance, time, and the end.
const HARMLESS: [Call; 15] = [
    call(11, 215),  // munmap
    call(12, 214),  // brk
    call(13, 134),  // rt_sigaction
    call(14, 135),  // rt_sigprocmask
    call(15, 139),  // rt_sigreturn
    call(24, 124),  // sched_yield
    call(25, 216),  // mremap
    call(28, 233),  // madvise
    call(60, 93),   // exit
    call(131, 132), // sigaltstack
    call(202, 98),  // futex
    call(219, 128), // restart_syscall
    call(228, 113), // clock_gettime
    call(231, 94),  // exit_group
    call(318, 278), // getrandom
];
/// `PROT_EXEC`: memory that can be run.
const RUNNABLE: u64 = 4;

/// What is not in it is answered with "not permitted". On a kind of machine that the filter does not know it is an error.
fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let only = |argument, how, value| {
        let is = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, how, value)?;
        SeccompRule::new(vec![is])
    };
    let not_runnable = || only(2, SeccompCmpOp::MaskedEq(RUNNABLE), 0);
    let mut rules = vec![
        (READ.number(), vec![only(0, SeccompCmpOp::Eq, 0)?]),
        (WRITE.number(), vec![only(0, SeccompCmpOp::Le, 2)?]),
        (MMAP.number(), vec![not_runnable()?]),
        (MPROTECT.number(), vec![not_runnable()?]),
    ];
    rules.extend(HARMLESS.iter().map(|call| (call.number(), vec![])));
    SeccompFilter::new(
        rules.into_iter().collect(),
        SeccompAction::Errno(rustix::io::Errno::PERM.raw_os_error().unsigned_abs()),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into()?,
    )?
    .try_into()
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::net::UnixStream;
    use std::process::Command;
    use std::thread;

    use seccompiler::apply_filter;

    use super::*;

    /// What comes of it in a thread that was locked in: the locks hold for the thread alone.
    fn locked_in<T: Send + 'static>(lock: fn(), what: impl FnOnce() -> T + Send + 'static) -> T {
        let locked_in = move || {
            lock();
            what()
        };
        thread::spawn(locked_in).join().unwrap()
    }

    fn no_calls() {
        apply_filter(&filter().unwrap()).unwrap();
    }

    fn refused<T>(done: io::Result<T>) -> bool {
        done.is_err_and(|why| why.kind() == io::ErrorKind::PermissionDenied)
    }

    #[test]
    fn a_worker_opens_no_file_and_no_connection_and_starts_nothing() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        assert!(TcpStream::connect(address).is_ok() && File::open("/proc/self/status").is_ok());
        assert!(locked_in(no_calls, || refused(File::open("/proc/self/status"))));
        assert!(locked_in(no_calls, || refused(File::create("made"))));
        assert!(locked_in(no_calls, move || refused(TcpStream::connect(address))));
        assert!(locked_in(no_calls, || refused(UnixStream::pair())));
        assert!(locked_in(no_calls, || refused(Command::new("/bin/true").status())));
        assert!(locked_in(no_calls, || refused(thread::Builder::new().spawn(|| ()))));
    }

    #[test]
    fn a_worker_reads_and_writes_nothing_but_its_task() {
        let mut file = File::open("/proc/self/status").unwrap();
        assert!(locked_in(no_calls, move || refused(file.read(&mut [0; 9]))));
        let (mut socket, mut other) = UnixStream::pair().unwrap();
        assert!(locked_in(no_calls, move || refused(socket.write(b"out"))));
        // What cannot be closed either stays open.
        other.set_nonblocking(true).unwrap();
        assert_eq!(other.read(&mut [0; 9]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let worked = locked_in(no_calls, || {
            let much: Vec<u8> = vec![7; 64 << 20];
            much.iter().map(|byte| u64::from(*byte)).sum::<u64>()
        });
        assert_eq!(worked, 7 * (64 << 20), "it has memory to work in");
    }

    #[test]
    fn the_second_lock_holds_by_itself() {
        fn wall() {
            // Where the kernel has no such lock, the first one is all there is.
            assert!(wall_in().is_ok());
        }
        let known = wall_in_status();
        let refused = locked_in(wall, || refused(File::open("/proc/self/status")));
        assert_eq!(refused, known != RulesetStatus::NotEnforced, "{known:?}");
    }

    fn wall_in_status() -> RulesetStatus {
        thread::spawn(|| wall_in().unwrap()).join().unwrap()
    }
}
