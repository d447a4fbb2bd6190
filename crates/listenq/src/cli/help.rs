//! The prose of `--help`.

/// Above the options.
pub const ABOUT: &str = "How full the SYN queue and the accept queue of every listening socket are, and what was lost";

/// The same in `--help`, with what a reader of the table must know.
pub const LONG_ABOUT: &str = "\
How full the SYN queue and the accept queue of every listening socket are, and what was lost.

Without a command it lists every listener of the host (TCP, MPTCP, unix; in all network
namespaces that can be read), the most endangered first:

  STATE         dropping: connections were refused while --watch looked; full: the next one will
                be; high: at least 80 % full; ok: some wait; idle: none does
  ACCEPT QUEUE  established connections that wait for accept(), of the limit; a limit of 128
                holds 129, so 129/128 is full and 128/128 has one place left
  SYN QUEUE     half-open connections; 0–7 when they may belong to several listeners
  DROPS         what the socket has refused since it exists, and per second under --watch;
                duplicate SYNs and RSTs count too, so a few are no reason to worry
  LISTENER      where it listens; #2/4: the second of four sockets on one port (SO_REUSEPORT);
                “in NAME”: in that network namespace, not in ours
  OWNER         name and pid of the oldest process that holds it, +2: and of two more

– means not known, never zero.";

/// Below the options.
pub const EXAMPLES: &str = "\
Examples:
  How close is each listener to its limit, and what is the limit?
      listenq
  Is it the SYN queue or the accept queue, and what limits each, on this kernel?
      listenq --port 443 -o wide
  How many connections to port 80 are half-open?  In each namespace?
      listenq --port 80 --get syn_queue.length
      listenq -s
  The same for unix listeners, and who waits there?
      listenq --unix
  Would a backlog of 128 be enough?
      listenq --watch 500ms --would-overflow-at 128
  Tell a script, or jq
      listenq --check --process nginx
      listenq -o ndjson | jq 'select(.drops.total > 0) | .port'

Exit status: 0 fine · 1 findings (--check) · 2 could not do what was asked · 3 nothing to look at";

/// Above the options of `run`.
pub const RUN: &str = "\
Run a program and give another backlog to each of its listen() calls, and to those of all that it
starts: for programs whose backlog cannot be set, static binaries included.

Each call is told on stderr: who, where, what it asked for, and the limit that the listener then
had, as the kernel tells it. net.core.somaxconn still caps it; if it did, that is said. -q says
nothing, -v sums up at the end.

stdin, stdout, stderr, the terminal, signals and the status of the program pass through. What the
program has left running when it ends goes on to get N; that is told to the system log. If listenq
is killed, every later listen() gets what it asks for.

Not seen: listen() through io_uring (Linux 6.11).";

/// Below the options of `run`.
pub const RUN_EXAMPLES: &str = "\
Examples:
      listenq run --backlog 4096 ./server
      listenq run --min 1024 -- python3 -m http.server 8080
      LISTENQ=4096 listenq run ./server

Exit status: that of the program; 128 and the number of the signal that has ended it, as shells
show it · 125 listenq itself failed, wrong usage included · 126 the program cannot be executed ·
127 it was not found";

/// Below the options of `lab`.
pub const LAB_EXAMPLES: &str = "\
Examples:
      listenq lab
      listenq lab never-accept --for 2m --set backlog=16
      listenq lab half-open -- listenq --netns self

Nothing leaves the namespace: it has a loopback interface only, and ends with this command.";

/// Below the options of `explain`.
pub const EXPLAIN_EXAMPLES: &str = "\
Examples:
  The way of a connection through both queues, with this host's numbers
      listenq explain
  A counter, a sentence of netstat -s, a column of ss, a sysctl, a program
      listenq explain ListenOverflows
      listenq explain times the listen queue of a socket overflowed
      listenq explain Recv-Q
      listenq explain nginx
  A line of the kernel log, or of a program's
      listenq explain \"TCP: request_sock_TCP: Possible SYN flooding on port 80. Sending cookies.\"
  Play a claim on this kernel; play all that can be played
      listenq explain tcp_max_syn_backlog --prove
      listenq explain --prove

Exit status: 0 explained; proved · 1 this kernel does otherwise than is said · 2 could not be
played here · 3 no such topic";

/// Above the options of `undo`.
pub const UNDO: &str = "\
Take a change back: the limits of listeners, sysctls and files get the values they had before it.

Without an ID it is the last change that is still in effect; changes that were undone, and undos
themselves, are passed over. What is no longer as the change left it is said and stays as it is:
a listener that is gone or was resized since, a sysctl or a file that somebody else has changed.
A restart of the host ends live changes by itself; files remain, and are taken back. An undo can
be taken back too, by its ID.

A lower limit does not touch the connections that wait. Until no more of them wait than it allows,
new ones are refused; how many wait is shown before you are asked.

  STATE  in effect: what it set is there; in part: some of it is; undone by N: change N took it
         back; overtaken: what it set is no longer there; not done: it changed nothing;
         unfinished: listenq was killed meanwhile, and the rest was seen by looking at the host";

/// Below the options of `undo`.
pub const UNDO_EXAMPLES: &str = "\
Examples:
  Take back what I have just done
      sudo listenq undo
  What was changed on this host, when, by whom, and is it still so?
      sudo listenq undo --list
  Take back one change; look first
      sudo listenq undo 7 --dry-run
      sudo listenq undo 7 --yes
  For a script, or jq
      sudo listenq undo --list -o json | jq '.changes[] | select(.state == \"in_effect\") | .id'

