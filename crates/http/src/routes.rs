//! The whole API on one screen: every path, with the handler of each method.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, web};

use crate::access::{
    access_history, conflict, disclosure, emergency, former_identity, involvement, partner_information, restriction,
    unusual_access,
};
use crate::accounts::{agency, external_identity, password, role_grant, second_factor, session, worker};
use crate::caller::api::Api;
use crate::edge::{admit, deadline, metrics, middleware};
use crate::notices::{notice, stream, suppression};
use crate::record::{child, concern, contact, indicator, observation};
use crate::statutory::{front_door, referral};
use crate::wire::problem::Problem;
use crate::{chronology, health, openapi, statistics};

/// The application: routes, and what happens at the edge to every request.
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
        .configure(routes)
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

/// A resource that answers other methods with 405 and says which it has.
macro_rules! at {
    ($config:ident, $path:literal, $($method:ident => $handler:path),+) => {
        $config.service(
            web::resource($path)
                $(.route(web::$method().to($handler)))+
                .default_service(web::to(|| async {
                    Err::<actix_web::HttpResponse, _>(Problem::Method(&[$(stringify!($method)),+]))
                }))
                .wrap(from_fn(deadline::keep)),
        );
    };
}

fn routes(config: &mut web::ServiceConfig) {
    at!(config, "/health/live", get => health::live);
    at!(config, "/health/ready", get => health::ready);
    at!(config, "/.well-known/jwks.json", get => session::jwks);
    at!(config, "/v1/sessions", post => session::sign_in);
    at!(config, "/v1/sessions/refresh", post => session::refresh);
    at!(config, "/v1/sessions/current", delete => session::sign_out);
    at!(config, "/v1/sessions/current/second-factor", post => second_factor::prove);
    at!(config, "/v1/sessions/{session}", delete => session::end);
    at!(config, "/v1/me", get => session::me);
    at!(config, "/v1/me/second-factor", post => second_factor::enrol);
    at!(config, "/v1/me/second-factor/confirmation", post => second_factor::confirm);
    at!(config, "/v1/me/password", post => password::change);
    at!(config, "/v1/me/sessions", get => session::list_own);
    at!(config, "/v1/me/sessions/{session}", delete => session::end_own);
    at!(config, "/v1/me/access/{child}", get => access_history::own);
    at!(config, "/v1/notices", get => notice::list);
    at!(config, "/v1/notices/stream", get => stream::stream);
    at!(config, "/v1/notices/{notice}/acknowledgement", post => notice::acknowledge);
    at!(config, "/v1/agencies", get => agency::list, post => agency::add);
    at!(config, "/v1/agencies/{agency}", put => agency::amend);
    at!(config, "/v1/agencies/{agency}/versions", get => agency::versions);
    at!(config, "/v1/workers", get => worker::list, post => worker::add);
    at!(config, "/v1/workers/{worker}", put => worker::amend);
    at!(config, "/v1/workers/{worker}/versions", get => worker::versions);
    at!(config, "/v1/workers/{worker}/sessions", get => session::list);
    at!(config, "/v1/workers/{worker}/second-factor", delete => second_factor::reset);
    at!(config, "/v1/workers/{worker}/external-identities", get => external_identity::list);
    at!(config, "/v1/workers/{worker}/external-identities/{issuer}",
        put => external_identity::link, delete => external_identity::unlink);
    at!(config, "/v1/workers/{worker}/role-grants", post => role_grant::propose);
    at!(config, "/v1/workers/{worker}/unusual-access/confirmation", post => unusual_access::confirm);
    at!(config, "/v1/audit/unusual", get => unusual_access::list);
    at!(config, "/v1/role-grants", get => role_grant::list);
    at!(config, "/v1/role-grants/decisions", post => role_grant::decide_several);
    at!(config, "/v1/role-grants/{grant}/decision", post => role_grant::decide);
    at!(config, "/v1/me/roles", post => role_grant::take_up);
    at!(config, "/v1/indicators", get => indicator::list);
    at!(config, "/v1/children", post => child::create);
    at!(config, "/v1/children/search", post => child::search);
    at!(config, "/v1/children/{child}", get => child::view, put => child::amend);
    at!(config, "/v1/children/{child}/versions", get => child::versions);
    at!(config, "/v1/children/{child}/overview", get => child::overview);
    at!(config, "/v1/children/{child}/chronology", get => chronology::view);
    at!(config, "/v1/children/{child}/access-history", get => access_history::view);
    at!(config, "/v1/children/{child}/involvements", get => involvement::list, post => involvement::start);
    at!(config, "/v1/children/{child}/duty", post => involvement::claim);
    at!(config, "/v1/children/{child}/notice-suppressions", post => suppression::suppress);
    at!(config, "/v1/notice-suppressions/{suppression}", get => suppression::view);
    at!(config, "/v1/children/{child}/emergency-access", post => emergency::begin);
    at!(config, "/v1/children/{child}/emergency-cosignatures", post => emergency::cosign);
    at!(config, "/v1/emergency-accesses", get => emergency::list);
    at!(config, "/v1/emergency-accesses/{emergency}", get => emergency::view);
    at!(config, "/v1/emergency-accesses/{emergency}/review", post => emergency::review);
    at!(config, "/v1/children/{child}/restriction", get => restriction::view, post => restriction::restrict);
    at!(config, "/v1/children/{child}/restriction/lift", post => restriction::lift);
    at!(config, "/v1/children/{child}/sealing-proposals", post => restriction::propose);
    at!(config, "/v1/sealing-proposals/{proposal}/decision", post => restriction::decide);
    at!(config, "/v1/children/{child}/new-identity", post => former_identity::begin);
    at!(config, "/v1/children/{child}/former-identity", get => former_identity::view);
    at!(config, "/v1/children/{child}/conflicts", post => conflict::declare);
    at!(config, "/v1/children/{child}/conflicts/{worker}/lift", post => conflict::lift);
    at!(config, "/v1/involvements/{involvement}/end", post => involvement::end);
    at!(config, "/v1/involvements/{involvement}/renewal", post => involvement::renew);
    at!(config, "/v1/children/{child}/concerns", get => concern::list, post => concern::record);
    at!(config, "/v1/concerns/{concern}", get => concern::view, put => concern::amend);
    at!(config, "/v1/concerns/{concern}/versions", get => concern::versions);
    at!(config, "/v1/concerns/{concern}/withdraw", post => concern::withdraw);
    at!(config, "/v1/children/{child}/observations", get => observation::list, post => observation::record);
    at!(config, "/v1/observations/{observation}", get => observation::view, put => observation::amend);
    at!(config, "/v1/observations/{observation}/versions", get => observation::versions);
    at!(config, "/v1/observations/{observation}/withdraw", post => observation::withdraw);
    at!(config, "/v1/children/{child}/contacts", get => contact::list, post => contact::record);
    at!(config, "/v1/contacts/{contact}", get => contact::view, put => contact::amend);
    at!(config, "/v1/contacts/{contact}/versions", get => contact::versions);
    at!(config, "/v1/contacts/{contact}/withdraw", post => contact::withdraw);
    at!(config, "/v1/children/{child}/referrals", post => referral::refer);
    at!(config, "/v1/referrals", get => referral::list);
    at!(config, "/v1/referrals/{referral}", get => referral::view);
    at!(config, "/v1/referrals/{referral}/decision", post => referral::decide);
    at!(config, "/v1/referrals/{referral}/outcome", post => referral::conclude);
    at!(config, "/v1/front-door-duties", get => front_door::list, post => front_door::give);
    at!(config, "/v1/front-door-duties/{duty}/end", post => front_door::end);
    at!(config, "/v1/recordings/{recording}/disclosure-requests", post => disclosure::request);
    at!(config, "/v1/disclosure-requests", get => disclosure::list);
    at!(config, "/v1/disclosure-requests/{request}/decision", post => disclosure::decide);
    at!(config, "/v1/disclosure-requests/{request}/revoke", post => disclosure::revoke);
    at!(config, "/v1/children/{child}/partner-information", get => partner_information::list);
    at!(config, "/v1/recordings/{recording}/sanitised-lines", post => partner_information::release);
    at!(config, "/v1/sanitised-lines/{line}/withdraw", post => partner_information::withdraw);
    at!(config, "/v1/statistics/concerns", get => statistics::concerns);
    at!(config, "/openapi.json", get => openapi::serve);
    at!(config, "/docs", get => openapi::to_human_page);
    config.service(openapi::human_page());
    config.default_service(web::to(|| async { Err::<actix_web::HttpResponse, _>(Problem::Unknown) }));
}
