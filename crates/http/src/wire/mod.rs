//! Bodies, headers, pages and problems. This module knows no resource.

pub(crate) mod etag;
pub(crate) mod form;
pub(crate) mod headers;
pub(crate) mod json;
pub(crate) mod paging;
pub(crate) mod pointer;
pub(crate) mod problem;
pub(crate) mod problem_kind;
pub(crate) mod query;
