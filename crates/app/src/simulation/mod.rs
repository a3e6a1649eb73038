//! The application in a simulation: its clock, its chance, its disk and its vendors are somebody else's.
//!
//! All of the driver is the real one. It must run on one thread, in a runtime whose time is paused; then the same
//! surroundings give the same course of events. [`clock::steer`] gives the thread its clock and its dice, [`open`]
//! an application on a [`Disk`](updraft_store::simulation::Disk) and a [`Wire`](updraft_egress::simulation::Wire).

pub mod clock;

use std::sync::Arc;

pub use updraft_egress::{
    Egress,
    simulation::{Came, Coming, Wire},
};
pub use updraft_engine::defects;
pub use updraft_store::simulation::{Defect as StoreDefect, Disk, Writer};

use crate::{
    App, Config, Error,
    catalog::Content,
    error::Result,
    secrets::Keyring,
    setup::{Drivers, Parts},
};

/// The key of every simulated installation.
const KEY: &str = "0f0e0d0c0b0a09080706050403020100f0e0d0c0b0a090807060504030201000";

/// Opens an application as a start of the program does; its drivers are still to be started.
///
/// # Errors
/// The disk cannot be read.
pub async fn open(
    config: Config,
    disk: &Disk,
    defect: Option<StoreDefect>,
    wire: Arc<dyn Wire>,
    content: Arc<Content>,
) -> Result<(App, Drivers, Writer)> {
    let (store, writer) = disk.open(defect)?;
    let egress = Egress::simulated(wire).map_err(|error| Error::Internal(error.to_string()))?;
    let keyring = Keyring::load(Some(KEY), std::path::Path::new(""))?;
    let (app, drivers) = App::assemble(Parts {
        config,
        store,
        egress,
        keyring,
    });
    app.load_configuration(content).await?;
    Ok((app, drivers, writer))
}
