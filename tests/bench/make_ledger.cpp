// Makes a ledger of any size, to measure with: appends realistic runs to a practice's ledger, signed by its own
// people and executor, until it has ENTRIES entries. What it makes is valid (blc ledger verify --full), but it
// judges nothing itself and syncs once at the end: blc could not make it this fast.
//
//   make_ledger DB MODEL_DB KEYS EXECUTOR_KEY ENTRIES [PAYLOAD [PENDING [PEOPLE]]]
//
// DB is the ledger to fill. MODEL_DB is a copy of it in which blc itself has planned, approved and executed one run
// of a verb without previews: every run made here follows that one. KEYS holds a PKCS#8 key a principal, by name.
// PAYLOAD is the average size of a signed payload in bytes; without it nothing is padded. PENDING runs, 12 by default
// and spread over the whole ledger, wait for approval for a long time; of the others most ended well. PEOPLE more are
// enrolled first, in the role that may approve.
// A PAYLOAD of 0 pads nothing.
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/adapters/sqlite_store.hpp"
#include "core/adapters/system.hpp"
#include "core/approval/bodies.hpp"
#include "core/crypto/service_key.hpp"
#include "core/ledger/entry.hpp"
#include "core/ledger/tree.hpp"
#include "core/plan/plan.hpp"
#include "core/trust/catalog.hpp"
#include "core/trust/root.hpp"

namespace {

using blc::ledger::Kind;
using blc::text::Json;

constexpr std::uint64_t kRowsATransaction = 20'000;
constexpr std::uint64_t kEntriesARun = 8;
constexpr blc::Milliseconds kBetweenEntries{250};

template <class T>
T need(blc::Result<T> result) {
  if (!result) throw blc::Broken(result.error().message);
  return *std::move(result);
}

std::uint64_t number(const char* text) {
  char* end = nullptr;
  const auto value = std::strtoull(text, &end, 10);
  if (end == text || *end != '\0') throw blc::Broken(std::string("no number: ") + text);
  return value;
}

std::unique_ptr<blc::crypto::ServiceKey> read_key(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw blc::Broken(path + " cannot be read");
  return need(blc::crypto::ServiceKey::from_pem(blc::Secret::take(std::string(std::istreambuf_iterator<char>(file), {}))));
}

std::vector<std::string> read_all(const std::string& path) {
  std::vector<std::string> entries;
  const auto store = need(blc::adapters::SqliteStore::open(path));
  store->read(0, store->size(), [&](std::uint64_t, std::string_view bytes) {
    entries.emplace_back(bytes);
    return true;
  });
  return entries;
}

// The run that all others follow.
struct Model {
  blc::plan::Request request;
  blc::plan::Plan plan;
  Json step_outcome;
  blc::ledger::Header header;

  explicit Model(const std::string& path) {
    for (const auto& bytes : read_all(path)) {
      const auto entry = need(blc::ledger::decode_entry(bytes));
      if (entry.kind == Kind::request) request = need(blc::plan::Request::from_json(entry.body));
      if (entry.kind == Kind::plan) plan = need(blc::plan::Plan::from_json(entry.body));
      if (entry.kind == Kind::plan) header = entry.header;
      if (entry.kind == Kind::step) step_outcome = entry.body;
    }
    if (!header.run || step_outcome.is_null()) throw blc::Broken(path + " has no executed run to follow");
  }
};

// Appends rows to the store's file past the store, which would sync each of them.
class Writer {
 public:
  explicit Writer(const std::string& path) {
    check(sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE, nullptr));
    run("PRAGMA synchronous = OFF");
    run("PRAGMA wal_autocheckpoint = 100000");
    run("BEGIN IMMEDIATE");
    check(sqlite3_prepare_v2(database_, "INSERT INTO entries (idx, bytes) VALUES (?, ?)", -1, &insert_, nullptr));
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
  }
  void append(std::uint64_t index, const std::string& bytes) {
    check(sqlite3_bind_int64(insert_, 1, static_cast<sqlite3_int64>(index)));
    check(sqlite3_bind_blob64(insert_, 2, bytes.data(), bytes.size(), SQLITE_STATIC));
    if (sqlite3_step(insert_) != SQLITE_DONE) check(sqlite3_errcode(database_));
    check(sqlite3_reset(insert_));
    if (++rows_ % kRowsATransaction == 0) run("COMMIT; BEGIN IMMEDIATE");
  }
  void finish() { run("COMMIT; PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)"); }

