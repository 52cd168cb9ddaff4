//! stub

pub mod model_file;
