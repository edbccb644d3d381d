//! What the serving role may do on PostgreSQL: exactly what it needs. Every test runs with these rights.

use std::collections::BTreeSet;

use crate::support::database::SERVICE_ROLE;
use crate::support::{Backend, World};

/// Each right besides reading, with its columns, in alphabetical order.
const GRANTED: &str = "\
account_version INSERT author_id details kind recorded_at subject_id version
activity DELETE
activity INSERT amount kind since worker_id
activity UPDATE amount
activity_seen DELETE
activity_seen INSERT first_hour kind last_hour on_day subject_id worker_id
activity_seen UPDATE last_hour
agency INSERT id in_sharing_agreement name recorded_at sector version
agency UPDATE in_sharing_agreement name sector version
audit_event INSERT action agency_id at child_id fields id outcome policies purpose request_id roles session_id subject_id subject_kind worker_id
child INSERT agency_id id key_sealed recorded_at root_id version
child UPDATE has_partner_information restriction version
child_token DELETE
child_token INSERT child_id claims kind token
child_version INSERT author_id child_id content recorded_at version
conflict INSERT child_id declared_at declared_by id kind note_sealed worker_id
conflict UPDATE lifted_at lifted_because_sealed lifted_by
cosignature INSERT child_id id signed_at signed_by worker_id
cosignature UPDATE used_for
disclosure_request INSERT agency_id child_id entry_id id reason_sealed requested_at worker_id
disclosure_request UPDATE answer because_sealed decided_at decided_by ends_at revoked_at revoked_because_sealed revoked_by segment
emergency_access INSERT agency_id child_id ends_at explanation_sealed id reason review_due_at started_at worker_id
emergency_review INSERT emergency_id note_sealed outcome recorded_at reviewer_id
entry INSERT agency_id author_id child_id codes id kind occurred_at recorded_at segment status version
entry UPDATE codes occurred_at segment status version
entry_version INSERT author_id captured_at codes content entry_id occurred_at occurred_precision recorded_at segment status version
external_identity DELETE
external_identity INSERT issuer linked_at linked_by subject worker_id
front_door_duty INSERT agency_id ended_at ended_by ends_at given_at given_by id starts_at worker_id
front_door_duty UPDATE ended_at ended_by
idempotency DELETE
idempotency INSERT content fingerprint key_digest recorded_at worker_id
involvement INSERT agency_id child_id end_reason_sealed ended_by ends_at id kind reason_sealed referral_id started_at version worker_id
involvement UPDATE end_reason_sealed ended_by ends_at notified_of_end_at version
involvement_renewal INSERT ended_at_before ends_at involvement_id reason_sealed renewed_at renewed_by version
key_check INSERT content root_id
known_address DELETE
known_address INSERT digest last_at worker_id
known_address UPDATE last_at
listed_person DELETE
listed_person INSERT child_id worker_id
named_reader DELETE
named_reader INSERT entry_id worker_id
notice INSERT about_id about_kind id kind recorded_at worker_id
notice UPDATE acknowledged_at number
notice_suppression INSERT agency_id child_id ends_at explanation_sealed id reason started_at worker_id
recovery_code DELETE
recovery_code INSERT digest worker_id
recovery_code UPDATE used_at
referral INSERT child_id from_agency_id id recorded_at status to_agency_id
referral UPDATE status
referral_answer INSERT author_id content recorded_at referral_id status
referral_concern INSERT concern_id referral_id segment
refresh_token INSERT digest issued_at session_id
refresh_token UPDATE used_at
restriction_step INSERT child_id content id level owner_id proposed_at proposed_by reason review_on status
restriction_step UPDATE decided_at decided_because_sealed decided_by status
role_grant INSERT agency_id id proposed_at proposed_by reason role status worker_id
role_grant UPDATE decided_at decided_because decided_by status
role_handover DELETE
role_handover INSERT digest grant_id made_at worker_id
sanitised_line INSERT child_id content entry_id id released_at released_by
sanitised_line UPDATE withdrawn_at withdrawn_because_sealed withdrawn_by
second_factor DELETE
second_factor INSERT confirmed_at last_step secret_sealed worker_id
second_factor UPDATE confirmed_at last_step
session INSERT ends_at id issuer refreshed_at second_factor_at started_at worker_id
session UPDATE ends_at refreshed_at second_factor_at
suppressed_look INSERT agency_id child_id event_id worker_id
unusual_access INSERT agency_id amount confirmed_at confirmed_because confirmed_by holds id kind on_day recorded_at threshold worker_id
unusual_access UPDATE confirmed_at confirmed_because confirmed_by
way_in DELETE
way_in INSERT known_to worker_id
worker INSERT agency_id display_name id job_title own_password password_hash recorded_at roles sign_in_name state supervisor_id version
worker UPDATE agency_id display_name job_title own_password password_hash roles state supervisor_id version
";

