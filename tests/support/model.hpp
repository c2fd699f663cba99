// A slow and obvious model of the gate and of the life of a run, written from the design alone and sharing no
// code with src/core/approval. It only ever looks backwards over a plain list of entries.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/time.hpp"

namespace blc::testing::model {

struct Principal {
  std::string name;
  bool person = true;
  std::set<std::string> roles;
  std::set<int> keys;
  std::set<std::string> environments;  // of an executor
  std::set<int> attested{};            // of the keys: with their maker's word
  bool operator==(const Principal&) const = default;
};

// Of a ledger of `size` entries the first `kept` were left.
struct Loss {
  std::uint64_t kept = 0;
  std::uint64_t size = 0;
  bool operator==(const Loss&) const = default;
};

struct Roster {
  std::uint64_t version = 0;
  std::uint64_t admin_threshold = 1;
  std::vector<Principal> principals;
  std::set<std::uint64_t> known_void;
  std::vector<Loss> losses{};
  bool operator==(const Roster&) const = default;
};

enum class Hardware { any, touch, pin };

struct Slot {
  std::string name;
  std::set<std::string> roles;
  Hardware hardware = Hardware::any;
  bool attested = false;
  bool operator==(const Slot&) const = default;
};

// As POSIX writes it, and what that comes to in the years of these histories.
struct Zone {
  std::string posix;
  std::chrono::minutes offset{};
  std::vector<std::pair<Timestamp, Timestamp>> summers{};
  bool operator==(const Zone&) const = default;
};

struct Window {
  std::set<unsigned> days;  // 0 is Sunday
  std::chrono::minutes from{};
  std::chrono::minutes to{};
  bool operator==(const Window&) const = default;
};

struct Freeze {
  std::chrono::sys_days first;
  std::chrono::sys_days last;
  bool operator==(const Freeze&) const = default;
};

struct Calendar {
  Zone zone;
  std::vector<Window> windows;
  std::vector<Freeze> freezes;
  bool operator==(const Calendar&) const = default;
};

struct BreakGlass {
  std::set<std::string> keeps;
  std::chrono::minutes lasts{60};
  std::size_t reviewers = 2;
  std::chrono::minutes review_within{60};
  bool operator==(const BreakGlass&) const = default;
};

enum class Fidelity { exact, estimate, none };

// One policy for every cell; its break-glass is of clinical runs only. `grants`: right -> roles, "everyone" is any
// enrolled person.
struct Policy {
  std::vector<Slot> slots;
  std::chrono::minutes deadline{60};
  bool requester_may_sign = false;
  bool requester_may_execute = true;
  bool approver_may_execute = true;
  bool seen_revealed = false;
  Fidelity fidelity = Fidelity::none;  // the least
  Calendar calendar;
  std::optional<BreakGlass> glass;
  std::map<std::string, std::set<std::string>> grants;
  bool operator==(const Policy&) const = default;
};

// What the catalogs of these histories hold.
enum class Verb {
  task,  // business
  care,  // clinical
  ship,  // business, and a deployment
};

enum class Kind {
  root,
  catalog,
  request,
  plan,
  approve,
  reject,
  withdraw,
  cancel,
  order,
  unorder,
  claim,
  intent,
  step_outcome,
  heartbeat,
  resume_order,
  resume,
  outcome,
  close,
  note,
  refusal,
  delegation,
  glass,
  review,
  reveal,
  proposal,
  accept,
  admin_approve,  // of a proposal, as the next two
  admin_reject,
  admin_withdraw,
  exported,
  tier_check,
  unknown,
};

// An entry as its signer wrote it; what a kind does not use stays empty.
struct Entry {
  Kind kind = Kind::unknown;
  std::string by;
  int key = 0;
  Timestamp at;
  bool our_ledger = true;
  std::uint64_t root = 0;
  std::uint64_t head = 0;
  bool head_root_right = true;
  int id = 0;
  int hash = 0;  // stands for the leaf hash
  std::optional<int> run;
  std::string environment;  // of entries of a run
  // And their classification: clinical or business. Of a catalog: it has the clinical verb and the deployment, else the
  // task alone.
  bool clinical = false;
  bool touched = false;     // what the signature says of its key
  bool pin = false;
  bool in_clear = false;    // its words are not sealed

