//! What a page says about the step before it. The address carries the code of the sentence
//! (`?xong=mat-khau`) and numbers (`&so=6`), never the sentence: nobody can put words of their own
//! on a page.

use std::fmt::Write as _;

use serde::Deserialize;

use super::routes;

/// Declares the notices: each with its code in addresses, the key of its sentence and, where the
/// step can be undone, the address that undoes it.
macro_rules! notices {
    ($($(#[$meta:meta])* $name:ident: $code:literal, $key:literal $(, undo $undo:path)?;)+) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Notice {
            $($(#[$meta])* $name,)+
        }

        impl Notice {
            const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its code in addresses.
            const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The key of its sentence, which may say `%{so}` and `%{bo}`.
            const fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)+ }
            }

            /// The address that takes it back, by POST of the ids in `muc`.
            const fn undo(self) -> Option<&'static str> {
                match self { $(Self::$name => notices!(@undo $($undo)?),)+ }
            }
        }
    };
    (@undo) => { None };
    (@undo $undo:path) => { Some($undo) };
}

notices! {
    /// Another password is set.
    PasswordChanged: "mat-khau", "pages.notice.password_changed";
    /// The head of documents is saved.
    LetterheadSaved: "dau-van-ban", "pages.notice.letterhead_saved";
    /// The text of documents is saved.
    TemplateSaved: "mau-van-ban", "pages.notice.template_saved";
    /// A calendar feed is taken back.
    FeedRevoked: "thu-hoi-lich", "pages.notice.feed_revoked";
    /// A file is imported.
    FileImported: "nhap-tep", "pages.notice.file_imported", undo routes::IMPORTS_UNDO;
    /// An import is undone.
    ImportUndone: "hoan-tac-nhap", "pages.notice.import_undone";
    /// A preset is applied.
    QuotasApplied: "chi-tieu", "pages.notice.quotas_applied";
    /// A test mail is on its way.
    TestMailSent: "thu-thu", "pages.notice.test_mail_sent";
    /// A test mail arrived.
    TestMailArrived: "thu-thu-den", "pages.notice.test_mail_arrived";
    /// The second factor is off.
    SecondFactorOff: "buoc-hai", "pages.notice.second_factor_off";
    /// One session is ended.
    SessionEnded: "phien", "pages.notice.session_ended";
    /// The reader is signed out.
    SignedOut: "dang-xuat", "pages.notice.signed_out";
    /// How pages look is saved.
    PreferencesSaved: "hien-thi", "pages.notice.preferences_saved";
    /// More time is asked for.
    ExtensionAsked: "xin-gia-han", "pages.notice.extension_asked";
    /// More time is given.
    ExtensionGiven: "gia-han", "pages.notice.extension_given";
    /// More time is refused.
    ExtensionRefused: "khong-gia-han", "pages.notice.extension_refused";
    /// Somebody is excused.
    Exempted: "mien", "pages.notice.exempted", undo routes::UNDO_EXEMPTION;
    /// Nobody is excused after all.
    ExemptionTakenBack: "thoi-mien", "pages.notice.exemption_taken_back";
    /// A reminder is on its way.
    Reminded: "nhac", "pages.notice.reminded";
    /// A reminder waits for office hours.
    RemindedLater: "nhac-sau", "pages.notice.reminded_later";
    /// Reminders of several works.
    RemindedMany: "nhac-nhieu", "pages.notice.reminded_many";
    /// The leader approved an item.
    ItemApproved: "duyet", "pages.notice.item_approved";
    /// An item went back to its unit.
    ItemReturned: "tra-lai", "pages.notice.item_returned";
    /// An editor published an item.
    ItemPublished: "dang", "pages.notice.item_published";
    /// An editor took an item into review.
    ItemTaken: "nhan", "pages.notice.item_taken";
    /// An editor gave an item back.
    ItemGivenBack: "nha", "pages.notice.item_given_back";
    /// An editor refused an item.
    ItemRejected: "khong-nhan", "pages.notice.item_rejected";
    /// An editor published several items.
    ItemsPublished: "dang-nhieu", "pages.notice.items_published";
    /// A filter is saved.
    ViewSaved: "luu-bo-loc", "pages.notice.view_saved";
    /// A saved filter is deleted.
    ViewDeleted: "xoa-bo-loc", "pages.notice.view_deleted";
    /// A draft is saved.
    DraftSaved: "nhap", "pages.notice.draft_saved";
    /// A draft is thrown away.
    DraftDiscarded: "bo-nhap", "pages.notice.draft_discarded";
    /// An event is registered.
    EventRegistered: "dang-ky", "pages.notice.event_registered";
    /// An event is corrected.
    EventChanged: "sua-su-kien", "pages.notice.event_changed";
    /// An event is cancelled.
    EventCancelled: "huy", "pages.notice.event_cancelled";
    /// A question is answered.
    QuestionAnswered: "tra-loi", "pages.notice.question_answered";
    /// An item was corrected.
    ItemChanged: "sua", "pages.notice.item_changed";
    /// An item was handed in again.
    ItemSentAgain: "gui-lai", "pages.notice.item_sent_again";
    /// An item was taken back.
    ItemWithdrawn: "rut", "pages.notice.item_withdrawn";
    /// A round of scores is begun.
    RoundBegun: "lap-dot", "pages.notice.round_begun";
    /// Its sheets are computed.
    RoundComputed: "tinh-diem", "pages.notice.round_computed";
    /// A unit assessed itself.
    SelfAssessed: "tu-cham", "pages.notice.self_assessed";
    /// A sheet is reviewed.
    SheetReviewed: "tham-dinh", "pages.notice.sheet_reviewed";
    /// Several sheets are reviewed.
    SheetsReviewed: "tham-dinh-nhieu", "pages.notice.sheets_reviewed";
    /// A round is published.
    RoundPublished: "cong-bo", "pages.notice.round_published";
    /// A round is closed for good.
    RoundFrozen: "khoa-so", "pages.notice.round_frozen";
    /// A round is replaced by a new edition.
    RoundReopened: "lap-lai", "pages.notice.round_reopened";
    /// A mail is tried again.
    MailAgain: "thu-gui-lai", "pages.notice.mail_again";
    /// A job runs soon.
    JobRuns: "chay", "pages.notice.job_runs";
    /// A job is changed.
    JobChanged: "doi-lich-chay", "pages.notice.job_changed";
    /// A person is invited.
    Invited: "moi", "pages.notice.invited";
    /// Several people are invited.
    InvitedMany: "moi-nhieu", "pages.notice.invited_many";
    /// An invitation was mailed again.
    InvitedAgain: "moi-lai", "pages.notice.invited_again";
    /// A link for a new password was mailed.
    ResetMailed: "dat-lai", "pages.notice.reset_mailed";
    /// An account is disabled.
    AccountDisabled: "khoa-tai-khoan", "pages.notice.account_disabled";
    /// An account is enabled.
    AccountEnabled: "mo-tai-khoan", "pages.notice.account_enabled";
    /// The address to sign in with changes.
    SignInMailChanged: "doi-thu", "pages.notice.sign_in_mail_changed";
    /// A second factor was removed.
    FactorRemoved: "go-buoc-hai", "pages.notice.factor_removed";
    /// A session of somebody else is ended.
    SessionOfOtherEnded: "phien-khac", "pages.notice.session_of_other_ended";
    /// A person is entered.
    PersonEntered: "them-nguoi", "pages.notice.person_entered";
    /// A person is entered and invited.
    PersonInvited: "them-moi", "pages.notice.person_invited";
    /// A person is changed.
    PersonChanged: "sua-nguoi", "pages.notice.person_changed";
    /// A person moves.
    PersonMoved: "chuyen-nguoi", "pages.notice.person_moved";
    /// The last day of a person is recorded.
    PersonLeaves: "ghi-nghi", "pages.notice.person_leaves";
    /// A role is granted.
    RoleGranted: "giao-vai-tro", "pages.notice.role_granted";
    /// A role is revoked.
    RoleRevoked: "thu-hoi-vai-tro", "pages.notice.role_revoked";
    /// A shipped calendar is copied.
    CalendarCopied: "sao-chep-lich", "pages.notice.calendar_copied";
    /// A calendar is changed.
    CalendarChanged: "doi-lich", "pages.notice.calendar_changed";
    /// A field of a policy is changed.
    PolicyChanged: "doi-chinh-sach", "pages.notice.policy_changed";
    /// A ladder of reminders is changed.
    LadderChanged: "doi-buoc-nhac", "pages.notice.ladder_changed";
    /// A plan is drafted.
    PlanDrafted: "lap-ke-hoach", "pages.notice.plan_drafted";
    /// The head of a plan is changed.
    PlanChanged: "sua-ke-hoach", "pages.notice.plan_changed";
    /// A plan is approved.
    PlanApproved: "duyet-ke-hoach", "pages.notice.plan_approved";
    /// A plan is a draft again.
    PlanReopened: "mo-lai-ke-hoach", "pages.notice.plan_reopened";
    /// A plan is in force.
    PlanInForce: "hieu-luc", "pages.notice.plan_in_force";
    /// A plan is ended.
    PlanEnded: "ket-thuc-ke-hoach", "pages.notice.plan_ended";
    /// A rule is added.
    RuleAdded: "them-quy-tac", "pages.notice.rule_added";
    /// A rule is changed.
    RuleChanged: "sua-quy-tac", "pages.notice.rule_changed";
    /// A rule is removed.
    RuleRemoved: "bo-quy-tac", "pages.notice.rule_removed";
    /// A scheme of scores is saved.
    SchemeSaved: "luu-thang-diem", "pages.notice.scheme_saved";
}

