//! Every route of the API. What is not here is not served, and what is here is described.

use axum::routing::on;

use super::bag;
use super::export;
use super::openapi;
use super::parameter::Parameter;
use super::parameter::{AFTER, AFTER_IMAGE, CODE, DIGEST, EVENT, FROM, IMAGE, LIMIT, STATUS, THE_IMAGE, UNTIL};
use super::route::{Answer, Route, Verb, shape};
use crate::model::audit::{AuditRow, AuditVerdict, ChainView};
use crate::model::bag::{RecordRow, SpecText};
use crate::model::control::{Page, PlanView, ReportFile, Request, RescanView};
use crate::model::draft::{SpecCheck, WrittenSpec};
use crate::model::verify::VerifyView;
use crate::model::view::{BatchView, DocumentView, FileView};
use crate::web::routes::{self, about};
use crate::web::wire::{PlanBody, ResyncBody, SpecBody, VerifyBody, Written};

use Verb::{Delete, Get, Post};

const NONE: &[Parameter] = &[];

/// Every route.
pub(super) static ROUTES: &[Route] = &[
    Route {
        verb: Get,
        path: "/batches",
        name: "listBatches",
        says: "A page of batches, in the order in which they were accepted",
        parameters: &[AFTER, LIMIT],
        body: None,
        answer: Answer::Json(shape::<Page<BatchView>>),
        serve: |method| on(method, routes::batches),
    },
    of_batch(Get, "/batches/{batch}", "showBatch", "One batch", |method| {
        about(method, |batch| Request::Batch { batch })
    }),
    of_batch(
        Delete,
        "/batches/{batch}",
        "deleteBatch",
        "Hide a batch whose spec is gone; its records and its audit log stay",
        |method| about(method, |batch| Request::Delete { batch }),
    ),
    Route {
        verb: Get,
        path: "/batches/{batch}/documents",
        name: "listDocuments",
        says: "A page of a batch's documents, in order of image number",
        parameters: &[STATUS, CODE, AFTER_IMAGE, LIMIT],
        body: None,
        answer: Answer::Json(shape::<Page<DocumentView>>),
        serve: |method| on(method, routes::documents),
    },
    Route {
        verb: Get,
        path: "/batches/{batch}/files",
        name: "listFiles",
        says: "The files of one document",
        parameters: &[THE_IMAGE],
        body: None,
        answer: Answer::Json(shape::<Page<FileView>>),
        serve: |method| on(method, routes::files),
    },
    Route {
        verb: Get,
        path: "/batches/{batch}/events",
        name: "listEvents",
        says: "A page of a batch's audit events, in order; a page may be empty and not the last",
        parameters: &[FROM, UNTIL, IMAGE, AFTER, LIMIT],
        body: None,
        answer: Answer::Json(shape::<Page<AuditRow>>),
        serve: |method| on(method, routes::events),
    },
    Route {
        verb: Get,
        path: "/batches/{batch}/events.jsonl",
        name: "exportEvents",
        says: "All of a batch's audit events as JSON lines, as `audit export` writes them",
        parameters: &[FROM, UNTIL, IMAGE],
        body: None,
        answer: Answer::Lines(shape::<AuditRow>),
        serve: |method| on(method, export::events),
    },
    Route {
        verb: Get,
        path: "/batches/{batch}/audit",
        name: "checkAudit",
        says: "Whether a batch's audit log is whole, and its records are as the log says",
        parameters: &[EVENT, DIGEST],
        body: None,
        answer: Answer::Json(shape::<AuditVerdict>),
        serve: |method| on(method, routes::audit),
    },
    Route {
        verb: Get,
        path: "/chains",
        name: "listChains",
        says: "A page of audit logs, those of deleted batches too",
        parameters: &[AFTER, LIMIT],
        body: None,
        answer: Answer::Json(shape::<Page<ChainView>>),
        serve: |method| on(method, routes::chains),
    },
    Route {
        verb: Get,
        path: "/batches/{batch}/report",
        name: "showReport",
        says: "The files of a batch's report, as they would be written",
        parameters: NONE,
        body: None,
        answer: Answer::Json(shape::<Page<ReportFile>>),
        serve: |method| about(method, |batch| Request::Report { batch }),
    },
    Route {
        verb: Post,
        path: "/batches/{batch}/report",
        name: "writeReport",
        says: "Write a batch's report to its folder",
        parameters: NONE,
        body: None,
        answer: Answer::Json(shape::<Written>),
        serve: |method| about(method, |batch| Request::WriteReport { batch }),
    },
    Route {
        verb: Get,
        path: "/batches/{batch}/spec",
        name: "showSpec",
        says: "The spec of a batch, as it was accepted",
        parameters: NONE,
        body: None,
        answer: Answer::Json(shape::<SpecText>),
        serve: |method| about(method, |batch| Request::Spec { batch }),
    },
    Route {
        verb: Get,
        path: "/batches/{batch}/records",
        name: "listRecords",
        says: "A page of a batch's documents with their files as the ledger has them, in order of image number",
        parameters: &[IMAGE, AFTER_IMAGE, LIMIT],
        body: None,
        answer: Answer::Json(shape::<Page<RecordRow>>),
        serve: |method| on(method, routes::records),
    },
    Route {
        verb: Get,
        path: "/batches/{batch}/bag",
        name: "downloadBag",
        says: "What is at a batch's target with its proof, as `download` makes it; answers when the bag is whole",
        parameters: &[IMAGE],
        body: None,
        answer: Answer::Zip,
        serve: |method| on(method, bag::bag),
    },
    Route {
        verb: Post,
        path: "/batches/{batch}/resync",
        name: "resyncBatch",
        says: "Take a batch's failed documents again, or list its whole scope anew",
        parameters: NONE,
        body: Some(shape::<ResyncBody>),
        answer: Answer::Json(shape::<BatchView>),
        serve: |method| on(method, routes::resync),
    },
    Route {
        verb: Post,
        path: "/batches/{batch}/verify",
        name: "verifyBatch",
        says: "Read a batch's target again and compare it with the receipts; answers when that is done",
        parameters: NONE,
        body: Some(shape::<VerifyBody>),
        answer: Answer::Json(shape::<VerifyView>),
        serve: |method| on(method, routes::verify),
    },
    of_batch(
        Post,
        "/batches/{batch}/suspend",
        "suspendBatch",
        "Pause a batch at the next document boundary",
        |method| about(method, |batch| Request::Suspend { batch }),
    ),
    of_batch(Post, "/batches/{batch}/resume", "resumeBatch", "Take a suspension by command back", |method| {
        about(method, |batch| Request::Resume { batch })
    }),
    of_batch(Post, "/batches/{batch}/cancel", "cancelBatch", "End a batch's run; the rest stays pending", |method| {
        about(method, |batch| Request::Cancel { batch })
    }),
    Route {
        verb: Post,
        path: "/plan",
        name: "planSpec",
        says: "What a run of a spec would do: lists and checks, and writes nothing; answers when that is done",
        parameters: NONE,
        body: Some(shape::<PlanBody>),
        answer: Answer::Json(shape::<PlanView>),
        serve: |method| on(method, routes::plan),
    },
    Route {
        verb: Post,
        path: "/specs/check",
        name: "checkSpec",
        says: "Everything that is wrong with a spec, as `validate` tells it: by its text and the config, without a look into any store",
        parameters: NONE,
        body: Some(shape::<SpecBody>),
        answer: Answer::Json(shape::<SpecCheck>),
        serve: |method| on(method, routes::check_spec),
    },
    Route {
        verb: Post,
        path: "/specs",
        name: "writeSpec",
        says: "Write a new spec into the jobs directory, where the config has `allowSpecWrites`; never over what is there",
        parameters: NONE,
        body: Some(shape::<SpecBody>),
        answer: Answer::Json(shape::<WrittenSpec>),
        serve: |method| on(method, routes::write_spec),
    },
    Route {
        verb: Post,
        path: "/rescan",
        name: "rescanJobs",
        says: "Look through the jobs directory now",
        parameters: NONE,
        body: None,
        answer: Answer::Json(shape::<RescanView>),
        serve: |method| on(method, routes::rescan),
    },
    Route {
        verb: Get,
        path: "/openapi.json",
        name: "showOpenapi",
        says: "This description",
        parameters: NONE,
        body: None,
        answer: Answer::Json(openapi::document_shape),
        serve: |method| on(method, openapi::served),
    },
];

/// A route that takes a batch and nothing else, and gives how it stands.
const fn of_batch(
    verb: Verb,
    path: &'static str,
    name: &'static str,
    says: &'static str,
    serve: fn(axum::routing::MethodFilter) -> axum::routing::MethodRouter<crate::web::asked::Desk>,
) -> Route {
    Route { verb, path, name, says, parameters: NONE, body: None, answer: Answer::Json(shape::<BatchView>), serve }
}
