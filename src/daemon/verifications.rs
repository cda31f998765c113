//! A verification beside the loop: it reads stores and the ledger, and writes nothing but its event.

use std::path::Path;
use std::sync::Arc;

use crate::engine::find::find;
use crate::engine::limits::GlobalLimits;
use crate::engine::stop::Stop;
use crate::engine::store_set::StoreSet;
use crate::engine::verify::{Asked as AskedOf, Looked, Verifier};
use crate::ledger::{Reader, Writer};
use crate::model::batch::EndReason;
use crate::model::control::{Refusal, RefusalKind, Reply, Request};
use crate::model::event::{Operator, Sample};
use crate::model::verify::VerifyView;
use crate::specs::LoadedConfig;
use crate::web::Asked;

/// Makes verifications.
pub struct Verifications {
    /// Reads the ledger.
    pub reader: Reader,
    /// Records results.
    pub writer: Writer,
    /// The operator's bounds, which runs share.
    pub limits: Arc<GlobalLimits>,
}

impl Verifications {
    /// Answers a request for a verification; given up when nobody waits for it any more.
    pub async fn answer(&self, config: &LoadedConfig, asked: Asked) {
        let Asked { request, operator, mut reply } = asked;
        let Request::Verify { batch, sample } = request else { return };
        let stop = Stop::default();
        let verifying = self.verify(config, &batch, sample, &operator, &stop);
        tokio::pin!(verifying);
        let verified = tokio::select! {
            verified = &mut verifying => verified,
            () = reply.closed() => {
                stop.request(EndReason::Interrupted);
                verifying.await
            }
        };
        // Whoever asked may have gone away.
        let _ = reply.send(verified.map(|view| Reply::Verified(Box::new(view))));
    }

    async fn verify(
        &self,
        config: &LoadedConfig,
        batch: &str,
        sample: Option<Sample>,
        operator: &Operator,
        stop: &Stop,
    ) -> Result<VerifyView, Refusal> {
        let batch = self.find(&config.config.jobs, batch).await?;
        let verifier = Verifier {
            reader: self.reader.clone(),
            writer: self.writer.clone(),
            stores: Arc::new(StoreSet::new(config.config.clone())),
            limits: Arc::clone(&self.limits),
        };
        let looked = Looked::default();
        tracing::info!(batch = %batch.name, operator = operator.name, "verifying the target");
        let view = verifier.verify(&batch, AskedOf { sample, operator, stop, looked: &looked }).await;
        let view = view.map_err(|error| Refusal::new(RefusalKind::Unavailable, error))?;
        tracing::info!(batch = %batch.name, sound = view.sound, objects = view.result.files, "verified the target");
        Ok(view)
    }

    async fn find(&self, jobs: &Path, batch: &str) -> Result<crate::model::batch::BatchRecord, Refusal> {
        let (reader, jobs, batch) = (self.reader.clone(), jobs.to_owned(), batch.to_owned());
        let finding = tokio::task::spawn_blocking(move || find(&reader, &jobs, &batch)).await;
        finding.unwrap_or_else(|error| Err(Refusal::new(RefusalKind::Unavailable, error)))
    }
}