  Roster roster;                      // root, proposal of one
  std::uint64_t catalog_version = 0;  // catalog, proposal of one
  Policy policy;                      // catalog, proposal of one, plan
  int verb_text = 0;                  // catalog, proposal of one, plan
  bool of_root = true;                // proposal
  std::optional<int> proposal;        // what an admin decides on or accepts; root, catalog: the one that it cites
  std::vector<int> signatures;        // root, catalog: those that it cites
  Verb verb = Verb::task;             // request, plan
  bool subject = false;               // request: names one
  bool seals = false;                 // plan: values beside the run's key
  Fidelity fidelity = Fidelity::exact;  // plan
  bool follows = true;                // plan: answers its request, and its rule is what its texts say
  Timestamp deadline;                 // plan: what its header says; proposal
  std::string digest;                 // of a plan, or of the plan that an entry names
  std::optional<Timestamp> not_before;  // order: for later
  std::optional<int> cites;           // claim, resume: the order; close, review: the one with the finding; note: the question
  std::string finding;                // close, review
  std::string ending;                 // outcome
  std::string role;                   // delegation, as the rest
  std::string to;
  Timestamp until;
  std::string what;                   // export
  std::set<std::string> areas;        // export: the environments that it tells of, if not of one run; tier-check: its tier's
  bool keyed = true;                  // export of an output: its digest
  bool right_digest = true;           // export of the ledger: of its head; tier-check: of the rules in force
  bool fits_verb = true;
  bool ends = false;
};

// What can be taken out of the model, to show that the histories need it.
enum class Rule {
  glass_ends,
  glass_keeps_slots,
  glass_is_its_breakers,
  glass_by_the_enrolled,
  glass_by_who_may_execute,
  glass_of_a_subject,
  glass_in_every_policy,
  glass_asked_again,
  glass_waits_for_reviews,
  glass_once,
  glass_before_the_deadline,
  promotion_waits_for_reviews,
  review_by_enough,
  review_not_by_the_breaker,
  review_not_by_the_requester,
  review_by_who_may,
  review_ends,
  review_of_one_finding,
  review_seen,
  local_bars_nothing,
  requester_may_not_execute,
  approver_may_not_execute,
  seen_revealed,
  fidelity,
  fidelity_of_two_slots,
  touch,
  pin,
  windows,
  freezes,
  summer_time,
  words_sealed,
  classification,
  threshold_in_force,
  threshold_to_come,
  new_admins_accept,
  withdrawn_signatures,
  rejection_ends_proposal,
  proposal_deadline,
  proposal_overtaken,
  proposal_seen,
  decisions_seen,
  signatures_cited,
  signers_still_admins,
  adopted_as_proposed,
  catalogs_by_admins,
  joining,
  served_as_signed,
  losses_stay,
  losses_of_what_was,
  attested,
  attested_then,
  attested_still,
  export_by_who_may,
  export_by_people,
  export_keyed,
  export_after_start,
  export_of_its_head,
  tier_check_by_who_may,
  tier_check_by_the_rules,
  not_dated_ahead,
  people_stay,
  roles_kept,
  loans_kept,
  admins_kept,
  count,
};

enum class Standing { counts, late, void_entry };
[[nodiscard]] const char* to_string(Standing standing);

// Judges every entry at its place and tells any later reader what to hold of a run. Nothing is stored but
// the entries and their standings: every question is answered by reading the list again.
class Ledger {
 public:
  explicit Ledger(std::optional<Rule> without = std::nullopt) : without_(without) {}
  Standing add(const Entry& entry);

