// environments.yaml and data-classes.yaml: whatever loads is not below the floor, and what does not says where.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/policy/data_classes.hpp"
#include "core/policy/environments.hpp"
#include "core/text/display.hpp"

namespace {

using namespace blc;
using namespace blc::policy;

void check(bool holds) {
  if (!holds) std::abort();
}

void check_error(const Error& error, std::string_view file) {
  check(error.code == Exit::usage && text::plain(error.message) && error.message.starts_with(file));
}

void check_environments(const Environments& environments) {
  check(environments.at(Environment::local).hosts.empty());
  check(environments.at(Environment::local).data == std::set{DataKind::mock});
  check(environments.at(Environment::production).data == std::set{DataKind::real});
  check(environments.at(Environment::production).audit == AuditLevel::immutable);
  check(environments.at(Environment::production).encryption == EncryptionLevel::envelope);
  for (const auto environment : {Environment::integration, Environment::staging}) {
    const auto& terms = environments.at(environment);
    check(!terms.data.contains(DataKind::real) && terms.audit >= AuditLevel::full && terms.encryption >= EncryptionLevel::standard);
    check(terms.controls.size() == kControls.size());
  }
}

void check_classes(const DataClasses& classes) {
  for (const auto name : verb::kDataClasses) check(!classes.at(name).stand_ins.contains(Environment::production));
  check(classes.at("confidential").lowest >= Classification::business && classes.at("restricted").lowest == Classification::clinical);
  for (const auto* name : {"confidential", "restricted"}) {
    for (const auto environment : classes.at(name).environments) check(environment == Environment::production);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto environments = Environments::load(text);
  if (environments) check_environments(*environments);
  else check_error(environments.error(), Environments::kPath);
  const auto classes = DataClasses::load(text);
  if (classes) check_classes(*classes);
  else check_error(classes.error(), DataClasses::kPath);
  return 0;
}