/// The rights that PostgreSQL reports for the role, in the same form.
fn granted(world: &World) -> Vec<String> {
    let columns = format!(
        "SELECT CAST(table_name || ' ' || privilege_type || ' ' || string_agg(column_name, ' ' ORDER BY column_name COLLATE \"C\") AS text) AS word \
         FROM information_schema.column_privileges WHERE table_schema = current_schema() AND grantee = '{SERVICE_ROLE}' \
         AND privilege_type <> 'SELECT' GROUP BY table_name, privilege_type"
    );
    let tables = format!(
        "SELECT CAST(table_name || ' ' || privilege_type AS text) AS word FROM information_schema.table_privileges \
         WHERE table_schema = current_schema() AND grantee = '{SERVICE_ROLE}' AND privilege_type <> 'SELECT'"
    );
    let mut granted: Vec<String> = world.behind().words(&columns);
    granted.extend(world.behind().words(&tables));
    granted
}

#[actix_web::test]
async fn every_table_has_its_line_among_the_rights() {
    let world = World::new(Backend::Postgresql).await;
    let without = world.behind().words(&format!(
        "SELECT CAST(c.relname AS text) AS word FROM pg_class c WHERE c.relkind = 'r' \
         AND c.relnamespace = CAST(current_schema() AS regnamespace) \
         AND NOT has_table_privilege('{SERVICE_ROLE}', c.oid, 'SELECT')"
    ));
    assert!(
        without.is_empty(),
        "{without:?} have no line in crates/storage/src/database/rights.rs: say there which columns of each the service writes a \
         new row with, which it changes, and whether it deletes rows; then add the same to the list in tests/api/rights.rs"
    );
}

#[actix_web::test]
async fn the_role_of_the_service_has_exactly_the_rights_that_are_listed_here() {
    let world = World::new(Backend::Postgresql).await;
    let listed: BTreeSet<String> = GRANTED.lines().map(str::to_owned).collect();
    let granted: BTreeSet<String> = granted(&world).into_iter().collect();
    let (unlisted, missing): (Vec<_>, Vec<_>) =
        (granted.difference(&listed).collect(), listed.difference(&granted).collect());
    assert!(
        unlisted.is_empty() && missing.is_empty(),
        "granted and not listed in tests/api/rights.rs: {unlisted:#?}\nlisted there and not granted by \
         crates/storage/src/database/rights.rs: {missing:#?}"
    );
}

#[actix_web::test]
async fn rights_that_were_granted_before_and_are_not_needed_go_with_the_next_migration() {
    let world = World::new(Backend::Postgresql).await;
    let all = format!("GRANT ALL ON ALL TABLES IN SCHEMA {{}} TO {SERVICE_ROLE}");
    let schema = world.behind().words("SELECT CAST(quote_ident(current_schema()) AS text) AS word");
    world.behind().run(&all.replace("{}", &schema[0])).expect("every right");
    assert!(granted(&world).iter().any(|right| right == "audit_event DELETE"));
    alongside_storage::Store::migrate(&world.fresh.database, Some(SERVICE_ROLE)).expect("grants");
    assert_eq!(granted(&world).len(), GRANTED.lines().count());
}

#[actix_web::test]
async fn the_role_of_the_service_cannot_change_what_was_recorded() {
    let world = World::new(Backend::Postgresql).await;
    let mut behind = world.behind();
    behind.run(&format!("SET ROLE {SERVICE_ROLE}")).expect("the role");
    for change in [
        "UPDATE audit_event SET at = now()",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "DROP TABLE audit_event",
        "UPDATE entry_version SET recorded_at = now()",
        "DELETE FROM child_version",
        "UPDATE account_version SET details = ''",
        "UPDATE referral_answer SET recorded_at = now()",
        "UPDATE worker SET sign_in_name = 'another'",
        "UPDATE entry SET child_id = child_id",
        "UPDATE child SET key_sealed = NULL",
        "DELETE FROM involvement",
        "UPDATE emergency_access SET ends_at = now()",
        "INSERT INTO refresh_token (used_at) VALUES (now())",
        "DELETE FROM __diesel_schema_migrations",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    ] {
        let refused = behind.run(change).expect_err(change).to_string();
        assert!(refused.contains("permission denied") || refused.contains("must be owner"), "{change}: {refused}");
    }
}