/// What the address of a page says of the step before it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Done {
    xong: String,
    /// How many were done.
    so: String,
    /// How many were skipped.
    bo: String,
    /// The ids of what was done, for undoing it.
    muc: String,
}

/// A notice as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    notice: Notice,
    so: u32,
    bo: u32,
    ids: Vec<i64>,
}

impl Done {
    /// What is to be said, if the code is one of ours.
    pub fn shown(&self) -> Option<Shown> {
        let mut known = Notice::ALL.iter().copied();
        let notice = known.find(|notice| notice.code() == self.xong)?;
        let ids = self.muc.split(',').filter_map(|id| id.parse().ok());
        Some(Shown {
            notice,
            so: self.so.parse().unwrap_or_default(),
            bo: self.bo.parse().unwrap_or_default(),
            ids: ids.take(500).collect(),
        })
    }
}

impl Shown {
    pub(super) fn key(&self) -> &'static str {
        self.notice.key()
    }

    pub(super) fn numbers(&self) -> [(&'static str, u32); 2] {
        [("so", self.so), ("bo", self.bo)]
    }

    /// The address that takes the step back, and the ids that it is told.
    pub fn undo(&self) -> Option<(&'static str, &[i64])> {
        let address = self.notice.undo()?;
        (!self.ids.is_empty()).then_some((address, &self.ids))
    }
}

