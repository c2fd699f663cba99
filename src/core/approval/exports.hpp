// Data that is taken out of the system, and that the ledger knows it (requirements, section 1: audit comprehensive).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/approval/log.hpp"
#include "core/approval/run.hpp"
#include "core/base/result.hpp"
#include "core/policy/environments.hpp"
#include "core/ports/signer.hpp"
#include "core/trust/history.hpp"

namespace blc::approval {

[[nodiscard]] std::string_view to_string(Taken what);
[[nodiscard]] std::optional<Taken> parse_taken(std::string_view name);

[[nodiscard]] text::Json export_body(const Export& taken);
// Strict, as in bodies.hpp.
[[nodiscard]] Result<ExportFact> read_export(const Fact& fact, const text::Json& body);
// Whether the body is of an export that belongs to a run.
[[nodiscard]] bool takes_output(const text::Json& body);

// The level that asks for an entry of every export.
[[nodiscard]] inline bool exports_recorded(policy::AuditLevel level) { return level >= policy::AuditLevel::comprehensive; }
// What whoever is told all that was done with one person's data must hold over a run to be told of it.
[[nodiscard]] policy::Right right_to_report(Environment environment);
[[nodiscard]] bool may_report(const trust::History& trust, std::uint64_t size, const Run& run, std::string_view name, const crypto::PublicKey& key);
// Why this person may not take that out at `size`, or nullopt. `run`: whose output it is, or null. Of runs in local, which
// no policy of the ledger governs, nothing is asked here.
[[nodiscard]] std::optional<Error> export_bar(const trust::History& trust, std::uint64_t size, const Export& taken, const Run* run,
                                              std::string_view name, const crypto::PublicKey& key);

// Says in the ledger that this person takes that out. Call it before anything of it is shown: without the entry, no data.
// Exit::refused when they may not; Exit::ledger while the ledger has unlisted void entries, which only itself may be
// taken out with.
Result<> record_export(Log& log, ports::Signer& signer, const std::string& by, const Export& taken, const Run* run = nullptr);

// What counts of the exports that were only about this person, in ledger order. Reads the whole ledger.
[[nodiscard]] Result<std::vector<ExportFact>> exports_about(const Log& log, std::string_view subject);

}  // namespace blc::approval