  [[nodiscard]] std::uint64_t size() const { return entries_.size(); }
  // The word of approval::State.
  [[nodiscard]] std::string state(int run, Timestamp now) const;
  // Whether signatures and texts let the run go, read at the first `size` entries.
  [[nodiscard]] bool gate(int run, std::uint64_t size, Timestamp now) const;
  // The hashes of the orders by which the run's executor may claim now; none when it may not.
  [[nodiscard]] std::set<int> claimable(int run, Timestamp now) const;
  // The same for going on with a run that was cut off.
  [[nodiscard]] std::set<int> resumable(int run, Timestamp now) const;
  [[nodiscard]] std::set<std::uint64_t> faults() const;
  // The counted proposals that nothing has overtaken, by index.
  [[nodiscard]] std::vector<std::size_t> open_proposals() const;
  enum class Weight { open, complete, rejected, expired };
  // How one of them stands, and the hashes that an entry which adopts it would cite.
  [[nodiscard]] Weight weigh(std::size_t proposal, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] std::vector<int> cited(std::size_t proposal, std::uint64_t size, Timestamp now) const;
  struct AdminKey {
    std::string name;
    int key;
    auto operator<=>(const AdminKey&) const = default;
  };
  [[nodiscard]] std::set<AdminKey> missing_acceptances(std::size_t proposal, Timestamp now) const;
  // The runs whose break-glass too few others have looked at in time.
  [[nodiscard]] std::set<int> overdue(std::uint64_t size, Timestamp now) const;

  [[nodiscard]] const Roster* roster(std::uint64_t size) const;
  [[nodiscard]] const Entry* catalog(std::uint64_t size) const;
  [[nodiscard]] std::optional<std::size_t> last(int run, Kind kind, std::uint64_t size) const;
  [[nodiscard]] const Entry& entry(std::size_t index) const { return entries_.at(index); }
  [[nodiscard]] Standing standing(std::size_t index) const { return standings_.at(index); }

 private:
  struct Loan {
    std::string from;
    std::string role;
  };
  struct Signature {
    std::size_t approval;
    std::string person;
    int key;
    std::set<std::string> roles;
    Timestamp at;
    bool attested;
  };
  [[nodiscard]] bool holds(Rule rule) const { return without_ != rule; }
  [[nodiscard]] bool attested(int run, const Entry& signature, std::uint64_t size) const;
  [[nodiscard]] bool shows(const Entry& signature, const Slot& slot, bool attested) const;
  [[nodiscard]] bool open(const Calendar& calendar, Timestamp time) const;
  [[nodiscard]] Standing judge(const Entry& entry) const;
  [[nodiscard]] Standing judge_root(const Entry& entry) const;
  [[nodiscard]] Standing judge_catalog(const Entry& entry) const;
  [[nodiscard]] Standing judge_request(const Entry& entry) const;
  [[nodiscard]] Standing judge_plan(const Entry& entry) const;
  [[nodiscard]] Standing judge_approval(const Entry& entry) const;
  [[nodiscard]] Standing judge_cancel(const Entry& entry) const;
  [[nodiscard]] Standing judge_order(const Entry& entry) const;
  [[nodiscard]] Standing judge_claim(const Entry& entry) const;
  [[nodiscard]] Standing judge_resume_order(const Entry& entry) const;
  [[nodiscard]] Standing judge_resume(const Entry& entry) const;
  [[nodiscard]] Standing judge_journal(const Entry& entry) const;
  [[nodiscard]] Standing judge_outcome(const Entry& entry) const;
  [[nodiscard]] Standing judge_close(const Entry& entry) const;
  [[nodiscard]] Standing judge_note(const Entry& entry) const;
  [[nodiscard]] Standing judge_refusal(const Entry& entry) const;
  [[nodiscard]] Standing judge_delegation(const Entry& entry) const;
  [[nodiscard]] Standing judge_glass(const Entry& entry) const;
  [[nodiscard]] Standing judge_review(const Entry& entry) const;
  [[nodiscard]] Standing judge_export(const Entry& entry) const;
  [[nodiscard]] Standing judge_tier_check(const Entry& entry) const;
  [[nodiscard]] Standing judge_proposal(const Entry& entry) const;
  [[nodiscard]] Standing judge_admin(const Entry& entry) const;
  [[nodiscard]] Standing judge_acceptance(const Entry& entry) const;

