#pragma once
#include <memory>
#include <optional>
#include <string>

#include "core/adapters/sqlite.hpp"
#include "core/ports/ledger_index.hpp"

namespace blc::adapters {

// The index in an SQLite file of its owner's alone. A file that is damaged or of another format is emptied. Commits
// survive a crash of the machine whole or not at all (WAL, synchronous NORMAL); the last ones may be lost, which costs
// the time to read those entries again.
class SqliteIndex final : public ports::LedgerIndex {
 public:
  // To look only, nothing is added to what is there; where there is none yet, it is as a scratch one.
  enum class Use { normal, look_only };
  explicit SqliteIndex(std::string path, Use use = Use::normal);
  SqliteIndex(const SqliteIndex&) = delete;
  SqliteIndex& operator=(const SqliteIndex&) = delete;
  ~SqliteIndex() override;

  [[nodiscard]] Summary summary() override;
  [[nodiscard]] std::vector<Digest> tile(unsigned level, std::uint64_t index) override;
  [[nodiscard]] std::optional<ports::IndexedRun> run(const RunId& id) override;
  [[nodiscard]] std::optional<ports::IndexedEntry> entry(std::uint64_t leaf) override;
  [[nodiscard]] std::optional<std::uint64_t> find_entry(std::string_view by, const EntryId& id) override;
  [[nodiscard]] std::vector<std::uint64_t> late_entries() override;
  [[nodiscard]] std::optional<std::string> owner(std::string_view key) override;
  void each_run(const ports::RunFilter& filter, const std::function<bool(const RunId&)>& each) override;
  [[nodiscard]] std::uint64_t run_count(const ports::RunFilter& filter) override;
  [[nodiscard]] std::optional<RunId> last_claimed(std::string_view verb, Environment environment,
                                                  const std::optional<Digest>& parameters,
                                                  std::uint64_t before) override;
  [[nodiscard]] std::optional<RunId> last_rollback(const RunId& undone, std::uint64_t before) override;
  [[nodiscard]] std::vector<std::uint64_t> claims_by(std::string_view fingerprint) override;
  [[nodiscard]] std::optional<std::uint64_t> last_claim_by(std::string_view fingerprint, std::uint64_t before) override;
  [[nodiscard]] bool add(const Addition& addition) override;
  void forget() override;
  [[nodiscard]] std::unique_ptr<ports::LedgerIndex> scratch() override;

 private:
  struct Statements;
  struct Scratch {};
  explicit SqliteIndex(Scratch);
  void connect(const std::string& file);
  void connect_privately();
  void prepare();
  [[nodiscard]] std::unique_ptr<Statement> select(const char* what, const ports::RunFilter& filter, const char* order);
  void look();  // begins a view of the database that stays the same
  [[nodiscard]] std::uint64_t stored_size() const;
  void write(const Addition& addition);
  void write_run(const ports::IndexedRun& run);

  std::string path_;  // empty: a private file of SQLite's own
  Use use_ = Use::normal;
  std::unique_ptr<Sqlite> database_;
  std::unique_ptr<Statements> statements_;
};

}  // namespace blc::adapters
