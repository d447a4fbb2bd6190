//! What listenq costs, beside `ss`, in one run: the table of docs/overhead.md.

use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use lab::{Launch, Stage};
use probe::diag::socket::DiagSocket;
use probe::diag::{half_open, inet};
use probe::namespaces::enter::inside;
use rustix::fs::stat;
use sockdiag::inet::{Extensions, Family};

use crate::measure::{compare, repeat};
use crate::program;

const BEGIN: &str = "<!-- begin: cargo xtask overhead --write -->";
const END: &str = "<!-- end -->";

/// One line of the table.
struct Figure {
    what: String,
    ours: String,
    theirs: String,
    ratio: f64,
    target: &'static str,
}

/// Measures everything, prints it, and writes it down if asked to.
pub fn run(write: bool) -> anyhow::Result<()> {
    lab::require::root().map_err(|missing| anyhow::anyhow!("{missing}"))?;
    let listenq = program::build()?;
    let mut figures = samples(&listenq)?;
    figures.extend(commands(&listenq)?);
    figures.push(counters(&listenq)?);
    let mut text = table(&figures)?;
    text += &start(&listenq)?;
    println!("{text}");
    if write { write_down(&text) } else { Ok(()) }
}

/// A scene with many listeners and perhaps connections, and the way into its namespace.
struct Scene {
    stage: Stage,
}

impl Scene {
    fn new(listenq: &Path, listeners: u32, established: u32, processes: u32) -> anyhow::Result<Self> {
        let launch = Launch::new(listenq, "many")
            .set("listeners", listeners)
            .set("established", established)
            .set("processes", processes)
            .hold(Duration::from_secs(600));
        Ok(Self {
            stage: Stage::launch(&launch).context("launch the scene")?,
        })
    }

    fn inside<T: Send>(&self, work: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
        let path = PathBuf::from(format!("/proc/{}/ns/net", self.stage.pid()));
        let inode = stat(&path).context("find the scene's namespace")?.st_ino;
        inside(&path, inode, work)?
    }

    fn socket(&self) -> anyhow::Result<DiagSocket> {
        self.inside(|| Ok(DiagSocket::open()?))
    }
}

/// Samples through an open socket, with nothing established and among 30,000 connections.
fn samples(listenq: &Path) -> anyhow::Result<Vec<Figure>> {
    let quiet = Scene::new(listenq, 100, 0, 1)?;
    let mut socket = quiet.socket()?;
    let mut bare_socket = quiet.socket()?;
    let mut rows = Vec::new();
    let (sample, bare) = compare(
        3000,
        || Ok(inet::listeners(&mut socket, false, &mut rows)?),
        || Ok(inet::bare_exchange(&mut bare_socket, inet::ATTRIBUTES)?),
    )?;
    let half_open_quiet = repeat(200, || Ok(half_open::count(&mut socket, Family::V4, None)?))?;

    let busy = Scene::new(listenq, 100, 30_000, 1)?;
    let mut busy_socket = busy.socket()?;
    let mut busy_rows = Vec::new();
    let (among, alone) = compare(
        3000,
        || Ok(inet::listeners(&mut busy_socket, false, &mut busy_rows)?),
        || Ok(inet::listeners(&mut socket, false, &mut rows)?),
    )?;
    let half_open_busy = repeat(200, || Ok(half_open::count(&mut busy_socket, Family::V4, None)?))?;
    Ok(vec![
        figure(
            "one LISTEN sample, 100 listeners; the bare netlink exchange",
            sample,
            bare,
            "≤ 1.5",
        ),
        figure(
            "the same among 30,000 established connections; with none",
            among,
            alone,
            "≤ 1.2",
        ),
        figure(
            "half-open count of one family among 30,000 connections; on a quiet host",
            half_open_busy,
            half_open_quiet,
            "none",
        ),
    ])
}

/// The commands that users compare.
fn commands(listenq: &Path) -> anyhow::Result<Vec<Figure>> {
    let scene = Scene::new(listenq, 16_000, 0, 8)?;
    let (mut ours, mut theirs) = (scene.socket()?, scene.socket()?);
    let (with, without) = compare(
        31,
        || Ok(inet::bare_exchange(&mut ours, inet::ATTRIBUTES)?),
        || Ok(inet::bare_exchange(&mut theirs, Extensions::NONE)?),
    )?;
    let kernel =
        "16,000 listeners, the kernel's share: a dump with drops and the MPTCP mark; without, as `ss -ltn` asks";
    let listenq = listenq.to_str().context("the path of listenq is not UTF-8")?;
    let pairs: [(&'static str, &[&str], &[&str], &'static str); 2] = [
        (
            "16,000 listeners in 8 processes: `listenq -o json`; `ss -ltnpmi`",
            &["-o", "json"],
            &["-ltnpmi"],
            "≤ 0.5",
        ),
        (
            "the same: `listenq --no-owners --no-syn`; `ss -ltn`",
            &["--no-owners", "--no-syn"],
            &["-ltn"],
            "≤ 1.2",
        ),
    ];
    let mut figures = vec![figure(kernel, with, without, "none")];
    for (what, ours, theirs, target) in pairs {
        let (our_time, their_time) =
            scene.inside(|| compare(31, || run_silently(listenq, ours), || run_silently("ss", theirs)))?;
        figures.push(figure(what, our_time, their_time, target));
    }
    Ok(figures)
}