 private:
  void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
  void check(int code) const {
    if (code != SQLITE_OK) throw blc::Broken(sqlite3_errmsg(database_));
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  std::uint64_t rows_ = 0;
};

class Maker {
 public:
  Maker(const std::string& db, Model model, const std::string& keys, const std::string& executor_key,
        std::uint64_t entries)
      : model_(std::move(model)), writer_(db) {
    for (const auto& bytes : read_all(db)) {
      const auto entry = need(blc::ledger::decode_entry(bytes));
      if (entry.kind == Kind::catalog) catalog_ = need(blc::trust::Catalog::from_json(entry.body));
      if (entry.kind == Kind::root) take_root(need(blc::trust::Root::from_json(entry.body)), keys, executor_key);
      tree_.append(blc::ledger::leaf_hash(bytes));
    }
    if (requesters_.empty() || approvers_.empty()) throw blc::Broken("the practice has nobody who asks or who approves");
    // A run takes a step of the clock more than it has entries; all of it is over by now.
    at_ = blc::adapters::SystemClock().now() - 2 * kBetweenEntries * static_cast<std::int64_t>(entries);
  }

  // A run that ends well, 8 entries; one in ten is rejected, one in ten cancelled by its requester.
  void whole_run() {
    ++runs_;
    const auto requester = begin_run();
    const auto digest = add_plan(requester, model_.plan.resolution.rule.deadline);
    const auto& approver = approvers_[runs_ % approvers_.size()];
    using blc::approval::Act;
    if (runs_ % 10 == 3) {
      add(Kind::approval, approver, blc::approval::approval_body(Act::reject, digest, nullptr));
    } else if (runs_ % 10 == 7) {
      add(Kind::cancel, requester, blc::approval::cancel_body(nullptr));
    } else {
      add(Kind::approval, approver, blc::approval::approval_body(Act::approve, digest, nullptr));
      execute(requester, digest);
    }
  }
  void pending_run() {
    ++runs_;
    add_plan(begin_run(), model_.plan.resolution.rule.deadline);
  }
  // Asked for, never planned.
  void request_only() {
    ++runs_;
    begin_run();
  }
  // Root and catalog anew, in force when the first run is asked for: those that are there are of today. With more people who
  // may approve, and do not.
  void adopt(std::size_t people) {
    const auto next = need(root_->next([&](auto& content) {
      content.expires = at_ + blc::trust::kRootLifetime;
      for (std::size_t i = 0; i < people; ++i)
        content.principals.push_back({fmt::format("p{}", i), blc::trust::PrincipalKind::person, model_.plan.resolution.rule.slots.front().roles,
                                      {blc::crypto::ServiceKey::generate().first->key()}, {}});
    }));
    const auto& principals = root_->principals();
    const auto admin = std::ranges::find_if(principals, [](const auto& principal) { return principal.has_role(blc::trust::kAdminRole); });
    add_of(Kind::root, admin->name, next.to_json(), {});
    root_version_ = next.version();
    add_of(Kind::catalog, admin->name, need(blc::trust::Catalog::make(catalog_->version() + 1, catalog_->files())).to_json(), {});
  }
  void finish() { writer_.finish(); }
  void pad(std::size_t bytes) { text_size_ = bytes; }

