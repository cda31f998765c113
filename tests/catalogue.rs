//! Every code can be met for real: the catalogue is walked, and each code names the test of the real program that
//! produces it.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use batchferry::model::catalogue::entry;
use batchferry::model::config::Language;
use batchferry::model::failure::Code;

/// A file below `tests/`, a test in it, and the codes that it produces.
type Proof = (&'static str, &'static str, &'static [Code]);

const PROOFS: &[Proof] = &[
    ("it/codes.rs", "a_date_that_is_on_no_calendar_is_missing_field", &[Code::MissingField]),
    (
        "it/bad_samples.rs",
        "every_bad_sample_fails_with_its_code_and_every_sound_one_moves",
        &[Code::Encrypted, Code::Unreadable, Code::DecompressionBomb, Code::PageCount],
    ),
    (
        "it/duplicates.rs",
        "one_of_two_documents_with_the_same_content_is_warned_of_and_both_move",
        &[Code::DuplicateContent],
    ),
    (
        "it/invoices.rs",
        "the_second_document_with_an_invoice_is_refused_and_the_first_one_is_named",
        &[Code::DuplicateInvoice],
    ),
    ("it/indexes.rs", "a_table_that_cannot_be_read_ends_the_run_and_says_why", &[Code::CatalogUnreadable]),
    ("it/virus.rs", "infected_files_do_not_move_whether_they_fit_into_the_buffers_or_not", &[Code::Infected]),
    ("it/virus.rs", "a_scanner_that_cannot_tell_lets_nothing_through_unless_the_spec_says_so", &[Code::Unscannable]),
    ("it/codes.rs", "a_number_that_is_missing_among_the_files_of_a_role_is_sequence_gap", &[Code::SequenceGap]),
    ("it/codes.rs", "a_type_that_the_spec_does_not_allow_is_type_not_allowed", &[Code::TypeNotAllowed]),
    ("it/codes.rs", "a_scan_below_the_asked_resolution_is_resolution_too_low", &[Code::ResolutionTooLow]),
    ("it/codes.rs", "a_file_above_the_asked_size_is_file_too_large", &[Code::FileTooLarge]),
    ("it/codes.rs", "a_document_of_more_files_than_can_be_judged_as_a_whole_is_too_many_files", &[Code::TooManyFiles]),
    (
        "it/codes.rs",
        "a_document_of_which_a_known_file_cannot_be_listed_any_more_is_unlistable_keys_and_not_moved",
        &[Code::UnlistableKeys],
    ),
    (
        "it/moving.rs",
        "one_faulty_file_holds_back_its_whole_document_and_no_other",
        &[
            Code::MissingRole,
            Code::UnrecognisedFile,
            Code::EmptyFile,
            Code::Truncated,
            Code::DuplicateDocument,
            Code::HeldBack,
        ],
    ),
    ("it/plans.rs", "a_plan_in_text_names_every_document_that_would_fail", &[Code::TypeMismatch]),
    (
        "daemon/control_characters.rs",
        "keys_that_steer_terminals_are_told_and_never_passed_on_by_run_and_queries",
        &[Code::UnsafeKey],
    ),
    (
        "it/conflicts.rs",
        "two_documents_with_one_target_key_both_fail_and_neither_is_copied_whatever_is_to_be_done_with_conflicts",
        &[Code::TargetCollision],
    ),
    (
        "it/layout.rs",
        "keys_that_differ_in_case_or_composition_alone_are_warned_of_in_a_folder_and_copied",
        &[Code::AmbiguousKey],
    ),
    ("it/conflicts.rs", "another_object_is_a_conflict_and_stays", &[Code::Conflict]),
    ("it/conflicts.rs", "another_object_is_kept_where_the_spec_says_so_and_the_report_counts_it", &[Code::TargetKept]),
    (
        "it/leftovers.rs",
        "a_file_that_was_copied_before_its_document_failed_is_reported_as_copied",
        &[Code::SourceMissing],
    ),
    ("it/leftovers.rs", "what_was_copied_of_a_file_that_cannot_be_read_any_more_is_named", &[Code::Unproven]),
    ("it/leftovers.rs", "what_did_not_arrive_as_it_was_sent_is_named_and_is_ours_later", &[Code::ChecksumMismatch]),
    ("it/s3.rs", "an_object_that_changed_after_it_was_listed_fails_its_document", &[Code::ChangedDuringRun]),
    ("it/resync.rs", "the_whole_scope_finds_new_changed_and_vanished_documents", &[Code::ChangedAfterMigration]),
    ("it/s3.rs", "an_object_that_may_not_be_read_fails_its_document_and_no_other", &[Code::AccessDenied]),
    ("it/s3.rs", "a_fault_that_stays_fails_its_document_with_its_code", &[Code::Throttled]),
    (
        "daemon/transient.rs",
        "a_server_that_falls_silent_or_breaks_every_connection_is_waited_for",
        &[Code::Timeout, Code::StoreUnavailable],
    ),
    (
        "it/s3.rs",
        "credentials_that_stop_working_midway_stall_the_batch_and_fail_no_document",
        &[Code::CredentialsRejected],
    ),
    (
        "daemon/outages.rs",
        "what_the_target_says_of_itself_stalls_the_batch_until_it_says_it_no_more",
        &[Code::QuotaExceeded, Code::StoreMissing, Code::ClockSkewed],
    ),
    ("it/selection.rs", "a_plan_and_a_run_of_nothing_agree", &[Code::NothingSelected]),
    ("it/limits.rs", "a_deadline_ends_the_run_and_a_resync_takes_the_rest", &[Code::DeadlineExceeded]),
    ("it/limits.rs", "a_run_ends_when_too_many_documents_failed_and_the_rest_stays_pending", &[Code::TooManyFailures]),
    ("daemon/ending.rs", "a_running_batch_is_cancelled_and_the_rest_stays_pending", &[Code::Cancelled]),
    (
        "daemon/edits.rs",
        "an_invalid_edit_stalls_the_batch_on_its_last_good_spec_and_a_mended_one_frees_it",
        &[Code::InvalidSpec],
    ),
    ("daemon/edits.rs", "what_is_fixed_cannot_change_and_labels_can", &[Code::ImmutableFieldChanged]),
    (
        "daemon/full_state.rs",
        "a_run_whose_ledger_is_full_ends_with_a_clear_error_and_the_next_one_takes_the_rest",
        &[Code::LedgerUnavailable],
    ),
    ("daemon/commands.rs", "a_suspension_by_the_spec_is_named_with_its_line", &[Code::SuspendedBySpec]),
    (
        "daemon/commands.rs",
        "a_batch_is_suspended_resumed_and_cancelled_by_commands_with_the_user_as_operator",
        &[Code::SuspendedByCommand],
    ),
    (
        "daemon/commands.rs",
        "a_batch_is_retired_once_its_spec_is_gone_and_its_name_is_not_used_again",
        &[Code::SpecVanished, Code::Retired],
    ),
    ("daemon/order.rs", "a_batch_outside_its_windows_waits_and_one_inside_moves", &[Code::OutsideWindow]),
    ("daemon/order.rs", "a_batch_starts_when_those_it_comes_after_are_complete", &[Code::WaitingForBatch]),
    (
        "daemon/disks.rs",
        "reports_that_cannot_be_written_are_a_warning_and_are_written_once_they_can",
        &[Code::ReportUnwritable],
    ),
    ("it/proof.rs", "a_header_that_cannot_travel_along_is_warned_of", &[Code::HeaderLost]),
    (
        "daemon/unusable.rs",
        "a_batch_waits_for_credentials_that_are_not_there_yet_and_goes_on_by_itself",
        &[Code::StoreUnusable],
    ),
    (
        "daemon/policies.rs",
        "a_batch_whose_policy_is_taken_away_is_held_and_goes_on_once_it_is_given_back",
        &[Code::PolicyDenied],
    ),
];

/// Codes whose feature is not built yet: their words are reserved.
const LATER: &[Code] = &[];

/// The text of a function, with those of the functions and constants of its file that it uses.
fn text_of(source: &str, name: &str, seen: &mut BTreeSet<String>) -> Option<String> {
    let start = source.find(&format!("fn {name}("))?;
    let text = &source[start..start + source[start..].find("\n}\n")?];
    let mut whole = text.to_owned();
    for (at, _) in source.match_indices("\nfn ") {
        let called = source[at + 4..].split('(').next().unwrap().to_owned();
        if text.contains(&format!("{called}(")) && seen.insert(called.clone()) {
            whole.push_str(&text_of(source, &called, seen).unwrap_or_default());
        }
    }
    for (at, _) in source.match_indices("\nconst ") {
        let table = &source[at + 7..at + source[at..].find(";\n").unwrap_or(7)];
        if text.contains(table.split(':').next().unwrap_or_default()) {
            whole.push_str(table);
        }
    }
    Some(whole)
}

fn is_test(source: &str, name: &str) -> bool {
    let before = source.find(&format!("fn {name}(")).map(|at| &source[..at]).unwrap_or_default();
    let attributes = before.rsplit("\n\n").next().unwrap_or_default();
    attributes.contains("#[test]") || attributes.contains("#[tokio::test")
}

#[test]
fn every_code_has_words_and_a_test_that_produces_it_for_real() {
    for &code in Code::ALL {
        for language in [Language::English, Language::Chinese] {
            let entry = entry(code);
            assert!(!entry.message(language).is_empty() && !entry.remedy(language).is_empty(), "{code}");
        }
        let proofs: Vec<&Proof> = PROOFS.iter().filter(|(_, _, codes)| codes.contains(&code)).collect();
        if LATER.contains(&code) {
            assert!(proofs.is_empty(), "{code} is produced: it is not for later any more");
            continue;
        }
        assert!(!proofs.is_empty(), "{code}: name the test that produces it");
    }
}

#[test]
fn each_of_these_tests_is_there_and_looks_for_its_codes() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for (file, name, codes) in PROOFS {
        let source = fs::read_to_string(tests.join(file)).unwrap();
        assert!(is_test(&source, name), "{file}: no test {name}");
        let text = text_of(&source, name, &mut BTreeSet::from([(*name).to_owned()])).unwrap();
        for code in *codes {
            assert!(text.contains(code.as_str()), "{file}: {name} does not look for {code}");
        }
    }
}
