//! Servers in processes of their own, and what they cost.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::Result;
use crate::load::Ask;
use crate::loops::Tally;

/// The first argument of this program when it plays a floor or does a loop.
pub(crate) const ROLE: &str = "--role";
/// The real thing, built with the same profile.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_anteroom");
/// The kernel counts CPU time in hundredths of a second, on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running server. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) addr: SocketAddr,
    /// Open as long as the server runs, so that it can print.
    _out: Option<BufReader<ChildStdout>>,
}

impl Server {
    /// Ours, on a free port.
    pub(crate) fn ours(data: &Path, more: &[String]) -> Result<Self> {
        let mut command = Command::new(BINARY);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data).args(more);
        command.stderr(File::create(data.with_extension("log"))?);
        Self::start(&mut command)
    }

    /// The bare server of `floor.rs`, on a free port.
    pub(crate) fn floor(data: &Path) -> Result<Self> {
        Self::start(role("floor")?.arg(data))
    }

    /// Both print where they listen once they do.
    fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut out = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let mut line = String::new();
        let port = loop {
            line.clear();
            if out.read_line(&mut line)? == 0 {
                let status = child.wait()?;
                return Err(format!("the server ended at its start: {status}").into());
            }
            if line.starts_with("Open:") {
                let (_, port) = line.trim().rsplit_once(':').ok_or("no port printed")?;
                break port.parse::<u16>()?;
            }
        };
        Ok(Self { child, addr: ([127, 0, 0, 1], port).into(), _out: Some(out) })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a configuration for this run, and nobody else waits"
    )]
    /// nginx as one process with sendfile, which gives out what lies in a folder, on a free port.
    pub(crate) fn nginx(folder: &Path) -> Result<Self> {
        let addr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let config = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr;\n\
             events {{ worker_connections 256; }}\n\
             http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;\n\
             client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;\n\
             uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n\
             server {{ listen {addr}; root .; }} }}\n"
        );
        fs::write(folder.join("nginx.conf"), config)?;
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder).args(["-e", "stderr", "-c", "nginx.conf"]);
        let child = command.stderr(File::create(folder.join("nginx.log"))?).spawn()?;
        let mut server = Self { child, addr, _out: None };
        let began = Instant::now();
        while TcpStream::connect(addr).is_err() {
            if server.child.try_wait()?.is_some() || began.elapsed() > Duration::from_secs(10) {
                return Err("nginx does not answer".into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(server)
    }

    /// Waits for one answer on a new connection.
    pub(crate) fn answer_once(&self, ask: &Ask) -> Result<()> {
        ask.once(self.addr)
    }

    /// Seconds of CPU it has used so far.
    pub(crate) fn cpu(&self) -> Result<f64> {
        cpu_seconds(self.child.id())
    }

    /// Memory it holds now, in megabytes.
    pub(crate) fn memory(&self) -> Result<f64> {
        status(self.child.id(), "VmRSS:")
    }

    /// The most memory it held since [`Server::forget_peak`].
    pub(crate) fn peak(&self) -> Result<f64> {
        status(self.child.id(), "VmHWM:")
    }

    pub(crate) fn forget_peak(&self) -> Result<()> {
        use std::io::Write;
        let mut file = File::options().write(true).open(self.proc("clear_refs"))?;
        Ok(file.write_all(b"5")?)
    }

    fn proc(&self, file: &str) -> String {
        format!("/proc/{}/{file}", self.child.id())
    }

    /// Stops it as its operator would, and waits.
    pub(crate) fn stop(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the server stopped: {status}").into()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn role(name: &str) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([ROLE, name]);
    Ok(command)
}

/// Does one loop of `loops.rs` in a process of its own.
pub(crate) fn tally(name: &str, args: &[&str]) -> Result<Tally> {
    let done = role(name)?.args(args).stderr(Stdio::inherit()).output()?;
    if !done.status.success() {
        return Err(format!("{name}: {}", done.status).into());
    }
    String::from_utf8(done.stdout)?.trim().parse()
}

/// User and system time of a process.
pub(crate) fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is the name, which may hold anything; utime and stime are the 14th and 15th.
    let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc/…/stat")?;
    let ticks: Vec<f64> =
        fields.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / TICKS_PER_SECOND)
}

fn status(pid: u32, name: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such status")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0 / 1e6)
}
