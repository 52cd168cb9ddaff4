//! The language in which formats are written, and the matcher it compiles to.
//!
//! A pattern reads like the line it matches. There are no regular expressions in it; a line is
//! matched from left to right in one pass, a step per element.
//!
//! | element | matches |
//! | --- | --- |
//! | `{time}` | a time stamp; its shape is found from the first lines and fixed per stream |
//! | `{level}` | a level word of any vocabulary, or one of the format's own `levels` |
//! | `{message}` | the rest of the line |
//! | `{>}` | nothing; the message begins here and the captures after it are fields of it |
//! | `{name}` | up to the literal that follows; no blanks, unless the capture stands between a pair of brackets or quotes, and brackets opened inside are skipped with their partner |
//! | `{name:int}` | digits, with an optional sign |
//! | `{name:text}` | like `{name}`, blanks allowed |
//! | `{name:json}` `{name:logfmt}` | structured data; its keys become fields |
//! | `{_}` | like `{name}`, not kept |
//! | a blank | one or more blanks or tabs |
//! | `(…)?` | the group, or nothing |
//! | `\` | takes the next character literally: `\(`, `\{` |
//! | anything else | itself |
