//! The router that the table gives.

use axum::extract::DefaultBodyLimit;
use axum::{Extension, Router};

use super::table::ROUTES;
use crate::web::asked::Desk;
use crate::web::body::MAX_BODY;
use crate::web::routes::{not_allowed, unknown};

/// The API, to be nested below its root. Who asks must be among the extensions of a request, as an `Operator`.
pub(in crate::web) fn api(desk: Desk) -> Router {
    let routed = ROUTES.iter().fold(Router::new(), |router, route| {
        let served = (route.serve)(route.verb.filter()).layer(Extension(route));
        router.route(route.path, served)
    });
    routed
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(desk)
}
