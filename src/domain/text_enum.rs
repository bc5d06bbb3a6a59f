//! Enums that are written as a word: in the database, in requests and on the command line.

/// Declares an enum each of whose values is a word: the name of the variant in snake case. It has the
/// same word in the database, in JSON and on the command line, and a schema in the API document. Other
/// derives can be added, such as `Default` or `Ord`.
#[macro_export]
macro_rules! text_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident,)+
    }) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
            utoipa::ToSchema, strum::IntoStaticStr, strum::EnumString, strum::VariantArray,
        )]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        $vis enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

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
    };
}
