//! Who can do what, in full, for a board to sign. As HTML or CSV.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::engine::Policy;
use crate::situations::{Situation, situations};

/// The form of a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatrixForm {
    /// A page for people.
    Html,
    /// Rows for a spreadsheet.
    Csv,
}

/// Every allowed situation, with the policies that allow it. A situation that is not listed is refused.
pub fn matrix(policy: &Policy, form: MatrixForm) -> String {
    matrix_of(situations(), policy, form)
}

fn matrix_of(situations: impl Iterator<Item = Situation>, policy: &Policy, form: MatrixForm) -> String {
    let mut rows = BTreeMap::new();
    for situation in situations {
        let decision = policy.decide(situation.verb, situation.facts);
        if decision.allowed {
            let key = [
                situation.verb.as_str().to_owned(),
                situation.role.to_string(),
                situation.sector.to_string(),
                situation.relationship,
                situation.recording,
            ];
            rows.insert(key, decision.policies.join(" "));
        }
    }
    match form {
        MatrixForm::Csv => csv(&rows),
        MatrixForm::Html => html(policy, &rows),
    }
}

type Rows = BTreeMap<[String; 5], String>;

const HEADINGS: [&str; 6] = ["action", "role", "field", "relationship", "recording", "policies"];

fn csv(rows: &Rows) -> String {
    let mut text = HEADINGS.join(",");
    text.push('\n');
    for (key, policies) in rows {
        let cells = key.iter().map(String::as_str).chain([policies.as_str()]);
        let quoted: Vec<_> = cells.map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        let _ = writeln!(text, "{}", quoted.join(","));
    }
    text
}

fn html(policy: &Policy, rows: &Rows) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Who can do what</title>\n\
         <style>body{font:1rem/1.5 sans-serif;margin:2rem;max-width:80rem}table{border-collapse:collapse}\
         td,th{border:1px solid #999;padding:.2rem .5rem;text-align:left;vertical-align:top}\
         .sign{margin-top:3rem}</style></head>\n<body>\n<h1>Who can do what</h1>\n\
         <p>An action that is not listed here is refused.</p>\n<h2>The rules</h2>\n<ul>\n",
    );
    for text in policy.texts() {
        let kind = if text.forbids { "Never" } else { "May" };
        let (title, because, id) = (escaped(&text.title), escaped(&text.because), escaped(&text.id));
        let _ = writeln!(page, "<li id=\"{id}\"><b>{kind}</b>: {title} <i>{because}</i> <code>{id}</code></li>");
    }
    let headings = HEADINGS.join("</th><th>");
    let _ = writeln!(page, "</ul>\n<h2>What follows from them</h2>\n<table>\n<tr><th>{headings}</th></tr>");
    for (key, policies) in rows {
        let cells = key.each_ref().map(|cell| escaped(cell)).join("</td><td>");
        let _ = writeln!(page, "<tr><td>{cells}</td><td>{}</td></tr>", escaped(policies));
    }
    page.push_str(
        "</table>\n<p class=\"sign\">Agreed by the board on ____________, signed ____________</p>\n</body></html>\n",
    );
    page
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Verb;
    use crate::situations::situations_of;

    #[test]
    fn the_matrix_has_what_is_allowed_and_nothing_for_a_board_analyst_but_counts() {
        let policy = Policy::shipped().unwrap();
        let verbs = [Verb::ViewChronology, Verb::ViewConcernCounts, Verb::ViewChild, Verb::RaiseConcern];
        let some = || verbs.into_iter().flat_map(situations_of);
        let csv = matrix_of(some(), &policy, MatrixForm::Csv);
        assert!(csv.contains("\"view_chronology\",\"practitioner\",\"health\",\"in the team\""));
        let about_children =
            ["view_child", "view_concern", "raise_concern", "search_children", "begin_emergency_access"];
        let of_analyst = csv.lines().filter(|line| line.contains("\"board_analyst\""));
        assert!(of_analyst.clone().any(|line| line.starts_with("\"view_concern_counts\"")));
        assert!(
            !of_analyst.clone().any(|line| about_children.iter().any(|verb| line.starts_with(&format!("\"{verb}\""))))
        );
        let html = matrix_of(some(), &policy, MatrixForm::Html);
        assert!(html.contains("<td>view_chronology</td>") && html.contains("Agreed by the board"));
    }
}
