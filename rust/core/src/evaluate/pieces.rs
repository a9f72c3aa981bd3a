//! What the pieces of a vocabulary count for.
//!
//! In: the bytes of a piece, the class of each code point, and how much each class weighs. Out: the class of the heaviest of its whole
//! characters, of equal ones that of the first, and whether it has anything but whole characters. Cost: a look-up a character.

use super::{CLASSES, class_of};

/// The class of a piece, 0 without any whole character, and whether parts of characters are in it.
pub fn class_of_piece(piece: &[u8], classes: &[u8], weights: &[u8; CLASSES]) -> (u8, bool) {
    let (mut found, mut broken) = (None, false);
    for chunk in piece.utf8_chunks() {
        broken |= !chunk.invalid().is_empty();
        for character in chunk.valid().chars() {
            let class = class_of(classes, character);
            let weight = weights[usize::from(class)];
            if found.is_none_or(|(_, heaviest)| weight > heaviest) {
                found = Some((class, weight));
            }
        }
    }
    (found.map_or(0, |(class, _)| class), broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_and_of_equal_ones_the_first() {
        let mut classes = [0; 128];
        (classes[97], classes[98], classes[49]) = (1, 2, 3);
        let mut weights = [0; CLASSES];
        (weights[1], weights[2], weights[3]) = (9, 9, 5);
        let expected: [(&[u8], _); 6] = [
            (b"1ab", (1, false)),
            (b"-1ba", (2, false)),
            (b"-1", (3, false)),
            (b"\xe5", (0, true)),
            (b"\xa41\xe5", (3, true)),
            (b"", (0, false)),
        ];
        for (piece, found) in expected {
            assert_eq!(class_of_piece(piece, &classes, &weights), found, "{piece:?}");
        }
    }
}
