//! Between stored primitives and domain values. [`At`], [`Word`], [`AsText`] and [`Json`] are the types of
//! columns: a row that carries them needs no conversion behind the store.

/// How a column type is written on both backends.
macro_rules! written_as {
    ($sql:ty, [$($generics:tt)*], $name:ty, $value:ident => $primitive:expr) => {
        impl<$($generics)*> ToSql<$sql, Sqlite> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                let $value = self;
                out.set_value($primitive);
                Ok(IsNull::No)
            }
        }

        impl<$($generics)*> ToSql<$sql, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                let $value = self;
                let primitive = $primitive;
                ToSql::<$sql, Pg>::to_sql(&primitive, &mut out.reborrow())
            }
        }

        impl<$($generics)*> ToSql<$sql, MultiBackend> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value((<$sql>::default(), self));
                Ok(IsNull::No)
            }
        }
    };
}

mod ids;
mod instant;
mod json;
mod text;

pub use instant::{At, instant, micros};
pub use json::{Json, JsonText, from_json, to_json};
pub use text::{AsText, StoredAddress, StoredWord, Word};
