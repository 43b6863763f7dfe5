//! The page about the API: every route, from the OpenAPI document.

use std::collections::BTreeMap;

use askama::Template;

use crate::web::assets;
use crate::web::frame::Frame;

/// The page `/api/docs`.
#[derive(Debug, Clone, Template)]
#[template(path = "api_docs.html")]
pub struct ApiDocsPage {
    /// What every page knows.
    pub frame: Frame,
    /// Every route, in the order in which they are to be read.
    pub routes: Vec<ApiRoute>,
}

/// One route of the API.
#[derive(Debug, Clone)]
pub struct ApiRoute {
    /// The resource it belongs to: the first tag.
    pub tag: String,
    /// `GET`.
    pub method: String,
    /// `/api/v1/devices/{id}/series`.
    pub path: String,
    /// What it does, in English: the language of the API.
    pub summary: String,
    /// What can be asked for in the path and the query.
    pub parameters: Vec<ApiParameter>,
}

/// A parameter of a route.
#[derive(Debug, Clone)]
pub struct ApiParameter {
    /// Its name.
    pub name: String,
    /// What it means.
    pub description: String,
    /// Whether the route needs it.
    pub is_required: bool,
}

impl ApiDocsPage {
    fn by_tag(&self) -> BTreeMap<&str, Vec<&ApiRoute>> {
        let mut tags: BTreeMap<&str, Vec<&ApiRoute>> = BTreeMap::new();
        for route in &self.routes {
            tags.entry(&route.tag).or_default().push(route);
        }
        tags
    }
}