  [[nodiscard]] std::uint64_t size() const { return tree_.size(); }
  [[nodiscard]] std::uint64_t runs() const { return runs_; }
  [[nodiscard]] std::uint64_t payload_bytes() const { return payload_bytes_; }
  [[nodiscard]] std::uint64_t made() const { return made_; }

 private:
  void take_root(const blc::trust::Root& root, const std::string& keys, const std::string& executor_key) {
    root_ = root;
    root_version_ = root.version();
    requesters_.clear();
    approvers_.clear();
    for (const auto& principal : root.principals()) {
      const bool person = principal.kind == blc::trust::PrincipalKind::person;
      keys_[principal.name] = read_key(person ? keys + "/" + principal.name : executor_key);
      if (!person) {
        executor_ = principal.name;
        continue;
      }
      const auto& slots = model_.plan.resolution.rule.slots;
      const bool may = !slots.empty() && std::ranges::any_of(slots.front().roles,
                                                              [&](const auto& role) { return principal.has_role(role); });
      (may ? approvers_ : requesters_).push_back(principal.name);
    }
  }

  std::string begin_run() {
    at_ += kBetweenEntries;
    run_ = blc::RunId{ids_.next(at_)};
    text_ = fmt::format("note {} ", runs_);
    text_.resize(std::max(text_.size(), text_size_), 'x');
    sealed_ = {fresh("run-key")};
    auto request = model_.request;
    for (auto& [name, value] : request.parameters) value = text_;
    request.sealed = sealed_;
    const auto requester = requesters_[runs_ % requesters_.size()];
    add(Kind::request, requester, request.to_json());
    return requester;
  }

  blc::PlanDigest add_plan(const std::string& requester, std::chrono::seconds deadline) {
    auto plan = model_.plan;
    plan.run = run_;
    plan.requester = requester;
    plan.sealed = sealed_;
    plan.deadline = at_ + kBetweenEntries + deadline;
    for (auto& [name, value] : plan.resolution.parameters) value = text_;
    for (auto& step : plan.resolution.steps) {
      if (step.run.standard_input) step.run.standard_input = Json::Array{text_, "\n"};
      if (text_size_ != 0) plan.previews[step.name] = Json::Object{{"text", text_}};
    }
    add(Kind::plan, executor_, plan.to_json());
    return plan.digest();
  }

  void execute(const std::string& requester, const blc::PlanDigest& digest) {
    const auto& step = model_.plan.resolution.steps.back().name;
    const auto order = add(Kind::order, requester, blc::approval::order_body(digest, false));
    add(Kind::claim, executor_, blc::approval::claim_body(digest, order));
    add(Kind::step, executor_, blc::approval::step_intent_body(step, false));
    auto outcome = model_.step_outcome;
    (*outcome.get_if<Json::Object>())["sealed"] = blc::ledger::to_json({fresh("stdout of " + step)});
    add(Kind::step, executor_, outcome);
    add(Kind::outcome, executor_, blc::approval::outcome_body(blc::approval::Ending::succeeded, {}, ""));
  }

  blc::ledger::SealedItem fresh(const std::string& name) {
    auto item = model_.request.sealed.front();
    item.name = name;
    random_.fill(item.ref.commitment.bytes.data(), item.ref.commitment.bytes.size());
    random_.fill(item.ref.ciphertext.bytes.data(), item.ref.ciphertext.bytes.size());
    return item;
  }

  blc::LeafHash add(Kind kind, const std::string& by, const Json& body) { return add_of(kind, by, body, run_); }

