//! The audit trail: the kinds of thing that it speaks of.

crate::text_enum! {
    /// What a line of the trail is about.
    pub enum Entity {
        /// An account.
        Account,
        /// The trail itself: old lines were taken out of it.
        Audit,
        /// A working-time calendar.
        Calendar,
        /// The secret address of a calendar.
        CalendarFeed,
        /// The text of a kind of document.
        DocumentTemplate,
        /// An event.
        Event,
        /// An item.
        Item,
        /// A draft of an item.
        ItemDraft,
        /// A kind of item.
        ItemKind,
        /// Kept replies to requests.
        Idempotency,
        /// A scheduled job.
        Job,
        /// Runs of jobs.
        JobRun,
        /// The head of a unit's documents.
        Letterhead,
        /// A queued mail.
        Mail,
        /// Sent mails.
        Message,
        /// Something owed.
        Obligation,
        /// A person.
        Person,
        /// A plan.
        Plan,
        /// A unit's policy.
        Policy,
        /// A role of a person.
        Role,
        /// A route whose use was refused.
        Route,
        /// A rule of a plan.
        Rule,
        /// A unit's score, mailed on request.
        ScoreMail,
        /// The scores of a category in a year.
        ScoreRound,
        /// A scheme of scores.
        ScoreScheme,
        /// A unit's sheet.
        ScoreSheet,
        /// Provisional standings.
        ScoreStanding,
        /// Sessions of accounts.
        Session,
        /// A token of the API.
        Token,
        /// A unit.
        Unit,
    }
}

impl Entity {
    /// What binds the units below the one that it belongs to, or everybody if it belongs to none:
    /// all of them read in the trail that it was changed.
    pub const SHARED: [Self; 6] = [
        Self::Audit,
        Self::Calendar,
        Self::ItemKind,
        Self::Job,
        Self::Policy,
        Self::ScoreScheme,
    ];
}
