//! The query bar's grammar: what people type in Kibana, in KQL or Lucene, as far as both read it alike.
//!
//! `field:value`, quotes, `and or not` in any case, parentheses, `field:>=500`, `field:*`, a trailing `*`, bare words (in
//! the message). What the two languages read differently is refused; an error shows its column.

use super::Clause;
use crate::schema::Field;

/// Why a query cannot be read, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the query cannot be read at column {column}: {reason}")]
pub struct QueryError {
    /// From 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: String,
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    /// Text, and whether it was quoted.
    Word(String, bool),
    /// `field:` with what follows directly behind it.
    Field(String),
}

/// A query as a clause.
pub fn parse(text: &str) -> Result<Clause, QueryError> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, at: 0, end: text.chars().count() + 1 };
    if parser.tokens.is_empty() {
        return Ok(Clause::Every(Vec::new()));
    }
    let clause = parser.either()?;
    match parser.peek() {
        None => Ok(clause),
        Some(_) => Err(parser.error("a closing parenthesis without an opening one")),
    }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, QueryError> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        let column = at + 1;
        match c {
            c if c.is_whitespace() => at += 1,
            '(' | ')' => {
                out.push((column, if c == '(' { Token::Open } else { Token::Close }));
                at += 1;
            }
            '"' => {
                let length = chars.iter().skip(at + 1).position(|c| *c == '"');
                let length = length.ok_or_else(|| QueryError { column, reason: "this quote is never closed".to_string() })?;
                out.push((column, Token::Word(chars.iter().skip(at + 1).take(length).collect(), true)));
                at += length + 2;
            }
            _ => {
                let word: String = chars.iter().skip(at).take_while(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"')).collect();
                let length = word.chars().count();
                word_tokens(&word, column, &mut out)?;
                at += length;
            }
        }
    }
    Ok(joined(out))
}

/// `status >= 500` as `status>=500`: whoever knows KQL puts spaces around a comparison.
fn joined(tokens: Vec<(usize, Token)>) -> Vec<(usize, Token)> {
    let mut out: Vec<(usize, Token)> = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some((column, token)) = tokens.next() {
        let Token::Word(mut word, false) = token else {
            out.push((column, token));
            continue;
        };
        if word.starts_with(['<', '>']) {
            let bare = [">", ">=", "<", "<="].contains(&word.as_str());
            if let Some((_, Token::Word(limit, false))) = tokens.next_if(|(_, next)| bare && matches!(next, Token::Word(_, false))) {
                word.push_str(&limit);
            }
            let behind_field = |at: usize| matches!(out.get(at), Some((_, Token::Field(_))));
            let named = out.len().checked_sub(1).filter(|last| *last == 0 || !behind_field(last - 1));
            if let Some((_, before @ Token::Word(_, false))) = named.and_then(|last| out.get_mut(last))
                && let Token::Word(name, _) = before
            {
                *before = Token::Field(std::mem::take(name));
            }
        }
        out.push((column, Token::Word(word, false)));
    }
    out
}

