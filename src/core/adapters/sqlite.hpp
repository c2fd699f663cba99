#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace blc::adapters {

// How people are told that a file is damaged.
struct Damage {
  Exit code = Exit::ledger;
  std::string hint{};
};

// One connection to an SQLite database of ours, which takes nothing on trust from the file. Every method throws
// Broken, which names the database: as `Damage` says when the file is damaged, else with Exit::failed.
class Sqlite {
 public:
  // `name`: as people are told of it, "the ledger /path".
  explicit Sqlite(std::string name, Damage damage = {}) : name_(std::move(name)), damage_(std::move(damage)) {}
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;
  ~Sqlite();

  void open(const std::string& file, int flags);
  // `pragmas`: what this database wants beside what every one gets.
  void harden(const char* pragmas) const;
  void run(const char* sql) const;
  // The first column of the first row; 0 and "" when there is none.
  [[nodiscard]] std::int64_t number(const char* sql) const;
  [[nodiscard]] std::string word(const char* sql) const;
  [[nodiscard]] bool in_transaction() const;
  // The write-ahead log is folded in only when it has grown, not by everybody who closes the database last.
  void keep_log_at_close() const;
  // From here on, what another program has locked is broken at once instead of after some seconds.
  void wait_for_nobody() const;
  // Empties the file, whatever is in it.
  void reset() const;
  // Ends a transaction that may have ended by itself; never throws.
  void roll_back() const noexcept;
  [[noreturn]] void broken(int code) const;
  // The file was found to be damaged.
  [[nodiscard]] bool damaged() const { return damaged_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  friend class Statement;
  std::string name_;
  Damage damage_;
  mutable bool damaged_ = false;
  sqlite3* database_ = nullptr;
};

// A prepared statement, for one use after the other.
class Statement {
 public:
  Statement(const Sqlite& database, std::string_view sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Ready to be bound and run anew.
  Statement& again();
  Statement& bind(int at, std::uint64_t value);
  Statement& bind(int at, std::int64_t value);
  // As a BLOB. The bytes must outlive the statement's next use.
  Statement& bind(int at, std::string_view bytes);
  // As text, likewise.
  Statement& bind_text(int at, std::string_view text);
  Statement& bind_null(int at);
  // False when there are no more rows.
  bool step();
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] bool null(int column) const;
  [[nodiscard]] std::string bytes(int column) const;

 private:
  Statement& check(int code);
  const Sqlite& database_;
  sqlite3_stmt* statement_ = nullptr;
};

// A statement that is prepared when it is first used, and kept.
class Prepared {
 public:
  Prepared(const Sqlite& database, const char* sql) : database_(database), sql_(sql) {}
  // Ready to be bound and run.
  Statement& again() { return statement_ ? statement_->again() : statement_.emplace(database_, sql_); }
  // Lets go of the row that it stands on, and of the view that it is read from.
  void reset() {
    if (statement_) statement_->again();
  }

 private:
  const Sqlite& database_;
  const char* sql_;
  std::optional<Statement> statement_;
};

}  // namespace blc::adapters
