//! `token new`: a name and a role in, the line for the file of tokens out, and the secret for its owner.

use std::io::{self, Write};

use logsift_server::{Role, Token};

use crate::arguments::listening::{NewToken, RoleWord, Token as Words, TokenCommand};
use crate::exit::{Exit, Problem, unless_pipe_closed};
use crate::screen;

const LONGEST: usize = 64;

pub(crate) fn run(words: &Words) -> Result<Exit, Problem> {
    match &words.command {
        TokenCommand::New(new) => make(new),
    }
}

fn make(new: &NewToken) -> Result<Exit, Problem> {
    let good = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if new.name.is_empty() || new.name.len() > LONGEST || !new.name.chars().all(good) {
        return Err(Problem::usage(format!("a name is 1 to {LONGEST} letters, digits, `.`, `_` or `-`")));
    }
    let role = match new.role {
        RoleWord::Push => Role::Push,
        RoleWord::Read => Role::Read,
        RoleWord::Feedback => Role::Feedback,
        RoleWord::Admin => Role::Admin,
    };
    let (token, secret) = Token::generate(&new.name, role).map_err(Problem::internal)?;
    screen::complain(&format!("the secret of `{}`, shown this once: {secret}", new.name));
    let line = format!("{} {} {}\n", token.name(), role.name(), token.digits());
    unless_pipe_closed(io::stdout().write_all(line.as_bytes())).map_err(Problem::internal)?;
    Ok(Exit::Ran)
}
