#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.hpp"
#include "core/base/result.hpp"
#include "core/policy/data_classes.hpp"
#include "core/policy/environments.hpp"
#include "core/policy/policy.hpp"
#include "core/ports/practice_files.hpp"
#include "core/text/json.hpp"
#include "core/verb/verb.hpp"

namespace blc::trust {

// The practice's verbs, policies and programs with their bytes. A value of this type has a complete,
// loadable policy and only loadable verbs, each name once, which touch no data above their classification.
class Catalog {
 public:
  using Files = std::map<std::string, std::string>;  // path below the practice -> bytes

  static Result<Catalog> make(std::uint64_t version, Files files);
  static Result<Catalog> from_json(const text::Json& body);
  [[nodiscard]] text::Json to_json() const;
  // What the practice's folders verbs/ and policies/ hold now.
  static Result<Files> read(ports::PracticeFiles& practice);

  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  [[nodiscard]] const Files& files() const noexcept { return files_; }
  [[nodiscard]] const policy::Policy& policy() const noexcept { return *policy_; }
  [[nodiscard]] const policy::Environments& environments() const noexcept { return *environments_; }
  [[nodiscard]] const policy::DataClasses& data_classes() const noexcept { return *data_classes_; }
  [[nodiscard]] const std::vector<verb::Verb>& verbs() const noexcept { return *verbs_; }
  [[nodiscard]] const verb::Verb* find_verb(std::string_view name) const;
  // What other files say differently from this catalog: path -> "changed", "new" or "missing".
  [[nodiscard]] std::map<std::string, std::string> differences(const Files& others) const;
  // The file's bytes, empty when there is none.
  [[nodiscard]] std::string_view text(std::string_view path) const;

 private:
  std::uint64_t version_ = 0;
  Files files_;
  std::shared_ptr<const policy::Policy> policy_;
  std::shared_ptr<const policy::Environments> environments_;
  std::shared_ptr<const policy::DataClasses> data_classes_;
  std::shared_ptr<const std::vector<verb::Verb>> verbs_;
};

}  // namespace blc::trust
