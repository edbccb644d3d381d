//! The whole API on one screen: every path, with the handler of each method. The service and the OpenAPI document are both
//! made from this list.

use actix_web::middleware::from_fn;
use actix_web::web;
use utoipa::OpenApi;

use crate::access::{
    access_history, conflict, disclosure, emergency, former_identity, involvement, partner_information, restriction,
    unusual_access,
};
use crate::accounts::{agency, external_identity, password, role_grant, second_factor, session, worker};
use crate::edge::deadline;
use crate::notices::{notice, stream, suppression};
use crate::record::{child, concern, contact, indicator, observation};
use crate::statutory::{front_door, referral};
use crate::wire::problem::Problem;
use crate::{chronology, health, statistics};

/// A line is `"path" => method module::handler, …;`.
macro_rules! routes {
    ($($path:literal => $($method:ident $module:ident::$handler:ident),+;)+) => {
        /// Serves every path. A path answers any other method with 405, and says which methods it has.
        pub(crate) fn routes(config: &mut web::ServiceConfig) {
            $(config.service(
                web::resource($path)
                    $(.route(web::$method().to($module::$handler)))+
                    .default_service(web::to(|| async {
                        Err::<actix_web::HttpResponse, _>(Problem::Method(&[$(stringify!($method)),+]))
                    }))
                    .wrap(from_fn(deadline::keep)),
            );)+
        }

        /// The description of every handler.
        #[derive(OpenApi)]
        #[openapi(paths($($($module::$handler),+),+))]
        pub(crate) struct Handlers;
    };
}

routes! {
    "/health/live" => get health::live;
    "/health/ready" => get health::ready;
    "/.well-known/jwks.json" => get session::jwks;
    "/v1/sessions" => post session::sign_in;
    "/v1/sessions/refresh" => post session::refresh;
    "/v1/sessions/current" => delete session::sign_out;
    "/v1/sessions/current/second-factor" => post second_factor::prove;
    "/v1/sessions/{session}" => delete session::end;
    "/v1/me" => get session::me;
    "/v1/me/second-factor" => post second_factor::enrol;
    "/v1/me/second-factor/confirmation" => post second_factor::confirm;
    "/v1/me/password" => post password::change;
    "/v1/me/sessions" => get session::list_own;
    "/v1/me/sessions/{session}" => delete session::end_own;
    "/v1/me/access/{child}" => get access_history::own;
    "/v1/notices" => get notice::list;
    "/v1/notices/stream" => get stream::stream;
    "/v1/notices/{notice}/acknowledgement" => post notice::acknowledge;
    "/v1/agencies" => get agency::list, post agency::add;
    "/v1/agencies/{agency}" => get agency::view, put agency::amend;
    "/v1/agencies/{agency}/versions" => get agency::versions;
    "/v1/workers" => get worker::list, post worker::add;
    "/v1/workers/{worker}" => get worker::view, put worker::amend;
    "/v1/workers/{worker}/versions" => get worker::versions;
    "/v1/workers/{worker}/sessions" => get session::list;
    "/v1/workers/{worker}/second-factor" => delete second_factor::reset;
    "/v1/workers/{worker}/external-identities" => get external_identity::list;
    "/v1/workers/{worker}/external-identities/{issuer}" => put external_identity::link, delete external_identity::unlink;
    "/v1/workers/{worker}/role-grants" => post role_grant::propose;
    "/v1/workers/{worker}/unusual-access/confirmation" => post unusual_access::confirm;
    "/v1/audit/unusual" => get unusual_access::list;
    "/v1/role-grants" => get role_grant::list;
    "/v1/role-grants/decisions" => post role_grant::decide_several;
    "/v1/role-grants/{grant}/decision" => post role_grant::decide;
    "/v1/me/roles" => post role_grant::take_up;
    "/v1/indicators" => get indicator::list;
    "/v1/children" => post child::create;
    "/v1/children/search" => post child::search;
    "/v1/children/{child}" => get child::view, put child::amend;
    "/v1/children/{child}/versions" => get child::versions;
    "/v1/children/{child}/overview" => get child::overview;
    "/v1/children/{child}/chronology" => get chronology::view;
    "/v1/children/{child}/access-history" => get access_history::view;
    "/v1/children/{child}/involvements" => get involvement::list, post involvement::start;
    "/v1/children/{child}/duty" => post involvement::claim;
    "/v1/children/{child}/notice-suppressions" => post suppression::suppress;
    "/v1/notice-suppressions/{suppression}" => get suppression::view;
    "/v1/children/{child}/emergency-access" => post emergency::begin;
    "/v1/children/{child}/emergency-cosignatures" => post emergency::cosign;
    "/v1/emergency-accesses" => get emergency::list;
    "/v1/emergency-accesses/{emergency}" => get emergency::view;
    "/v1/emergency-accesses/{emergency}/review" => post emergency::review;
    "/v1/children/{child}/restriction" => get restriction::view, post restriction::restrict;
    "/v1/children/{child}/restriction/lift" => post restriction::lift;
    "/v1/children/{child}/sealing-proposals" => post restriction::propose;
    "/v1/sealing-proposals/{proposal}/decision" => post restriction::decide;
    "/v1/children/{child}/new-identity" => post former_identity::begin;
    "/v1/children/{child}/former-identity" => get former_identity::view;
    "/v1/children/{child}/conflicts" => post conflict::declare;
    "/v1/children/{child}/conflicts/{worker}/lift" => post conflict::lift;
    "/v1/involvements/{involvement}/end" => post involvement::end;
    "/v1/involvements/{involvement}/renewal" => post involvement::renew;
    "/v1/children/{child}/concerns" => get concern::list, post concern::record;
    "/v1/concerns/{concern}" => get concern::view, put concern::amend;
    "/v1/concerns/{concern}/versions" => get concern::versions;
    "/v1/concerns/{concern}/withdraw" => post concern::withdraw;
    "/v1/children/{child}/observations" => get observation::list, post observation::record;
    "/v1/observations/{observation}" => get observation::view, put observation::amend;
    "/v1/observations/{observation}/versions" => get observation::versions;
    "/v1/observations/{observation}/withdraw" => post observation::withdraw;
    "/v1/children/{child}/contacts" => get contact::list, post contact::record;
    "/v1/contacts/{contact}" => get contact::view, put contact::amend;
    "/v1/contacts/{contact}/versions" => get contact::versions;
    "/v1/contacts/{contact}/withdraw" => post contact::withdraw;
    "/v1/children/{child}/referrals" => post referral::refer;
    "/v1/referrals" => get referral::list;
    "/v1/referrals/{referral}" => get referral::view;
    "/v1/referrals/{referral}/decision" => post referral::decide;
    "/v1/referrals/{referral}/outcome" => post referral::conclude;
    "/v1/front-door-duties" => get front_door::list, post front_door::give;
    "/v1/front-door-duties/{duty}/end" => post front_door::end;
    "/v1/recordings/{recording}/disclosure-requests" => post disclosure::request;
    "/v1/disclosure-requests" => get disclosure::list;
    "/v1/disclosure-requests/{request}/decision" => post disclosure::decide;
    "/v1/disclosure-requests/{request}/revoke" => post disclosure::revoke;
    "/v1/children/{child}/partner-information" => get partner_information::list;
    "/v1/recordings/{recording}/sanitised-lines" => post partner_information::release;
    "/v1/sanitised-lines/{line}/withdraw" => post partner_information::withdraw;
    "/v1/statistics/concerns" => get statistics::concerns;
}
