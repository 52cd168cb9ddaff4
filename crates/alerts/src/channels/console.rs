//! Notices on standard output, a paragraph each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Standard output needs no settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {}
