//! Contenders in turn, in one process: machines drift, ratios of interleaved runs do not.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// One thing to be timed.
pub struct Contender<'a> {
    pub name: &'static str,
    pub run: Box<dyn FnMut() + 'a>,
}

impl<'a> Contender<'a> {
    /// A contender whose result must not be optimized away.
    pub fn new<T>(name: &'static str, mut run: impl FnMut() -> T + 'a) -> Self {
        Self {
            name,
            run: Box::new(move || {
                black_box(&run());
            }),
        }
    }
}

/// What a contender took.
pub struct Measured {
    pub name: &'static str,
    /// The median of all rounds, for one run.
    pub time: Duration,
}

/// Time all contenders: `rounds` rounds, in each of which every one runs `runs` times.
pub fn measure(mut contenders: Vec<Contender<'_>>, rounds: usize, runs: u32) -> Vec<Measured> {
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..=rounds {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..runs {
                (contender.run)();
            }
            // The first round warms up.
            if round > 0 {
                times.push(start.elapsed() / runs);
            }
        }
    }
    let results = contenders.iter().zip(times).map(|(contender, mut times)| {
        times.sort();
        Measured { name: contender.name, time: times[times.len() / 2] }
    });
    results.collect()
}

/// A table with the ratio to the first row.
pub fn print(title: &str, measured: &[Measured]) {
    println!("\n{title}\n| what | time | to the first |\n| --- | --- | --- |");
    for row in measured {
        let ratio = row.time.as_secs_f64() / measured[0].time.as_secs_f64();
        println!("| {} | {:.0} ns | {ratio:.2} |", row.name, row.time.as_secs_f64() * 1e9);
    }
}
