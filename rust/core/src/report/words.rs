//! Numbers as people read them, in one place for lines of progress, summaries and logs.

use crate::num::to_f64;

/// A number of bytes in powers of 1,000: `999 B`, `46.3 MB`, `1.00 TB`; three digits at least.
pub fn size(bytes: u64) -> String {
    let (mut value, mut unit) = (to_f64(bytes), 0);
    let units = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];
    // 999.5 would be shown as 1000
    while value >= 999.5 {
        (value, unit) = (value / 1000.0, unit + 1);
    }
    let digits = if unit == 0 || value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {}", units[unit])
}

/// Seconds as `4.3 s`, `1:05` or `2:03:04`.
pub fn duration(seconds: f64) -> String {
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let whole = std::time::Duration::try_from_secs_f64(seconds).unwrap_or(std::time::Duration::MAX).as_secs();
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes}:{rest:02}") }
}

/// A number with a comma each three digits.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut words = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            words.push(',');
        }
        words.push(digit);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits() {
        for (bytes, words) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 KB"),
            (9_994, "9.99 KB"),
            (9_995, "10.0 KB"),
            (99_960, "100 KB"),
            (999_499, "999 KB"),
            (999_500, "1.00 MB"),
            (46_339_927, "46.3 MB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(size(bytes), words);
        }
    }

    #[test]
    fn durations_and_numbers() {
        assert_eq!([0.04, 59.94, 59.96, 3599.9, 7384.0].map(duration), ["0.0 s", "59.9 s", "0:59", "59:59", "2:03:04"]);
        assert_eq!(duration(f64::INFINITY), duration(f64::MAX));
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }
}