fn word_tokens(word: &str, column: usize, out: &mut Vec<(usize, Token)>) -> Result<(), QueryError> {
    let refuse = |reason: &str| Err(QueryError { column, reason: reason.to_string() });
    match word.to_ascii_lowercase().as_str() {
        "and" | "&&" => out.push((column, Token::And)),
        "or" | "||" => out.push((column, Token::Or)),
        "not" | "!" => out.push((column, Token::Not)),
        _ if word.starts_with('+') => return refuse("+ means 'must' in Lucene and nothing in KQL: leave it out, words are joined with and"),
        _ if word.starts_with('-') && word.len() > 1 => {
            out.push((column, Token::Not));
            return word_tokens(word.trim_start_matches('-'), column + 1, out);
        }
        _ if word.starts_with('*') && word.len() > 1 && !word.starts_with("*:") => {
            return refuse("a leading * reads every value there is: write the beginning of the word");
        }
        _ if word.contains('~') || word.contains('^') => {
            return refuse("~ and ^ are Lucene's fuzziness and boost, which count nothing here: quote the word if it holds them");
        }
        _ => match word.split_once(':') {
            Some(("", _)) => return refuse("a field's name is missing before the colon"),
            Some((field, rest)) => {
                out.push((column, Token::Field(field.to_string())));
                if !rest.is_empty() {
                    out.push((column + field.chars().count() + 1, Token::Word(rest.to_string(), false)));
                }
            }
            None => match word.find(['<', '>']).filter(|at| *at > 0) {
                Some(at) => {
                    let (field, rest) = word.split_at_checked(at).unwrap_or((word, ""));
                    out.push((column, Token::Field(field.to_string())));
                    out.push((column + at, Token::Word(rest.to_string(), false)));
                }
                None => out.push((column, Token::Word(word.to_string(), false))),
            },
        },
    }
    Ok(())
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).map(|(_, token)| token.clone());
        self.at += 1;
        token
    }

    fn error(&self, reason: &str) -> QueryError {
        QueryError { column: self.tokens.get(self.at).map_or(self.end, |(column, _)| *column), reason: reason.to_string() }
    }

    fn either(&mut self) -> Result<Clause, QueryError> {
        let mut parts = vec![self.every()?];
        while self.peek() == Some(&Token::Or) {
            self.at += 1;
            parts.push(self.every()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Clause::Either(parts) })
    }

    fn every(&mut self) -> Result<Clause, QueryError> {
        let mut parts = vec![self.one()?];
        loop {
            match self.peek() {
                Some(Token::And) => {
                    self.at += 1;
                    parts.push(self.one()?);
                }
                None | Some(Token::Or | Token::Close) => break,
                Some(_) => parts.push(self.one()?),
            }
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Clause::Every(parts) })
    }

    fn one(&mut self) -> Result<Clause, QueryError> {
        match self.next() {
            Some(Token::Not) => Ok(self.one()?.negated()),
            Some(Token::Open) => {
                let opened = self.at;
                let clause = self.either()?;
                match self.next() {
                    Some(Token::Close) => Ok(clause),
                    _ => {
                        self.at = opened.saturating_sub(1);
                        Err(self.error("this parenthesis is never closed"))
                    }
                }
            }
            Some(Token::Field(name)) => self.values(&Field::parse(&name)),
            Some(Token::Word(word, _)) => Ok(Clause::Phrase(Field::Message, word)),
            other => {
                self.at = self.at.saturating_sub(1);
                Err(self.error(match other {
                    None => "something is missing at the end",
                    _ => "a word or field:value is missing here",
                }))
            }
        }
    }

    /// What stands behind `field:`: a value, or several in parentheses.
    fn values(&mut self, field: &Field) -> Result<Clause, QueryError> {
        match self.next() {
            Some(Token::Word(word, quoted)) => self.value(field, &word, quoted),
            Some(Token::Open) => {
                let mut all = Vec::new();
                let mut any = true;
                loop {
                    match self.next() {
                        Some(Token::Word(word, quoted)) => all.push(self.value(field, &word, quoted)?),
                        Some(Token::Or) => {}
                        Some(Token::And) => any = false,
                        Some(Token::Close) if !all.is_empty() => return Ok(if any { Clause::Either(all) } else { Clause::Every(all) }),
                        _ => {
                            self.at -= 1;
                            return Err(self.error("values of a field are joined with or (or all with and) and closed with )"));
                        }
                    }
                }
            }
            _ => {
                self.at -= 1;
                Err(self.error(&format!("a value is missing behind {field}:")))
            }
        }
    }

    fn value(&self, field: &Field, word: &str, quoted: bool) -> Result<Clause, QueryError> {
        if !quoted && word.starts_with(['>', '<']) {
            let digits = word.trim_start_matches(['>', '<', '=']);
            let limit: f64 = digits.parse().map_err(|_| QueryError {
                column: self.tokens.get(self.at.saturating_sub(1)).map_or(1, |(c, _)| *c),
                reason: format!("'{digits}' is no number to compare with"),
            })?;
            return Ok(match (word.starts_with('>'), word.contains('=')) {
                (true, false) => Clause::Above(field.clone(), limit),
                (true, true) => Clause::AtLeast(field.clone(), limit),
                (false, false) => Clause::Below(field.clone(), limit),
                (false, true) => Clause::AtMost(field.clone(), limit),
            });
        }
        Ok(if quoted { Clause::exactly(field.clone(), word) } else { Clause::of_value(field.clone(), word) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_type() {
        let service = |name: &str| Clause::is(Field::Service, name);
        assert_eq!(parse("service:cart"), Ok(service("cart")));

        assert_eq!(parse("service:cart and status>=500"), Ok(Clause::Every(vec![service("cart"), Clause::AtLeast(Field::Status, 500.0)])));
        for spaced in ["status >= 500", "status>= 500", "status >=500", "status: >= 500", "status:>=500"] {
            assert_eq!(parse(spaced), Ok(Clause::AtLeast(Field::Status, 500.0)), "{spaced}");
        }
        assert_eq!(parse("service:cart status < 400"), Ok(Clause::Every(vec![service("cart"), Clause::Below(Field::Status, 400.0)])));
        assert_eq!(parse("service:(cart or pricing)"), Ok(Clause::Either(vec![service("cart"), service("pricing")])));
        assert_eq!(
            parse("timeout \"no answer\""),
            Ok(Clause::Every(vec![Clause::Phrase(Field::Message, "timeout".into()), Clause::Phrase(Field::Message, "no answer".into())]))
        );
        assert_eq!(parse("-path:/healthz"), Ok(Clause::is(Field::Path, "/healthz").negated()));
        assert_eq!(parse("user:*"), Ok(Clause::Exists(Field::User)));
        assert_eq!(parse("version:2.9*"), Ok(Clause::Prefix(Field::Version, "2.9".into())));
        assert_eq!(parse(""), Ok(Clause::Every(vec![])));
    }

    #[test]
    fn errors_have_their_place() {
        let column = |text: &str| parse(text).err().map(|e| e.column);
        assert_eq!(column("level:(ERROR OR"), Some(16));
        assert_eq!(column("(service:cart"), Some(1));
        assert_eq!(column("service:cart)"), Some(13));
        assert_eq!(column("a \"b"), Some(3));
        assert_eq!(column("a and"), Some(6));
        assert_eq!(column("*error"), Some(1));
        assert_eq!(column("foo~2"), Some(1));
        assert_eq!(column("status>x"), Some(7));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-z:()\"*<>= \\-+~!]{0,40}|.{0,40}") {
            let _ = parse(&text);
        }
    }
}
