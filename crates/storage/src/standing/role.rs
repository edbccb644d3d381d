//! Who has a role, as a condition of a query.

use alongside_domain::accounts::worker::Role;
use diesel::prelude::*;

use crate::database::schema::worker;

/// Whether the worker of the row has this role. The roles are stored as their codes, and no code is part of another.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn has_role(role: Role) -> _ {
    let code: String = containing(role);
    worker::roles.like(code)
}

fn containing(role: Role) -> String {
    format!("%{}%", role.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_of_a_role_is_part_of_another() {
        for role in Role::ALL {
            let like = Role::ALL.iter().filter(|other| other.as_str().contains(role.as_str()));
            assert_eq!(like.count(), 1, "{role}");
        }
    }
}
