//! The states of a round and of a sheet: computed, self-assessed, reviewed, published, frozen.

crate::text_enum! {
    /// The state of a round.
    pub enum RoundState {
        /// Begun, nothing computed yet.
        Draft,
        /// Computed; units assess themselves, the department reviews.
        Computed,
        /// Published with the decision's number and date.
        Published,
        /// Closed for good.
        Frozen,
        /// Was published and opened again; a newer edition replaces it.
        Reopened,
    }
}

crate::text_enum! {
    /// The state of a unit's sheet.
    pub enum SheetState {
        /// Computed.
        Computed,
        /// The unit has assessed itself.
        SelfAssessed,
        /// The department has reviewed it.
        Reviewed,
    }
}
