//! Twin of [`crate::tokenizer::special`]: at each place every token is tried, the longest that is there is taken.

/// The start and the number of each token found, from left to right.
pub fn find(tokens: &[String], text: &[u8]) -> Vec<(usize, usize)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let here = (0..tokens.len()).filter(|&number| text[at..].starts_with(tokens[number].as_bytes()));
        match here.max_by_key(|&number| tokens[number].len()) {
            Some(number) => {
                found.push((at, number));
                at += tokens[number].len();
            }
            None => at += 1,
        }
    }
    found
}
