//! The message after the demonstration has started.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use alongside_domain::ChildId;

use super::credentials::PASSWORD;
use super::script;
use crate::failure::Failure;
use crate::terminal;

/// Prints the sign-in names, and commands to read a child's record from a shell.
pub(super) fn greet(listen: SocketAddr, child: ChildId) -> Result<(), Failure> {
    terminal::say(&greeting(listen, child)?)
}

fn greeting(listen: SocketAddr, child: ChildId) -> Result<String, Failure> {
    let partnership = script::partnership()?;
    let lives = script::lives()?;
    let life = lives.first().ok_or_else(|| Failure::new("The demonstration has no child to show."))?;
    let (shown, key) = (&life.child, &life.child.social_worker);
    let reader = partnership.workers.iter().find(|worker| worker.key == *key);
    let sign_in_name = reader.map_or("", |worker| worker.sign_in_name.as_str());

    let mut text = format!(
        "\n{}: every worker signs in with the password {PASSWORD}\nand the code that `alongside code` prints. \
         Each code works once, and there is a new one every 30 seconds\n",
        partnership.name
    );
    for agency in &partnership.agencies {
        let _ = writeln!(text, "\n  {}", agency.name);
        for worker in partnership.workers.iter().filter(|worker| worker.agency == agency.key) {
            let roles: Vec<_> = worker.roles.iter().map(|role| role.as_str().replace('_', " ")).collect();
            let _ = writeln!(text, "    {:<28} {:<22} {}", worker.sign_in_name, worker.display_name, roles.join(", "));
        }
    }
    let url = format!("http://{}", reachable(listen));
    let json = "-H 'Content-Type: application/json'";
    let ask = "-H \"Authorization: Bearer $TOKEN\" -H 'X-Purpose: safeguarding_enquiry'";
    let _ = write!(
        text,
        "\nServing {url} (the API is described at {url}/docs/). Ctrl-C stops it. To try it, paste this in another shell:\n\n\
         # Sign in as {sign_in_name}, who works with {given}.\n\
         TOKEN=$(curl -sS {url}/v1/sessions {json} -d '{{\"sign_in_name\":\"{sign_in_name}\",\"password\":\"{PASSWORD}\",\"code\":\"'$(\"{program}\" code)'\"}}' \
         | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n\n\
         # Search for {given} by name and date of birth.\n\
         curl -sS {url}/v1/children/search {ask} {json} \
         -d '{{\"name\":{{\"family_name\":\"{family}\",\"given_name\":\"{given}\",\"born_on\":\"{born}\"}}}}'\n\n\
         # Read what all three agencies recorded.\n\
         curl -sS {url}/v1/children/{child}/chronology {ask}\n",
        program = program(),
        given = shown.given_name,
        family = shown.family_name,
        born = shown.date_of_birth,
    );
    Ok(text)
}

/// The path of this program, for a shell in another directory.
fn program() -> String {
    std::env::current_exe().map_or_else(|_| "alongside".to_owned(), |path| path.display().to_string())
}

/// The address at which a client on this machine reaches a server that listens on `listen`.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    if listen.ip().is_unspecified() {
        listen.set_ip(if listen.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    listen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_to_paste_are_whole() {
        let child: ChildId = "01920000-0000-7000-8000-000000000001".parse().unwrap();
        let text = greeting("127.0.0.1:8080".parse().unwrap(), child).unwrap();
        assert_eq!(text.lines().filter(|line| line.contains("curl -sS http://127.0.0.1:8080/v1/")).count(), 3);
        assert!(text.contains(r#"sed 's/.*"access_token":"\([^"]*\)".*/\1/')"#), "{text}");
        assert!(text.contains(r#"-H "Authorization: Bearer $TOKEN""#), "{text}");
    }
}
