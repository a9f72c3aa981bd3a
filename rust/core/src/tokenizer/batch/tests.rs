//! Batches against their texts one by one.
