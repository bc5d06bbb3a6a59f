//! Enums that are written as a word: in the database, in requests and on the command line.

/// Gives an enum that derives `strum::IntoStaticStr`, `strum::EnumString` and `strum::VariantArray`
/// the constant `ALL`, the methods `as_str` and `parse`, and `Display`. The words are those of its
/// `#[strum(serialize_all = "snake_case")]`, and the same as its serde names.
#[macro_export]
macro_rules! text_enum {
    ($($name:ty),+ $(,)?) => { $(
        impl $name {
            /// All values, in the order in which they are shown.
            pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

            /// Its word in the database, in requests and on the command line.
            pub fn as_str(self) -> &'static str {
                self.into()
            }

            /// The value of that word.
            pub fn parse(word: &str) -> Option<Self> {
                word.parse().ok()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str((*self).into())
            }
        }
    )+ };
}
