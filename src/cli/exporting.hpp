// Taking data out of the system, which the ledger knows of before anything is shown.
#pragma once
#include <map>
#include <optional>

#include "cli/session.hpp"
#include "core/approval/exports.hpp"
#include "core/trust/catalog.hpp"

namespace blc::cli {

// What the policy that governs each environment has the ledger record of its runs.
class AuditLevels {
 public:
  explicit AuditLevels(Session& session) : session_(session) {}
  // The highest where the policy cannot be read.
  [[nodiscard]] policy::AuditLevel level(Environment environment, Classification classification);
  [[nodiscard]] bool records_exports(Environment environment, Classification classification);

 private:
  Session& session_;
  std::map<Environment, std::optional<trust::Catalog>> catalogs_;
};

// Writes the entry, signed with this person's key: Exit::refused when they may not take that out: then nothing is, and
// the refusal is an entry.
Result<> record(Session& session, const approval::Export& taken, const approval::Run* run = nullptr);

}  // namespace blc::cli
