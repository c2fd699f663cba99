#include "core/adapters/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <system_error>
#include <utility>

#include "core/base/result.hpp"

namespace blc::adapters {

namespace {
constexpr int kBusyTimeoutMs = 5000;
constexpr int kLargestValue = 128 << 20;  // a hostile file cannot ask for more
}  // namespace

Sqlite::~Sqlite() { sqlite3_close_v2(database_); }

void Sqlite::open(const std::string& file, int flags) {
  const int code = sqlite3_open_v2(file.c_str(), &database_, flags | SQLITE_OPEN_FULLMUTEX, nullptr);
  if (code != SQLITE_OK) broken(code);
}

void Sqlite::harden(const char* pragmas) const {
  sqlite3_extended_result_codes(database_, 1);
  sqlite3_busy_timeout(database_, kBusyTimeoutMs);
  constexpr std::array<std::pair<int, int>, 6> kConfig{{{SQLITE_DBCONFIG_DEFENSIVE, 1},
                                                        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                                        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                                                        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
                                                        {SQLITE_DBCONFIG_DQS_DDL, 0},
                                                        {SQLITE_DBCONFIG_DQS_DML, 0}}};
  for (const auto& [option, value] : kConfig) sqlite3_db_config(database_, option, value, nullptr);
  constexpr std::array<std::pair<int, int>, 4> kLimits{{{SQLITE_LIMIT_LENGTH, kLargestValue},
                                                        {SQLITE_LIMIT_SQL_LENGTH, 100'000},
                                                        {SQLITE_LIMIT_ATTACHED, 0},
                                                        {SQLITE_LIMIT_TRIGGER_DEPTH, 2}}};
  for (const auto& [limit, value] : kLimits) sqlite3_limit(database_, limit, value);
  run("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;");
  run(pragmas);
}

void Sqlite::run(const char* sql) const {
  const int code = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) broken(code);
}

std::int64_t Sqlite::number(const char* sql) const {
  Statement statement(*this, sql);
  return statement.step() ? statement.number(0) : 0;
}

std::string Sqlite::word(const char* sql) const {
  Statement statement(*this, sql);
  return statement.step() ? statement.bytes(0) : std::string();
}

bool Sqlite::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

void Sqlite::roll_back() const noexcept {
  if (in_transaction()) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Sqlite::keep_log_at_close() const { sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

void Sqlite::wait_for_nobody() const { sqlite3_busy_timeout(database_, 0); }

void Sqlite::reset() const {
  sqlite3_db_config(database_, SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
  sqlite3_db_config(database_, SQLITE_DBCONFIG_RESET_DATABASE, 1, nullptr);
  const int attached = sqlite3_limit(database_, SQLITE_LIMIT_ATTACHED, 1);  // VACUUM works in a database beside it
  run("VACUUM");
  sqlite3_limit(database_, SQLITE_LIMIT_ATTACHED, attached);
  sqlite3_db_config(database_, SQLITE_DBCONFIG_RESET_DATABASE, 0, nullptr);
}

void Sqlite::broken(int code) const {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: throw Broken(name_ + " is locked by another program");
    case SQLITE_READONLY: throw Broken(name_ + " is read-only");
    case SQLITE_FULL: throw Broken("the disk of " + name_ + " is full");
    case SQLITE_TOOBIG: throw Broken(name_ + " keeps no value of that size");
    case SQLITE_CANTOPEN: throw Broken(name_ + " cannot be opened");
    case SQLITE_NOTADB:
      damaged_ = true;
      throw Broken(fmt::format("{}: this is no file of blc", name_), damage_.code, damage_.hint);
    case SQLITE_CORRUPT:
      damaged_ = true;
      throw Broken(name_ + " is damaged", damage_.code, damage_.hint);
    case SQLITE_IOERR: {
      const int error = sqlite3_system_errno(database_);
      throw Broken(fmt::format("{} cannot be read or written{}", name_,
                               error == 0 ? std::string() : ": " + std::generic_category().message(error)));
    }
    default: throw Broken(fmt::format("{}: {}", name_, sqlite3_errmsg(database_)));
  }
}

Statement::Statement(const Sqlite& database, std::string_view sql) : database_(database) {
  check(sqlite3_prepare_v2(database.database_, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::check(int code) {
  if (code != SQLITE_OK) database_.broken(code);
  return *this;
}

Statement& Statement::again() {
  sqlite3_reset(statement_);  // an error of the last use was told then
  return check(sqlite3_clear_bindings(statement_));
}

Statement& Statement::bind(int at, std::uint64_t value) { return bind(at, static_cast<std::int64_t>(value)); }
Statement& Statement::bind(int at, std::int64_t value) { return check(sqlite3_bind_int64(statement_, at, value)); }

Statement& Statement::bind(int at, std::string_view bytes) {
  const char* const data = bytes.empty() ? "" : bytes.data();  // a null pointer would bind NULL
  return check(sqlite3_bind_blob64(statement_, at, data, bytes.size(), SQLITE_STATIC));
}

Statement& Statement::bind_text(int at, std::string_view text) {
  const char* const data = text.empty() ? "" : text.data();
  return check(sqlite3_bind_text64(statement_, at, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

Statement& Statement::bind_null(int at) { return check(sqlite3_bind_null(statement_, at)); }

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  database_.broken(code);
}

std::int64_t Statement::number(int column) const { return sqlite3_column_int64(statement_, column); }
bool Statement::null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::string Statement::bytes(int column) const {
  const auto* const data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::string() : std::string(data, size);
}

}  // namespace blc::adapters
