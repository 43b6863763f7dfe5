//! Where log lines go: standard error, as text or JSON.

use controller::config::LogFormat;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::Failed;

/// Starts logging by this filter (`info`, `agent=debug,info`).
pub(crate) fn start(filter: &str, format: LogFormat) -> Result<(), Failed> {
    let filter =
        EnvFilter::try_new(filter).map_err(|error| Failed::configuration(format!("log = {filter:?}: {error}")))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_span_events(FmtSpan::NONE)
        .with_ansi(false);
    let started = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| Failed::new(format!("logging could not start: {error}")))
}
