//! Staying on one CPU.

use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};

use crate::error::{During, LabError};

/// Binds the calling thread, and those it starts, to one CPU: the first, or the second, … of
/// those that this process may use; the first if there are not so many.
pub(crate) fn stay_on(number: u32) -> Result<(), LabError> {
    let allowed = sched_getaffinity(None).during("ask for", "the CPUs allowed")?;
    let mut cpus = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu));
    let first = cpus.clone().next().unwrap_or(0);
    stay(cpus.nth(usize::try_from(number).unwrap_or(0)).unwrap_or(first))
}

/// Binds the calling thread, and those it starts, to the CPU that it is on.
pub(crate) fn stay_here() -> Result<(), LabError> {
    stay(sched_getcpu())
}

fn stay(cpu: usize) -> Result<(), LabError> {
    let mut set = CpuSet::new();
    set.set(cpu);
    sched_setaffinity(None, &set).during("stay on CPU", cpu)
}
