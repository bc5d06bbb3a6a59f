//! Translations and migrations are compiled in by macros whose files cargo does not know of: it is told here.

fn main() {
    println!("cargo::rerun-if-changed=config/locales");
    println!("cargo::rerun-if-changed=migrations");
}
