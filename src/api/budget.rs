//! Limits the memory that a parsed response may take.
//!
//! Three bytes of text, `{},`, can become a list element of hundreds of bytes. So
//! everything that grows with a response is counted while it is parsed: list
//! elements, map entries and strings. The counting wraps serde's deserializer and
//! works for every type: fields that are added later are counted, too.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Expected, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// The budget in bytes for each byte of a response, and the budget of any response.
const PER_BYTE: usize = 5;
const BASE: usize = 8 * 1024 * 1024;

/// A list grows by doubling, and a map's nodes may be half empty.
const SLACK: usize = 2;
/// The overhead of an allocation, and of a map entry, in bytes.
const OVERHEAD: usize = 32;

thread_local! {
    /// The remaining budget of the response that this thread parses; `None` if it
    /// parses none. Thread-local, because serde passes no state to a field.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// The budget of one response, until dropped.
#[derive(Debug)]
pub(super) struct Budget {
    outer: Option<usize>,
}

impl Budget {
    /// Starts the budget of a response of `bytes` bytes.
    pub(super) fn new(bytes: usize) -> Self {
        let budget = bytes.saturating_mul(PER_BYTE).saturating_add(BASE);
        Budget { outer: LEFT.replace(Some(budget)) }
    }

    /// Whether the budget is exhausted.
    pub(super) fn is_exhausted(&self) -> bool {
        LEFT.get() == Some(0)
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        LEFT.set(self.outer);
    }
}

/// Takes `bytes` from the budget. Once exhausted, it stays exhausted.
fn spend<E: de::Error>(bytes: usize) -> Result<(), E> {
    let Some(left) = LEFT.get() else { return Ok(()) };
    let left = left.saturating_sub(bytes);
    LEFT.set(Some(left));
    if left == 0 { Err(E::custom("too many elements for its memory budget")) } else { Ok(()) }
}

fn spend_on_text<E: de::Error>(text: &str) -> Result<(), E> {
    if text.is_empty() { Ok(()) } else { spend(text.len() + OVERHEAD) }
}

/// Wraps a deserializer, or a serde type that uses one, and counts what it yields.
pub(super) struct Counted<T>(pub(super) T);

/// Wraps a visitor. `has_entries` is set for a map, whose entries are counted, and
/// unset for a struct, whose fields exist whether or not the response has them.
struct Visit<V> {
    visitor: V,
    has_entries: bool,
}

struct Entries<A> {
    map: A,
    has_entries: bool,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Counted<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Visit { visitor, has_entries: true })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_struct(name, fields, Visit { visitor, has_entries: false })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_option(Visit { visitor, has_entries: true })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, Visit { visitor, has_entries: false })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(name, variants, Visit { visitor, has_entries: true })
    }

    // Identifiers and ignored values are not kept, so they cost nothing.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_identifier(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_ignored_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map
    }
}

/// Forwards values of fixed size, which need no counting.
macro_rules! pass_on {
    ($($function:ident $type:ty),*) => {$(
        fn $function<E: de::Error>(self, value: $type) -> Result<V::Value, E> {
            self.visitor.$function(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Visit<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Expected::fmt(&self.visitor, f)
    }

    pass_on!(visit_bool bool, visit_i64 i64, visit_i128 i128, visit_u64 u64, visit_u128 u128,
        visit_f64 f64);

    fn visit_str<E: de::Error>(self, text: &str) -> Result<V::Value, E> {
        spend_on_text(text)?;
        self.visitor.visit_str(text)
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<V::Value, E> {
        spend_on_text(text)?;
        self.visitor.visit_borrowed_str(text)
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<V::Value, E> {
        spend_on_text(&text)?;
        self.visitor.visit_string(text)
    }

    fn visit_none<E: de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Counted(value))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(Counted(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_seq(Counted(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Entries { map, has_entries: self.has_entries })
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(variant)
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Counted<A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, A::Error> {
        let element = self.0.next_element_seed(Counted(seed))?;
        if element.is_some() {
            spend(size_of::<T::Value>() * SLACK)?;
        }
        Ok(element)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        if !self.has_entries {
            return self.map.next_key_seed(seed);
        }
        spend(size_of::<K::Value>() * SLACK + OVERHEAD)?;
        self.map.next_key_seed(Counted(seed))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        if self.has_entries {
            spend(size_of::<T::Value>() * SLACK)?;
        }
        self.map.next_value_seed(Counted(seed))
    }
}

impl<'de, T: DeserializeSeed<'de>> DeserializeSeed<'de> for Counted<T> {
    type Value = T::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T::Value, D::Error> {
        self.0.deserialize(Counted(deserializer))
    }
}
