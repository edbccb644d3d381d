//! Whether versions have no gaps, and the last one is the present one.

use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::examination::Examination;
use crate::database::connection::on_either;
use crate::database::sql_types::{Guid, Uid};

/// A table with versions, and the versions of one of its rows.
const VERSIONED: &[(&str, &str, &str)] = &[
    ("agency", "account_version", "v.kind = 'agency' AND v.subject_id = p.id"),
    ("worker", "account_version", "v.kind = 'worker' AND v.subject_id = p.id"),
    ("child", "child_version", "v.child_id = p.id"),
    ("entry", "entry_version", "v.entry_id = p.id"),
];

#[derive(QueryableByName)]
struct Broken {
    #[diesel(sql_type = Guid)]
    id: Uid,
    #[diesel(sql_type = Integer)]
    current: i32,
    #[diesel(sql_type = Integer)]
    last: i32,
}

impl Examination<'_> {
    pub(super) fn versions(&mut self) {
        for (table, versions, of_it) in VERSIONED {
            let sql = format!(
                "SELECT p.id AS id, p.version AS current, COALESCE(MAX(v.version), 0) AS last FROM {table} p \
                 LEFT JOIN {versions} v ON {of_it} WHERE p.id > $1 AND p.id <= $2 GROUP BY p.id, p.version \
                 HAVING COUNT(v.version) <> p.version OR COALESCE(MIN(v.version), 0) <> 1 \
                 OR COALESCE(MAX(v.version), 0) <> p.version"
            );
            let of = self.count(table);
            self.examined.rows += of;
            self.each_batch(table, "id", of, |examination, after, last| {
                let broken: QueryResult<Vec<Broken>> = on_either!(&mut examination.connection, c =>
                    diesel::sql_query(&sql).bind::<Guid, _>(after).bind::<Guid, _>(last).load(c));
                match broken {
                    Ok(broken) => {
                        for Broken { id, current, last } in broken {
                            let what = if current == last {
                                format!("a version before {current} is missing in {versions}")
                            } else {
                                format!("says version {current}, and the last in {versions} is {last}")
                            };
                            examination.damage(table, id.0.to_string(), "version", what);
                        }
                    }
                    Err(error) => {
                        examination.unreadable(table, &format!("after {}", after.0), "version", &error);
                    }
                }
            });
        }
    }
}