/// The counters of one namespace; `nstat` reads the same two files, and neither listeners nor settings.
fn counters(listenq: &Path) -> anyhow::Result<Figure> {
    let scene = Scene::new(listenq, 100, 0, 1)?;
    let listenq = listenq.to_str().context("the path of listenq is not UTF-8")?;
    let (ours, theirs) = scene.inside(|| {
        compare(
            301,
            || run_silently(listenq, &["counters", "--netns", "self"]),
            || run_silently("nstat", &["-saz"]),
        )
    })?;
    let what = "100 listeners: `listenq counters --netns self`; `nstat -saz`";
    Ok(figure(what, ours, theirs, "none"))
}

/// Start and memory on a quiet host.
fn start(listenq: &Path) -> anyhow::Result<String> {
    let scene = Scene::new(listenq, 100, 0, 1)?;
    let program = listenq.to_str().context("the path of listenq is not UTF-8")?;
    let first_byte = crate::measure::median(
        (0..50)
            .map(|_| scene.inside(|| first_byte(program)))
            .collect::<anyhow::Result<Vec<_>>>()?,
    );
    let peak = scene.inside(|| peak_kib(program))? / 1024.0;
    let mut text = String::new();
    writeln!(
        text,
        "\nProcess start to first byte, 100 listeners: {} (target ≤ 10 ms).\n",
        show(first_byte)
    )?;
    writeln!(
        text,
        "Peak resident memory of `listenq -o json`, 100 listeners: {peak:.1} MiB (target ≤ 12 MB)."
    )?;
    let (share, resident) = scene.inside(|| watch(program))?;
    writeln!(
        text,
        "\n`listenq --watch 1s`, 100 listeners: {share:.2} % of one CPU, {resident:.1} MiB resident."
    )?;
    Ok(text)
}

/// CPU in percent and resident MiB of a watch at one second, after its first samples.
fn watch(program: &str) -> anyhow::Result<(f64, f64)> {
    let mut child = Command::new(program)
        .args(["--watch", "1s", "-o", "ndjson"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    std::thread::sleep(Duration::from_secs(2));
    let (before, begin) = (cpu_seconds(child.id())?, Instant::now());
    std::thread::sleep(Duration::from_secs(30));
    let used = cpu_seconds(child.id())? - before;
    let share = 100.0 * used / begin.elapsed().as_secs_f64();
    let resident = status_kib(child.id(), "VmRSS:")? / 1024.0;
    child.kill()?;
    child.wait()?;
    Ok((share, resident))
}

/// Fields 14 and 15 of /proc/PID/stat: user and system time in clock ticks.
fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
    let ticks: Option<f64> = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<f64>().ok())
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "a hundred ticks a second")]
    let per_second = rustix::param::clock_ticks_per_second() as f64;
    Ok(ticks.context("no times in stat")? / per_second)
}

fn status_kib(pid: u32, field: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let value = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.trim().strip_suffix(" kB")?.parse().ok());
    value.with_context(|| format!("no {field} in status"))
}

/// Runs a program with its output thrown away.
fn run_silently(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("start {program}"))?;
    ensure!(status.success(), "{program} {} failed", arguments.join(" "));
    Ok(())
}

/// What listenq says of itself; the kernel's account of a child begins with its parent's memory.
fn peak_kib(program: &str) -> anyhow::Result<f64> {
    let output = Command::new(program).args(["-o", "json", "-v"]).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let kib = said
        .lines()
        .find_map(|line| line.strip_prefix("listenq: peak memory: ")?.strip_suffix(" KiB"));
    kib.and_then(|kib| kib.parse().ok())
        .with_context(|| format!("listenq did not tell its memory: {said}"))
}

fn first_byte(program: &str) -> anyhow::Result<Duration> {
    let begin = Instant::now();
    let mut child = Command::new(program)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut stdout = child.stdout.take().context("its output")?;
    let read = stdout.read(&mut [0])?;
    let elapsed = begin.elapsed();
    std::io::copy(&mut stdout, &mut std::io::sink())?;
    child.wait()?;
    ensure!(read == 1, "listenq printed nothing");
    Ok(elapsed)
}

fn figure(what: &str, ours: Duration, theirs: Duration, target: &'static str) -> Figure {
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    Figure {
        what: what.to_owned(),
        ours: show(ours),
        theirs: show(theirs),
        ratio,
        target,
    }
}

fn show(duration: Duration) -> String {
    let micros = duration.as_secs_f64() * 1e6;
    if micros < 1000.0 {
        format!("{micros:.0} µs")
    } else {
        format!("{:.1} ms", micros / 1000.0)
    }
}

fn table(figures: &[Figure]) -> anyhow::Result<String> {
    let names = rustix::system::uname();
    let cpus = std::thread::available_parallelism()?;
    let mut text = format!(
        "Linux {}, {cpus} CPUs; medians of one run.\n\n| what; beside what | ours | theirs | ratio | target |\n|---|---|---|---|---|\n",
        names.release().to_string_lossy()
    );
    for Figure {
        what,
        ours,
        theirs,
        ratio,
        target,
    } in figures
    {
        writeln!(text, "| {what} | {ours} | {theirs} | {ratio:.2} | {target} |")?;
    }
    Ok(text)
}

fn write_down(text: &str) -> anyhow::Result<()> {
    let path = program::root().join("docs/overhead.md");
    let page = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let (before, rest) = page
        .split_once(BEGIN)
        .context("docs/overhead.md has no place for the figures")?;
    let (_, after) = rest
        .split_once(END)
        .context("docs/overhead.md has no end of the figures")?;
    std::fs::write(&path, format!("{before}{BEGIN}\n{text}{END}{after}"))
        .with_context(|| format!("write {}", path.display()))
}
