//! Foreign rules in, our own out: what is translated, and what is refused with its reason.

use super::*;
use crate::detectors::rule::RuleSet;

fn check(text: &str) -> RuleFile {
    let rules = translate(text).unwrap_or_else(|error| panic!("{error}"));
    RuleSet::compile(&rules).unwrap_or_else(|error| panic!("{error}"));
    rules.into_iter().next().expect("there is one")
}

const WEB: &str = "
title: SQL Injection Strings
status: test
description: Detects attempts
author: somebody
logsource: {category: webserver}
detection:
  selection:
    cs-method: 'GET'
  keywords:
    - '=select '
    - 'UNION SELECT'
    - 'information_schema.tables'
  filter_main_status:
    sc-status: 404
  condition: selection and keywords and not 1 of filter_main_*
level: high
tags: [attack.initial-access, attack.t1190]
";

#[test]
fn a_rule_on_requests() {
    let rule = check(WEB);
    assert_eq!((rule.name.as_str(), rule.severity.as_str()), ("sigma-sql-injection-strings", "high"));
    let [method, words, not] = rule.when.all.as_slice() else { panic!("{:?}", rule.when) };
    assert_eq!(method.fields["method"].is.0, ["GET"]);
    assert_eq!(words.words.0, ["*=select *", "*UNION SELECT*", "*information_schema.tables*"]);
    assert_eq!(not.not.as_ref().map(|not| &not.fields["status"].is.0), Some(&vec!["404".to_owned()]));
    let again = RuleFile::parse("x.yaml", &rule.to_yaml().unwrap()).unwrap();
    assert_eq!(format!("{again:?}"), format!("{rule:?}"), "what is written is read back");
}

#[test]
fn counts_and_lines_of_the_audit() {
    let rule = check(
        "
title: Many failed
logsource: {product: linux, service: auditd}
detection:
  selection: {type: EXECVE, 'a0|endswith': /nc, 'a1|contains': [-e, -lvp]}
  condition: selection | count() by src_ip >= 10
  timeframe: 5m
level: medium
",
    );
    let count = rule.count.expect("it counts");
    assert_eq!((count.more_than, count.within.as_str(), count.by.as_deref()), (9, "5m", Some("ip")));
    assert!(format!("{:?}", rule.when).contains("a1=*-lvp*"), "{:?}", rule.when);
}

#[test]
fn what_cannot_be_said_is_named() {
    let with = |from: &str, to: &str| {
        assert!(WEB.contains(from));
        translate(&WEB.replace(from, to)).map(|_| ()).unwrap_err().to_string()
    };
    let table = [
        (
            "{category: webserver}",
            "{category: process_creation, product: windows}",
            "category `process_creation`, product `windows`",
        ),
        ("cs-method: 'GET'", "'cs-uri|base64offset|contains': x", "base64offset"),
        ("cs-method: 'GET'", "cs-method: null", "empty value"),
        ("1 of filter_main_*", "1 of nothing_*", "nothing_*"),
        ("selection and keywords", "(selection and keywords", "`)` is missing"),
        ("selection and keywords", "2 of keywords and selection", "2 of"),
        ("1 of filter_main_*", "1 of filter_main_* | max(x) > 3", "only count()"),
        ("  condition:", "  other:", "no condition"),
    ];
    for (from, to, wanted) in table {
        let error = with(from, to);
        assert!(error.contains(wanted), "{to}: {error}");
    }
    let deep = format!("{}selection{}", "(".repeat(100), ")".repeat(100));
    assert!(with("selection and keywords", &deep).contains("too deep"));
    assert!(translate("- 1").is_err() && translate("").is_err());
}
