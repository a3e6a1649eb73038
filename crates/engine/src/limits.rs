//! Every bound of the machine, in one place.

/// Steps that one playbook may have, nested ones included.
pub const STEPS_MAX: usize = 500;
/// How deep steps may nest inside one playbook.
pub const NESTING_MAX: usize = 32;
/// How deep a playbook's document may nest, values of `with` included.
pub const DOCUMENT_DEPTH_MAX: usize = 100;
/// Step starts and attempts in one run, called playbooks included.
pub const EXECUTIONS_MAX: u64 = 10_000;
/// Items that one `for_each` may walk.
pub const LOOP_ITEMS_MAX: usize = 5_000;
/// Iterations of one `for_each` that may be under way at once.
pub const CONCURRENCY_MAX: u64 = 100;
/// Iterations under way at once where the playbook says nothing.
pub const CONCURRENCY_DEFAULT: u32 = 8;
/// Branches of one `parallel`, cases of one `switch`.
pub const BRANCHES_MAX: usize = 50;
/// Connections that one capability step may ask.
pub const TARGETS_MAX: usize = 200;
/// How deep playbooks may call each other.
pub const CALL_DEPTH_MAX: usize = 16;
/// Approximate bytes of one step's output.
pub const OUTPUT_BYTES_MAX: usize = 1 << 20;
/// Approximate bytes of all results that one run holds at a time.
pub const RUN_BYTES_MAX: usize = 32 << 20;
/// Approximate bytes of one call's saved state.
pub const CALL_STATE_BYTES_MAX: usize = 256 << 10;
/// Approximate bytes that a fan-out or a loop may gather.
pub const COLLECTED_BYTES_MAX: usize = 8 << 20;
/// How deep a value that comes in may nest.
pub const VALUE_DEPTH_MAX: usize = 100;
/// Saved states that one call may report before it must be done.
pub const PROGRESS_MAX: u32 = 10_000;
/// Further attempts after a first one.
pub const RETRIES_MAX: u64 = 20;
/// The longest wait, timeout or delay: 366 days.
pub const DELAY_MS_MAX: i64 = 366 * 24 * 3600 * 1000;
/// The longest pause that a vendor's `Retry-After` may ask for: a day.
pub const RETRY_AFTER_MS_MAX: i64 = 24 * 3600 * 1000;
/// Work that one evaluation of an expression may do.
pub const FUEL_PER_EVALUATION: u64 = 1_000_000;
/// Bytes that one evaluation of an expression may produce.
pub const EVALUATION_BYTES_MAX: usize = 4 << 20;
/// Names of signals that are kept until a step waits for them.
pub const SIGNALS_MAX: usize = 64;
/// Characters of an error message that are kept.
pub const MESSAGE_CHARS_MAX: usize = 2_000;
/// Records that a run with history keeps.
pub const RECORDS_MAX: usize = 20_000;
/// Characters of a step's or playbook's id.
pub const ID_CHARS_MAX: usize = 64;
/// Characters of a path by which a person names a step.
pub const PATH_CHARS_MAX: usize = 2_000;
/// Steps that people may add to one run.
pub const AD_HOC_STEPS_MAX: usize = 50;
/// Approximate bytes of one added step.
pub const AD_HOC_BYTES_MAX: usize = 64 << 10;
/// Succeeded steps that one run remembers for taking them back.
pub const UNDO_MAX: usize = 2_000;
/// Deeds of people that a run with history keeps, of all and of one step.
pub const CONTROLS_MAX: usize = 1_000;
/// Rounds of one `loop`.
pub const ROUNDS_MAX: u64 = 1_000;
/// Fields of one form.
pub const FORM_FIELDS_MAX: usize = 50;
/// Options of one field of a form.
pub const FORM_OPTIONS_MAX: usize = 500;
/// Approximate bytes of one answer of a person, and of what they are asked.
pub const ANSWER_BYTES_MAX: usize = 64 << 10;
/// Characters of one text in an answer.
pub const ANSWER_TEXT_CHARS_MAX: usize = 20_000;
/// Reminders of one question.
pub const REMINDERS_MAX: usize = 10;
/// Further reminders at the same distance where the playbook gives one.
pub const REMINDERS_DEFAULT: usize = 3;
/// People whose approval one step may need.
pub const APPROVERS_MAX: u64 = 10;
/// Work that all evaluations of one run may do together.
pub const FUEL_PER_RUN: u64 = 200_000_000;
/// Triggers of one playbook, those of `case_types` included.
pub const TRIGGERS_MAX: usize = 50;
/// Runs of one playbook that may be allowed to work at once.
pub const RUNS_AT_ONCE_MAX: u64 = 10_000;
/// Work that one evaluation of a trigger's condition may do; it stands in the way of every alert.
pub const FUEL_PER_TRIGGER: u64 = 100_000;
/// Values that are shown of a condition that does not hold.
pub const READ_VALUES_MAX: usize = 10;
/// Characters of each of them.
pub const READ_CHARS_MAX: usize = 200;
/// Characters of a title that a trigger gives.
pub const TITLE_CHARS_MAX: usize = 200;
/// How long a run that has had its time may do what must be done in any case: ten minutes.
pub const CLEAN_UP_MS_MAX: i64 = 10 * 60 * 1000;
