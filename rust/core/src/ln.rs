//! stub
/// ln of a count
pub fn ln(count: u64) -> f64 {
    core_math::log(crate::num::to_f64(count))
}