  // Of a run, or of none.
  blc::LeafHash add_of(Kind kind, const std::string& by, const Json& body, const std::optional<blc::RunId>& run) {
    at_ += kBetweenEntries;
    blc::ledger::Header header{model_.header.ledger, blc::EntryId{ids_.next(at_)}, by, at_, root_version_,
                               {tree_.size(), tree_.root()}, run, {}, {}};
    if (run) {
      header.environment = model_.header.environment;
      header.classification = model_.header.classification;
    }
    const auto payload = blc::ledger::encode_payload(kind, header, body);
    const auto bytes = need(blc::ledger::sign_entry(kind, payload, *keys_.at(by)));
    const auto leaf = blc::ledger::leaf_hash(bytes);
    writer_.append(tree_.size(), bytes);
    tree_.append(leaf);
    payload_bytes_ += payload.size();
    ++made_;
    return leaf;
  }

  Model model_;
  Writer writer_;
  std::map<std::string, std::unique_ptr<blc::crypto::ServiceKey>> keys_;
  std::vector<std::string> requesters_;
  std::vector<std::string> approvers_;
  std::string executor_;
  std::optional<blc::trust::Root> root_;
  std::uint64_t root_version_ = 0;
  std::optional<blc::trust::Catalog> catalog_;
  blc::ledger::Tree tree_;
  blc::adapters::SystemRandom random_;
  blc::UlidSource ids_{[this](std::uint8_t* to, std::size_t size) { random_.fill(to, size); }};
  blc::Timestamp at_;
  blc::RunId run_;
  std::string text_;
  std::size_t text_size_ = 0;
  std::vector<blc::ledger::SealedItem> sealed_;
  std::uint64_t runs_ = 0;
  std::uint64_t payload_bytes_ = 0;
  std::uint64_t made_ = 0;
};

// A run carries its text four times: in the request, and in the plan as parameter, standard input and preview. So what
// the average lacks, times the entries of a run, by four; corrected from what was really made as it goes.
class Padding {
 public:
  explicit Padding(std::uint64_t wanted) : wanted_(wanted) {}
  void apply(Maker& maker) const {
    if (wanted_ == 0 || maker.made() == 0) return;
    const auto lacking = static_cast<std::int64_t>(wanted_ * (maker.made() + kEntriesARun)) -
                         static_cast<std::int64_t>(maker.payload_bytes() + kEntriesARun * kPlainPayload);
    maker.pad(lacking <= 0 ? 0 : static_cast<std::size_t>(std::min<std::int64_t>(lacking / 4, kMostText)));
  }

 private:
  static constexpr std::uint64_t kPlainPayload = 600;
  static constexpr std::int64_t kMostText = 60'000;
  std::uint64_t wanted_;
};

int make(std::span<char*> words) {
  if (words.size() < 6) throw blc::Broken("make_ledger DB MODEL_DB KEYS EXECUTOR_KEY ENTRIES [PAYLOAD [PENDING [PEOPLE]]]");
  const auto entries = number(words[5]);
  const Padding padding(words.size() > 6 ? number(words[6]) : 0);
  const auto pending = words.size() > 7 ? number(words[7]) : 12;
  const auto start = std::chrono::steady_clock::now();
  Maker maker(words[1], Model(words[2]), words[3], words[4], entries);
  maker.adopt(words.size() > 8 ? number(words[8]) : 0);
  const auto first = maker.size();
  std::uint64_t waiting = 0;
  while (maker.size() + kEntriesARun <= entries) {
    padding.apply(maker);
    if (waiting < pending && maker.size() - first >= waiting * (entries - first) / pending) {
      maker.pending_run();
      ++waiting;
    } else {
      maker.whole_run();
    }
  }
  while (maker.size() < entries) maker.request_only();
  maker.finish();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::cout << fmt::format("{} entries, {} of them made here in {} runs, {} pending; {} bytes a payload; {:.1f} s\n",
                           maker.size(), maker.made(), maker.runs(), waiting,
                           maker.made() == 0 ? 0 : maker.payload_bytes() / maker.made(), took.count());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return make(std::span(argv, static_cast<std::size_t>(argc)));
  } catch (const std::exception& error) {
    std::cerr << "make_ledger: " << error.what() << '\n';
    return 1;
  }
}
