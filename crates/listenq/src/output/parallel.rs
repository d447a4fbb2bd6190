//! Work on many rows, shared between the cores where there are enough of them.

use std::thread;

/// Rows for which starting a thread pays: it takes some 50 µs, a row less than one.
const ROWS: usize = 2_000;

/// Gives each core its part of the rows; the results are in the order of the rows.
pub fn by_parts<R: Sync, T: Send>(rows: &[R], work: impl Fn(&[R]) -> T + Sync) -> Vec<T> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let parts = (rows.len() / ROWS).clamp(1, cores);
    let (first, others) = rows.split_at(rows.len().div_ceil(parts));
    if others.is_empty() {
        return vec![work(first)];
    }
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = others
            .chunks(first.len())
            .map(|part| (part, scope.spawn(move || work(part))))
            .collect();
        let mut done = vec![work(first)];
        // A thread that panicked has done nothing: its part is done here, where the panic belongs.
        done.extend(
            threads
                .into_iter()
                .map(|(part, thread)| thread.join().unwrap_or_else(|_| work(part))),
        );
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_rows() {
        for count in [0, 1, ROWS, ROWS * 2, ROWS * 9 + 1] {
            let rows: Vec<usize> = (0..count).collect();
            let parts = by_parts(&rows, <[usize]>::to_vec);
            assert_eq!(parts.concat(), rows);
        }
    }
}
