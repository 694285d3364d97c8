//! Where the metrics are told, if anywhere.

use std::net::SocketAddr;

use clap::Args;

/// For collectors of metrics.
#[derive(Args, Clone, Debug, Default)]
pub struct MetricsArgs {
    /// Address and port for a collector of metrics, at /metrics; keep it from strangers [default: none]
    #[arg(long, value_name = "ADDR:PORT", env = "ANTEROOM_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
}
