//! New files in the embedded folders are seen only if cargo is told to look.

fn main() {
    println!("cargo::rerun-if-changed=web");
    println!("cargo::rerun-if-changed=templates");
}
