//! The HTTP face of logsift.