What root changed is in /var/lib/listenq/journal, what another user changed below that user's
XDG_STATE_HOME: use sudo if the change was made with it. Each change is told to the system log too.

Exit status: 0 taken back · 2 nothing was taken back, or not all that could be · 3 no changes to
list";

/// Below the options of `completions`.
pub const COMPLETIONS_EXAMPLES: &str = "\
Examples:
      listenq completions bash > /usr/share/bash-completion/completions/listenq
      listenq completions zsh > ~/.zfunc/_listenq
      listenq completions fish > ~/.config/fish/completions/listenq.fish";

/// Above the options of `counters`.
pub const COUNTERS: &str = "\
The kernel's counters of what happens at listeners, of each network namespace: totals, or what
moved in a time; then in words which queue is the problem, and what to look at next.

  MOVED       by how much it grew; a number of what there is now (CurrEstab) goes down too
  PER SECOND  the same, divided by the time
  TOTAL       since the network namespace was made; the host's was made at boot

Counters count packets, of all listeners of a namespace together: a client that tries three times
counts three times, and which listener it was the drops of the listeners tell. Those that are 0,
or did not move, are left out (--all shows them). A counter that this kernel does not have is
never shown as 0.

– means not known, never zero.";

/// Below the options of `counters`.
pub const COUNTERS_EXAMPLES: &str = "\
Examples:
  Is something being refused now, by which queue, at which listener?
      listenq counters --for 10s
  What has been refused since boot?
      listenq counters --since-boot
  One counter, by the name another tool has for it
      listenq counters TcpExtListenOverflows
  What moves while a test runs?
      listenq counters --save before.json; ./test; listenq counters --diff before.json
  For a script, or jq
      listenq counters --for 10s -o json | jq -r '.namespaces[].reading_id'
      listenq counters --watch 10s -o csv ListenOverflows ListenDrops

--save writes the whole reading, whatever is shown of it, at once or not at all. --diff compares
with it until the next boot; a namespace that is new, gone, or another one with the same number is
said to be so.

Exit status: 0 fine · 2 could not do what was asked (also: a reading of another boot) · 3 nothing
to look at (no such namespace, no such counter)";

/// Above the options of `resize`.
pub const RESIZE: &str = "\
Change the limit of live listeners, without a restart of their program: a duplicate of the
program's descriptor is taken, listen() is called on it with another number, and it is closed
again. Connections that wait stay; nobody is cut off. TCP, MPTCP and unix listeners, in every
network namespace and container that can be entered.

It shows what it would do and asks. Then it writes the change into the journal, carries it out and
reads it back; if one of several steps fails, those before it are taken back. listenq undo takes
it back later. It refuses a limit above net.core.somaxconn of the socket's network namespace
(--raise-somaxconn), a smaller limit (--allow-shrink), and listeners of several programs (--all).
All members of a SO_REUSEPORT group are resized together.

A restart or reload of the program brings its own number back.";

/// Below the options of `resize`.
pub const RESIZE_EXAMPLES: &str = "\
Examples:
  Stop the drops at port 443 now, and see whether that helped
      listenq resize 4096 --port 443 --verify 60s
  The same from a script: take it back if things got worse
      listenq resize 4096 --port 443 --verify 60s --rollback --yes -o json
  What would be done?
      listenq resize 4096 --process nginx --dry-run
  Above somaxconn of a container's network namespace
      listenq resize 16384 --netns pid:4711 --port 8080 --raise-somaxconn
  A unix listener
      listenq resize 1024 --address /run/php-fpm.sock

Needs Linux 5.6, and the right to trace the program: its own user, or CAP_SYS_PTRACE. Another
network namespace takes CAP_SYS_ADMIN too.

Exit status: 0 done, or nothing to do · 2 could not do what was asked, or took it back · 3 nothing
matches";

/// Above the options of `tune`.
pub const TUNE: &str = "\
Other values for the seven sysctls that decide what a listener does: net.core.somaxconn and
net.ipv4.tcp_max_syn_backlog, tcp_syncookies, tcp_abort_on_overflow, tcp_synack_retries,
tcp_fastopen, tcp_migrate_req. Each network namespace has its own.

Without a value it proposes a plan from what is measured: what to change, from what to what, why,
and on which numbers that rests; or why nothing is to be changed. With values it plans exactly
these, and says what is of no effect or dangerous. Nothing is changed without --apply or --persist.

  --apply    changes the running values, reads them back, and writes them into the journal
             (listenq undo takes them back)
  --persist  writes them into /etc/sysctl.d/99-listenq.conf, for the host's own network namespace,
             and says with file and line who is read after it and wins

somaxconn is read by listen() alone: listeners that run keep their limit until their program calls
it again. listenq resize changes it at once.";

/// Below the options of `tune`.
pub const TUNE_EXAMPLES: &str = "\
Examples:
  What would help here?
      listenq tune
  The same, by what moves in a minute
      listenq tune --for 1m
  Raise somaxconn now and at boot, without being asked
      listenq tune --somaxconn 8192 --apply --persist --yes
  In the network namespace of a container
      listenq tune --somaxconn 8192 --netns pid:4711 --apply
  Which lines set it at boot, and which of them wins?
      listenq tune --somaxconn 8192 -o json | jq .boot

Exit status: 0 shown, done, or nothing to do · 2 could not do what was asked, or took it back ·
3 nothing to look at (no such namespace)";
