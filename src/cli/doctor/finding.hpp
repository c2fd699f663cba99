#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace blc::cli {

// One thing that blc doctor looked at. What is not in order has a remedy: a command, or where to read on.
struct Finding {
  enum class Level : std::uint8_t { ok, warn, fail };
  Level level = Level::ok;
  std::string about;   // "sealing key"
  std::string what;    // safe to show
  std::string remedy{};
  bool ledger = false;  // the ledger does not verify
};

[[nodiscard]] std::string_view to_string(Finding::Level level);

class Findings {
 public:
  void ok(std::string about, std::string what) { add({Finding::Level::ok, std::move(about), std::move(what)}); }
  void warn(std::string about, std::string what, std::string remedy) {
    add({Finding::Level::warn, std::move(about), std::move(what), std::move(remedy)});
  }
  void fail(std::string about, std::string what, std::string remedy) {
    add({Finding::Level::fail, std::move(about), std::move(what), std::move(remedy)});
  }
  void add(Finding finding) { list_.push_back(std::move(finding)); }
  // A refusal as a finding; its hint is the remedy, else `remedy`.
  void fail(const std::string& about, const Error& error, const std::string& remedy);
  // What `check` finds; where its surroundings break, or it refuses, that is the finding.
  void guard(const std::string& about, const std::string& remedy, const std::function<Result<>()>& check);

  [[nodiscard]] const std::vector<Finding>& list() const { return list_; }
  [[nodiscard]] std::size_t count(Finding::Level level) const;
  // Exit::ledger when the ledger does not verify, failed when anything else fails, done otherwise.
  [[nodiscard]] Exit exit() const;

 private:
  std::vector<Finding> list_;
};

}  // namespace blc::cli
