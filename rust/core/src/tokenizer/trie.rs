//! (stub: helper TOKENIZER)