  [[nodiscard]] bool losses_follow(const Roster& next) const;
  [[nodiscard]] bool consistent(const Roster& next) const;
  [[nodiscard]] bool signs(bool of_root, const std::string& name, int key, std::uint64_t size) const;
  [[nodiscard]] std::uint64_t version(bool of_root, std::uint64_t size) const;
  [[nodiscard]] bool open(const Entry& proposal, std::uint64_t size) const;
  [[nodiscard]] std::optional<std::size_t> proposal(const Entry& entry, std::uint64_t size) const;
  [[nodiscard]] std::set<AdminKey> new_admin_keys(const Roster& next, std::uint64_t size) const;
  [[nodiscard]] bool joins(const Entry& entry) const;
  [[nodiscard]] std::vector<std::size_t> of_proposal(std::size_t proposal, Kind kind, std::uint64_t size) const;
  [[nodiscard]] std::vector<std::size_t> standing_signatures(std::size_t proposal, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] std::vector<std::size_t> acceptances(std::size_t proposal, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] bool adopts(const Entry& entry, bool of_root) const;
  [[nodiscard]] std::uint64_t admins_behind(std::size_t adoption) const;

  [[nodiscard]] const Principal* holder(const std::string& name, int key, std::uint64_t size) const;
  [[nodiscard]] bool stayed(const std::string& name, int key, std::uint64_t from, std::uint64_t to) const;
  [[nodiscard]] std::set<std::string> kept(const std::string& name, int key, std::uint64_t from, std::uint64_t to, Rule rule) const;
  [[nodiscard]] bool is_executor(const Entry& entry, std::uint64_t size) const;
  [[nodiscard]] bool served(const std::string& environment, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] bool may(int run, const std::string& name, int key, const std::string& right, std::uint64_t size) const;
  [[nodiscard]] std::vector<std::size_t> counted(int run, Kind kind, std::uint64_t size) const;
  [[nodiscard]] std::vector<const Policy*> policies(int run, std::uint64_t size) const;
  [[nodiscard]] bool ended(int run, std::uint64_t size) const;
  [[nodiscard]] std::vector<Loan> loans(int run, const std::string& to, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] std::set<std::string> lent(int run, std::size_t approval, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] std::set<std::string> own_roles(int run, std::size_t approval, std::uint64_t size) const;
  [[nodiscard]] std::set<std::string> roles(int run, std::size_t approval, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] bool may_break(int run, const Entry& glass, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] bool reviewed(int run, std::uint64_t size) const;
  [[nodiscard]] std::optional<std::size_t> glass(int run, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] std::vector<Slot> slots(int run, const Policy& policy, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] std::vector<Slot> fitting(int run, const Entry& signer, std::uint64_t size) const;
  [[nodiscard]] bool could_fill(int run, const Entry& signer, std::uint64_t size) const;
  [[nodiscard]] bool saw(int run, std::size_t approval) const;
  [[nodiscard]] std::vector<Signature> signatures(int run, const Policy& policy, std::uint64_t size,
                                                  Timestamp now) const;
  [[nodiscard]] std::vector<std::size_t> standing_approvals(int run, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] std::vector<std::size_t> repeated(int run, std::size_t approval, Timestamp now) const;
  [[nodiscard]] Timestamp since(int run, std::size_t approval, Timestamp now) const;
  [[nodiscard]] Timestamp deadline(int run, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] bool unreadable(int run, std::uint64_t size) const;
  [[nodiscard]] bool conditions(int run, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] bool barred(int run, const std::string& name, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] bool order_stands(int run, std::size_t order, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] std::set<int> claimable(int run, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] std::set<int> resumable(int run, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] std::size_t heard(int run, std::uint64_t size) const;
  [[nodiscard]] std::vector<std::size_t> since_resume(int run, Kind kind, std::uint64_t size) const;
  [[nodiscard]] bool claimant(const Entry& entry) const;
  [[nodiscard]] std::string after_claim(int run, std::uint64_t size, Timestamp now) const;
  [[nodiscard]] bool closed(int run, std::uint64_t size) const;
  bool fillable(const std::vector<Slot>& slots, std::size_t next, const std::vector<Signature>& people,
                std::set<std::string>& used_people, std::set<int>& used_keys) const;

  std::optional<Rule> without_;
  std::vector<Entry> entries_;
  std::vector<Standing> standings_;
};

}  // namespace blc::testing::model
