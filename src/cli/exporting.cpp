#include "cli/exporting.hpp"

namespace blc::cli {

bool AuditLevels::records_exports(Environment environment, Classification classification) {
  // What every run of that classification asks for needs no policy to be read.
  return approval::exports_recorded(policy::least_audit(classification)) || approval::exports_recorded(level(environment, classification));
}

policy::AuditLevel AuditLevels::level(Environment environment, Classification classification) {
  auto found = catalogs_.find(environment);
  if (found == catalogs_.end()) {
    auto read = session_.governing_catalog(environment);
    found = catalogs_.emplace(environment, read ? std::optional(*std::move(read)) : std::nullopt).first;
  }
  const auto& catalog = found->second;
  return catalog ? catalog->environments().audit(environment, classification) : policy::AuditLevel::immutable;
}

Result<> record(Session& session, const approval::Export& taken, const approval::Run* run) {
  BLC_TRY(const auto* const desk, session.desk());
  BLC_TRY(auto* const signer, session.signer());
  return approval::record_export(desk->log(), *signer, desk->name(), taken, run);
}

}  // namespace blc::cli
