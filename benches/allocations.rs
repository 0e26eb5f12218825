//! How often the heap is asked for one signature. Apart from `sign`, because counting costs time.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench allocations`

#[path = "signing/mod.rs"]
mod signing;

use sts3_benches::Contender;

fn main() {
    signing::headers(|contenders| count("Header signing", contenders));
    signing::presigning(|contenders| count("Presigning", contenders));
}

fn count(title: &str, mut contenders: Vec<Contender<'_>>) {
    println!("\n{title}\n| what | allocations |\n| --- | --- |");
    for contender in &mut contenders {
        let counted = allocation_counter::measure(|| (contender.run)());
        println!("| {} | {} |", contender.name, counted.count_total);
    }
}
