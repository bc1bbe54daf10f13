//! patrol
fn main() {}
