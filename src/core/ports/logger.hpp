#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "core/base/ulid.hpp"

namespace blc::ports {

enum class Severity { info, warning, error };

// One thing that happened, told to those who operate blc: names, identifiers and codes. Never the value of a
// parameter, nor what a program printed.
struct LogEvent {
  using Value = std::variant<std::string, std::int64_t, bool>;

  Severity severity = Severity::info;
  std::string event{};    // "entry.appended": the same from version to version
  std::string message{};  // the same for people
  std::optional<RunId> run{};
  std::optional<EntryId> entry{};
  std::map<std::string, Value> more{};
  std::string failure{};  // in words that nobody could foresee: masked before they are written
};

// The operations log; the ledger is approval::Log. Nothing depends on it: it may lose what it is given.
class Logger {
 public:
  virtual ~Logger() = default;
  virtual void log(const LogEvent& event) noexcept = 0;
};

}  // namespace blc::ports
