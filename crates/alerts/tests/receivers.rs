//! Receivers that are really there: an HTTP server and a mail server that misbehave on order, Alertmanager of Prometheus,
//! and a sender that is killed again and again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]
#![allow(clippy::print_stderr, reason = "what is skipped is said")]

mod receivers {
    mod alertmanager;
    mod http;
    mod kills;
    mod mail;
    mod mail_encrypted;
    pub(crate) mod server;
    pub(crate) mod work;
}
