//! `/api/docs`: the API's description as a page.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{OpenApi, RefOr};

use super::reply::{Asked, Shared};
use crate::web::view::api_docs::{ApiDocsPage, ApiParameter, ApiRoute};

/// The page.
pub(super) async fn show(State(app): Shared, asked: Asked, Extension(api): Extension<Arc<OpenApi>>) -> Response {
    let routes = api.paths.paths.iter().flat_map(|(path, item)| routes(path, item)).collect();
    asked.page(&ApiDocsPage { frame: asked.frame(&app), routes })
}

fn routes(path: &str, item: &PathItem) -> Vec<ApiRoute> {
    let operations = [("GET", &item.get), ("POST", &item.post), ("PATCH", &item.patch), ("DELETE", &item.delete)];
    let known =
        operations.into_iter().filter_map(|(method, operation)| operation.as_ref().map(|found| (method, found)));
    known.map(|(method, operation)| route(method, path, operation)).collect()
}

fn route(method: &str, path: &str, operation: &Operation) -> ApiRoute {
    let written_out = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    let parameters = written_out.map(|parameter| ApiParameter {
        name: parameter.name.clone(),
        description: parameter.description.clone().unwrap_or_default(),
        is_required: parameter.required == utoipa::openapi::Required::True,
    });
    ApiRoute {
        tag: operation.tags.iter().flatten().next().cloned().unwrap_or_default(),
        method: method.to_owned(),
        path: path.to_owned(),
        summary: operation.summary.clone().unwrap_or_default(),
        parameters: parameters.collect(),
    }
}
