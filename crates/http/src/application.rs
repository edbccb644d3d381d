//! The application: the API, its description, and what happens at the edge to every request.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, web};

use crate::caller::api::Api;
use crate::edge::{admit, deadline, metrics, middleware};
use crate::wire::problem::{Answer, Problem};
use crate::wire::problem_kind::ProblemKind;
use crate::{openapi, routes};

/// The API.
pub fn application(
    api: web::Data<Api>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(api.edge.clone())
        .app_data(api)
        .app_data(web::PathConfig::default().error_handler(|_, _| Problem::Unknown.into()))
        .configure(routes::routes)
        .configure(description)
        .wrap(from_fn(admit::admit))
        .wrap(from_fn(middleware::edge))
}

/// The application on the metrics port.
pub fn metrics_application() -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    App::new().route("/metrics", web::get().to(metrics::metrics))
}

/// Explains a kind of problem to a person who follows its `type`.
async fn problem_page(slug: web::Path<String>) -> Answer {
    let kind = ProblemKind::ALL.iter().find(|kind| kind.slug() == slug.as_str()).ok_or(Problem::Unknown)?;
    let (title, status, meaning) = (kind.title(), kind.status(), kind.meaning());
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<h1>{title}</h1>\n\
         <p>HTTP status {status}</p>\n<p>{meaning}</p>\n"
    );
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page))
}

/// The OpenAPI document, its page for people, the pages of problems, and the answer to an unknown path.
fn description(config: &mut web::ServiceConfig) {
    let pages = [
        ("/openapi.json", web::get().to(openapi::serve)),
        ("/docs", web::get().to(openapi::to_human_page)),
        ("/problems/{kind}", web::get().to(problem_page)),
    ];
    for (path, page) in pages {
        let only_get = || async { Err::<HttpResponse, _>(Problem::Method(&["get"])) };
        let resource = web::resource(path).route(page).default_service(web::to(only_get));
        config.service(resource.wrap(from_fn(deadline::keep)));
    }
    config
        .service(openapi::human_page())
        .default_service(web::to(|| async { Err::<HttpResponse, _>(Problem::Unknown) }));
}
