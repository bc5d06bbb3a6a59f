//! What a job leaves out because it cannot judge it.

crate::text_enum! {
    /// What sort of row was set aside.
    pub enum SetAsideEntity {
        /// An obligation: it is not settled, and nobody is reminded of it.
        Obligation,
        /// A unit: what plans ask of it is not opened.
        Unit,
        /// A person: no quota of theirs is opened, and nobody writes to them.
        Person,
        /// A plan: nothing that it asks for is opened.
        Plan,
    }
}

crate::text_enum! {
    /// What is wrong with a row that was set aside.
    pub enum SetAsideCause {
        /// A stored value cannot be read.
        Unreadable,
        /// It names a calendar that does not exist.
        CalendarMissing,
        /// It names something else that does not exist.
        RecordMissing,
        /// A rule refuses it; the reason says which, as a sentence.
        Refused,
    }
}
