//! Settings, one struct per topic.
