//! Texts in, fields of CSV out, quoted as RFC 4180 says.

/// Appends a field as it is, quoted where it must be.
pub fn push(text: &str, out: &mut Vec<u8>) {
    if !text.contains([',', '"', '\n', '\r']) {
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// Appends a field that strangers wrote: a spreadsheet would take one that begins with `=`, `+`, `-` or `@`
/// for a formula, so a `'` is put before it.
pub fn push_safe(text: &str, out: &mut Vec<u8>) {
    if text.starts_with(['=', '+', '-', '@']) { push(&format!("'{text}"), out) } else { push(text, out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, plain: &str, safe: &str) {
        let (mut one, mut other) = (Vec::new(), Vec::new());
        push(text, &mut one);
        push_safe(text, &mut other);
        assert_eq!((one.as_slice(), other.as_slice()), (plain.as_bytes(), safe.as_bytes()), "{text}");
    }

    #[test]
    fn fields_are_quoted_and_formulas_defused() {
        check("plain text", "plain text", "plain text");
        check("", "", "");
        check("a,b", "\"a,b\"", "\"a,b\"");
        check("say \"so\"", "\"say \"\"so\"\"\"", "\"say \"\"so\"\"\"");
        check("a\nb", "\"a\nb\"", "\"a\nb\"");
        check("=1+2", "=1+2", "'=1+2");
        check("-,x", "\"-,x\"", "\"'-,x\"");
        check("@a", "@a", "'@a");
        check("+1", "+1", "'+1");
        check("a=1", "a=1", "a=1");
    }
}
