#include "cli/exporting.hpp"

#include "cli/commands/acts.hpp"

namespace blc::cli {

namespace {

// As in "refused dora to export the ledger"; that of a run's output is followed by its run.
std::string act_of(approval::Taken what) {
  switch (what) {
    case approval::Taken::subject_report: return "report on a subject";
    case approval::Taken::runs: return "list runs for others";
    case approval::Taken::output: return "see the output of";
    case approval::Taken::ledger_export: return "export the ledger";
  }
  return "take data out";
}

}  // namespace

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
  auto written = approval::record_export(desk->log(), *signer, desk->name(), taken, run);
  return run != nullptr ? recorded(session, *run, desk->name(), act_of(taken.what), std::move(written))
                        : recorded(session, desk->name(), act_of(taken.what), std::move(written));
}

}  // namespace blc::cli