impl Notice {
    /// The address of a page that shows it.
    pub fn at(self, page: &str) -> String {
        routes::with(page, "xong", self.code())
    }

    /// The address of a page that shows it with how many were done and how many skipped. What can be
    /// undone names its ids.
    pub fn at_counted(self, page: &str, (done, skipped): (usize, usize), ids: &[i64]) -> String {
        let mut address = self.at(page);
        // writing into a string does not fail
        let _ = write!(address, "&so={done}&bo={skipped}");
        if self.undo().is_some() && !ids.is_empty() {
            let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
            let _ = write!(address, "&muc={}", ids.join(","));
        }
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_known_by_its_code_alone() {
        let read = |query: &str| serde_urlencoded::from_str::<Done>(query).unwrap().shown();
        assert_eq!(Notice::SessionEnded.at("/a"), "/a?xong=phien");
        assert_eq!(Notice::SessionEnded.at("/a?b=1"), "/a?b=1&xong=phien");
        let counted = Notice::SessionEnded.at_counted("/a", (6, 2), &[1, 2]);
        assert_eq!(counted, "/a?xong=phien&so=6&bo=2", "it can't be undone");
        let shown = read("xong=phien&so=6&bo=2&muc=1,x,2").unwrap();
        assert_eq!(shown.numbers(), [("so", 6), ("bo", 2)]);
        assert_eq!(
            (shown.ids.as_slice(), shown.undo()),
            ([1, 2].as_slice(), None)
        );
        assert_eq!(read("xong=<b>"), None);
        assert_eq!(read(""), None);
    }
}
