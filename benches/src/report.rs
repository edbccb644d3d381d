//! The results, as Markdown tables on the standard output.

use std::io::Write as _;
use std::time::Duration;

use crate::decision::Decision;
use crate::page::Pages;
use crate::{Arguments, Failure, Found, Measure, ROUNDS, STARTS, client};

/// Writes a line to the standard output.
pub(crate) fn say(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// A count as a floating-point number.
pub(crate) fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// The results of one run of the product.
pub(crate) struct Product {
    /// Its duration.
    pub(crate) seconds: f64,
    /// The time of each request.
    pub(crate) microseconds: Vec<u32>,
    /// The server's processor time for each request.
    pub(crate) milliseconds_each: f64,
}

impl Product {
    /// Requests a second.
    pub(crate) fn per_second(&self) -> f64 {
        number(self.microseconds.len()) / self.seconds
    }
}

/// A run of the product and one of the ceiling.
pub(crate) struct Round {
    pub(crate) product: Product,
    pub(crate) ceiling: f64,
}

/// The results of all rounds of one measure.
pub(crate) struct Measured {
    measure: Measure,
    database: &'static str,
    product: f64,
    ceiling: f64,
    milliseconds_each: f64,
    p50: f64,
    p99: f64,
}

impl Measured {
    pub(crate) fn of(measure: Measure, database: &'static str, rounds: Vec<Round>) -> Self {
        let of_all = |of: fn(&Round) -> f64| median(rounds.iter().map(of).collect());
        let product = of_all(|round| round.product.per_second());
        let ceiling = of_all(|round| round.ceiling);
        let milliseconds_each = of_all(|round| round.product.milliseconds_each);
        let mut took: Vec<_> = rounds.into_iter().flat_map(|round| round.product.microseconds).collect();
        took.sort_unstable();
        let share = |percent: usize| {
            let place = took.len() * percent / 100;
            f64::from(took.get(place).copied().unwrap_or_default()) / 1_000.0
        };
        Self { measure, database, product, ceiling, milliseconds_each, p50: share(50), p99: share(99) }
    }

    fn row(&self) -> String {
        let ratio = match self.database {
            "SQLite" => 1.5,
            _ => 0.8,
        };
        let processor = match self.measure {
            Measure::Read => 0.25,
            Measure::Write => 0.2,
        };
        format!(
            "| {} | {} | {:.0} | {:.0} | {} | ≥ {ratio} | {} | ≤ {processor} | {:.2} | {:.2} | {} | ≤ 4 |",
            self.measure.name(),
            self.database,
            self.product,
            self.ceiling,
            held(&format!("{:.2}", self.product / self.ceiling), self.product / self.ceiling >= ratio),
            held(&format!("{:.3}", self.milliseconds_each), self.milliseconds_each <= processor),
            self.p50,
            self.p99,
            held(&format!("{:.1}", self.p99 / self.p50), self.p99 / self.p50 <= 4.0),
        )
    }
}

/// The resources that starting and serving used.
pub(crate) struct Start {
    database: &'static str,
    peak: f64,
    first_answer: f64,
}

impl Start {
    pub(crate) fn of(database: &'static str, peak: f64, starts: &[Duration]) -> Self {
        Self { database, peak, first_answer: median(starts.iter().map(Duration::as_secs_f64).collect()) }
    }

    fn row(&self) -> String {
        format!("| {} | {:.1} | ≤ 100 | {:.3} | ≤ 0.2 |", self.database, self.peak, self.first_answer)
    }
}

/// The response times for a hidden id and for an unknown id: medians, in microseconds.
pub(crate) struct Taken {
    pub(crate) database: &'static str,
    pub(crate) hidden: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) of_hidden: f64,
    pub(crate) of_unknown: f64,
}

/// A figure, in bold and marked as missed if it misses its target.
pub(crate) fn held(figure: &str, holds: bool) -> String {
    if holds { figure.to_owned() } else { format!("**{figure} missed**") }
}

impl Taken {
    fn row(&self) -> String {
        let ratio = self.of_hidden / self.of_unknown;
        format!(
            "| {} | {} | {} | {:.0} | {:.0} | {} | 0.95 to 1.05 |",
            self.operation,
            self.hidden,
            self.database,
            self.of_hidden,
            self.of_unknown,
            held(&format!("{ratio:.3}"), (0.95..=1.05).contains(&ratio)),
        )
    }
}

impl Pages {
    fn row(&self) -> String {
        let ratio = self.asked / self.unasked;
        format!(
            "| {} | {:.0} | {:.0} | {} | ≤ 1.2 |",
            self.database,
            self.asked,
            self.unasked,
            held(&format!("{ratio:.3}"), ratio <= 1.2),
        )
    }
}

impl Decision {
    fn row(&self, name: &str, decision: f64, requests: &str) -> String {
        let whole = self.standing + decision;
        format!(
            "| {name} | {:.2} | {decision:.2} | {} | ≤ 60 | {requests} |",
            self.standing,
            held(&format!("{whole:.2}"), whole <= 60.0)
        )
    }
}

/// The median.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    let upper = values.get(half).copied().unwrap_or_default();
    if values.len() % 2 == 1 {
        return upper;
    }
    let lower = values.get(half.saturating_sub(1)).copied();
    f64::midpoint(lower.unwrap_or_default(), upper)
}

/// Prints all tables.
pub(crate) fn tables(arguments: &Arguments, found: &[Found], decision: &Decision) -> Result<(), Failure> {
    let Arguments { children, seconds, .. } = arguments;
    let (connections, cores) = (client::CONNECTIONS, std::thread::available_parallelism()?);
    say(&format!(
        "\n{children} children, {} concerns before the runs, {connections} connections, {cores} cores \
         shared by server, client and database. Rates and processor time are the median of {ROUNDS} rounds of \
         {seconds} s, latencies those of all rounds together, the first answer the median of {STARTS} starts.\n",
        children * 3
    ))?;
    say(
        "| measure | database | product /s | ceiling /s | ratio | target | CPU ms per request | target | p50 ms | p99 ms | p99/p50 | target |",
    )?;
    say("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
    for one in found.iter().flat_map(|found| &found.measured) {
        say(&one.row())?;
    }
    say("\n| database | peak memory MiB | target | first answer s | target |")?;
    say("|---|--:|--:|--:|--:|")?;
    for found in found {
        say(&found.start.row())?;
    }
    let reads = found.iter().flat_map(|found| &found.measured).filter(|one| one.measure == Measure::Read);
    let requests: Vec<_> =
        reads.map(|one| format!("{:.0} ({})", one.milliseconds_each * 1_000.0, one.database)).collect();
    let requests = requests.join(", ");
    say("\n| decision | rows to facts µs | rules µs | both µs | target | whole r1 µs |")?;
    say("|---|--:|--:|--:|--:|--:|")?;
    say(&decision.row("one, not remembered", decision.cold, &requests))?;
    say(&decision.row("permit with its fields, none remembered", decision.cold_permit, &requests))?;
    say(&decision.row("remembered", decision.warm, &requests))?;
    say("\n| page of 50 | with rules µs | without µs | ratio | target |")?;
    say("|---|--:|--:|--:|--:|")?;
    for found in found {
        say(&found.pages.row())?;
    }
    say("\n| one after another | hidden because | database | hidden µs | unknown µs | ratio | target |")?;
    say("|---|---|---|--:|--:|--:|--:|")?;
    for one in found.iter().flat_map(|found| &found.taken) {
        say(&one.row())?;
    }
    Ok(())
}
