//! What the server answers to.

use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Done, Edited, Failure, Listed, Uploaded};
use super::metrics::{self, counted};
use super::request::{Edit, How, ItemChange, NewName, NewOrder, Part, USER, User};
use super::shop::Shop;
use super::upload::Rows;

/// The application, over one shop.
pub(crate) fn router(shop: Shop) -> Router {
    Router::new()
        .route("/", get(async || Html(include_str!("page.html"))))
        .route("/orders", get(orders).post(new_order))
        .route("/items/{id}", patch(change_item).delete(delete_item))
        .route("/customers/{id}", patch(rename_customer))
        .route("/import", post(import))
        .route("/validate", post(validate))
        .route("/status", get(status))
        .route("/metrics", get(metrics))
        .with_state(shop)
}

type Answer<T> = Result<Json<T>, Failure>;

async fn orders(State(shop): State<Shop>) -> Answer<Listed> {
    Ok(Json(shop.orders().await?))
}

async fn new_order(
    shop: State<Shop>,
    user: User,
    new: Result<Json<NewOrder>, JsonRejection>,
) -> Answer<Done<Edited>> {
    edit(shop, user, Edit::NewOrder(new?.0)).await
}

async fn change_item(
    shop: State<Shop>,
    user: User,
    Path(id): Path<i32>,
    change: Result<Json<ItemChange>, JsonRejection>,
) -> Answer<Done<Edited>> {
    edit(shop, user, Edit::ChangeItem(id, change?.0)).await
}

async fn delete_item(shop: State<Shop>, user: User, Path(id): Path<i32>) -> Answer<Done<Edited>> {
    edit(shop, user, Edit::DeleteItem(id)).await
}

async fn rename_customer(
    shop: State<Shop>,
    user: User,
    Path(id): Path<i32>,
    new: Result<Json<NewName>, JsonRejection>,
) -> Answer<Done<Edited>> {
    edit(shop, user, Edit::RenameCustomer(id, new?.0)).await
}

async fn edit(State(shop): State<Shop>, user: User, edit: Edit) -> Answer<Done<Edited>> {
    counted("edit", shop.edit(user, edit)).await.map(Json)
}

/// How an upload is to be imported.
#[derive(Debug, Deserialize)]
struct Import {
    /// So many rows are committed together; all of them, unless it is said.
    batch: Option<usize>,
}

async fn import(
    State(shop): State<Shop>,
    user: User,
    Query(Import { batch }): Query<Import>,
    body: Body,
) -> Answer<Done<Uploaded>> {
    let part = Part {
        how: How::Import,
        rows: batch.unwrap_or(usize::MAX).max(1),
    };
    let import = upload(shop, user, part, Rows::of(body));
    counted("import", import).await.map(Json)
}

async fn validate(State(shop): State<Shop>, user: User, body: Body) -> Answer<Done<Uploaded>> {
    let part = Part {
        how: How::Validate,
        rows: usize::MAX,
    };
    let validation = upload(shop, user, part, Rows::of(body));
    counted("validation", validation).await.map(Json)
}

/// Does an upload, part by part: each is a scope, and takes a connection for itself.
async fn upload(shop: Shop, user: User, part: Part, rows: Rows) -> Result<Done<Uploaded>, Failure> {
    let (mut all, mut rows) = shop.upload(user.clone(), part, rows).await?;
    while !all.what.ended {
        let next = shop.upload(user.clone(), part, rows).await;
        let (next, rest) = next.map_err(|source| Failure::Partly {
            loaded: all.what.loaded,
            source: Box::new(source),
        })?;
        all.what.add(next.what);
        rows = rest;
    }
    Ok(all)
}

async fn status(State(shop): State<Shop>) -> Answer<Value> {
    let status = shop.status().await?;
    let fields = status.fields.iter().map(|field| {
        json!({ "model": field.model, "field": field.field, "state": field.state.to_string() })
    });
    let fields: Vec<Value> = fields.collect();
    Ok(Json(
        json!({ "current": status.is_current(), "fields": fields }),
    ))
}

async fn metrics() -> Response {
    let kind = "text/plain; version=0.0.4";
    ([(CONTENT_TYPE, kind)], metrics::text()).into_response()
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let name = parts.headers.get(USER);
        Ok(Self::named(name.and_then(|name| name.to_str().ok())))
    }
}

impl From<JsonRejection> for Failure {
    fn from(rejection: JsonRejection) -> Self {
        Self::Request(rejection.body_text())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body())).into_response()
    }
}
